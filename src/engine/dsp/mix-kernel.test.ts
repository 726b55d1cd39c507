import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import { DspBench, hashOf } from './dsp.test-support.ts';
import { MAX_CHANNELS, MIX_ENTRY_BYTES, MIX_MASK_AT, MIX_SHORT_MASK } from './mix-table.ts';

const bench = new DspBench();
const MAX_STREAMS = 24;
const MAX_FRAMES = 100;
const MAX_FLOATS = MAX_FRAMES * MAX_CHANNELS;
const GUARD = 1234.5;
const integers = new Int16Array(bench.memory.buffer);
/** More than have a sum of 16-bit integers that is sure to be a float. */
const MANY_STREAMS = 520;
const tableAt = bench.allocate(MANY_STREAMS * MIX_ENTRY_BYTES);
const sourcesAt = bench.allocate(MAX_STREAMS * MAX_FLOATS * 4);
const outAt = bench.allocate((MAX_FLOATS + 16) * 4);

type Samples = 'floats' | 'integers';

/** Fills sources and gains with noise, and lets each kind of kernel mix them. */
function mixNoise(
  seed: number,
  streams: number,
  frames: number,
  channels: number,
  samplesOf: (stream: number) => Samples = () => 'floats',
  isTurned: (stream: number, channel: number) => boolean = () => true,
): Uint8Array[] {
  const random = new Random(seed);
  const amplitude = (): number => Math.fround((random.next() / 2 ** 31 - 1) * 2);
  for (let stream = 0; stream < streams; stream++) {
    const sourceAt = virtual(sourcesAt + stream * MAX_FLOATS * 4);
    const isInteger = samplesOf(stream) === 'integers';
    for (let n = 0; n < frames * channels; n++) {
      if (isInteger) integers[(sourceAt >>> 1) + n] = random.next();
      else bench.floats[(sourceAt >>> 2) + n] = amplitude();
    }
    const gains = Array.from({ length: channels }, (_, channel) =>
      isTurned(stream, channel) ? amplitude() : 1,
    );
    bench.simd.setGains(tableAt, stream, gains, channels, isInteger ? MIX_SHORT_MASK : 0);
    bench.simd.setSource(tableAt, stream, sourceAt);
  }
  return bench.both.map((dsp) => {
    bench.floats.fill(GUARD, outAt >>> 2, (outAt >>> 2) + MAX_FLOATS + 16);
    dsp.mix(outAt, tableAt, streams, frames, channels);
    return bench.bytesAt(outAt, (frames * channels + 16) * 4);
  });
}

