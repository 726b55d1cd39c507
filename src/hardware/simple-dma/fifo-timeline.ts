/**
 * Where an engine is, by the clock alone. With p frame periods passed since RESET, of which `lost`
 * had no frame (playback) or no room (capture), memory is due to have moved p - lost - hold frames,
 * and has moved no more than what is armed. The FIFO takes up the difference, as long as it is no
 * more than its depth; every frame period beyond that is lost. A pause freezes all of it.
 */
import { framesIn, timeOfFrame } from '../../base/frame-time.ts';

export class FifoTimeline {
  /** Frames that the last `advanceTo` let pass on the link, moved in memory, and lost. */
  passedNow = 0;
  movedNow = 0;
  lostNow = 0;
  /** The same since RESET. */
  linkFrames = 0;
  movedFrames = 0;
  lostFrames = 0;
  /** Frames that may be moved in all; Infinity when DMA goes round by itself. */
  armedFrames = 0;
  readonly #depth: number;
  readonly #hold: number;
  #rateHz = 1;
  #startNs = 0;
  #baseFrames = 0;

  /** @param hold frames that stay in the FIFO although memory could take them (capture) */
  constructor(depth: number, hold: number) {
    this.#depth = depth;
    this.#hold = hold;
  }

  /** RESET. */
  clear(): void {
    this.passedNow = 0;
    this.movedNow = 0;
    this.lostNow = 0;
    this.linkFrames = 0;
    this.movedFrames = 0;
    this.lostFrames = 0;
    this.armedFrames = 0;
  }

  /** RUN was set. */
  start(now: number, rateHz: number): void {
    this.#rateHz = rateHz;
    this.#startNs = now;
    this.#baseFrames = this.linkFrames;
  }

  /** Counts what happened until `now`, while nothing was armed in between. */
  advanceTo(now: number): void {
    const link = this.#baseFrames + framesIn(now - this.#startNs, this.#rateHz);
    this.passedNow = link - this.linkFrames;
    this.linkFrames = link;
    const due = link - this.lostFrames - this.#hold;
    const moved = Math.max(this.movedFrames, Math.min(this.armedFrames, due));
    this.movedNow = moved - this.movedFrames;
    this.movedFrames = moved;
    this.lostNow = Math.max(0, link - this.lostFrames - moved - this.#depth);
    this.lostFrames += this.lostNow;
  }

  /** When so many frames in all will have been moved, if nothing is lost before. */
  timeOfMoved(frames: number): number {
    return this.#timeOfLink(frames + this.lostFrames + this.#hold);
  }

  /** When the first frame is lost, if nothing is armed before; Infinity when nothing can be. */
  timeOfLoss(): number {
    if (this.armedFrames === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return this.#timeOfLink(this.armedFrames + this.lostFrames + this.#depth + 1);
  }

  #timeOfLink(frames: number): number {
    return this.#startNs + timeOfFrame(frames - this.#baseFrames, this.#rateHz);
  }
}
