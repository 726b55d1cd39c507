/**
 * For a part that cannot interrupt: a kernel timer whose DPC asks the engines what an interrupt
 * would have told. A millisecond is the shortest period that KeSetTimerEx has, so the FIFO must
 * last at least that long.
 */
import type { Kdpc, KernelDdi, Ktimer } from '../../kernel/ddi/index.ts';

export const POLL_PERIOD_MS = 1;
const TICKS_PER_MS = 10_000;

export class StatusPoll {
  readonly #wdk: KernelDdi;
  readonly #timer: Ktimer;
  readonly #dpc: Kdpc;
  #isSet = false;

  /** `poll` runs at DISPATCH_LEVEL. */
  constructor(wdk: KernelDdi, poll: () => void) {
    this.#wdk = wdk;
    this.#timer = wdk.KeInitializeTimerEx('synchronization', 'wpsdma poll');
    this.#dpc = wdk.KeInitializeDpc(() => poll(), null, 'wpsdma poll');
  }

  /** PASSIVE_LEVEL. */
  start(): void {
    if (this.#isSet) return;
    this.#isSet = true;
    // Timers expire at ticks of the system clock, which are as far apart as 15.6 ms.
    this.#wdk.ExSetTimerResolution(POLL_PERIOD_MS * TICKS_PER_MS, true);
    const due = -POLL_PERIOD_MS * TICKS_PER_MS;
    this.#wdk.KeSetTimerEx(this.#timer, due, POLL_PERIOD_MS, this.#dpc);
  }

  /** PASSIVE_LEVEL. */
  stop(): void {
    if (!this.#isSet) return;
    this.#isSet = false;
    this.#wdk.KeCancelTimer(this.#timer);
    this.#wdk.KeRemoveQueueDpc(this.#dpc);
    this.#wdk.ExSetTimerResolution(0, false);
  }
}
