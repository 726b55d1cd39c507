/**
 * The specification of the mix kernel, and its stand-in: every product and every sum is rounded to
 * single precision, streams are added in the order of the table, and the first stream is not added
 * to anything, so that one stream at gain 1 keeps every bit. A 16-bit integer is multiplied by the
 * gain of one of its steps, which is the same as to make it a float first. mix-kernel.as does all
 * that in SIMD, four streams in a pass, in this order or, where every sum is exact, in none.
 */
import type { DspKernels, DspMemory } from './kernels.ts';
import { MIX_ENTRY_BYTES, MIX_GAINS_AT, MIX_MASK_AT } from './mix-table.ts';

const { fround } = Math;
const STEP_OF_16_BITS = 2 ** -15;

export function createMixScript(memory: DspMemory): DspKernels['mix'] {
  const floats = new Float32Array(memory.buffer);
  const shorts = new Int16Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);

  return (outAt, tableAt, streams, frames, channels) => {
    const out = outAt >>> 2;
    const samples = frames * channels;
    if (streams === 0) floats.fill(0, out, out + samples);
    for (let stream = 0; stream < streams; stream++) {
      const entryAt = tableAt + stream * MIX_ENTRY_BYTES;
      const isInteger = words[(entryAt + MIX_MASK_AT) >>> 2] !== 0;
      const values = isInteger ? shorts : floats;
      const source = (words[entryAt >>> 2] as number) / values.BYTES_PER_ELEMENT;
      const gains = (entryAt + MIX_GAINS_AT) >>> 2;
      for (let channel = 0; channel < channels; channel++) {
        const own = floats[gains + channel] as number;
        const gain = isInteger ? fround(own * STEP_OF_16_BITS) : own;
        for (let sample = channel; sample < samples; sample += channels) {
          const product = fround((values[source + sample] as number) * gain);
          if (stream === 0) floats[out + sample] = product;
          else floats[out + sample] = fround((floats[out + sample] as number) + product);
        }
      }
    }
  };
}
