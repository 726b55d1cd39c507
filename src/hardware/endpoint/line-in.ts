/**
 * The mouth. An input converter samples it once per frame period, from the moment the first
 * stream bound to the converter runs; a source (a file, a generator, a microphone) speaks. The
 * world does not wait for a paused stream, so frames that fall into a pause are spoken and lost.
 */
import { type SoundFormat, soundFrameBytes } from './sound-format.ts';

export interface SoundSource {
  /** Fills `frames` frames of `format` from `bytes[offset]` on. Called in order of time. */
  speak(bytes: Uint8Array, offset: number, frames: number, format: SoundFormat): void;
}

export class LineIn {
  /** Who speaks; silence when null. */
  source: SoundSource | null = null;
  #spokenFrames = 0;

  /** Frame periods sampled so far. */
  get spokenFrames(): number {
    return this.#spokenFrames;
  }

  /** The device side: takes the next `frames` frames. */
  take(bytes: Uint8Array, offset: number, frames: number, format: SoundFormat): void {
    this.#spokenFrames += frames;
    if (this.source === null) bytes.fill(0, offset, offset + frames * soundFrameBytes(format));
    else this.source.speak(bytes, offset, frames, format);
  }
}
