/**
 * A volume control of the codec: mute and a step per channel as a register holds them, and what
 * that does to samples. At 0 dB a sample stays as it is; otherwise it is multiplied, rounded to the
 * nearest whole (halves up) and kept within 16 bits. AC'97 2.3, 5.7.2 to 5.7.6.
 */
import type { SampleBlock } from '../hda/sample-block.ts';

const MOST = 0x7fff;
const LEAST = -0x8000;

/** Decibels of a path, left and right; -Infinity is silence. */
export class Gain {
  leftDb = 0;
  rightDb = 0;
  #left = 1;
  #right = 1;

  set(leftDb: number, rightDb: number): void {
    this.leftDb = leftDb;
    this.rightDb = rightDb;
    this.#left = 10 ** (leftDb / 20);
    this.#right = 10 ** (rightDb / 20);
  }

  /** Samples stay as they are. */
  get isTransparent(): boolean {
    return this.leftDb === 0 && this.rightDb === 0;
  }

  get isSilent(): boolean {
    return this.#left === 0 && this.#right === 0;
  }

  /** Even channels follow the left side, odd ones the right. In place; `first` counts samples. */
  apply(block: SampleBlock, first: number, frames: number, channels: number): void {
    const { int16 } = block;
    const end = first + frames * channels;
    for (let at = first, channel = 0; at < end; at++) {
      const factor = (channel & 1) === 0 ? this.#left : this.#right;
      int16[at] = clip(Math.round((int16[at] as number) * factor));
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }

  /** Adds `source` to `target` behind the gain; two channels each. Both from sample 0 on. */
  mix(target: SampleBlock, source: SampleBlock, frames: number): void {
    const to = target.int16;
    const from = source.int16;
    for (let at = 0; at < 2 * frames; at += 2) {
      const left = Math.round((from[at] as number) * this.#left);
      const right = Math.round((from[at + 1] as number) * this.#right);
      to[at] = clip((to[at] as number) + left);
      to[at + 1] = clip((to[at + 1] as number) + right);
    }
  }
}

export function clip(sample: number): number {
  return Math.max(LEAST, Math.min(MOST, sample));
}
