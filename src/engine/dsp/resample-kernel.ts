/**
 * The specification of the resampler's kernels, and their stand-in. A dot product is kept in 16
 * partial sums, tap n in sum n mod 16, in single precision, beginning with the first product; they are added as four vectors of four,
 * (0 + 1) + (2 + 3), and then the lanes likewise. resample-kernel.as does the same in SIMD, two
 * channels at a time, so that a row of taps is read once for both.
 */
import type { DspKernels, DspMemory } from './kernels.ts';

const { fround } = Math;
const LANES = 16;

type ResampleKernels = Pick<DspKernels, 'deinterleave' | 'slidePlanes' | 'resample'>;

export function createResampleScript(memory: DspMemory): ResampleKernels {
  const floats = new Float32Array(memory.buffer);
  const sums = new Float32Array(LANES);

  const dotProduct = (window: number, row: number, taps: number): number => {
    for (let tap = 0; tap < taps; tap++) {
      const product = (floats[window + tap] as number) * (floats[row + tap] as number);
      if (tap < LANES) sums[tap] = product;
      else sums[tap % LANES] = (sums[tap % LANES] as number) + fround(product);
    }
    return addedUp(sums);
  };

  return {
    deinterleave: (planesAt, planeBytes, inAt, frames, channels) => {
      for (let channel = 0; channel < channels; channel++) {
        const plane = (planesAt + channel * planeBytes) >>> 2;
        const input = (inAt >>> 2) + channel;
        for (let frame = 0; frame < frames; frame++) {
          floats[plane + frame] = floats[input + frame * channels] as number;
        }
      }
    },
    slidePlanes: (planesAt, planeBytes, used, kept, channels) => {
      for (let channel = 0; channel < channels; channel++) {
        const plane = (planesAt + channel * planeBytes) >>> 2;
        floats.copyWithin(plane, plane + used, plane + used + kept);
      }
    },
    resample: (outAt, frames, windowAt, planeBytes, channels, rowsAt, taps, row, phases, step) => {
      let window = windowAt >>> 2;
      let out = outAt >>> 2;
      let phase = (row * step) % phases;
      for (let frame = 0; frame < frames; frame++) {
        const rowStart = (rowsAt >>> 2) + row * taps;
        for (let channel = 0; channel < channels; channel++) {
          floats[out++] = dotProduct(window + channel * (planeBytes >>> 2), rowStart, taps);
        }
        row = (row + 1) % phases;
        phase += step;
        window += Math.floor(phase / phases);
        phase %= phases;
      }
    },
  };
}

function addedUp(sums: Float32Array): number {
  const lane = (index: number): number => {
    const low = fround((sums[index] as number) + (sums[index + 4] as number));
    const high = fround((sums[index + 8] as number) + (sums[index + 12] as number));
    return fround(low + high);
  };
  return fround(fround(lane(0) + lane(1)) + fround(lane(2) + lane(3)));
}
