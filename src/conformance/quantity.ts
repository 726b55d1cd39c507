/** Measured values in words: a number with its unit, in as many places as tell something. */
export const inMs = (milliseconds: number): string => `${rounded(milliseconds, 3)} ms`;

export const inPercent = (share: number): string => `${rounded(100 * share, 4)} %`;

export const inFrames = (frames: number): string =>
  `${rounded(frames, 2)} ${frames === 1 ? 'frame' : 'frames'}`;

/** At most so many places, without zeros at the end. */
export const rounded = (value: number, places: number): string =>
  String(Number(value.toFixed(places)));
