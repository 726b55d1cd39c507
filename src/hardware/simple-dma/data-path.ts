/**
 * The frames of an engine on their way: memory, FIFO, and the endpoint behind it. Playback gives
 * the ear silence while the FIFO fills for the first time, then what the FIFO holds, and silence
 * again for each frame period that found it empty. Capture keeps what finds room.
 */
import type { LineIn } from '../endpoint/line-in.ts';
import { type SoundFormat, soundFrameBytes } from '../endpoint/sound-format.ts';
import type { Speaker } from '../endpoint/speaker.ts';
import { makeBlock, type SampleBlock } from '../hda/sample-block.ts';
import type { DmaBuffer } from './dma-buffer.ts';
import type { FifoTimeline } from './fifo-timeline.ts';

/** 8 channels of 4 bytes. */
const WIDEST_FRAME_BYTES = 32;
/** Room for frames on their way in, beside what the FIFO holds. */
const WORK_FRAMES = 1024;

export interface DataPath {
  /** Frames of this format follow; the FIFO is empty. */
  open(sound: SoundFormat): void;
  /** Moves what the timeline counted. */
  move(timeline: FifoTimeline, buffer: DmaBuffer): void;
  /** Frame periods pass at the endpoint while the engine does not run. */
  idle(frames: number): void;
  /** RESET: what the FIFO held is lost. */
  clear(): void;
  /** Frames that the FIFO holds. */
  readonly heldFrames: number;
}

/** The FIFO: its oldest frame lies at the start of the block. */
class Fifo {
  readonly block: SampleBlock;
  readonly #roomFrames: number;
  frames = 0;
  frameBytes = 1;

  constructor(depth: number) {
    this.#roomFrames = depth + WORK_FRAMES;
    this.block = makeBlock(this.#roomFrames * WIDEST_FRAME_BYTES);
  }

  get room(): number {
    return this.#roomFrames - this.frames;
  }

  get endByte(): number {
    return this.frames * this.frameBytes;
  }

  drop(frames: number): void {
    if (frames < this.frames) {
      this.block.bytes.copyWithin(0, frames * this.frameBytes, this.endByte);
    }
    this.frames -= frames;
  }
}

export class PlaybackPath implements DataPath {
  readonly #speaker: Speaker;
  readonly #depth: number;
  readonly #fifo: Fifo;
  /** Frame periods of this stream in which the FIFO was still filling. */
  #filledFrames = 0;

  constructor(speaker: Speaker, depth: number) {
    this.#speaker = speaker;
    this.#depth = depth;
    this.#fifo = new Fifo(depth);
  }

  get heldFrames(): number {
    return this.#fifo.frames;
  }

  open(sound: SoundFormat): void {
    this.clear();
    this.#fifo.frameBytes = soundFrameBytes(sound);
    this.#speaker.open(sound);
  }

  move(timeline: FifoTimeline, buffer: DmaBuffer): void {
    const fifo = this.#fifo;
    const { frameBytes } = fifo;
    const { lostNow, passedNow } = timeline;
    const filling = Math.min(passedNow - lostNow, this.#depth - this.#filledFrames);
    this.#filledFrames += filling;
    if (filling > 0) this.#speaker.silence(filling);
    let entering = timeline.movedNow;
    let leaving = passedNow - lostNow - filling;
    while (entering > 0 || leaving > 0) {
      const fetched = Math.min(entering, fifo.room);
      buffer.fetch(fifo.block, fifo.endByte, fetched * frameBytes);
      fifo.frames += fetched;
      entering -= fetched;
      const sent = Math.min(leaving, fifo.frames);
      this.#send(sent);
      leaving -= sent;
    }
    if (lostNow > 0) this.#speaker.silence(lostNow);
  }

  idle(frames: number): void {
    this.#speaker.silence(frames);
  }

  clear(): void {
    this.#fifo.frames = 0;
    this.#filledFrames = 0;
  }

  #send(frames: number): void {
    if (frames === 0) return;
    if (this.#speaker.jackPresent) this.#speaker.hear(this.#fifo.block.bytes, 0, frames);
    else this.#speaker.silence(frames);
    this.#fifo.drop(frames);
  }
}

export class CapturePath implements DataPath {
  readonly #lineIn: LineIn;
  readonly #fifo: Fifo;
  readonly #lost = makeBlock(WORK_FRAMES * WIDEST_FRAME_BYTES);
  #sound: SoundFormat | null = null;

  constructor(lineIn: LineIn, depth: number) {
    this.#lineIn = lineIn;
    this.#fifo = new Fifo(depth);
  }

  get heldFrames(): number {
    return this.#fifo.frames;
  }

  open(sound: SoundFormat): void {
    this.clear();
    this.#sound = sound;
    this.#fifo.frameBytes = soundFrameBytes(sound);
  }

  move(timeline: FifoTimeline, buffer: DmaBuffer): void {
    const sound = this.#sound;
    if (sound === null) return;
    const fifo = this.#fifo;
    const { frameBytes } = fifo;
    let entering = timeline.passedNow - timeline.lostNow;
    let leaving = timeline.movedNow;
    while (entering > 0 || leaving > 0) {
      const taken = Math.min(entering, fifo.room);
      this.#lineIn.take(fifo.block.bytes, fifo.endByte, taken, sound);
      fifo.frames += taken;
      entering -= taken;
      const stored = Math.min(leaving, fifo.frames);
      buffer.store(fifo.block, 0, stored * frameBytes);
      fifo.drop(stored);
      leaving -= stored;
    }
    this.idle(timeline.lostNow);
  }

  /** The world speaks on, and nobody keeps it. */
  idle(frames: number): void {
    const sound = this.#sound;
    if (sound === null) return;
    for (let left = frames; left > 0; ) {
      const part = Math.min(left, WORK_FRAMES);
      this.#lineIn.take(this.#lost.bytes, 0, part, sound);
      this.#lineIn.drop(part);
      left -= part;
    }
  }

  clear(): void {
    this.#fifo.frames = 0;
  }
}
