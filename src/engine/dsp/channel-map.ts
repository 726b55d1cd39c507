/**
 * Frames of one speaker layout into frames of another: a matrix of gains, which stands in the
 * machine's memory as one column of 8 floats per input channel, so that the kernel adds a column
 * at a time. The gains come from channel-matrix.ts. This file also holds the kernel's
 * specification: products and sums in single precision, in the order of the input channels.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { type ChannelLayout, channelMatrix, isIdentity } from './channel-matrix.ts';
import type { Allocate, Dsp } from './dsp.ts';
import type { DspKernels, DspMemory } from './kernels.ts';
import { MAX_CHANNELS } from './mix-table.ts';

const { fround } = Math;
const COLUMN_BYTES = 4 * MAX_CHANNELS;

export interface ChannelMap {
  /** Maps interleaved frames. The two places must not overlap. */
  process(outAt: VirtualAddress, inAt: VirtualAddress, frames: number): void;
}

/** The map between two layouts; null when they are the same sound in the same places. */
export function createChannelMap(
  dsp: Dsp,
  from: ChannelLayout,
  to: ChannelLayout,
  allocate: Allocate,
): ChannelMap | null {
  if (from.channels > MAX_CHANNELS || to.channels > MAX_CHANNELS) {
    throw new RangeError(
      `${from.channels} channels cannot be mapped to ${to.channels}: up to ${MAX_CHANNELS} can`,
    );
  }
  const matrix = channelMatrix(from, to);
  if (isIdentity(matrix)) return null;
  const columnsAt = allocate(from.channels * COLUMN_BYTES, 'own');
  const floats = new Float32Array(dsp.memory.buffer, columnsAt, from.channels * MAX_CHANNELS);
  floats.fill(0);
  matrix.forEach((row, out) => {
    row.forEach((gain, input) => {
      floats[input * MAX_CHANNELS + out] = gain;
    });
  });
  const { mapChannels } = dsp.kernels;
  const inChannels = from.channels;
  const outChannels = to.channels;
  return {
    process(outAt, inAt, frames) {
      dsp.checkFloats(outAt, frames * outChannels);
      dsp.checkFloats(inAt, frames * inChannels);
      mapChannels(outAt, inAt, frames, inChannels, outChannels, columnsAt);
    },
  };
}

/** The specification of the kernel in channel-map.as. */
export function createMapScript(memory: DspMemory): DspKernels['mapChannels'] {
  const floats = new Float32Array(memory.buffer);

  return (outAt, inAt, frames, inChannels, outChannels, columnsAt) => {
    const columns = columnsAt >>> 2;
    let out = outAt >>> 2;
    let input = inAt >>> 2;
    for (let frame = 0; frame < frames; frame++) {
      for (let channel = 0; channel < outChannels; channel++) {
        let sum = 0;
        for (let source = 0; source < inChannels; source++) {
          const gain = floats[columns + source * MAX_CHANNELS + channel] as number;
          const product = fround((floats[input + source] as number) * gain);
          sum = source === 0 ? product : fround(sum + product);
        }
        floats[out++] = sum;
      }
      input += inChannels;
    }
  };
}
