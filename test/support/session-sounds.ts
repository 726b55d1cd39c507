/**
 * Quiet noise for sessions that are mixed, and the mix itself in double precision: what an ear
 * should hear, to within the rounding of the device's format.
 */
import { Random } from '../../src/sim/random.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';

/** Noise of at most `peak` (1 is full scale) in the format: 16 bits, 24 in 32, 32, or float. */
export function quietNoise(
  format: PcmFormat,
  frames: number,
  seed: number,
  peak: number,
): Uint8Array {
  const random = new Random(seed);
  const bytes = new Uint8Array(frames * frameBytes(format));
  const view = new DataView(bytes.buffer);
  const size = format.containerBits >> 3;
  for (let at = 0; at < bytes.length; at += size) {
    const value = peak * (random.next() / 0x8000_0000 - 1);
    if (format.float) view.setFloat32(at, value, true);
    else writeInteger(view, at, format, Math.round(value * 2 ** (format.validBits - 1)));
  }
  return bytes;
}

function writeInteger(view: DataView, at: number, format: PcmFormat, value: number): void {
  const placed = value * 2 ** (format.containerBits - format.validBits);
  if (format.containerBits === 16) view.setInt16(at, placed, true);
  else view.setInt32(at, placed, true);
}

/** Every sample as a number, full scale at 1. */
export function samplesOf(bytes: Uint8Array, format: PcmFormat): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = format.containerBits >> 3;
  const samples = new Float64Array(bytes.length / size);
  for (let index = 0; index < samples.length; index++) {
    const at = index * size;
    if (format.float) samples[index] = view.getFloat32(at, true);
    else if (size === 2) samples[index] = view.getInt16(at, true) / 0x8000;
    else samples[index] = view.getInt32(at, true) / 0x8000_0000;
  }
  return samples;
}

/** The sum of sounds of equal rate and channels, each from its own frame on, with its own gain. */
export function mixed(
  parts: readonly { samples: Float64Array; atSample: number; gain: number }[],
  length: number,
): Float64Array {
  const sum = new Float64Array(length);
  for (const { atSample, gain, samples } of parts) {
    for (let index = 0; index < samples.length && atSample + index < length; index++) {
      sum[atSample + index] = (sum[atSample + index] ?? 0) + (samples[index] ?? 0) * gain;
    }
  }
  return sum;
}

/** The largest difference between two sounds, in steps of `validBits`. */
export function largestError(
  heard: Float64Array,
  expected: Float64Array,
  validBits: number,
): number {
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const error = Math.abs((heard[index] ?? Number.NaN) - (expected[index] ?? Number.NaN));
    if (!(error <= largest)) largest = error;
  }
  return largest * 2 ** (validBits - 1);
}
