import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import { DspBench, hashOf } from './dsp.test-support.ts';
import type { Dsp } from './dsp.ts';
import { createResampler, type Resampler } from './resampler.ts';
import { fitTone, levelDb } from './tone-fit.test-support.ts';

const bench = new DspBench(256 << 20);
const RATES = [
  8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];
/** Their ratios to most others are too long for a row of the filter for each phase. */
const ODD_RATES = [7999, 44_101];
const inAt = bench.allocate(4 << 20);
const outAt = bench.allocate(16 << 20);
const made = new Map<string, Resampler>();

/** One resampler for each question, made once: its memory is never given back. */
function resamplerOf(dsp: Dsp, fromHz: number, toHz: number, channels: number): Resampler {
  const key = `${bench.both.indexOf(dsp)} ${fromHz} ${toHz} ${channels}`;
  const resampler = made.get(key) ?? createResampler(dsp, fromHz, toHz, channels, bench.allocate);
  made.set(key, resampler);
  resampler.reset();
  return resampler;
}

/** All of a mono sound at once. */
function resampled(sound: ArrayLike<number>, fromHz: number, toHz: number): Float32Array {
  bench.floats.set(sound, inAt >>> 2);
  const resampler = resamplerOf(bench.simd, fromHz, toHz, 1);
  return bench.floatsAt(outAt, resampler.push(outAt, inAt, sound.length));
}

function tone(hz: number, rateHz: number, frames: number): Float32Array {
  const omega = (2 * Math.PI * hz) / rateHz;
  return Float32Array.from({ length: frames }, (_, n) => 0.5 * Math.sin(omega * n));
}

/** The middle 60 %, where a tone has neither beginning nor end. */
function middle(sound: Float32Array): Float32Array {
  return sound.subarray(Math.floor(sound.length * 0.2), Math.floor(sound.length * 0.8));
}

const fitOf = (hz: number, fromHz: number, toHz: number, frames = fromHz) => {
  return fitTone(middle(resampled(tone(hz, fromHz, frames), fromHz, toHz)), hz, toHz);
};

const decibels = (ratio: number): number => 20 * Math.log10(ratio);

describe('the sound of the resampler', () => {
  it.each([
    [44_100, 48_000],
    [48_000, 44_100],
    [44_100, 96_000],
    [48_000, 192_000],
    [192_000, 48_000],
    [96_000, 44_100],
  ])('%d to %d Hz keeps tones clean to 128 dB, at their level', (fromHz, toHz) => {
    for (const hz of [100, 1000, 10_000, 18_000]) {
      const { signalToNoiseDb, amplitude } = fitOf(hz, fromHz, toHz);
      expect(signalToNoiseDb, `${hz} Hz`).toBeGreaterThan(128);
      expect(decibels(amplitude / 0.5), `${hz} Hz`).toBeCloseTo(0, 4);
    }
  });

  it.each([
    [7999, 48_000],
    [8001, 48_000],
    [11_127, 48_000],
    [32_001, 48_000],
    [37_286, 48_000],
    [44_101, 48_000],
    [44_101, 192_000],
    [48_000, 44_101],
    [192_000, 7999],
  ])('%d to %d Hz, between the rows of a table, is as clean', (fromHz, toHz) => {
    const { passHz, steps } = resamplerOf(bench.simd, fromHz, toHz, 1).filter;
    expect(steps).not.toBeNull();
    for (const share of [0.01, 0.1, 0.5, 0.99]) {
      const { signalToNoiseDb, amplitude } = fitOf(share * passHz, fromHz, toHz);
      expect(signalToNoiseDb, `${share * passHz} Hz`).toBeGreaterThan(128);
      expect(decibels(amplitude / 0.5), `${share * passHz} Hz`).toBeCloseTo(0, 3);
    }
  });

  it('goes up from 1 Hz, without a jump from one frame of the output to the next', () => {
    const sound = Array.from({ length: 100 }, (_, n) => (n < 50 ? 0 : 0.5));
    const heard = resampled(sound, 1, 16_000);
    expect(heard).toHaveLength(100 * 16_000);
    const { delayOutputFrames } = resamplerOf(bench.simd, 1, 16_000, 1);
    expect(delayOutputFrames).toBe(40 * 16_000);
    expect(heard[70 * 16_000]).toBeCloseTo(0, 2);
    expect(heard[89.5 * 16_000]).toBeCloseTo(0.25, 3);
    let largest = 0;
    for (let n = 1; n < heard.length; n++) {
      largest = Math.max(largest, Math.abs((heard[n] ?? 0) - (heard[n - 1] ?? 0)));
    }
    // The step of the sound takes about a second.
    expect(largest).toBeLessThan(0.5 / 12_000);
  });

  it('is flat to 19 kHz from 44.1 to 48 kHz, 0.1 dB down at 20, and rejects all images', () => {
    expect(decibels(fitOf(19_000, 44_100, 48_000).amplitude / 0.5)).toBeCloseTo(0, 3);
    const last = fitOf(20_000, 44_100, 48_000);
    expect(decibels(last.amplitude / 0.5)).toBeGreaterThan(-0.1);
    // The first image is at 24.1 kHz, just beyond the stop band's edge.
    expect(last.signalToNoiseDb).toBeGreaterThan(128);
  });

  it.each([
    [192_000, 44_100],
    [192_000, 48_000],
    [96_000, 48_000],
    [48_000, 8000],
  ])('%d to %d Hz rejects by 128 dB what the lower rate cannot carry', (fromHz, toHz) => {
    const { passHz, stopHz } = resamplerOf(bench.simd, fromHz, toHz, 1).filter;
    expect(passHz).toBeGreaterThan(0.86 * (toHz / 2));
    expect(stopHz).toBeLessThan(1.1 * (toHz / 2));
    for (let hz = stopHz; hz < fromHz / 2; hz += (fromHz / 2 - stopHz) / 20) {
      const heard = middle(resampled(tone(hz, fromHz, fromHz / 2), fromHz, toHz));
      expect(levelDb(heard) - decibels(0.5), `${hz} Hz`).toBeLessThan(-128);
    }
    const kept = fitOf(passHz, fromHz, toHz);
    expect(decibels(kept.amplitude / 0.5)).toBeCloseTo(0, 3);
  });

  it('keeps a constant, exactly the same at every phase', () => {
    for (const toHz of [48_000, 96_000, 22_050]) {
      const heard = middle(resampled(new Float32Array(4000).fill(0.5), 44_100, toHz));
      for (const value of heard) expect(value).toBeCloseTo(0.5, 6);
    }
  });
});

