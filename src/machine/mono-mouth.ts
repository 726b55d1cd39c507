/**
 * What is said into a microphone, which is mono, of a stream that has two channels: the first
 * channel of the sound. Its codec puts a microphone on both sides (AC'97 2.3, 5.7.5), so that is
 * what whoever checks the recording is told was spoken.
 */
import type { SpeechJournal } from '../client/mouth.ts';
import type { FrameSource } from '../client/render-buffer.ts';
import type { SoundSource } from '../hardware/endpoint/line-in.ts';

const CHANNELS = 2;
const BLOCK_FRAMES = 4096;

/** Of 16-bit samples, as an AC'97 codec converts them. */
export class MonoMouth implements SoundSource {
  readonly #source: FrameSource;
  readonly #journal: SpeechJournal;
  readonly #stereo = new Int16Array(BLOCK_FRAMES * CHANNELS);
  readonly #bytes = new Uint8Array(this.#stereo.buffer);
  #spokenFrames = 0;

  /** @param source of 16-bit stereo frames */
  constructor(source: FrameSource, journal: SpeechJournal) {
    this.#source = source;
    this.#journal = journal;
  }

  /** Frames spoken so far, the silence behind the source included. */
  get spokenFrames(): number {
    return this.#spokenFrames;
  }

  speak(bytes: Uint8Array, offset: number, frames: number): void {
    for (let done = 0; done < frames; ) {
      const count = Math.min(BLOCK_FRAMES, frames - done);
      this.#speakBlock(bytes, offset + done * Int16Array.BYTES_PER_ELEMENT, count);
      done += count;
    }
    this.#spokenFrames += frames;
  }

  dropped(frames: number): void {
    this.#journal.drop(frames);
  }

  #speakBlock(bytes: Uint8Array, offset: number, frames: number): void {
    const stereo = this.#stereo;
    const filled = this.#source.read(this.#bytes, 0, frames);
    stereo.fill(0, filled * CHANNELS, frames * CHANNELS);
    for (let frame = 0; frame < frames; frame++) {
      const sample = stereo[CHANNELS * frame] as number;
      stereo[CHANNELS * frame + 1] = sample;
      const at = offset + frame * Int16Array.BYTES_PER_ELEMENT;
      bytes[at] = sample & 0xff;
      bytes[at + 1] = (sample >> 8) & 0xff;
    }
    this.#journal.send(this.#bytes, 0, frames * CHANNELS * Int16Array.BYTES_PER_ELEMENT);
  }
}
