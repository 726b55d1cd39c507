/**
 * KTIMER. A timer is a dispatcher object that its alarm signals, once or every period; it may
 * queue a DPC as well. Expiry is handled at DISPATCH_LEVEL, as in Windows: time that passes while
 * a DPC stalls expires the timer, but nobody sees that before the DPC is over.
 */
import { Alarm } from '../../sim/clock.ts';
import { DispatcherObject } from './dispatcher-object.ts';
import { type DpcQueue, Kdpc } from './dpc.ts';
import type { SignalType } from './event.ts';
import type { DispatchParts } from './parts.ts';
import type { SystemTime } from './system-time.ts';

const NS_PER_MS = 1_000_000;

export class Ktimer extends DispatcherObject {
  readonly #time: SystemTime;
  readonly #dpcs: DpcQueue;
  readonly #alarm: Alarm;
  /** Carries the expiry to DISPATCH_LEVEL. */
  readonly #expiry: Kdpc;
  #periodNs = 0;
  #dpc: Kdpc | null = null;

  /** KeInitializeTimerEx. */
  constructor(
    parts: DispatchParts,
    time: SystemTime,
    dpcs: DpcQueue,
    name: string,
    type: SignalType,
  ) {
    super(parts.trace, name, type === 'synchronization');
    this.#time = time;
    this.#dpcs = dpcs;
    this.#expiry = new Kdpc(parts.trace, `${name} expiry`, () => this.#expire(), null);
    this.#alarm = new Alarm(parts.clock, `timer ${name}`, () => {
      if (this.#periodNs > 0) this.#alarm.set(this.#alarm.due + this.#periodNs);
      dpcs.insert(this.#expiry);
    });
  }

  /** Set and not yet expired; a periodic timer is set until it is cancelled. */
  get isSet(): boolean {
    return this.#alarm.isSet || this.#expiry.isQueued;
  }

  /**
   * KeSetTimerEx: `dueTime100ns` negative is relative, otherwise a system time; a period of 0 ms
   * expires once. Clears the signal. True when the timer was set before. IRQL <= DISPATCH_LEVEL.
   */
  set(dueTime100ns: number, periodMs: number, dpc: Kdpc | null): boolean {
    const wasSet = this.isSet;
    this.#dpcs.remove(this.#expiry);
    this.isSignalled = false;
    this.#periodNs = periodMs * NS_PER_MS;
    this.#dpc = dpc;
    this.#alarm.set(this.#time.dueNs(dueTime100ns));
    return wasSet;
  }

  /** KeCancelTimer: true when it was set. A DPC that is queued stays queued. */
  cancel(): boolean {
    const wasSet = this.isSet;
    this.#alarm.cancel();
    this.#dpcs.remove(this.#expiry);
    this.#periodNs = 0;
    return wasSet;
  }

  #expire(): void {
    this.signal();
    if (this.#dpc !== null) this.#dpcs.insert(this.#dpc);
  }
}
