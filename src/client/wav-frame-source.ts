/**
 * A WAV file as a source of frames in the device's containers. It reads straight into the cyclic
 * buffer where file and device agree, and repacks from a small buffer of its own where not.
 */
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { Repacker } from '../standards/pcm/repack.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import type { FrameSource } from './render-buffer.ts';

const STAGING_FRAMES = 4096;

export class WavFrameSource implements FrameSource {
  readonly #file: WavFile;
  readonly #repacker: Repacker | null;
  readonly #staging: Uint8Array;
  readonly #deviceFrameBytes: number;
  #next = 0;

  constructor(file: WavFile, deviceFormat: PcmFormat) {
    this.#file = file;
    const isSame = file.format.containerBits === deviceFormat.containerBits;
    this.#repacker = isSame ? null : new Repacker(file.format, deviceFormat);
    this.#staging = new Uint8Array(isSame ? 0 : STAGING_FRAMES * frameBytes(file.format));
    this.#deviceFrameBytes = frameBytes(deviceFormat);
  }

  read(into: Uint8Array, offset: number, frames: number): number {
    if (this.#repacker === null) {
      const count = this.#file.readFrames(this.#next, into, offset, frames);
      this.#next += count;
      return count;
    }
    let done = 0;
    while (done < frames) {
      const wanted = Math.min(STAGING_FRAMES, frames - done);
      const count = this.#file.readFrames(this.#next, this.#staging, 0, wanted);
      if (count === 0) break;
      this.#repacker.repack(this.#staging, 0, into, offset + done * this.#deviceFrameBytes, count);
      this.#next += count;
      done += count;
    }
    return done;
  }
}
