import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesIn, timeOfFrame } from './frame-time.ts';

const rate = fc.constantFrom(8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000);
/** Up to a month, which in frames times a second is far beyond 2^53. */
const time = fc.integer({ min: 0, max: 30 * 86_400 * 1_000_000_000 });

describe('frames and time', () => {
  it('counts whole frames, in integers, over any run', () => {
    fc.assert(
      fc.property(time, rate, (elapsedNs, rateHz) => {
        const exact = (BigInt(elapsedNs) * BigInt(rateHz)) / 1_000_000_000n;
        expect(framesIn(elapsedNs, rateHz)).toBe(Number(exact));
      }),
    );
  });

  it('names the first nanosecond at which a frame has passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 34 }), rate, (frames, rateHz) => {
        const at = timeOfFrame(frames, rateHz);
        expect(framesIn(at, rateHz)).toBe(frames);
        if (frames > 0) expect(framesIn(at - 1, rateHz)).toBe(frames - 1);
      }),
    );
  });

  it('never runs backwards', () => {
    fc.assert(
      fc.property(time, fc.nat(1_000_000), rate, (elapsedNs, moreNs, rateHz) => {
        const later = framesIn(elapsedNs + moreNs, rateHz);
        expect(later).toBeGreaterThanOrEqual(framesIn(elapsedNs, rateHz));
      }),
    );
  });

  it('gives 441 frames of 44.1 kHz in ten milliseconds', () => {
    expect(framesIn(10_000_000, 44_100)).toBe(441);
    expect(framesIn(9_999_999, 44_100)).toBe(440);
  });
});
