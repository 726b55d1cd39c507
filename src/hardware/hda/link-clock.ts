/**
 * The bit clock of the link (HDA 1.0a 5.3), which has a crystal of its own: it may be fast or slow
 * against the system clock by some parts per million. Positions, interrupts and the wall clock all
 * follow it. Both directions are exact, and agree: what is counted at `timeOf` is what was asked.
 */
import { driftedNs, undriftedNs } from '../../base/clock-drift.ts';
import { framesIn, timeOfFrame } from '../../base/frame-time.ts';

/** No crystal is that far off; the bound keeps the arithmetic exact. */
const MOST_PPM = 100_000;

export class LinkClock {
  readonly #driftPpm: number;

  /** Positive runs fast. @throws Error when it is no whole number of parts within a tenth */
  constructor(driftPpm = 0) {
    if (!Number.isInteger(driftPpm) || Math.abs(driftPpm) > MOST_PPM) {
      throw new Error(`driftPpm is a whole number of -${MOST_PPM} to ${MOST_PPM}, not ${driftPpm}`);
    }
    this.#driftPpm = driftPpm;
  }

  /** Whole periods of `rateHz` that the link counts while `elapsedNs` pass. */
  periodsIn(elapsedNs: number, rateHz: number): number {
    return framesIn(driftedNs(elapsedNs, this.#driftPpm), rateHz);
  }

  /** The first nanosecond at which the link has counted `periods` of them. */
  timeOf(periods: number, rateHz: number): number {
    return undriftedNs(timeOfFrame(periods, rateHz), this.#driftPpm);
  }
}
