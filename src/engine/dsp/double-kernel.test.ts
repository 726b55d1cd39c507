import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import { DspBench } from './dsp.test-support.ts';
import { MAX_CHANNELS, MIX_ENTRY_BYTES } from './mix-table.ts';

const bench = new DspBench();
const words = new Int32Array(bench.memory.buffer);
const doubles = new Float64Array(bench.memory.buffer);
const MAX_STREAMS = 9;
const MAX_SAMPLES = 50 * MAX_CHANNELS;
const GUARD = 1234.5;
const tableAt = bench.allocate(MAX_STREAMS * MIX_ENTRY_BYTES);
const sourcesAt = bench.allocate(MAX_STREAMS * MAX_SAMPLES * 4);
const sumAt = bench.allocate((MAX_SAMPLES + 4) * 8);
const outAt = bench.allocate((MAX_SAMPLES + 4) * 4);

interface Source {
  readonly mask: number;
  readonly gains: readonly number[];
}

/** Noise of floats and integers, and the gains of each channel. */
function fill(seed: number, streams: number, channels: number): Source[] {
  const random = new Random(seed);
  const unit = (): number => Math.fround(random.next() / 2 ** 31 - 1);
  return Array.from({ length: streams }, (_, stream) => {
    const mask = [0, -1, -4][stream % 3] ?? 0;
    const at = sourcesAt + stream * MAX_SAMPLES * 4;
    for (let n = 0; n < MAX_SAMPLES; n++) {
      if (mask === 0) bench.floats[(at >>> 2) + n] = unit();
      else words[(at >>> 2) + n] = random.next();
    }
    const gains = Array.from({ length: channels }, unit);
    for (const dsp of bench.both) {
      dsp.setSource(tableAt, stream, virtual(at));
      dsp.setGains(tableAt, stream, gains, channels, mask);
    }
    return { mask, gains };
  });
}

describe('the mix in double precision', () => {
  it('is the sum of samples and gains as doubles, bit for bit in both kinds of kernel', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(MAX_STREAMS),
        fc.nat(50),
        fc.integer({ min: 1, max: MAX_CHANNELS }),
        (seed, streams, frames, channels) => {
          const sources = fill(seed, streams, channels);
          const samples = frames * channels;
          const wanted = Array.from({ length: samples }, (_, n) =>
            sources.reduce((sum, { gains, mask }, stream) => {
              const at = ((sourcesAt + stream * MAX_SAMPLES * 4) >>> 2) + n;
              const value =
                mask === 0 ? (bench.floats[at] ?? 0) : ((words[at] ?? 0) & mask) / 2 ** 31;
              return sum + value * (gains[n % channels] ?? 0);
            }, 0),
          );
          for (const dsp of bench.both) {
            doubles.fill(GUARD, sumAt >>> 3, (sumAt >>> 3) + MAX_SAMPLES + 4);
            dsp.mixDoubles(sumAt, tableAt, streams, frames, channels);
            const made = [...doubles.slice(sumAt >>> 3, (sumAt >>> 3) + samples + 1)];
            expect(made.map((value) => value + 0)).toEqual([...wanted, GUARD]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is limited alike, and says whether it was', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.oneof(fc.double({ min: -1, max: 1 }), fc.double({ min: -5, max: 5 })), {
          maxLength: MAX_SAMPLES,
        }),
        (channels, noise) => {
          const sound = noise.slice(0, noise.length - (noise.length % channels));
          const [simd, script] = bench.both.map((dsp) => {
            const limiter = dsp.createLimiter(48_000, channels, 'double');
            doubles.set(sound, sumAt >>> 3);
            limiter.process(sumAt, sound.length / channels);
            const made = doubles.slice(sumAt >>> 3, (sumAt >>> 3) + sound.length);
            return { made, gain: limiter.gain, isActing: limiter.isActing };
          });
          expect(simd).toEqual(script);
          expect(simd?.isActing).toBe(sound.some((value) => Math.abs(value) > 1));
          expect(simd?.made.some((value) => Math.abs(value) > 1)).toBe(false);
        },
      ),
    );
  });

  it.each([32, 28, 25])('is rounded once to %i bits, halves to even, and clamped', (validBits) => {
    const step = 2 ** (1 - validBits);
    const values = [0.5, 1.5, -0.5, -1.5, 0.49, 7.51, -1 / step, 1 / step, 3 / step, -3 / step];
    const most = 1 / step - 1;
    const wanted = [0, 2, 0, -2, 0, 8, -1 / step, most, most, -1 / step, 0, most, -1 / step];
    const sound = [
      ...values.map((value) => value * step),
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    for (const dsp of bench.both) {
      doubles.set(sound, sumAt >>> 3);
      words.fill(77, outAt >>> 2, (outAt >>> 2) + sound.length + 1);
      dsp.fromDouble(outAt, sumAt, sound.length, validBits);
      const made = [...words.slice(outAt >>> 2, (outAt >>> 2) + sound.length + 1)];
      const placed = wanted.map((value) => (value * 2 ** (32 - validBits)) | 0);
      expect(made).toEqual([...placed, 77]);
    }
  });

  it('refuses doubles that lie askew or outside of memory', () => {
    const { simd } = bench;
    const askew = virtual(sumAt + 4);
    expect(() => simd.mixDoubles(askew, tableAt, 1, 1, 1)).toThrow(RangeError);
    expect(() => simd.fromDouble(outAt, askew, 1, 32)).toThrow('samples of 8 bytes');
    expect(() => simd.fromDouble(virtual(outAt + 2), sumAt, 1, 32)).toThrow(RangeError);
  });
});
