/**
 * The sound that a latency is measured with, as a recording of the device's own format. No two
 * frames of it that are near each other are alike, it takes no memory at any length, and whoever
 * measures is told when a client (or a converter) asks for which of its frames.
 */
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { WavFile } from '../wav/wav-reader.ts';

/** Told of each reading: the first frame, how many came, and how many were wanted. */
export type ReadingObserver = (firstFrame: number, frames: number, wanted: number) => void;

const FULL_SCALE = 2 ** 31;

/** @param format of the device: its containers have 16 or 32 bits. */
export function latencySound(
  format: PcmFormat,
  frames: number,
  wasRead: ReadingObserver = () => undefined,
): WavFile {
  const size = frameBytes(format);
  return {
    format,
    frames,
    warnings: [],
    readFrames(firstFrame, into, offset, wanted) {
      const count = Math.max(0, Math.min(wanted, frames - firstFrame));
      const view = new DataView(into.buffer, into.byteOffset + offset, count * size);
      const firstSample = firstFrame * format.channels;
      for (let sample = 0; sample < count * format.channels; sample++) {
        writeSample(view, sample, format, scrambled(firstSample + sample));
      }
      wasRead(firstFrame, count, wanted);
      return count;
    },
  };
}

/** A whole number of 32 bits, signed, that looks like chance and follows from `index`. */
function scrambled(index: number): number {
  let word = Math.imul(index + 1, 0x9e37_79b1);
  word = Math.imul(word ^ (word >>> 15), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return word ^ (word >>> 16);
}

function writeSample(view: DataView, sample: number, format: PcmFormat, word: number): void {
  if (format.float) view.setFloat32(4 * sample, word / FULL_SCALE, true);
  else if (format.containerBits === 16) view.setInt16(2 * sample, word >> 16, true);
  else view.setInt32(4 * sample, word & (-1 << (32 - format.validBits)), true);
}
