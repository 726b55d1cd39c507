/**
 * The time of one stream: it stands still while the stream is paused and while the machine sleeps,
 * as the device does, so that whoever works out from it how often a position wrapped is right
 * afterwards. Source: QueryUnbiasedInterruptTime, which leaves sleep out too.
 */
import type { Kernel } from '../kernel/kernel.ts';

export class StreamTime {
  readonly #kernel: Kernel;
  #ranNs = 0;
  #startNs = 0;
  #isRunning = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** For how long the stream has run, all runs together, in nanoseconds. */
  get now(): number {
    return this.#isRunning ? this.#ranNs + this.#awakeNs() - this.#startNs : this.#ranNs;
  }

  /** When the latest run began; later by every sleep since. */
  get runNs(): number {
    return this.#startNs + this.#kernel.power.sleptNs;
  }

  run(): void {
    this.#startNs = this.#awakeNs();
    this.#isRunning = true;
  }

  pause(): void {
    this.#ranNs = this.now;
    this.#isRunning = false;
  }

  #awakeNs(): number {
    return this.#kernel.clock.now - this.#kernel.power.sleptNs;
  }
}
