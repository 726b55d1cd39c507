/**
 * For how long a device had no packet. Its position stands still meanwhile, so only the clock can
 * tell; and as the device's clock is not the machine's, what the one had gained on the other when
 * the position was read last is taken into account. All counts are frames.
 */
import { framesIn } from '../base/frame-time.ts';

/** Positions and times are whole frames. */
const ROUNDING_FRAMES = 1;
const NOWHERE = -1;

export class StarvedTime {
  readonly #clock: { readonly now: number };
  readonly #rateHz: number;
  #startNs = 0;
  #starvedFrames = 0;
  /** By how much the device is behind the machine's clock, or before it. */
  #lagFrames = 0;
  /** Where it stood last, until it is seen beyond. */
  #standsAtFrame = NOWHERE;

  /** `clock` counts nanoseconds while the stream runs, and may stand still while it does not. */
  constructor(clock: { readonly now: number }, rateHz: number) {
    this.#clock = clock;
    this.#rateHz = rateHz;
  }

  /** The stream begins at frame 0 now. */
  start(): void {
    this.#startNs = this.#clock.now;
    this.#starvedFrames = 0;
    this.#lagFrames = 0;
    this.#standsAtFrame = NOWHERE;
  }

  /**
   * The device, which has not come to the end of its packets, is at this frame: for how many it
   * stood longer than `endedAt` said, since a port may keep sound that is late away from it.
   */
  moved(toFrame: number): number {
    if (toFrame === this.#standsAtFrame) return 0;
    const lagFrames = this.#clockFrames - toFrame;
    const frames = this.#standsAtFrame === NOWHERE ? 0 : lagFrames - this.#lagFrames;
    this.#standsAtFrame = NOWHERE;
    if (frames > ROUNDING_FRAMES) {
      this.#starvedFrames += frames;
      return frames;
    }
    this.#lagFrames = lagFrames;
    return 0;
  }

  /**
   * The device came to the end of its packets at this frame, and goes on now: for how many frames
   * it has stood there at least.
   */
  endedAt(frame: number): number {
    const frames = Math.max(0, this.expectedFrame - frame);
    this.#starvedFrames += frames;
    if (frames > 0) this.#standsAtFrame = frame;
    return frames;
  }

  /** Where the device is, or would be had it not come to the end of its packets. */
  get expectedFrame(): number {
    return this.#clockFrames - this.#lagFrames;
  }

  /** Frames that the machine's clock gives the device. */
  get #clockFrames(): number {
    return framesIn(this.#clock.now - this.#startNs, this.#rateHz) - this.#starvedFrames;
  }
}
