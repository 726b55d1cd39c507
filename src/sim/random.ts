/**
 * The machine's only source of chance: a seeded generator (xoshiro128**, seeded by splitmix32).
 * Each part that needs chance takes its own stream with `fork`, so that one part drawing more
 * numbers does not change what another sees.
 */
export class Random {
  readonly #state = new Uint32Array(4);
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    let mixed = this.seed;
    for (let word = 0; word < 4; word++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let value = mixed;
      value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
      value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
      this.#state[word] = value ^ (value >>> 15);
    }
  }

  /** 32 random bits. */
  next(): number {
    const s = this.#state;
    const s1 = s[1] as number;
    let result = Math.imul(s1, 5);
    result = Math.imul((result << 7) | (result >>> 25), 9);
    const shifted = s1 << 9;
    s[2] = (s[2] as number) ^ (s[0] as number);
    s[3] = (s[3] as number) ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = (s[0] as number) ^ (s[3] as number);
    s[2] = (s[2] as number) ^ shifted;
    const s3 = s[3] as number;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  }

  /** A whole number in 0..bound-1. */
  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound);
  }

  /** A generator of its own for the part called `name`. */
  fork(name: string): Random {
    let hash = this.seed ^ 0x811c9dc5;
    for (let index = 0; index < name.length; index++) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    }
    return new Random(hash);
  }
}