describe('the mix kernel', () => {
  it('runs in WebAssembly here', () => {
    expect(bench.simd.kernels.mix.toString()).toContain('native code');
    expect(bench.script.kernels.mix.toString()).not.toContain('native code');
  });

  it('gives the bits of its specification for any streams, frames and channels', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(MAX_STREAMS),
        fc.nat(MAX_FRAMES),
        fc.integer({ min: 1, max: MAX_CHANNELS }),
        fc.array(fc.constantFrom<Samples>('floats', 'integers'), { minLength: 1, maxLength: 24 }),
        (seed, streams, frames, channels, kinds) => {
          const samplesOf = (stream: number): Samples => kinds[stream % kinds.length] ?? 'floats';
          const [simd, script] = mixNoise(seed, streams, frames, channels, samplesOf);
          expect(simd).toEqual(script);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('mixes 16-bit integers as the floats that they are, whoever stands beside them', () => {
    for (const streams of [1, 2, 7, 8, 13, 24]) {
      for (let channels = 1; channels <= MAX_CHANNELS; channels++) {
        const isOdd = (stream: number): Samples => (stream % 3 === 1 ? 'floats' : 'integers');
        const mixed = mixNoise(streams, streams, 50, channels, isOdd);
        const samples = 50 * channels;
        for (let stream = 0; stream < streams; stream++) {
          if (isOdd(stream) === 'floats') continue;
          const at = (sourcesAt + stream * MAX_FLOATS * 4) >>> 1;
          const floats = Float32Array.from(integers.slice(at, at + samples), (n) => n / 2 ** 15);
          bench.floats.set(floats, at >>> 1);
          const entryAt = (tableAt + stream * MIX_ENTRY_BYTES + MIX_MASK_AT) >>> 2;
          bench.floats[entryAt] = 0;
        }
        for (const [kind, dsp] of bench.both.entries()) {
          dsp.mix(outAt, tableAt, streams, 50, channels);
          expect(mixed[kind]?.slice(0, samples * 4)).toEqual(bench.bytesAt(outAt, samples * 4));
        }
      }
    }
  });

  it('adds 16-bit integers at full volume to the same bits, whatever channel is turned down', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 4, max: MAX_STREAMS }),
        fc.nat(MAX_FRAMES),
        fc.integer({ min: 1, max: MAX_CHANNELS }),
        fc.nat(2 * MAX_STREAMS),
        fc.nat(MAX_CHANNELS - 1),
        fc.nat(2 * MAX_STREAMS),
        (seed, streams, frames, channels, turnedStream, turnedChannel, floats) => {
          const samplesOf = (stream: number): Samples =>
            stream === floats ? 'floats' : 'integers';
          const isTurned = (stream: number, channel: number): boolean =>
            stream === turnedStream && channel === turnedChannel;
          const made = mixNoise(seed, streams, frames, channels, samplesOf, isTurned);
          expect(made[0]).toEqual(made[1]);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('rounds each sum of 16-bit integers, as soon as they are too many for a float', () => {
    // 2^24 is the first whole number whose follower is not a float.
    const loud = bench.allocate(16);
    integers.fill(2 ** 15 - 1, loud >>> 1, (loud >>> 1) + 8);
    for (let stream = 0; stream < MANY_STREAMS; stream++) {
      bench.simd.setGains(tableAt, stream, 1, 2, MIX_SHORT_MASK);
      bench.simd.setSource(tableAt, stream, loud);
    }
    for (const streams of [508, 512, 513, 516, MANY_STREAMS]) {
      const [simd, script] = bench.both.map((dsp) => {
        dsp.mix(outAt, tableAt, streams, 4, 2);
        return bench.bytesAt(outAt, 32);
      });
      expect(simd).toEqual(script);
    }
  });

  it('writes the frames it is asked for and not one float more', () => {
    for (let frames = 0; frames < 40; frames++) {
      for (let channels = 1; channels <= MAX_CHANNELS; channels++) {
        for (const made of mixNoise(frames, 9, frames, channels)) {
          const floats = new Float32Array(made.buffer);
          expect([...floats.subarray(frames * channels)]).toEqual(Array(16).fill(GUARD));
          expect(floats.subarray(0, frames * channels)).not.toContain(GUARD);
        }
      }
    }
  });

  it('has one hash over many streams and frames, which stays', () => {
    for (const kind of [0, 1]) {
      let hash: number | undefined;
      for (const streams of [1, 2, 7, 8, 13, 16, 24]) {
        for (const frames of [1, 47, 48, 100]) {
          for (let channels = 1; channels <= MAX_CHANNELS; channels++) {
            const made = mixNoise(streams * frames, streams, frames, channels)[kind];
            hash = hashOf(made ?? new Uint8Array(0), hash);
          }
        }
      }
      expect(hash?.toString(16)).toBe('25c8115f');
    }
  });

  it('adds in the order of the table, in single precision', () => {
    // 2^24 + 1 is not a float: added one by one the ones are lost, the other way round they count.
    const big = bench.hold([2 ** 24]);
    const one = bench.hold([1]);
    const order = (sources: readonly (typeof big)[]): number[] => {
      sources.forEach((at, index) => {
        bench.simd.setSource(tableAt, index, at);
        bench.simd.setGains(tableAt, index, 1, 1);
      });
      return bench.both.map((dsp) => {
        dsp.mix(outAt, tableAt, sources.length, 1, 1);
        return bench.floats[outAt >>> 2] ?? 0;
      });
    };
    expect(order([big, one, one])).toEqual([2 ** 24, 2 ** 24]);
    expect(order([one, one, big])).toEqual([2 ** 24 + 2, 2 ** 24 + 2]);
    expect(order([big, ...Array(8).fill(one)])).toEqual([2 ** 24, 2 ** 24]);
  });

  it('passes one stream at gain 1 bit for bit, negative zeros too', () => {
    const values = Float32Array.from([-0, 0, 1e-40, -1e-45, 3.4e38, 0.1, -0.1, 1 / 3, -0]);
    bench.simd.setSource(tableAt, 0, bench.hold(values));
    bench.simd.setGains(tableAt, 0, 1, 1);
    for (const dsp of bench.both) {
      dsp.mix(outAt, tableAt, 1, values.length, 1);
      expect(bench.bytesAt(outAt, values.byteLength)).toEqual(new Uint8Array(values.buffer));
    }
  });

  it('gives silence for no streams', () => {
    for (const dsp of bench.both) {
      bench.floats.fill(GUARD, outAt >>> 2, (outAt >>> 2) + 20);
      dsp.mix(outAt, tableAt, 0, 5, 2);
      expect([...bench.floatsAt(outAt, 11)]).toEqual([...Array(10).fill(0), GUARD]);
    }
  });

  it('refuses frames of 0 or 9 channels, missing gains, and addresses outside memory', () => {
    const { simd } = bench;
    expect(() => simd.setGains(tableAt, 0, 1, 0)).toThrow(RangeError);
    expect(() => simd.setGains(tableAt, 0, 1, 9)).toThrow('frames of 9 channels cannot be mixed');
    expect(() => simd.setGains(tableAt, 0, [1], 2)).toThrow('has no gain');
    simd.setGains(tableAt, 0, 1, 1);
    expect(() => simd.setSource(tableAt, 0, virtual(2))).toThrow('samples of 4 bytes');
    simd.setGains(tableAt, 0, 1, 1, MIX_SHORT_MASK);
    simd.setSource(tableAt, 0, virtual(2));
    expect(() => simd.setSource(tableAt, 0, virtual(3))).toThrow('samples of 2 bytes');
    simd.setGains(tableAt, 0, 1, 1, -1);
    expect(() => simd.setSource(tableAt, 0, virtual(2))).toThrow('samples of 4 bytes');
    expect(() => simd.mix(virtual(-4), tableAt, 1, 1, 1)).toThrow(RangeError);
    expect(() => simd.mix(virtual((16 << 20) - 4), tableAt, 1, 2, 1)).toThrow(
      'do not lie in memory',
    );
  });
});
