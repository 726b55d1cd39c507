/**
 * Where a stream is, HDA 1.0a 4.5 and 3.3.37. Positions follow from the time since the engine was
 * started and are never accumulated: the leading end of the FIFO (memory for output, the link for
 * input) is `base` and the frames that the link clock counted since the start, the trailing end lies one FIFO behind. A pause freezes
 * both, and the FIFO keeps its content.
 */
import { type HdaFormat, hdaFrameBytes } from '../../standards/hda/stream-format.ts';
import { fifoFramesAt } from './dma-engine.ts';
import type { LinkClock } from './link-clock.ts';

export class StreamPosition {
  readonly #isOutput: boolean;
  readonly #clock: LinkClock;
  #rateHz = 0;
  #frameBytes = 0;
  #fifoFrames = 0;
  #cyclicBytes = 0;
  #startNs = 0;
  #baseFrames = 0;
  #leadingFrames = 0;

  constructor(isOutput: boolean, clock: LinkClock) {
    this.#isOutput = isOutput;
    this.#clock = clock;
  }

  /** Frames that went into the FIFO, as far as they were moved. */
  get leadingFrames(): number {
    return this.#leadingFrames;
  }

  /** Frames fetched from memory, or stored to it. */
  get memoryFrames(): number {
    return this.#isOutput ? this.#leadingFrames : this.#trailingFrames;
  }

  get memoryBytes(): number {
    return this.memoryFrames * this.#frameBytes;
  }

  /** Place in the cyclic buffer of the memory side of the FIFO. */
  get memoryOffset(): number {
    return this.#wrap(this.memoryBytes);
  }

  /** Place in the cyclic buffer of the FIFO's trailing end: bytes sent, or received and stored. */
  get linkOffset(): number {
    return this.#wrap(this.#trailingFrames * this.#frameBytes);
  }

  /** A stream of this format starts at frame 0. */
  open(format: HdaFormat): void {
    this.#rateHz = format.rateHz;
    this.#frameBytes = hdaFrameBytes(format);
    this.#fifoFrames = fifoFramesAt(format.rateHz);
    this.#leadingFrames = 0;
  }

  /** Stream reset: position 0, whatever follows. */
  clear(): void {
    this.#leadingFrames = 0;
    this.#fifoFrames = 0;
    this.#cyclicBytes = 0;
  }

  /** CBL, latched when RUN is set. 0 leaves positions unwrapped. */
  setCyclicBytes(bytes: number): void {
    this.#cyclicBytes = bytes;
  }

  /** Frames pass from `now` on. */
  start(now: number): void {
    this.#startNs = now;
    this.#baseFrames = this.#leadingFrames;
  }

  /** Counts the frames that passed until `now`; how many are new. */
  advanceTo(now: number): number {
    const due = this.#baseFrames + this.#clock.periodsIn(now - this.#startNs, this.#rateHz);
    const frames = due - this.#leadingFrames;
    this.#leadingFrames = due;
    return frames;
  }

  /** The nanosecond at which `bytes` more bytes have passed the memory side. */
  timeOfMemoryBytes(bytes: number): number {
    const memoryFrames = this.memoryFrames + Math.ceil(bytes / this.#frameBytes);
    const leadingFrames = this.#isOutput ? memoryFrames : memoryFrames + this.#fifoFrames;
    return this.#startNs + this.#clock.timeOf(leadingFrames - this.#baseFrames, this.#rateHz);
  }

  get #trailingFrames(): number {
    return Math.max(0, this.#leadingFrames - this.#fifoFrames);
  }

  #wrap(bytes: number): number {
    return this.#cyclicBytes === 0 ? bytes >>> 0 : bytes % this.#cyclicBytes;
  }
}
