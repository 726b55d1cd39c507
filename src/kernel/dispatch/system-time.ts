/**
 * The three clocks a driver can read, all in 100 ns units and all the machine's own clock: the
 * performance counter, which is exact, and the interrupt time since boot and the system time since
 * 1601, which step with the ticks of the system clock.
 */
import type { Clock } from '../../sim/clock.ts';
import type { ClockInterrupt } from './clock-interrupt.ts';

const NS_PER_UNIT = 100;
export const PERFORMANCE_FREQUENCY_HZ = 10_000_000;

export class SystemTime {
  readonly #clock: Clock;
  readonly #ticks: ClockInterrupt;
  readonly #start100ns: number;

  /** `start100ns` is the system time at switch-on. */
  constructor(clock: Clock, ticks: ClockInterrupt, start100ns = 0) {
    this.#clock = clock;
    this.#ticks = ticks;
    this.#start100ns = start100ns;
  }

  /** KeQueryInterruptTime: units since switch-on, as of the latest tick. Any IRQL. */
  get interruptTime100ns(): number {
    return Math.floor(this.#ticks.timeNs / NS_PER_UNIT);
  }

  /** KeQueryPerformanceCounter: ticks of PERFORMANCE_FREQUENCY_HZ. Any IRQL. */
  get performanceCounter(): number {
    return Math.floor(this.#clock.now / NS_PER_UNIT);
  }

  /**
   * KeQuerySystemTime: units since 1601. Exact below 2^53, which is 28 years; a start time of
   * today is above that, and then it is good to 16 units (1.6 us). Any IRQL.
   */
  get systemTime100ns(): number {
    return this.#start100ns + this.interruptTime100ns;
  }

  /**
   * When an NT time falls due, in nanoseconds of the machine's clock: negative is relative to the
   * latest tick, up to which alone the system knows the time, anything else a system time.
   */
  dueNs(time100ns: number): number {
    if (time100ns < 0) return this.#ticks.timeNs - time100ns * NS_PER_UNIT;
    return this.askedNs(time100ns);
  }

  /** What the caller means by an NT time: negative is relative to now. */
  askedNs(time100ns: number): number {
    if (time100ns < 0) return this.#clock.now - time100ns * NS_PER_UNIT;
    return Math.max(0, (time100ns - this.#start100ns) * NS_PER_UNIT);
  }
}
