/**
 * A listener that hands on a part of what it hears: so many frames behind a lead. Frame periods in
 * which nothing reaches the ear are handed on as zeros; in the midst of the sound they hold it up,
 * so that the part becomes longer by them.
 */
import type { HeardFrames } from '../client/sound-ledger.ts';
import type { SoundSink } from '../hardware/endpoint/speaker.ts';

export class HeardPart implements SoundSink {
  readonly #frameBytes: number;
  readonly #lead: number;
  #limit: number;
  readonly #output: HeardFrames | null;
  readonly #silence: Uint8Array;
  #passed = 0;
  #isHearing = false;

  constructor(frameBytes: number, lead: number, limit: number, output: HeardFrames | null) {
    this.#frameBytes = frameBytes;
    this.#lead = lead;
    this.#limit = limit;
    this.#output = output;
    this.#silence = new Uint8Array(frameBytes);
  }

  /** Frames behind the lead so far. */
  get frames(): number {
    return this.#output?.frames ?? this.#takenFrames;
  }

  /** The part has come to its end. */
  get isWhole(): boolean {
    return this.#takenFrames === this.#limit;
  }

  get #takenFrames(): number {
    return Math.max(0, Math.min(this.#limit, this.#passed - this.#lead));
  }

  /** Frames of the lead, once something came behind it. */
  get delayFrames(): number | null {
    return this.#isHearing && this.#passed > this.#lead ? this.#lead : null;
  }

  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#isHearing = true;
    const frames = byteLength / this.#frameBytes;
    const skipped = Math.max(0, Math.min(frames, this.#lead - this.#passed));
    const room = this.#limit - this.#takenFrames;
    const taken = Math.max(0, Math.min(frames - skipped, room));
    this.#passed += frames;
    if (taken === 0) return;
    this.#output?.write(bytes, offset + skipped * this.#frameBytes, taken * this.#frameBytes);
  }

  silence(frames: number): void {
    const isInSound = this.#isHearing && this.#passed > this.#lead;
    if (isInSound && this.#takenFrames < this.#limit) this.#limit += frames;
    for (let frame = 0; frame < frames; frame++) {
      if (this.#passed >= this.#lead && this.#takenFrames < this.#limit) {
        this.#output?.write(this.#silence, 0, this.#frameBytes);
      }
      this.#passed++;
    }
  }
}
