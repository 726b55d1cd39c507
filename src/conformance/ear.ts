/**
 * The ear and the mouth of a bench. The ear keeps every frame period that the speaker reports,
 * silence as zeros; the mouth speaks the known pattern into the line in. What passed them is what
 * really happened, whatever a driver says of its position.
 */
import type { SoundSource } from '../hardware/endpoint/line-in.ts';
import { type SoundFormat, soundFrameBytes } from '../hardware/endpoint/sound-format.ts';
import type { SoundSink } from '../hardware/endpoint/speaker.ts';
import { isSilentFrame, type SampleShape, writePattern } from './sound-pattern.ts';

const FIRST_BYTES = 1 << 16;

export class Ear implements SoundSink {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #frameBytes = 1;
  /** Frames before the first sound, once it is known. */
  #leading: number | null = null;

  open(format: SoundFormat): void {
    this.#frameBytes = soundFrameBytes(format);
    this.#length = 0;
    this.#leading = null;
  }

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#reserve(byteLength);
    this.#bytes.set(bytes.subarray(offset, offset + byteLength), this.#length);
    this.#length += byteLength;
  }

  silence(frames: number): void {
    const byteLength = frames * this.#frameBytes;
    this.#reserve(byteLength);
    this.#bytes.fill(0, this.#length, this.#length + byteLength);
    this.#length += byteLength;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get frameBytes(): number {
    return this.#frameBytes;
  }

  /** Frame periods since the first stream ran. */
  get frames(): number {
    return this.#length / this.#frameBytes;
  }

  /** Frame periods before the first sound; null while there was none. */
  get leadingFrames(): number | null {
    if (this.#leading !== null) return this.#leading;
    const { frames } = this;
    for (let frame = 0; frame < frames; frame++) {
      if (!isSilentFrame(this.#bytes, frame * this.#frameBytes, this.#frameBytes)) {
        this.#leading = frame;
        return frame;
      }
    }
    return null;
  }

  /** Frames from the first sound on. */
  get soundFrames(): number {
    const leading = this.leadingFrames;
    return leading === null ? 0 : this.frames - leading;
  }

  #reserve(byteLength: number): void {
    if (this.#length + byteLength <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + byteLength));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

export class Mouth implements SoundSource {
  #frames = 0;

  /** Frames spoken so far; the next one is this frame of the pattern. */
  get frames(): number {
    return this.#frames;
  }

  speak(bytes: Uint8Array, offset: number, frames: number, format: SoundFormat): void {
    writePattern(bytes, offset, shapeOf(format), this.#frames, frames);
    this.#frames += frames;
  }
}

const shapeOf = ({ bits, channels, containerBytes, float }: SoundFormat): SampleShape => ({
  channels,
  containerBytes,
  validBits: bits,
  float,
});
