/**
 * The mouth in front of a sound card that hears nothing: QEMU has no way in for sound here, and its
 * input engines record silence. What is spoken is spoken all the same, a frame each frame period
 * from RUN on, so that whoever compares finds that it was not heard.
 */
import { framesIn } from '../base/frame-time.ts';
import type { LineIn } from '../hardware/endpoint/line-in.ts';
import type { SoundFormat } from '../hardware/endpoint/sound-format.ts';

const BLOCK_FRAMES = 4096;
const FRAME_BYTES = 4;

export class DeafMouth {
  readonly #lineIn: LineIn;
  readonly #block = new Uint8Array(BLOCK_FRAMES * FRAME_BYTES);
  #format: SoundFormat | null = null;
  #beganNs = 0;
  #spokenFrames = 0;

  constructor(lineIn: LineIn) {
    this.#lineIn = lineIn;
  }

  /** An engine begins to record, 16-bit stereo. */
  open(rateHz: number, nowNs: number): void {
    this.#format = { rateHz, bits: 16, channels: 2, containerBytes: 2, float: false };
    this.#beganNs = nowNs;
    this.#spokenFrames = 0;
  }

  close(): void {
    this.#format = null;
  }

  speakUntil(nowNs: number): void {
    const format = this.#format;
    if (format === null) return;
    const due = framesIn(nowNs - this.#beganNs, format.rateHz);
    while (this.#spokenFrames < due) {
      const frames = Math.min(BLOCK_FRAMES, due - this.#spokenFrames);
      this.#lineIn.take(this.#block, 0, frames, format);
      this.#spokenFrames += frames;
    }
  }
}
