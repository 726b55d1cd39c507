/**
 * For how long a device had no packet. Its position stands still meanwhile, so only the clock can
 * tell; and as the device's clock is not the machine's, what the one had gained on the other when
 * the position was read last is taken into account. All counts are frames.
 */
import { framesIn } from '../base/frame-time.ts';

export class StarvedTime {
  readonly #clock: { readonly now: number };
  readonly #rateHz: number;
  #startNs = 0;
  #starvedFrames = 0;
  /** By how much the device is behind the machine's clock, or before it. */
  #lagFrames = 0;

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
  }

  /** The device, which has not come to the end of its packets, is at this frame. */
  moved(toFrame: number): void {
    this.#lagFrames = this.#clockFrames - toFrame;
  }

  /**
   * The device came to the end of its packets at this frame, and goes on now: for how many frames
   * it has stood there.
   */
  endedAt(frame: number): number {
    const frames = Math.max(0, this.#clockFrames - this.#lagFrames - frame);
    this.#starvedFrames += frames;
    return frames;
  }

  /** Frames that the machine's clock gives the device. */
  get #clockFrames(): number {
    return framesIn(this.#clock.now - this.#startNs, this.#rateHz) - this.#starvedFrames;
  }
}
