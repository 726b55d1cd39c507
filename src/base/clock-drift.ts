/**
 * A clock that runs faster or slower than the machine's by a whole number of parts per million.
 * Its nanoseconds follow from the machine's by one exact division, so that nothing adds up; times
 * are split at the million so that no product passes 2^53.
 */

const MILLION = 1_000_000;

/** Nanoseconds that a clock which is fast by `driftPpm` counts while `elapsedNs` pass, rounded down. */
export function driftedNs(elapsedNs: number, driftPpm: number): number {
  if (driftPpm === 0) return elapsedNs;
  const whole = Math.floor(elapsedNs / MILLION);
  const rest = elapsedNs - whole * MILLION;
  return whole * (MILLION + driftPpm) + Math.floor((rest * (MILLION + driftPpm)) / MILLION);
}

/** The first nanosecond at which such a clock has counted `countedNs`: the inverse of driftedNs. */
export function undriftedNs(countedNs: number, driftPpm: number): number {
  if (driftPpm === 0) return countedNs;
  const rate = MILLION + driftPpm;
  const whole = Math.floor(countedNs / rate);
  const rest = countedNs - whole * rate;
  return whole * MILLION + Math.ceil((rest * MILLION) / rate);
}
