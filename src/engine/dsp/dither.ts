/**
 * Triangular dither: the sum of two even noises of one step each, which makes mean and power of a
 * rounding error independent of the sound. The noise of a sample is a hash of its number, so that
 * it depends neither on how a stream is cut into blocks nor on the host. The hash is multiply and
 * xor-shift twice, with published low-bias constants ("Prospecting for Hash Functions", C. Wellons).
 */

/** One stream's place in its noise. Streams of different seeds have unlike noise. */
export class Dither {
  readonly seed: number;
  #counter: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#counter = hashed(this.seed);
  }

  /** The number of the next sample's noise. */
  get counter(): number {
    return this.#counter;
  }

  skip(samples: number): void {
    this.#counter = (this.#counter + samples) >>> 0;
  }
}

export function hashed(number: number): number {
  let value = number;
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Noise number `counter`, in steps of the result: above -1, below 1, in 65536ths. */
export function triangularNoise(counter: number): number {
  const word = hashed(counter);
  return ((word >>> 16) + (word & 0xffff) - 0xffff) / 0x1_0000;
}
