/**
 * The FIFO of a DMA engine, with room behind it for a block of frames on its way in. Its oldest
 * frame lies at the start of the block. A place may hold silence instead of a frame: RUN finds an
 * output FIFO without frames, and they come out one FIFO's depth after they went in.
 */
import { makeBlock, type SampleBlock } from '../hda/sample-block.ts';

/** Frames that the FIFO holds: 64 bytes of stereo, ICH datasheet 5.18. */
export const FIFO_FRAMES = 16;
const WORK_FRAMES = 1024;
/** 6 channels of 16 bits. */
const WIDEST_FRAME_BYTES = 12;
const ROOM_FRAMES = FIFO_FRAMES + WORK_FRAMES;

/** Where frames come out, in order. */
export interface FifoExit {
  hear(block: SampleBlock, offset: number, frames: number): void;
  silence(frames: number): void;
}

export class FrameFifo {
  readonly block: SampleBlock = makeBlock(ROOM_FRAMES * WIDEST_FRAME_BYTES);
  frameBytes = 4;
  frames = 0;
  /** 1 where a place holds a frame; read only while some hold silence. */
  readonly #kinds = new Uint8Array(ROOM_FRAMES);
  #silentFrames = 0;

  get room(): number {
    return ROOM_FRAMES - this.frames;
  }

  /** Byte behind the newest frame. */
  get endByte(): number {
    return this.frames * this.frameBytes;
  }

  clear(): void {
    this.frames = 0;
    this.#silentFrames = 0;
  }

  /** Counts frames that were put behind the newest one. */
  entered(frames: number): void {
    if (this.#silentFrames > 0) this.#kinds.fill(1, this.frames, this.frames + frames);
    this.frames += frames;
  }

  /** Fills up to the FIFO's depth with silence. */
  fillWithSilence(): void {
    const frames = FIFO_FRAMES - this.frames;
    if (frames <= 0) return;
    if (this.#silentFrames === 0) this.#kinds.fill(1, 0, this.frames);
    this.#kinds.fill(0, this.frames, FIFO_FRAMES);
    this.#silentFrames += frames;
    this.frames = FIFO_FRAMES;
  }

  /** The oldest `count` frames come out. */
  leave(count: number, exit: FifoExit): void {
    if (count === 0) return;
    if (this.#silentFrames === 0) exit.hear(this.block, 0, count);
    else this.#leaveInRuns(count, exit);
    this.drop(count);
  }

  /** The oldest `count` frames are gone. */
  drop(count: number): void {
    if (count < this.frames) {
      this.block.bytes.copyWithin(0, count * this.frameBytes, this.endByte);
      if (this.#silentFrames > 0) this.#kinds.copyWithin(0, count, this.frames);
    }
    this.frames -= count;
  }

  #leaveInRuns(count: number, exit: FifoExit): void {
    for (let first = 0; first < count; ) {
      const kind = this.#kinds[first];
      let end = first + 1;
      while (end < count && this.#kinds[end] === kind) end++;
      if (kind === 1) {
        exit.hear(this.block, first * this.frameBytes, end - first);
      } else {
        exit.silence(end - first);
        this.#silentFrames -= end - first;
      }
      first = end;
    }
  }
}
