/**
 * The events that a stream's clients registered, set in the DPC after packets were processed. The
 * list is shared with clients that register at PASSIVE_LEVEL, hence the spin lock. Source:
 * IMiniportWaveRTStreamNotification::RegisterNotificationEvent.
 */
import type { KernelDdi, Kevent, Kspinlock } from '../../kernel/ddi/index.ts';
import {
  type NtStatus,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';

export class NotificationEvents {
  readonly #wdk: KernelDdi;
  readonly #lock: Kspinlock;
  readonly #events: Kevent[] = [];

  constructor(wdk: KernelDdi) {
    this.#wdk = wdk;
    this.#lock = wdk.KeInitializeSpinLock('notification events');
  }

  /** STATUS_UNSUCCESSFUL when it is registered already. PASSIVE_LEVEL. */
  add(event: Kevent): NtStatus {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    const isNew = !this.#events.includes(event);
    if (isNew) this.#events.push(event);
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    return isNew ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
  }

  /** STATUS_NOT_FOUND when it is not registered. PASSIVE_LEVEL. */
  remove(event: Kevent): NtStatus {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    const index = this.#events.indexOf(event);
    if (index >= 0) this.#events.splice(index, 1);
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    return index < 0 ? STATUS_NOT_FOUND : STATUS_SUCCESS;
  }

  /** DISPATCH_LEVEL; allocates nothing. */
  signal(): void {
    this.#wdk.KeAcquireSpinLockAtDpcLevel(this.#lock);
    for (let index = 0; index < this.#events.length; index++) {
      this.#wdk.KeSetEvent(this.#events[index] as Kevent);
    }
    this.#wdk.KeReleaseSpinLockFromDpcLevel(this.#lock);
  }
}
