/**
 * The specification of the kernels that mix in double precision, and their stand-in: for devices
 * of more bits than a float has. Sources are floats, or integers of 32 bits, of which only the bits
 * of the entry's mask are sound; a product of sample and gain is a double, streams are added in the
 * order of the table, and the sum is rounded once. Rules of limiter and rounding are those of
 * limiter.ts and sample-convert.ts. double-kernel.as does the same in SIMD.
 */
import type { DspKernels, DspMemory } from './kernels.ts';
import { LOUDEST } from './limiter.ts';
import { MIX_ENTRY_BYTES, MIX_GAINS_AT, MIX_MASK_AT } from './mix-table.ts';
import { roundedWithin } from './sample-convert.ts';

const { abs } = Math;
const STEP_OF_32_BITS = 2 ** -31;

type DoubleKernels = Pick<DspKernels, 'mixDoubles' | 'limitDoubles' | 'writeDoubles'>;

export function createDoubleScript(memory: DspMemory): DoubleKernels {
  const doubles = new Float64Array(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  const words = new Int32Array(memory.buffer);

  return {
    mixDoubles: (outAt, tableAt, streams, frames, channels) => {
      const out = outAt >>> 3;
      const samples = frames * channels;
      if (streams === 0) doubles.fill(0, out, out + samples);
      for (let stream = 0; stream < streams; stream++) {
        const entryAt = tableAt + stream * MIX_ENTRY_BYTES;
        const source = (words[entryAt >>> 2] as number) >>> 2;
        const mask = words[(entryAt + MIX_MASK_AT) >>> 2] as number;
        const gains = (entryAt + MIX_GAINS_AT) >>> 2;
        for (let sample = 0; sample < samples; sample++) {
          const value =
            mask === 0
              ? (floats[source + sample] as number)
              : ((words[source + sample] as number) & mask) * STEP_OF_32_BITS;
          const product = value * (floats[gains + (sample % channels)] as number);
          if (stream === 0) doubles[out + sample] = product;
          else doubles[out + sample] = (doubles[out + sample] as number) + product;
        }
      }
    },
    limitDoubles: (at, frames, channels, gain, releaseStep) => {
      const end = (at >>> 3) + frames * channels;
      let hasActed = false;
      for (let frame = at >>> 3; frame < end; frame += channels) {
        let peak = 0;
        for (let sample = frame; sample < frame + channels; sample++) {
          const loudness = abs(doubles[sample] as number);
          if (loudness > peak) peak = Math.min(loudness, LOUDEST);
        }
        gain = Math.min(gain + releaseStep, 1);
        if (peak * gain > 1) gain = 1 / peak;
        if (gain === 1) continue;
        hasActed = true;
        for (let sample = frame; sample < frame + channels; sample++) {
          const limited = (doubles[sample] as number) * gain;
          doubles[sample] = Number.isNaN(limited) ? 0 : Math.min(Math.max(limited, -1), 1);
        }
      }
      return hasActed ? -gain : gain;
    },
    writeDoubles: (outAt, inAt, samples, validBits) => {
      const scale = 2 ** (validBits - 1);
      for (let sample = 0; sample < samples; sample++) {
        const steps = (doubles[(inAt >>> 3) + sample] as number) * scale;
        words[(outAt >>> 2) + sample] = roundedWithin(steps, scale) << (32 - validBits);
      }
    },
  };
}
