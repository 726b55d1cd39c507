/**
 * Samples of every container <-> float32, the specification of the kernels in sample-convert.as.
 * Full scale is 2 to the power of the valid bits less one, so 16 and 24 bits go to float and back
 * without a change. On the way back a sample is rounded to the nearest step, halves to the even one,
 * and clamped; NaN becomes silence. Valid bits stand on top of their container, the rest is 0; bits
 * found there are not sound and are dropped. 8 bits are unsigned, as WAVE_FORMAT_PCM has them.
 */
import { triangularNoise } from './dither.ts';
import type { DspKernels, DspMemory, ReadSamples, WriteSamples } from './kernels.ts';

const { fround } = Math;
const LARGEST_FLOAT = 3.4028234663852886e38;
/** Adding 1.5 * 2^52 leaves no bits for a fraction: the sum is rounded, halves to even. */
const ROUNDER = 1.5 * 2 ** 52;

type ReadKernels = Pick<DspKernels, 'readU8' | 'readS16' | 'readS24' | 'readS32' | 'readF32'>;
type WriteKernels = Pick<DspKernels, 'writeU8' | 'writeS16' | 'writeS24' | 'writeS32'>;

export function createReadScript(memory: DspMemory): ReadKernels {
  const floats = new Float32Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const reader =
    (containerBytes: number, read: (at: number) => number): ReadSamples =>
    (outAt, inAt, samples, mask) => {
      const out = outAt >>> 2;
      const scale = 2 ** (1 - 8 * containerBytes);
      for (let sample = 0; sample < samples; sample++) {
        const value = read(inAt + sample * containerBytes) & mask;
        floats[out + sample] = fround(value) * scale;
      }
    };
  return {
    readU8: reader(1, (at) => (bytes[at] as number) - 128),
    readS16: reader(2, (at) => view.getInt16(at, true)),
    readS24: reader(3, (at) => (view.getInt8(at + 2) << 16) | view.getUint16(at, true)),
    readS32: reader(4, (at) => view.getInt32(at, true)),
    readF32: (outAt, inAt, samples) => {
      for (let sample = 0; sample < samples; sample++) {
        floats[(outAt >>> 2) + sample] = tamed(floats[(inAt >>> 2) + sample] as number);
      }
    },
  };
}

export function createWriteScript(memory: DspMemory): WriteKernels {
  const floats = new Float32Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const writer =
    (containerBits: number, write: (at: number, value: number) => void): WriteSamples =>
    (outAt, inAt, samples, validBits, dithered, counter) => {
      const scale = 2 ** (validBits - 1);
      const shift = containerBits - validBits;
      const containerBytes = containerBits >> 3;
      for (let sample = 0; sample < samples; sample++) {
        let steps = fround((floats[(inAt >>> 2) + sample] as number) * scale);
        if (dithered !== 0) steps = fround(steps + triangularNoise((counter + sample) >>> 0));
        write(outAt + sample * containerBytes, roundedWithin(steps, scale) << shift);
      }
    };
  return {
    writeU8: writer(8, (at, value) => view.setUint8(at, value + 128)),
    writeS16: writer(16, (at, value) => view.setInt16(at, value, true)),
    writeS24: writer(24, (at, value) => {
      view.setInt16(at, value, true);
      view.setInt8(at + 2, value >> 16);
    }),
    writeS32: writer(32, (at, value) => view.setInt32(at, value, true)),
  };
}

/** The float itself if it is finite; it can then be scaled and added without making a NaN. */
export function tamed(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.min(Math.max(value, -LARGEST_FLOAT), LARGEST_FLOAT);
}

/** The nearest whole number of steps from -fullScale to fullScale - 1. */
export function roundedWithin(steps: number, fullScale: number): number {
  if (Number.isNaN(steps)) return 0;
  if (steps >= fullScale) return fullScale - 1;
  if (steps <= -fullScale) return -fullScale;
  return Math.min(steps + ROUNDER - ROUNDER, fullScale - 1);
}
