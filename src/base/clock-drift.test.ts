import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftedNs, undriftedNs } from './clock-drift.ts';

const ppm = fc.integer({ min: -100_000, max: 100_000 });
/** Ten days; the model needs integers without bounds. */
const time = fc.integer({ min: 0, max: 864e12 });

describe('a drifting clock', () => {
  it('counts a millionth more for each part per million', () => {
    expect(driftedNs(1_000_000_000, 1)).toBe(1_000_001_000);
    expect(driftedNs(1_000_000_000, -100)).toBe(999_900_000);
    expect(driftedNs(999_999, 1)).toBe(999_999);
    expect([driftedNs(123, 0), undriftedNs(123, 0)]).toEqual([123, 123]);
  });

  it('is the exact product rounded down, after days too', () => {
    fc.assert(
      fc.property(time, ppm, (elapsed, drift) => {
        const exact = (BigInt(elapsed) * BigInt(1_000_000 + drift)) / 1_000_000n;
        expect(BigInt(driftedNs(elapsed, drift))).toBe(exact);
      }),
    );
  });

  it('has an inverse that gives the first nanosecond of each count', () => {
    fc.assert(
      fc.property(time, ppm, (counted, drift) => {
        const at = undriftedNs(counted, drift);
        expect(driftedNs(at, drift)).toBeGreaterThanOrEqual(counted);
        if (at > 0) expect(driftedNs(at - 1, drift)).toBeLessThan(counted);
      }),
    );
  });
});
