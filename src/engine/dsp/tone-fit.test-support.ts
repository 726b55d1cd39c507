/**
 * How clean a tone is: the sine of its frequency that fits best, by least squares, and what is left
 * without it. Everything is in double precision, so that only the sound under test adds noise.
 */

export interface ToneFit {
  readonly amplitude: number;
  /** At time 0, of amplitude * sin(2 pi hz t + phase). */
  readonly phase: number;
  /** Power of the tone over power of the rest, in decibels. */
  readonly signalToNoiseDb: number;
}

export function fitTone(samples: ArrayLike<number>, hz: number, rateHz: number): ToneFit {
  const omega = (2 * Math.PI * hz) / rateHz;
  let [ss, sc, cc, ys, yc] = [0, 0, 0, 0, 0];
  for (let n = 0; n < samples.length; n++) {
    const [sine, cosine, value] = [Math.sin(omega * n), Math.cos(omega * n), samples[n] ?? 0];
    ss += sine * sine;
    sc += sine * cosine;
    cc += cosine * cosine;
    ys += value * sine;
    yc += value * cosine;
  }
  const determinant = ss * cc - sc * sc;
  const inSine = (ys * cc - yc * sc) / determinant;
  const inCosine = (yc * ss - ys * sc) / determinant;
  let rest = 0;
  let signal = 0;
  for (let n = 0; n < samples.length; n++) {
    const fitted = inSine * Math.sin(omega * n) + inCosine * Math.cos(omega * n);
    signal += fitted * fitted;
    rest += ((samples[n] ?? 0) - fitted) ** 2;
  }
  return {
    amplitude: Math.hypot(inSine, inCosine),
    phase: Math.atan2(inCosine, inSine),
    signalToNoiseDb: 10 * Math.log10(signal / rest),
  };
}

/** Power of the samples under that of a full-scale sine, in decibels. */
export function levelDb(samples: ArrayLike<number>): number {
  let power = 0;
  for (let n = 0; n < samples.length; n++) power += (samples[n] ?? 0) ** 2;
  return 10 * Math.log10((2 * power) / samples.length);
}
