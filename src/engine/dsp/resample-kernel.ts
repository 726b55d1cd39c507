/**
 * The specification of the resampler's kernels, and their stand-in. A dot product is kept in 16
 * partial sums, tap n in sum n mod 16, in single precision, beginning with the first product; they
 * are added as four vectors of four, (0 + 1) + (2 + 3), and then the lanes likewise. Between two
 * rows each tap lies on the straight line from one to the other. resample-kernel.as does the same
 * in SIMD, two channels at a time, so that a row of taps is read once for both.
 */
import type { DspKernels, DspMemory } from './kernels.ts';

const { fround } = Math;
const LANES = 16;

type ResampleKernels = Pick<
  DspKernels,
  'deinterleave' | 'slidePlanes' | 'resample' | 'resampleBetween'
>;

export function createResampleScript(memory: DspMemory): ResampleKernels {
  const floats = new Float32Array(memory.buffer);
  const sums = new Float32Array(LANES);

  /** A tap that lies `between` (0 to 1) a row's and the next row's. */
  const tapOf = (row: number, taps: number, between: number): number => {
    const first = floats[row] as number;
    return fround(first + fround(fround((floats[row + taps] as number) - first) * between));
  };

  /** `between` is null where the row is meant as it is. */
  const dotProduct = (
    window: number,
    row: number,
    taps: number,
    between: number | null,
  ): number => {
    for (let tap = 0; tap < taps; tap++) {
      const factor =
        between === null ? (floats[row + tap] as number) : tapOf(row + tap, taps, between);
      const product = (floats[window + tap] as number) * factor;
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
          floats[out++] = dotProduct(window + channel * (planeBytes >>> 2), rowStart, taps, null);
        }
        row = (row + 1) % phases;
        phase += step;
        window += Math.floor(phase / phases);
        phase %= phases;
      }
    },
    resampleBetween: (
      outAt,
      frames,
      windowAt,
      planeBytes,
      channels,
      rowsAt,
      taps,
      steps,
      phase,
      phases,
      step,
    ) => {
      let window = windowAt >>> 2;
      let out = outAt >>> 2;
      for (let frame = 0; frame < frames; frame++) {
        // Both products are whole numbers below 2^53.
        const place = phase * steps;
        const row = Math.floor(place / phases);
        const between = fround((place - row * phases) / phases);
        const rowStart = (rowsAt >>> 2) + row * taps;
        for (let channel = 0; channel < channels; channel++) {
          const plane = window + channel * (planeBytes >>> 2);
          floats[out++] = dotProduct(plane, rowStart, taps, between);
        }
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
