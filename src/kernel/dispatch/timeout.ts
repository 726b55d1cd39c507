/**
 * A moment that a timer or a wait is due at. It passes at the first tick of the system clock that
 * is not before it (WDK, "Timer Accuracy"), or exactly then on a machine with an exact clock.
 * While it is set it hangs in a list, so that a change of the ticks can move it.
 */
import { Alarm } from '../../sim/clock.ts';
import type { ClockInterrupt } from './clock-interrupt.ts';
import type { DispatchParts } from './parts.ts';

export class Timeout {
  /** When it is due, in nanoseconds; the tick comes then or later. */
  dueNs = 0;
  next: Timeout | null = null;
  previous: Timeout | null = null;
  readonly #ticks: ClockInterrupt;
  readonly #alarm: Alarm;
  #isLinked = false;

  constructor(parts: DispatchParts, name: string, expired: () => void) {
    this.#ticks = parts.ticks;
    this.#alarm = new Alarm(parts.clock, name, () => {
      this.#unlink();
      expired();
    });
  }

  get isSet(): boolean {
    return this.#alarm.isSet;
  }

  /** Sets it, or moves it when it is set. */
  set(dueNs: number): void {
    this.dueNs = dueNs;
    if (!this.#ticks.isExact && !this.#isLinked) {
      this.#isLinked = true;
      this.#ticks.link(this);
    }
    this.replace();
  }

  cancel(): void {
    this.#unlink();
    this.#alarm.cancel();
  }

  /** Finds the tick again that it passes at; it is set. */
  replace(): void {
    this.#alarm.set(this.#ticks.expiryOf(this.dueNs));
  }

  #unlink(): void {
    if (!this.#isLinked) return;
    this.#isLinked = false;
    this.#ticks.unlink(this);
  }
}
