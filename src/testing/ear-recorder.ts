/**
 * A listener that keeps all it hears, for tests: every frame period from RUN on, silence as zeros.
 * A stream of minutes belongs into a SoundLedger instead.
 */
import type { SoundFormat } from '../hardware/endpoint/sound-format.ts';
import { soundFrameBytes } from '../hardware/endpoint/sound-format.ts';
import type { SoundSink } from '../hardware/endpoint/speaker.ts';

/** What the ear heard: `frames` frames from RUN on, and which of them were silence by absence. */
export interface HeardSound {
  readonly bytes: Uint8Array;
  readonly frameBytes: number;
  readonly frames: number;
  /** Frame periods before the first frame of the stream arrived. */
  readonly leadingSilence: number;
}

export class EarRecorder implements SoundSink {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #frameBytes = 1;
  #leadingSilence = 0;
  #hasHeard = false;
  format: SoundFormat | null = null;

  open(format: SoundFormat): void {
    this.format = format;
    this.#frameBytes = soundFrameBytes(format);
    this.#length = 0;
    this.#leadingSilence = 0;
    this.#hasHeard = false;
  }

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#hasHeard = true;
    this.#reserve(byteLength);
    this.#bytes.set(bytes.subarray(offset, offset + byteLength), this.#length);
    this.#length += byteLength;
  }

  silence(frames: number): void {
    if (!this.#hasHeard) this.#leadingSilence += frames;
    this.#reserve(frames * this.#frameBytes);
    this.#bytes.fill(0, this.#length, this.#length + frames * this.#frameBytes);
    this.#length += frames * this.#frameBytes;
  }

  heard(): HeardSound {
    return {
      bytes: this.#bytes.slice(0, this.#length),
      frameBytes: this.#frameBytes,
      frames: this.#length / this.#frameBytes,
      leadingSilence: this.#leadingSilence,
    };
  }

  #reserve(byteLength: number): void {
    if (this.#length + byteLength <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + byteLength));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
