/**
 * The DMA engine of one stream with its FIFO. The FIFO is a delay line of a third of a
 * millisecond, kept full: in every frame period one frame goes in at one end and one comes out at
 * the other. An output engine fetches from memory and sends on the link; an input engine receives
 * from the link and stores to memory. Frames move in blocks, however many are due: output frames
 * that go in and come out of the FIFO in one block are sent from where they lie in memory.
 */
import { type HdaFormat, hdaFrameBytes } from '../../standards/hda/stream-format.ts';
import type { BufferDescriptorList } from './buffer-descriptor-list.ts';
import { makeBlock, type SampleBlock } from './sample-block.ts';

/** A converter that plays a stream. Offsets count bytes; `block` may be RAM: it only reads it. */
export interface LinkListener {
  /** Frames that stay as they are in the block until `keep` is called. */
  push(block: SampleBlock, offset: number, frames: number): void;
  pushSilence(frames: number): void;
  /** Blocks that were pushed may change from now on. */
  keep(): void;
}

/** A converter that records into a stream: fills `frames` frames from `offset` on. */
export interface LinkTalker {
  capture(block: SampleBlock, offset: number, frames: number): void;
}

/** Frame periods per second of delay that the FIFO stands for: it holds 1/3000 s. */
const FIFO_PER_SECOND = 3_000;
const BLOCK_BYTES = 0x8000;

/** Frames that the FIFO holds for a stream of this rate. */
export function fifoFramesAt(rateHz: number): number {
  return Math.ceil(rateHz / FIFO_PER_SECOND);
}

export class DmaEngine {
  /** Who plays this stream, when it is an output stream and a converter is locked to it. */
  listener: LinkListener | null = null;
  /** Who records into this stream. */
  talker: LinkTalker | null = null;
  readonly #isOutput: boolean;
  readonly #list: BufferDescriptorList;
  /** The FIFO, and behind it room for a block on its way in. */
  readonly #block = makeBlock(BLOCK_BYTES);
  #frameBytes = 0;
  #fifoFrames = 0;
  #heldFrames = 0;
  #lostFrames = 0;

  constructor(isOutput: boolean, list: BufferDescriptorList) {
    this.#isOutput = isOutput;
    this.#list = list;
  }

  /** Empties the FIFO and sets it up for streams of this format. */
  open(format: HdaFormat): void {
    this.#frameBytes = hdaFrameBytes(format);
    this.#fifoFrames = fifoFramesAt(format.rateHz);
    this.#heldFrames = 0;
    this.#lostFrames = 0;
  }

  /** A FIFO error: the next frame on the link is lost, silence takes its place (3.3.36). */
  loseFrame(): void {
    this.#lostFrames++;
  }

  /**
   * `frames` frame periods pass. Returns how many buffers were completed, in memory, that ask for
   * an interrupt: for output when their last byte was fetched, for input when it was stored.
   */
  advance(frames: number): number {
    if (this.#isOutput) return this.#moveOut(frames);
    let completed = 0;
    for (let left = frames; left > 0; ) {
      const room = Math.floor(BLOCK_BYTES / this.#frameBytes) - this.#heldFrames;
      const entering = Math.min(left, room);
      completed += this.#moveIn(entering);
      left -= entering;
    }
    return completed;
  }

  /** What leaves a full FIFO is what it held, and then what goes right through it. */
  #moveOut(entering: number): number {
    const { listener } = this;
    const frameBytes = this.#frameBytes;
    const leaving = Math.max(0, this.#heldFrames + entering - this.#fifoFrames);
    const leavingHeld = Math.min(leaving, this.#heldFrames);
    const passing = leaving - leavingHeld;
    const lost = Math.min(leaving, this.#lostFrames);
    const lostHeld = Math.min(lost, leavingHeld);
    const silent = entering - leaving + lost;
    if (listener !== null) {
      if (silent > 0) listener.pushSilence(silent);
      if (leavingHeld > lostHeld) {
        listener.push(this.#block, lostHeld * frameBytes, leavingHeld - lostHeld);
      }
    }
    let completed = 0;
    if (passing > 0) {
      completed += this.#pass(lost - lostHeld, null);
      completed += this.#pass(passing - lost + lostHeld, listener);
    }
    listener?.keep();
    this.#lostFrames -= lost;
    this.#drain(leavingHeld);
    const heldBytes = this.#heldFrames * frameBytes;
    this.#heldFrames += entering - passing;
    return completed + this.#list.fetch(this.#block, heldBytes, (entering - passing) * frameBytes);
  }

  /**
   * Frames from memory to a listener, or to nobody. A frame cut in two is joined in the block,
   * which holds no other frame that is still to be sent: the FIFO's went before.
   */
  #pass(frames: number, listener: LinkListener | null): number {
    const list = this.#list;
    const frameBytes = this.#frameBytes;
    let completed = 0;
    for (let left = frames; left > 0; ) {
      const bytes = list.bytesTogether(left * frameBytes);
      const together = Math.floor(bytes / frameBytes);
      if (together === 0) {
        this.listener?.keep();
        completed += list.fetch(this.#block, 0, frameBytes);
        listener?.push(this.#block, 0, 1);
        left--;
      } else {
        const from = list.readAt();
        listener?.push(list.ram, from, together);
        completed += list.step(together * frameBytes);
        left -= together;
      }
    }
    return completed;
  }

  #moveIn(entering: number): number {
    const { bytes } = this.#block;
    const from = this.#heldFrames * this.#frameBytes;
    const lost = Math.min(entering, this.#lostFrames);
    const talker = this.talker;
    if (talker === null) bytes.fill(0, from, from + entering * this.#frameBytes);
    else talker.capture(this.#block, from, entering);
    if (lost > 0) bytes.fill(0, from, from + lost * this.#frameBytes);
    this.#lostFrames -= lost;
    const leaving = this.#fill(entering);
    const completed = this.#list.store(this.#block, 0, leaving * this.#frameBytes);
    this.#drain(leaving);
    return completed;
  }

  /** Counts frames in; those that a full FIFO pushes out are returned. */
  #fill(entering: number): number {
    this.#heldFrames += entering;
    return Math.max(0, this.#heldFrames - this.#fifoFrames);
  }

  #drain(leaving: number): void {
    if (leaving === 0) return;
    if (leaving === this.#heldFrames) {
      this.#heldFrames = 0;
      return;
    }
    const heldEnd = this.#heldFrames * this.#frameBytes;
    this.#block.bytes.copyWithin(0, leaving * this.#frameBytes, heldEnd);
    this.#heldFrames -= leaving;
  }
}
