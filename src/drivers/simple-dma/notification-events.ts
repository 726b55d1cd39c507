/**
 * The events that a stream's clients registered, set in the DPC of each completed packet. Source:
 * IMiniportWaveRTStreamNotification::RegisterNotificationEvent. The port holds a reference on each
 * event until it is unregistered.
 */
import type { KernelDdi, Kevent } from '../../kernel/ddi/index.ts';
import {
  type NtStatus,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';

export class NotificationEvents {
  readonly #wdk: KernelDdi;
  readonly #events: Kevent[] = [];

  constructor(wdk: KernelDdi) {
    this.#wdk = wdk;
  }

  /** STATUS_UNSUCCESSFUL when it is registered already. PASSIVE_LEVEL. */
  add(event: Kevent): NtStatus {
    if (this.#events.includes(event)) return STATUS_UNSUCCESSFUL;
    this.#events.push(event);
    return STATUS_SUCCESS;
  }

  /** STATUS_NOT_FOUND when it is not registered. PASSIVE_LEVEL. */
  remove(event: Kevent): NtStatus {
    const index = this.#events.indexOf(event);
    if (index < 0) return STATUS_NOT_FOUND;
    this.#events.splice(index, 1);
    return STATUS_SUCCESS;
  }

  /** DISPATCH_LEVEL; allocates nothing. */
  signal(): void {
    for (const event of this.#events) this.#wdk.KeSetEvent(event);
  }
}
