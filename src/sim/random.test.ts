import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

const draw = (random: Random, count = 8): number[] =>
  Array.from({ length: count }, () => random.next());

describe('the generator', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    expect(draw(new Random(5))).toEqual(draw(new Random(5)));
    expect(draw(new Random(5))).not.toEqual(draw(new Random(6)));
    expect(draw(new Random(0)).some((value) => value !== 0)).toBe(true);
  });

  it('gives 32-bit numbers that use every bit', () => {
    let ones = 0;
    let zeros = 0;
    for (const value of draw(new Random(1), 64)) {
      expect(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff).toBe(true);
      ones |= value;
      zeros |= ~value;
    }
    expect([ones >>> 0, zeros >>> 0]).toEqual([0xffff_ffff, 0xffff_ffff]);
  });

  it('stays below a bound and reaches all of a small one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const value = new Random(seed).below(bound);
        expect(value >= 0 && value < bound && Number.isInteger(value)).toBe(true);
      }),
    );
    const random = new Random(3);
    const seen = new Set(Array.from({ length: 100 }, () => random.below(5)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('forks by name: a fork does not depend on what was drawn, nor change it', () => {
    const parent = new Random(9);
    const before = draw(parent.fork('frames'));
    const own = draw(parent);
    expect(draw(parent.fork('frames'))).toEqual(before);
    expect(draw(parent.fork('frame'))).not.toEqual(before);
    expect(draw(new Random(9))).toEqual(own);
    expect(draw(new Random(10).fork('frames'))).not.toEqual(before);
    expect(draw(parent.fork('a').fork('b'))).not.toEqual(draw(parent.fork('b').fork('a')));
  });
});
