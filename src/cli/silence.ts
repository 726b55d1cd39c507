/**
 * Silence in the place of a sound: as long as it, and in its format. It is what a device records
 * that has no way in for sound, so it is what a recording of such a device is held against.
 */
import { frameBytes } from '../standards/pcm/format.ts';
import type { WavFile } from '../wav/wav-reader.ts';

/** Silence of signed samples or floats; unsigned ones, of 8 bits, rest in the middle. */
export function silenceLike(file: WavFile): WavFile {
  const size = frameBytes(file.format);
  const silentByte = file.format.containerBits === 8 ? 0x80 : 0;
  return {
    ...file,
    readFrames: (first, into, offset, wanted) => {
      const count = Math.max(0, Math.min(wanted, file.frames - first));
      into.fill(silentByte, offset, offset + count * size);
      return count;
    },
  };
}