describe('the time line of the resampler', () => {
  it.each(RATES)(
    'tells the delay from %d Hz to every other rate, to a part of a frame',
    (fromHz) => {
      for (const toHz of RATES) {
        if (toHz === fromHz) continue;
        const hz = Math.min(fromHz, toHz) / 40;
        const resampler = resamplerOf(bench.simd, fromHz, toHz, 1);
        const { delayInputFrames, delayOutputFrames } = resampler;
        expect(delayOutputFrames / toHz).toBeCloseTo(delayInputFrames / fromHz, 12);
        const heard = resampled(tone(hz, fromHz, Math.round(fromHz / 4)), fromHz, toHz);
        const start = Math.floor(heard.length * 0.4);
        const { phase, signalToNoiseDb } = fitTone(heard.subarray(start), hz, toHz);
        expect(signalToNoiseDb).toBeGreaterThan(110);
        const turns = (start - delayOutputFrames) * (hz / toHz) - phase / (2 * Math.PI);
        expect(turns - Math.round(turns), `to ${toHz} Hz`).toBeCloseTo(0, 5);
      }
    },
  );

  it('answers an impulse with nothing outside the filter, and both sides alike', () => {
    const sound = new Float32Array(400);
    sound[200] = 1;
    const { delayOutputFrames, filter } = resamplerOf(bench.simd, 48_000, 96_000, 1);
    expect(filter).toMatchObject({ phases: 2, step: 1, taps: 80 });
    expect(delayOutputFrames).toBe(80);
    const heard = resampled(sound, 48_000, 96_000);
    const centre = 2 * 200 + delayOutputFrames;
    const peak = heard.reduce((most, value, n) => (value > (heard[most] ?? 0) ? n : most), 0);
    expect(peak).toBe(centre);
    heard.forEach((value, n) => {
      if (Math.abs(n - centre) >= 80) expect(value + 0, `frame ${n}`).toBe(0);
    });
    for (let n = 1; n < 80; n++) expect(heard[centre + n]).toBeCloseTo(heard[centre - n] ?? 9, 7);
  });

  it('makes neither a frame more nor a frame less in the long run', () => {
    const resampler = resamplerOf(bench.simd, 44_100, 48_000, 1);
    let frames = 0;
    for (let period = 0; period < 100; period++) frames += resampler.push(outAt, inAt, 441);
    expect(frames).toBe(48_000);
    resampler.reset();
    let taken = 0;
    for (let period = 0; period < 100; period++) taken += resampler.pull(outAt, 480, inAt);
    // The last output frame lies between two input frames, before the end of the second.
    expect(taken).toBe(44_100);
  });
});

