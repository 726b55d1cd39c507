/**
 * What is said into a device's line in: frames of a source, and silence behind them. Whoever checks
 * the recording is told of every frame at the moment it is spoken.
 */
import type { FrameSource, RenderJournal } from './render-buffer.ts';

export interface SpeechJournal extends Pick<RenderJournal, 'send'> {
  /** The device had no room for the newest frames. */
  drop(frames: number): void;
}

/** The frames that a converter samples: whole frames of one size, in `bytes[offset ..]`. */
export class Mouth {
  readonly #source: FrameSource;
  readonly #frameBytes: number;
  readonly #journal: SpeechJournal;
  #spokenFrames = 0;

  constructor(source: FrameSource, frameBytes: number, journal: SpeechJournal) {
    this.#source = source;
    this.#frameBytes = frameBytes;
    this.#journal = journal;
  }

  /** Frames spoken so far, the silence behind the source included. */
  get spokenFrames(): number {
    return this.#spokenFrames;
  }

  speak(bytes: Uint8Array, offset: number, frames: number): void {
    const filled = this.#source.read(bytes, offset, frames);
    const end = offset + frames * this.#frameBytes;
    if (filled < frames) bytes.fill(0, offset + filled * this.#frameBytes, end);
    this.#journal.send(bytes, offset, end - offset);
    this.#spokenFrames += frames;
  }

  dropped(frames: number): void {
    this.#journal.drop(frames);
  }
}
