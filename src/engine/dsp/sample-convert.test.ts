import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dither } from './dither.ts';
import { DspBench } from './dsp.test-support.ts';
import type { Dsp, SampleFormat } from './dsp.ts';

const bench = new DspBench();
const MAX_SAMPLES = 67;
const pcm = (validBits: number, containerBits: number): SampleFormat => {
  return { validBits, containerBits, float: false };
};
const FLOAT: SampleFormat = { validBits: 32, containerBits: 32, float: true };
const integers = [
  pcm(8, 8),
  pcm(16, 16),
  pcm(12, 16),
  pcm(24, 24),
  pcm(20, 24),
  pcm(20, 32),
  pcm(24, 32),
  pcm(32, 32),
];
const inAt = bench.allocate(4 * MAX_SAMPLES);
const outAt = bench.allocate(4 * MAX_SAMPLES + 16);
const sampleBits = fc.uint8Array({ minLength: 0, maxLength: 4 * MAX_SAMPLES });
const anyFloats = fc.array(
  fc.oneof(
    fc.float({ min: -2, max: 2 }),
    fc.float(),
    // Halves between two steps of 16 and of 24 bits.
    fc.integer({ min: -70_000, max: 70_000 }).map((n) => n / 2 ** 16),
    fc.integer({ min: -17_000_000, max: 17_000_000 }).map((n) => Math.fround(n / 2 ** 24)),
    fc.constantFrom(1, -1, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
  { maxLength: MAX_SAMPLES },
);

function toFloat(dsp: Dsp, bytes: ArrayLike<number>, format: SampleFormat): Float32Array {
  const samples = Math.floor(bytes.length / (format.containerBits >> 3));
  bench.bytes.set(bytes, inAt);
  bench.floats.fill(9, outAt >>> 2, (outAt >>> 2) + samples + 4);
  dsp.toFloat(outAt, inAt, samples, format);
  expect([...bench.floatsAt(outAt + 4 * samples, 4)]).toEqual([9, 9, 9, 9]);
  return bench.floatsAt(outAt, samples);
}

/** The bytes made, and 16 behind them, which have to be 0x55. */
function fromFloat(
  dsp: Dsp,
  floats: readonly number[],
  format: SampleFormat,
  dither?: Dither,
): Uint8Array {
  const byteLength = floats.length * (format.containerBits >> 3);
  bench.floats.set(floats, inAt >>> 2);
  bench.bytes.fill(0x55, outAt, outAt + byteLength + 16);
  dsp.fromFloat(outAt, inAt, floats.length, format, dither);
  expect([...bench.bytesAt(outAt + byteLength, 16)]).toEqual(Array(16).fill(0x55));
  return bench.bytesAt(outAt, byteLength);
}

/** A format's samples as whole numbers of its own steps. */
function steps(bytes: Uint8Array, { validBits, containerBits }: SampleFormat): number[] {
  const sampleBytes = containerBits >> 3;
  return Array.from({ length: bytes.length / sampleBytes }, (_, sample) => {
    let value = 0;
    for (let byte = 0; byte < sampleBytes; byte++) {
      value |= (bytes[sample * sampleBytes + byte] ?? 0) << (32 - containerBits + 8 * byte);
    }
    if (containerBits === 8) value ^= 0x8000_0000;
    return value >> (32 - validBits);
  });
}

describe('samples to floats', () => {
  it.each([
    [pcm(8, 8), [0x00, 0x80, 0xff, 0x81], [-1, 0, 127 / 128, 1 / 128]],
    [pcm(16, 16), [0x00, 0x80, 0xff, 0x7f, 0x01, 0x00], [-1, 32767 / 32768, 1 / 32768]],
    [pcm(24, 24), [0, 0, 0x80, 0xff, 0xff, 0x7f, 1, 0, 0], [-1, 8388607 / 8388608, 1 / 8388608]],
    [pcm(20, 32), [0, 0x10, 0, 0, 0xff, 0xef, 0xff, 0x7f], [1 / 524288, 524286 / 524288]],
    [pcm(32, 32), [0, 0, 0, 0x80, 0, 0, 0, 0x40, 1, 0, 0, 0], [-1, 0.5, 2 ** -31]],
  ])('have full scale at 1: %o', (format, bytes, expected) => {
    for (const dsp of bench.both) expect([...toFloat(dsp, bytes, format)]).toEqual(expected);
  });

  it('give the same bits in both kinds of kernel', () => {
    for (const format of [...integers, FLOAT]) {
      fc.assert(
        fc.property(sampleBits, (bytes) => {
          const [simd, script] = bench.both.map((dsp) => toFloat(dsp, bytes, format));
          expect(simd).toEqual(script);
        }),
      );
    }
  });

  it('go to floats and back without a change, up to 24 bits', () => {
    for (const format of integers.filter(({ validBits }) => validBits <= 24)) {
      const sampleBytes = format.containerBits >> 3;
      fc.assert(
        fc.property(sampleBits, (noise) => {
          const whole = noise.slice(0, noise.length - (noise.length % sampleBytes));
          for (const dsp of bench.both) {
            const floats = [...toFloat(dsp, whole, format)];
            // Bits below the valid ones are not sound: they come back as 0.
            const back = fromFloat(dsp, floats, format);
            expect(steps(back, format)).toEqual(steps(whole, format));
            expect(fromFloat(dsp, [...toFloat(dsp, back, format)], format)).toEqual(back);
          }
        }),
      );
    }
  });

  it('make floats finite: NaN is silence, infinity the largest number', () => {
    const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
    const most = 2 ** 128 - 2 ** 104;
    const floats = [nan, infinite, -infinite, 0.5, -0, 7, nan];
    const bytes = new Uint8Array(Float32Array.from(floats).buffer);
    for (const dsp of bench.both) {
      expect([...toFloat(dsp, bytes, FLOAT)]).toEqual([0, most, -most, 0.5, -0, 7, 0]);
    }
  });
});

describe('floats to samples', () => {
  it('are rounded to the nearest step, halves to the even one, and clamped', () => {
    const floats = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, -0.51, 40_000, -40_000, 32_767.5];
    const expected = [0, 2, 2, 0, -2, -2, 0, -1, 32_767, -32_768, 32_767];
    for (const dsp of bench.both) {
      const made = fromFloat(
        dsp,
        floats.map((value) => value / 32_768),
        pcm(16, 16),
      );
      expect(steps(made, pcm(16, 16)).map((value) => value + 0)).toEqual(expected);
    }
  });

  it('are the nearest step to what a calculation in double precision says', () => {
    for (const format of integers) {
      fc.assert(
        fc.property(anyFloats, (floats) => {
          const fullScale = 2 ** (format.validBits - 1);
          for (const dsp of bench.both) {
            const made = steps(fromFloat(dsp, floats, format), format);
            made.forEach((value, sample) => {
              const exact = (floats[sample] ?? 0) * fullScale;
              const clamped = Math.min(Math.max(exact, -fullScale), fullScale - 1);
              const isNear = Math.abs(value - (Number.isNaN(exact) ? 0 : clamped)) <= 0.5;
              expect(isNear, `${floats[sample]} as ${value}`).toBe(true);
            });
          }
        }),
      );
    }
  });

  it('give the same bytes in both kinds of kernel, with dither and without', () => {
    for (const format of [...integers, FLOAT]) {
      fc.assert(
        fc.property(anyFloats, fc.option(fc.nat()), (floats, seed) => {
          const [simd, script] = bench.both.map((dsp) => {
            return fromFloat(dsp, floats, format, seed === null ? undefined : new Dither(seed));
          });
          expect(simd).toEqual(script);
        }),
        { numRuns: 200 },
      );
    }
  });
});

describe('dither', () => {
  const step = 1 / 32_768;
  const level = (value: number, seed: number): number[] => {
    const dither = new Dither(seed);
    const made: number[] = [];
    const floats = Array(64).fill(value * step);
    for (let block = 0; block < 400; block++) {
      made.push(...steps(fromFloat(bench.simd, floats, pcm(16, 16), dither), pcm(16, 16)));
    }
    return made;
  };
  const mean = (values: readonly number[]): number => {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };

  it.each([0, 0.25, 0.5, 0.8])('keeps the level of %d of a step, with equal noise', (value) => {
    const made = level(value, 7);
    expect(mean(made)).toBeCloseTo(value, 1.5);
    // Rounding and two even noises of a step: a quarter of a square step in all.
    expect(mean(made.map((each) => (each - value) ** 2))).toBeCloseTo(0.25, 1.5);
    expect(new Set(made).size).toBeGreaterThan(1);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(level(0.3, 1)).toEqual(level(0.3, 1));
    expect(level(0.3, 1)).not.toEqual(level(0.3, 2));
  });

  it('does not depend on how a stream is cut into blocks', () => {
    const floats = Array.from({ length: 60 }, (_, n) => Math.sin(n) / 1000);
    for (const dsp of bench.both) {
      const whole = fromFloat(dsp, floats, pcm(16, 16), new Dither(3));
      const dither = new Dither(3);
      const cut = [0, 1, 8, 9, 22, 60].flatMap((end, index, ends) => {
        return [...fromFloat(dsp, floats.slice(ends[index - 1] ?? 0, end), pcm(16, 16), dither)];
      });
      expect(cut).toEqual([...whole]);
    }
  });

  it('leaves alone what loses no bits: 24 and more', () => {
    for (const format of [pcm(24, 24), pcm(24, 32), pcm(32, 32)]) {
      const floats = [0.1, 0.2, -0.3, 0];
      const dither = new Dither(1);
      const { counter } = dither;
      expect(fromFloat(bench.simd, floats, format, dither)).toEqual(
        fromFloat(bench.simd, floats, format),
      );
      expect(dither.counter).toBe(counter);
    }
  });
});

describe('conversion', () => {
  it('refuses containers it does not know, and samples that lie askew or outside', () => {
    const { simd } = bench;
    expect(() => simd.toFloat(outAt, inAt, 1, pcm(40, 40))).toThrow('samples of 40 bits');
    expect(() => simd.fromFloat(outAt, inAt, 1, pcm(12, 12))).toThrow(RangeError);
    const askew = bench.allocate(16);
    expect(() => simd.toFloat(outAt, (askew + 1) as typeof askew, 1, pcm(16, 16))).toThrow(
      RangeError,
    );
    expect(() => simd.fromFloat((askew + 1) as typeof askew, inAt, 1, pcm(24, 24))).not.toThrow();
  });
});
