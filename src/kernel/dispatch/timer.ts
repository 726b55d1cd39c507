/**
 * KTIMER. A timer is a dispatcher object that its timeout signals, once or every period; it may
 * queue a DPC as well. Expiry is handled at DISPATCH_LEVEL, as in Windows: time that passes while
 * a DPC stalls expires the timer, but nobody sees that before the DPC is over.
 */
import { DispatcherObject } from './dispatcher-object.ts';
import { type DpcQueue, Kdpc } from './dpc.ts';
import type { SignalType } from './event.ts';
import type { DispatchParts } from './parts.ts';
import type { SystemTime } from './system-time.ts';
import { Timeout } from './timeout.ts';
import type { KernelTiming } from './timing.ts';

const NS_PER_MS = 1_000_000;

export class Ktimer extends DispatcherObject {
  readonly #time: SystemTime;
  readonly #dpcs: DpcQueue;
  readonly #timing: KernelTiming | null;
  readonly #timeout: Timeout;
  /** Carries the expiry to DISPATCH_LEVEL. */
  readonly #expiry: Kdpc;
  #periodNs = 0;
  /** When its user means it to expire. */
  #askedNs = 0;
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
    this.#timing = parts.timing;
    this.#expiry = new Kdpc(parts.trace, `${name} expiry`, () => this.#expire(), null);
    this.#timeout = new Timeout(parts, `timer ${name}`, () => this.#due());
  }

  /** Set and not yet expired; a periodic timer is set until it is cancelled. */
  get isSet(): boolean {
    return this.#timeout.isSet || this.#expiry.isQueued;
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
    this.#askedNs = this.#time.askedNs(dueTime100ns);
    this.#timeout.set(this.#time.dueNs(dueTime100ns));
    return wasSet;
  }

  /** KeCancelTimer: true when it was set. A DPC that is queued stays queued. */
  cancel(): boolean {
    const wasSet = this.isSet;
    this.#timeout.cancel();
    this.#dpcs.remove(this.#expiry);
    this.#periodNs = 0;
    return wasSet;
  }

  /** The system sees that it is due. */
  #due(): void {
    const askedNs = this.#askedNs;
    if (this.#periodNs > 0) {
      this.#askedNs += this.#periodNs;
      this.#timeout.set(this.#timeout.dueNs + this.#periodNs);
    }
    const observer = this.#timing?.observer ?? null;
    observer?.timerExpired(askedNs);
    this.#dpcs.insert(this.#expiry);
    observer?.timerHandled();
  }

  #expire(): void {
    this.signal();
    if (this.#dpc !== null) this.#dpcs.insert(this.#dpc);
  }
}
