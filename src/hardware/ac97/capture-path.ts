/**
 * PCM in and microphone in: an ADC, slots of the link, FIFO, memory. A frame stays in the FIFO until
 * half of it is full, so that a driver that is late has the other half for its excuse. The world
 * does not wait: what is spoken while the engine is paused, or finds the FIFO full, is lost.
 */
import { AC97_SAMPLE_BYTES } from '../../standards/ac97/bus-master-registers.ts';
import { makeBlock, type SampleBlock } from '../hda/sample-block.ts';
import type { DataPath } from './data-path.ts';
import type { DescriptorList } from './descriptor-list.ts';
import { FIFO_FRAMES, FrameFifo } from './frame-fifo.ts';

/** Frames that an input engine leaves in its FIFO. */
export const CAPTURE_HOLD_FRAMES = FIFO_FRAMES / 2;
const DISCARD_FRAMES = 256;
const WIDEST_FRAME_BYTES = 4;

/** An ADC with what stands before it. */
export interface LinkSource {
  readonly channels: number;
  readonly rateHz: number;
  /** The next `frames` frames, to `block` from byte `offset` on. */
  capture(block: SampleBlock, offset: number, frames: number): void;
  /** The newest of these frames were kept nowhere. */
  drop(frames: number): void;
}

export class CapturePath implements DataPath {
  readonly frameSamples: number;
  readonly #source: LinkSource;
  readonly #fifo = new FrameFifo();
  readonly #discarded = makeBlock(DISCARD_FRAMES * WIDEST_FRAME_BYTES);

  constructor(source: LinkSource) {
    this.#source = source;
    this.frameSamples = source.channels;
    this.#fifo.frameBytes = source.channels * AC97_SAMPLE_BYTES;
  }

  get framesUntilMoving(): number {
    return Math.max(0, CAPTURE_HOLD_FRAMES - this.#fifo.frames);
  }

  get isBehind(): boolean {
    return this.#fifo.frames > CAPTURE_HOLD_FRAMES;
  }

  open(): number {
    return this.#source.rateHz;
  }

  refresh(): number {
    return this.#source.rateHz;
  }

  advance(frames: number, list: DescriptorList, available: number): number {
    const fifo = this.#fifo;
    const untilDone = Math.max(0, available + CAPTURE_HOLD_FRAMES - fifo.frames);
    const entering = Math.min(frames, untilDone, fifo.room);
    this.#take(entering);
    const leaving = Math.min(available, Math.max(0, fifo.frames - CAPTURE_HOLD_FRAMES));
    list.store(fifo.block, 0, leaving * fifo.frameBytes);
    fifo.drop(leaving);
    return entering;
  }

  starve(frames: number): void {
    const entering = Math.min(frames, FIFO_FRAMES - this.#fifo.frames);
    this.#take(entering);
    this.idle(frames - entering);
  }

  idle(frames: number): void {
    for (let left = frames; left > 0; left -= DISCARD_FRAMES) {
      const part = Math.min(left, DISCARD_FRAMES);
      this.#source.capture(this.#discarded, 0, part);
      this.#source.drop(part);
    }
  }

  miss(frames: number): void {
    this.idle(frames);
  }

  hush(frames: number): void {
    this.idle(frames);
  }

  clear(): void {
    this.#fifo.clear();
  }

  #take(frames: number): void {
    if (frames <= 0) return;
    this.#source.capture(this.#fifo.block, this.#fifo.endByte, frames);
    this.#fifo.entered(frames);
  }
}
