/**
 * The notification events of one stream, as a member of the adapter's service group: when its DPC
 * finds that packets went through memory, every registered event is set. The list is shared with
 * clients that register at PASSIVE_LEVEL, hence the spin lock.
 * Source: IMiniportWaveRTStreamNotification, IServiceSink.
 */
import {
  ComObject,
  IID_IServiceSink,
  type IServiceSink,
  type Kevent,
  type Kspinlock,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { OWNER } from './owner.ts';
import type { PacketCounter } from './packet-counter.ts';

export class NotificationSink extends ComObject implements IServiceSink {
  /** What else is due when packets went through memory, at DISPATCH_LEVEL. */
  packetsPassed: (() => void) | null = null;
  readonly #wdk: Wdk;
  readonly #packets: PacketCounter;
  readonly #lock: Kspinlock;
  readonly #events: Kevent[] = [];
  #served = 0;
  #isArmed = false;

  constructor(wdk: Wdk, packets: PacketCounter) {
    super(wdk, OWNER, 'HD Audio notification sink', [IID_IServiceSink]);
    this.#wdk = wdk;
    this.#packets = packets;
    this.#lock = wdk.KeInitializeSpinLock('notification events');
  }

  /** The stream runs: events may be set. */
  arm(): void {
    this.#served = this.#packets.count;
    this.#isArmed = true;
  }

  /** The stream does not run any more: what was not served yet stays so. */
  disarm(): void {
    this.#isArmed = false;
  }

  /** STATUS_UNSUCCESSFUL for an event that is registered already. PASSIVE_LEVEL. */
  register(event: Kevent): NtStatus {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    const isNew = !this.#events.includes(event);
    if (isNew) this.#events.push(event);
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    return isNew ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
  }

  /** STATUS_NOT_FOUND for an event that is not registered. PASSIVE_LEVEL. */
  unregister(event: Kevent): NtStatus {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    const index = this.#events.indexOf(event);
    if (index >= 0) this.#events.splice(index, 1);
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    return index >= 0 ? STATUS_SUCCESS : STATUS_NOT_FOUND;
  }

  /** The DPC of the group asks each member, most of which have nothing to do. DISPATCH_LEVEL. */
  requestService(): void {
    const { count } = this.#packets;
    if (!this.#isArmed || count === this.#served) return;
    this.#served = count;
    this.packetsPassed?.();
    this.#wdk.KeAcquireSpinLockAtDpcLevel(this.#lock);
    for (let index = 0; index < this.#events.length; index++) {
      this.#wdk.KeSetEvent(this.#events[index] as Kevent);
    }
    this.#wdk.KeReleaseSpinLockFromDpcLevel(this.#lock);
  }
}
