/**
 * How many frames of a stream the device has moved, as its client counts them: a position in the
 * cyclic buffer wraps, and the time since the last reading tells how often it did.
 */
import { framesIn, timeOfFrame } from '../base/frame-time.ts';
import type { PositionSource } from './position-source.ts';

export class DeviceProgress {
  readonly #clock: { readonly now: number };
  readonly #position: PositionSource;
  readonly #rateHz: number;
  readonly #frameBytes: number;
  readonly #bufferFrames: number;
  #frames = 0;
  #lastOffset = 0;
  #lastReadNs = 0;

  /** `clock` counts nanoseconds while the stream runs, and may stand still while it does not. */
  constructor(
    clock: { readonly now: number },
    position: PositionSource,
    rateHz: number,
    frameBytes: number,
    bufferFrames: number,
  ) {
    this.#clock = clock;
    this.#position = position;
    this.#rateHz = rateHz;
    this.#frameBytes = frameBytes;
    this.#bufferFrames = bufferFrames;
  }

  /** Frames between the device and the start of the stream, as of the last reading. */
  get frames(): number {
    return this.#frames;
  }

  /** The stream enters RUN now; its position stands still for the first `lagFrames`. */
  start(lagFrames = 0): void {
    this.#lastReadNs = this.#clock.now + timeOfFrame(lagFrames, this.#rateHz);
  }

  /** Reads the position. Allocates nothing. */
  read(): void {
    const offset = this.#position.readWriteOffset() / this.#frameBytes;
    const now = this.#clock.now;
    const frames = this.#bufferFrames;
    const moved = (offset - this.#lastOffset + frames) % frames;
    const elapsed = framesIn(now - this.#lastReadNs, this.#rateHz);
    const laps = Math.max(0, Math.round((elapsed - moved) / frames));
    this.#frames += moved + laps * frames;
    this.#lastOffset = offset;
    this.#lastReadNs = Math.max(this.#lastReadNs, now);
  }
}
