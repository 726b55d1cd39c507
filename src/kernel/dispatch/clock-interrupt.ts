/**
 * The system clock's interrupt. Windows sees time pass only at its ticks: the system and interrupt
 * time step there, and timers and waits expire there (WDK, "Timer Accuracy"). Drivers and clients
 * may ask for finer ticks (ExSetTimerResolution) until all who asked have taken it back. A machine
 * that names no resolution has an exact clock, on which everything expires when it is due.
 */
import type { Clock } from '../../sim/clock.ts';
import type { Timeout } from './timeout.ts';

/** The range that ExQueryTimerResolution reports: 64 ticks a second, and 2000. */
export const MAXIMUM_INCREMENT_100NS = 156_250;
export const MINIMUM_INCREMENT_100NS = 5_000;
const NS_PER_UNIT = 100;

export class ClockInterrupt {
  /** Ticks are not modelled: everything expires when it is due. */
  readonly isExact: boolean;
  readonly #clock: Clock;
  readonly #default100ns: number;
  #increment100ns: number;
  /** A tick; the others lie whole increments after it. */
  #anchorNs = 0;
  #requests = 0;
  /** Timeouts that are set, which a change of the increment moves. */
  #first: Timeout | null = null;

  /** @throws Error when the resolution is none that the clock has */
  constructor(clock: Clock, resolution100ns: number | null) {
    const increment = resolution100ns ?? MAXIMUM_INCREMENT_100NS;
    const isInRange = increment >= MINIMUM_INCREMENT_100NS && increment <= MAXIMUM_INCREMENT_100NS;
    if (!Number.isInteger(increment) || !isInRange) {
      const range = `${MINIMUM_INCREMENT_100NS} to ${MAXIMUM_INCREMENT_100NS}`;
      throw new Error(`timerResolution100ns is a whole number of ${range}, not ${increment}`);
    }
    this.#clock = clock;
    this.isExact = resolution100ns === null;
    this.#default100ns = increment;
    this.#increment100ns = increment;
  }

  /** KeQueryTimeIncrement: units of 100 ns between two ticks. Any IRQL. */
  get increment100ns(): number {
    return this.#increment100ns;
  }

  /** The time that the system knows of, in nanoseconds: that of the latest tick. */
  get timeNs(): number {
    const now = this.#clock.now;
    return this.isExact ? now : now - ((now - this.#anchorNs) % this.#incrementNs);
  }

  /**
   * ExSetTimerResolution(desired, TRUE): makes ticks finer, as far as the clock can, never
   * coarser. Returns the increment from now on. IRQL <= APC_LEVEL.
   */
  request(desired100ns: number): number {
    this.#requests++;
    const wanted = Math.max(MINIMUM_INCREMENT_100NS, desired100ns);
    if (wanted < this.#increment100ns) this.#change(wanted);
    return this.#increment100ns;
  }

  /** ExSetTimerResolution(0, FALSE): the last one to take back restores the default. */
  release(): number {
    if (this.#requests > 0 && --this.#requests === 0) this.#change(this.#default100ns);
    return this.#increment100ns;
  }

  /** When something that is due at `dueNs` is seen to be: at once, or at a tick. */
  expiryOf(dueNs: number): number {
    if (this.isExact || dueNs <= this.timeNs) return dueNs;
    const ticks = Math.ceil((dueNs - this.#anchorNs) / this.#incrementNs);
    return this.#anchorNs + ticks * this.#incrementNs;
  }

  link(timeout: Timeout): void {
    timeout.next = this.#first;
    timeout.previous = null;
    if (this.#first !== null) this.#first.previous = timeout;
    this.#first = timeout;
  }

  unlink(timeout: Timeout): void {
    if (timeout.previous === null) this.#first = timeout.next;
    else timeout.previous.next = timeout.next;
    if (timeout.next !== null) timeout.next.previous = timeout.previous;
    timeout.next = null;
    timeout.previous = null;
  }

  outstanding(): string[] {
    return this.#requests === 0 ? [] : [`timer resolution requested ${this.#requests} times`];
  }

  get #incrementNs(): number {
    return this.#increment100ns * NS_PER_UNIT;
  }

  /** The ticks go on from the latest one, at the new distance. */
  #change(increment100ns: number): void {
    this.#anchorNs = this.timeNs;
    this.#increment100ns = increment100ns;
    for (let each = this.#first; each !== null; each = each.next) each.replace();
  }
}
