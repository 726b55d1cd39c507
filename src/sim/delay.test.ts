import { describe, expect, it } from 'vitest';
import { type DelayShape, DelaySource } from './delay.ts';
import { Random } from './random.ts';

const SPIKES: DelayShape = {
  kind: 'spikes',
  leastNs: 10,
  mostNs: 19,
  oneIn: 10,
  spikeLeastNs: 1_000,
  spikeMostNs: 1_099,
};

function draws(shape: DelayShape | undefined, count: number, seed = 1, name = 'delay'): number[] {
  const source = new DelaySource(name, new Random(seed), shape);
  return Array.from({ length: count }, () => source.next());
}

describe('a source of delays', () => {
  it('is always the same, or nothing at all', () => {
    expect(draws({ kind: 'fixed', ns: 7 }, 3)).toEqual([7, 7, 7]);
    expect(draws(undefined, 2)).toEqual([0, 0]);
  });

  it('is spread over a range, both ends of it included', () => {
    const seen = new Set(draws({ kind: 'uniform', leastNs: 3, mostNs: 6 }, 200));
    expect([...seen].sort()).toEqual([3, 4, 5, 6]);
  });

  it('is mostly small, and rarely long', () => {
    const all = draws(SPIKES, 2_000);
    const long = all.filter((ns) => ns >= 1_000);
    expect(all.every((ns) => (ns >= 10 && ns <= 19) || (ns >= 1_000 && ns <= 1_099))).toBe(true);
    expect(long.length).toBeGreaterThan(150);
    expect(long.length).toBeLessThan(250);
  });

  it('follows from its seed and its name', () => {
    expect(draws(SPIKES, 50)).toEqual(draws(SPIKES, 50));
    expect(draws(SPIKES, 50, 2)).not.toEqual(draws(SPIKES, 50));
    expect(draws(SPIKES, 50, 1, 'other')).not.toEqual(draws(SPIKES, 50));
  });

  it('can be told the next delay, which moves none of those behind it', () => {
    const shape: DelayShape = { kind: 'uniform', leastNs: 0, mostNs: 1_000_000 };
    const source = new DelaySource('delay', new Random(1), shape);
    const expected = draws(shape, 3);
    source.delayNext(5);
    expect([source.next(), source.next(), source.next()]).toEqual([5, ...expected.slice(1)]);
    source.delayNext(9);
    source.turnOff();
    expect(source.next()).toBe(0);
  });

  it.each([
    [{ kind: 'fixed', ns: -1 }, /ns is a whole number of nanoseconds below 2\^32, not -1/],
    [{ kind: 'fixed', ns: 0.5 }, /not 0.5/],
    [{ kind: 'uniform', leastNs: 5, mostNs: 4 }, /leastNs 5 is above mostNs 4/],
    [{ kind: 'uniform', leastNs: 0, mostNs: 2 ** 32 }, /mostNs .* not 4294967296/],
    [{ ...SPIKES, oneIn: 0 }, /oneIn is a whole number from 1 on, not 0/],
    [{ ...SPIKES, spikeLeastNs: 2_000 }, /spikeLeastNs 2000 is above spikeMostNs 1099/],
  ] as const)('refuses %o', (shape, message) => {
    expect(() => draws(shape, 1)).toThrow(message);
  });
});
