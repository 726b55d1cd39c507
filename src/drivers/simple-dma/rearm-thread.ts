/**
 * The high-priority thread that arms engines again, for drivers that want their service routine
 * short. It sleeps on an event that a DPC sets, because an event cannot be set at device level.
 * Above every thread of a client, it still comes after every DPC.
 */
import {
  HIGHEST_PRIORITY,
  type KernelDdi,
  type Kevent,
  type Kthread,
  type ThreadGenerator,
} from '../../kernel/ddi/index.ts';

export class RearmThread {
  readonly #wdk: KernelDdi;
  readonly #rearm: () => void;
  readonly #work: Kevent;
  readonly #thread: Kthread;
  #isStopping = false;

  /** Starts it. `rearm` runs at PASSIVE_LEVEL. PASSIVE_LEVEL. */
  constructor(wdk: KernelDdi, rearm: () => void) {
    this.#wdk = wdk;
    this.#rearm = rearm;
    this.#work = wdk.KeInitializeEvent('synchronization', false, 'wpsdma re-arm work');
    this.#thread = wdk.PsCreateSystemThread('wpsdma re-arm', HIGHEST_PRIORITY, () => this.#run());
  }

  /** Up to DISPATCH_LEVEL. */
  wake(): void {
    this.#wdk.KeSetEvent(this.#work);
  }

  /** Returns when the thread is gone. PASSIVE_LEVEL. */
  stop(): void {
    this.#isStopping = true;
    this.#wdk.KeSetEvent(this.#work);
    this.#wdk.KeWaitForSingleObject(this.#thread, null);
  }

  *#run(): ThreadGenerator {
    for (;;) {
      yield this.#wdk.waitFor(this.#work, null);
      if (this.#isStopping) return;
      this.#rearm();
    }
  }
}
