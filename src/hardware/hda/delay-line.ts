/**
 * The pipeline inside a codec (HDA 1.0a 7.3.4.6, Delay): a fixed number of slots between the link
 * and the jack. Every frame period one slot goes in and the oldest comes out; a slot holds a frame
 * or silence. So the last frames of a paused stream still come out, and nothing is heard twice.
 * Frames of a long block are not copied while others follow that push them out, and a short block
 * joins the frames in the slots, so that they come out in one run.
 */
import { copyBytes, makeBlock, type SampleBlock } from './sample-block.ts';

/** Where slots come out, in order. `offset` counts bytes; the callee only reads the block. */
export interface DelayExit {
  hear(block: SampleBlock, offset: number, frames: number): void;
  silence(frames: number): void;
}

/** 16 channels of 4 bytes, the widest frame that a stream format can say. */
export const WIDEST_FRAME_BYTES = 64;
/** Frames that join those in the slots, before all of them come out: as many as a FIFO holds. */
const MOST_JOINED_FRAMES = 64;

export class DelayLine {
  readonly #exit: DelayExit;
  readonly #slots: number;
  /** What is due to come out, and behind it the slots. */
  readonly #held: SampleBlock;
  /** Frames in `held` that have left the slots; none while `lent` has the slots. */
  #dueFrames = 0;
  /** 1 where a slot holds a frame. Slot 0 is the next to come out. */
  readonly #sounds: Uint8Array;
  /** Every slot holds a frame, as between two blocks of a stream that runs. */
  #isFull = false;
  /** Where the frames of all slots still lie, before they are kept; null when `held` has them. */
  #lent: SampleBlock | null = null;
  /** Byte of `lent` where slot 0 lies; 0 without it. */
  #lentOffset = 0;
  #frameBytes = 0;

  constructor(slots: number, exit: DelayExit) {
    this.#exit = exit;
    this.#slots = slots;
    this.#held = makeBlock((slots + MOST_JOINED_FRAMES) * WIDEST_FRAME_BYTES);
    this.#sounds = new Uint8Array(slots);
  }

  /** Empties the line, for frames of this size: every slot is silence. */
  open(frameBytes: number): void {
    this.#frameBytes = frameBytes;
    this.#lent = null;
    this.#lentOffset = 0;
    this.#dueFrames = 0;
    this.#isFull = false;
    this.#sounds.fill(0);
  }

  /**
   * `frames` frame periods pass, in which these frames go in. The block must not change before
   * `keep` was called, or enough frames followed to push these out. What comes out may do so with
   * what follows, but before `keep` returns.
   */
  push(block: SampleBlock, offset: number, frames: number): void {
    const slots = this.#slots;
    if (this.#isFull && this.#lent === null && this.#dueFrames + frames <= MOST_JOINED_FRAMES) {
      this.#join(block, offset, frames);
      return;
    }
    const entering = Math.min(frames, slots);
    const passing = frames - entering;
    this.#leave(entering);
    if (passing > 0) this.#exit.hear(block, offset, passing);
    const first = offset + passing * this.#frameBytes;
    if (entering === slots) {
      this.#lent = block;
      this.#lentOffset = first;
      if (!this.#isFull) this.#sounds.fill(1);
      this.#isFull = true;
    } else {
      const slot = slots - entering;
      copyBytes(this.#held, slot * this.#frameBytes, block, first, entering * this.#frameBytes);
      if (!this.#isFull) this.#sounds.fill(1, slot);
    }
  }

  /** Copies what still lies in the block that was pushed last, which may change from now on. */
  keep(): void {
    if (this.#dueFrames > 0) this.#hearDue();
    const lent = this.#lent;
    if (lent === null) return;
    copyBytes(this.#held, 0, lent, this.#lentOffset, this.#slots * this.#frameBytes);
    this.#lent = null;
    this.#lentOffset = 0;
  }

  /** `frames` frame periods pass, in which nothing goes in. */
  pushSilence(frames: number): void {
    const entering = Math.min(frames, this.#slots);
    this.#leave(entering);
    if (entering > 0) {
      this.#sounds.fill(0, this.#slots - entering);
      this.#isFull = false;
    }
    if (frames > entering) this.#exit.silence(frames - entering);
  }

  /** The slots move on by a short block, and what was in them is due. */
  #join(block: SampleBlock, offset: number, frames: number): void {
    const frameBytes = this.#frameBytes;
    const end = (this.#dueFrames + this.#slots) * frameBytes;
    copyBytes(this.#held, end, block, offset, frames * frameBytes);
    this.#dueFrames += frames;
  }

  #hearDue(): void {
    const dueBytes = this.#dueFrames * this.#frameBytes;
    this.#exit.hear(this.#held, 0, this.#dueFrames);
    this.#held.bytes.copyWithin(0, dueBytes, dueBytes + this.#slots * this.#frameBytes);
    this.#dueFrames = 0;
  }

  /** Lets the oldest `count` slots out, in runs of frames and of silence, and moves the rest up. */
  #leave(count: number): void {
    if (this.#isFull && count === this.#slots) {
      const leaving = this.#dueFrames + count;
      if (leaving > 0) this.#exit.hear(this.#lent ?? this.#held, this.#lentOffset, leaving);
      this.#dueFrames = 0;
      this.#lent = null;
      this.#lentOffset = 0;
      return;
    }
    this.keep();
    let slot = 0;
    while (slot < count) {
      const isSound = this.#sounds[slot];
      let end = slot + 1;
      while (end < count && this.#sounds[end] === isSound) end++;
      if (isSound === 1) this.#exit.hear(this.#held, slot * this.#frameBytes, end - slot);
      else this.#exit.silence(end - slot);
      slot = end;
    }
    if (count === 0 || count === this.#slots) return;
    this.#sounds.copyWithin(0, count);
    this.#held.bytes.copyWithin(0, count * this.#frameBytes, this.#slots * this.#frameBytes);
  }
}
