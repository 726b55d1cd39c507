/**
 * How long DPCs take, by a clock that the caller brings: the host's, for what a driver's deferred
 * work costs the processor it runs on, or the machine's, for how long drivers stall in it. A
 * service routine that interrupts a DPC is not counted in. It watches a machine that was booted
 * with a `timing`, and changes nothing of what happens.
 */
import type { TimingObserver } from '../kernel/dispatch/timing.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { observeTiming } from './timing.ts';

export class DpcMeter implements TimingObserver {
  readonly #nowNs: () => number;
  #count = 0;
  #spentNs = 0;
  #sinceNs = 0;
  #isInDpc = false;
  /** Service routines that run now, one in the other. */
  #services = 0;

  private constructor(nowNs: () => number) {
    this.#nowNs = nowNs;
  }

  /**
   * From now on `nowNs`, in nanoseconds, is read at both ends of each DPC. Who watches already is
   * told as before. @throws Error without timing
   */
  static attach(kernel: Kernel, nowNs: () => number): DpcMeter {
    const meter = new DpcMeter(nowNs);
    observeTiming(kernel, meter);
    return meter;
  }

  /** DPCs that have run so far. */
  get count(): number {
    return this.#count;
  }

  /** Nanoseconds inside them. */
  get spentNs(): number {
    return this.#spentNs;
  }

  dpcBegan(): void {
    this.#isInDpc = true;
    this.#sinceNs = this.#nowNs();
  }

  dpcEnded(): void {
    this.#spentNs += this.#nowNs() - this.#sinceNs;
    this.#isInDpc = false;
    this.#count++;
  }

  serviceBegan(): void {
    if (this.#isInDpc && this.#services === 0) this.#spentNs += this.#nowNs() - this.#sinceNs;
    this.#services++;
  }

  serviceEnded(): void {
    this.#services--;
    if (this.#isInDpc) this.#sinceNs = this.#nowNs();
  }

  lineAsserted(): void {}
  timerExpired(): void {}
  timerHandled(): void {}
  dpcQueued(): void {}
  threadWoken(): void {}
  threadBegan(): void {}
  threadEnded(): void {}
}
