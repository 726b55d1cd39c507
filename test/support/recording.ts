/** A recording of seeded noise, as a WAV file that was opened. */
import { noise } from '../../src/testing/sounds.ts';
import { formatOf, type TestRenderOptions } from '../../src/testing/test-render.ts';
import type { WavFile } from '../../src/wav/wav-reader.ts';

export function recordingOf(options: TestRenderOptions, frames: number): WavFile {
  const format = formatOf(options);
  const sound = noise(format, frames);
  const size = sound.length / frames;
  return {
    format,
    frames,
    warnings: [],
    readFrames: (first, into, offset, wanted) => {
      const count = Math.max(0, Math.min(wanted, frames - first));
      into.set(sound.subarray(size * first, size * (first + count)), offset);
      return count;
    },
  };
}
