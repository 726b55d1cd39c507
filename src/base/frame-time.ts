/**
 * Frames and time. A link that runs at `rateHz` has moved floor(elapsed * rate) frames; the
 * product is split at the second so that it never passes 2^53.
 */

const NS_PER_SECOND = 1_000_000_000;

/** Whole frames that pass in `elapsedNs` at `rateHz`. */
export function framesIn(elapsedNs: number, rateHz: number): number {
  const wholeSeconds = Math.floor(elapsedNs / NS_PER_SECOND);
  const restNs = elapsedNs - wholeSeconds * NS_PER_SECOND;
  return wholeSeconds * rateHz + Math.floor((restNs * rateHz) / NS_PER_SECOND);
}

/** The first whole nanosecond at which `frames` frames have passed: framesIn(timeOf(n)) = n. */
export function timeOfFrame(frames: number, rateHz: number): number {
  const wholeSeconds = Math.floor(frames / rateHz);
  const restFrames = frames - wholeSeconds * rateHz;
  return wholeSeconds * NS_PER_SECOND + Math.ceil((restFrames * NS_PER_SECOND) / rateHz);
}