describe('blocks of the resampler', () => {
  const rate = fc.oneof(fc.constantFrom(...RATES), fc.constantFrom(...ODD_RATES));
  const pair = fc.tuple(rate, rate);
  const pairs = pair.filter(([from, to]) => from !== to);
  const noise = (floats: number): Float32Array => {
    const random = new Random(floats);
    return Float32Array.from({ length: floats }, () => random.next() / 2 ** 31 - 1);
  };

  it('do not change one bit of the output, pushed or pulled', () => {
    const frames = 3000;
    fc.assert(
      fc.property(
        pairs,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.tuple(fc.boolean(), fc.nat(1500)), { maxLength: 8 }),
        ([fromHz, toHz], channels, cuts) => {
          bench.floats.set(noise(frames * channels), inAt >>> 2);
          const resampler = resamplerOf(bench.simd, fromHz, toHz, channels);
          const total = resampler.push(outAt, inAt, frames);
          const whole = bench.bytesAt(outAt, total * channels * 4);
          resampler.reset();
          let [read, written] = [0, 0];
          const from = () => virtual(inAt + read * channels * 4);
          const to = () => virtual(outAt + written * channels * 4);
          for (const [isPull, size] of cuts) {
            if (isPull && read + resampler.framesNeeded(size) <= frames) {
              const needed = resampler.framesNeeded(size);
              expect(resampler.pull(to(), size, from())).toBe(needed);
              read += needed;
              written += size;
            } else {
              const pushed = Math.min(size, frames - read);
              const expected = resampler.framesMade(pushed);
              expect(resampler.push(to(), from(), pushed)).toBe(expected);
              read += pushed;
              written += expected;
            }
          }
          written += resampler.push(to(), from(), frames - read);
          expect(written).toBe(total);
          expect(hashOf(bench.bytesAt(outAt, total * channels * 4))).toBe(hashOf(whole));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('take what framesNeeded says: one frame less is not enough', () => {
    fc.assert(
      fc.property(
        pairs,
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(50),
        ([from, to], out, before) => {
          const resampler = resamplerOf(bench.simd, from, to, 1);
          resampler.push(outAt, inAt, before);
          const needed = resampler.framesNeeded(out);
          expect(resampler.framesMade(needed)).toBeGreaterThanOrEqual(out);
          if (needed > 0) expect(resampler.framesMade(needed - 1)).toBeLessThan(out);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('give the bits of the specification, for 1 to 8 channels', () => {
    fc.assert(
      fc.property(
        pairs,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 200 }),
        ([fromHz, toHz], channels, frames) => {
          bench.floats.set(noise(frames * channels), inAt >>> 2);
          const [simd, script] = bench.both.map((dsp) => {
            const resampler = resamplerOf(dsp, fromHz, toHz, channels);
            const total = resampler.push(outAt, inAt, frames);
            return bench.bytesAt(outAt, total * channels * 4 + 4);
          });
          expect(simd).toEqual(script);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('making a resampler', () => {
  it('shares one table among pairs of the same ratio, and asks for each memory by its life', () => {
    const { simd } = new DspBench();
    const asked: string[] = [];
    const small = new DspBench();
    const allocate = (byteLength: number, lifetime: string) => {
      asked.push(`${lifetime} ${byteLength}`);
      return small.allocate(byteLength);
    };
    createResampler(small.simd, 44_100, 48_000, 2, allocate);
    createResampler(small.simd, 88_200, 96_000, 1, allocate);
    const table = 160 * 80 * 4;
    expect(asked).toEqual([`shared ${table}`, 'own 8832', 'own 4416']);
    expect(simd.filterTables.size).toBe(0);
  });

  it('refuses equal rates, 0 or 9 channels, and rates that fall too far', () => {
    const make = (fromHz: number, toHz: number, channels = 2): Resampler => {
      return createResampler(bench.simd, fromHz, toHz, channels, bench.allocate);
    };
    expect(() => make(48_000, 48_000)).toThrow('needs no resampler');
    expect(() => make(48_000, 44_100, 0)).toThrow('0 channels cannot be resampled');
    expect(() => make(48_000, 44_100, 9)).toThrow(RangeError);
    expect(() => make(4_800_001, 48_000)).toThrow(
      '4800001 Hz cannot be resampled to 48000 Hz, which is less than a hundredth of it',
    );
    expect(make(4_800_000, 48_000).filter.taps).toBe(8000);
    expect(() => make(0, 48_000)).toThrow(RangeError);
    expect(() => make(48_000, 0)).toThrow(RangeError);
    expect(() => make(44_100.5, 48_000)).toThrow(RangeError);
  });

  it('has a table of the same bits on every host', () => {
    createResampler(bench.script, 44_100, 48_000, 1, bench.allocate);
    const at = bench.script.filterTables.get('160:147') ?? 0;
    expect(hashOf(bench.bytesAt(at, 160 * 80 * 4)).toString(16)).toBe('958560e7');
  });

  it('has one table for all odd rates that rise, and it is no longer than others', () => {
    const small = new DspBench();
    createResampler(small.simd, 44_101, 48_000, 1, small.allocate);
    createResampler(small.simd, 1, 192_000, 1, small.allocate);
    expect([...small.simd.filterTables.keys()]).toEqual(['rising']);
    createResampler(small.simd, 192_000, 7999, 1, small.allocate);
    const steps = Math.ceil(2048 / (192_000 / 7999));
    const { taps } = createResampler(small.simd, 192_000, 7999, 1, small.allocate).filter;
    expect((steps + 1) * taps).toBeLessThan(1_048_576);
    const at = small.simd.filterTables.get('rising') ?? 0;
    expect(hashOf(small.bytesAt(at, 2049 * 80 * 4)).toString(16)).toBe('b0bcbb41');
  });
});
