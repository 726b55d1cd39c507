import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { DspBench } from './dsp.test-support.ts';
import { RELEASE_SECONDS } from './limiter.ts';

const bench = new DspBench();
const RATE_HZ = 48_000;
const MAX_FRAMES = 4096;
const at = bench.allocate(MAX_FRAMES * 8 * 4);

/** What each kind of kernel makes of the sound, cut into blocks. */
function limited(sound: ArrayLike<number>, channels: number, blocks: number[]): Float32Array[] {
  return bench.both.map((dsp) => {
    bench.floats.set(sound, at >>> 2);
    const limiter = dsp.createLimiter(RATE_HZ, channels);
    let frame = 0;
    for (const frames of [...blocks, sound.length / channels]) {
      const taken = Math.min(frames, sound.length / channels - frame);
      limiter.process(virtual(at + frame * channels * 4), taken);
      frame += taken;
    }
    return bench.floatsAt(at, sound.length);
  });
}

const tone = (amplitude: number, frames: number): Float32Array => {
  return Float32Array.from({ length: frames }, (_, n) => amplitude * Math.sin(n / 10));
};
const samples = fc.oneof(
  { weight: 20, arbitrary: fc.float({ min: -1, max: 1 }) },
  fc.float({ min: -8, max: 8 }),
  fc.float(),
);

describe('the limiter', () => {
  it('passes what stays within full scale bit for bit, full scale included', () => {
    const sound = Float32Array.from([1, -1, -0, 0, 1e-40, 0.3, ...tone(1, 2000)]);
    for (const made of limited(sound, 2, [480])) {
      expect(new Uint8Array(made.buffer)).toEqual(new Uint8Array(sound.buffer));
    }
  });

  it('takes a sum of twice full scale down to full scale, and no further', () => {
    const sound = tone(2, 4000);
    for (const made of limited(sound, 1, [])) {
      const peak = made.slice(1000).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(peak).toBeLessThanOrEqual(1);
      expect(peak).toBeGreaterThan(0.99);
      // After the first crest the form of the wave stays: the gain moves by under 2 %.
      const errors = made.slice(1000).map((value, n) => value - (sound[n + 1000] ?? 0) / 2);
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.02);
    }
  });

  it('turns all channels down alike', () => {
    const sound = tone(0.5, 600).map((value, n) => (n % 2 === 0 ? 4 * value : value));
    for (const made of limited(sound, 2, [])) {
      for (let n = 0; n < made.length; n += 2) {
        const [left = 0, right = 0] = [made[n], made[n + 1]];
        if (Math.abs(left) >= 1) continue;
        const [fullLeft = 0, fullRight = 0] = [sound[n], sound[n + 1]];
        expect(right * fullLeft).toBeCloseTo(left * fullRight, 5);
      }
    }
  });

  it('lets go step by step until the gain is exactly 1, and then passes bits again', () => {
    const sound = new Float32Array(MAX_FRAMES).fill(0.25);
    for (const dsp of bench.both) {
      const limiter = dsp.createLimiter(RATE_HZ, 1);
      bench.floats.set([2, ...sound.subarray(1)], at >>> 2);
      limiter.process(at, MAX_FRAMES);
      const rise = (MAX_FRAMES - 1) / (RATE_HZ * RELEASE_SECONDS);
      expect(limiter.gain).toBeCloseTo(0.5 + rise, 3);
      const framesLeft = (0.5 - rise) * RATE_HZ * RELEASE_SECONDS;
      for (let frame = 0; frame < framesLeft + 100; frame += MAX_FRAMES) {
        bench.floats.set(sound, at >>> 2);
        limiter.process(at, MAX_FRAMES);
      }
      expect(limiter.gain).toBe(1);
      expect(bench.floats[(at >>> 2) + MAX_FRAMES - 1]).toBe(0.25);
    }
  });

  it('gives at most full scale whatever comes, in the same bits however it is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(samples, { minLength: 0, maxLength: 1200 }),
        fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 5 }),
        (channels, noise, blocks) => {
          const sound = noise.slice(0, noise.length - (noise.length % channels));
          const [simd, script] = limited(sound, channels, blocks);
          const [whole] = limited(sound, channels, []);
          expect(simd).toEqual(script);
          expect(simd).toEqual(whole);
          const isOver = (value: number): boolean => Math.abs(value) > 1;
          expect(simd?.some(isOver)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes a NaN for silence: it does not act, and nothing after is touched', () => {
    const sound = Float32Array.from([0.5, Number.NaN, -0.5, 0.25, ...Array(70).fill(0.1)]);
    for (const made of limited(sound, 2, [])) expect(made).toEqual(sound);
    const [loud] = limited(Float32Array.from([2, Number.NaN, 0.5, 0.5]), 2, []);
    expect([...(loud ?? [])].slice(0, 2)).toEqual([1, 0]);
  });

  it('forgets with reset', () => {
    const limiter = bench.simd.createLimiter(RATE_HZ, 1);
    bench.floats[at >>> 2] = 4;
    limiter.process(at, 1);
    expect(limiter.gain).toBe(0.25);
    limiter.reset();
    expect(limiter.gain).toBe(1);
  });
});
