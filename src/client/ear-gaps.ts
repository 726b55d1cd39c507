/**
 * Where a device had nothing to play: runs of frame periods without sound at the ear, behind the
 * first sound and before the end. A device may count the error of its FIFO only after the ear was
 * told of the silence; so whether a gap was one is looked at when sound comes again.
 */

export interface EarGap {
  readonly atFrame: number;
  frames: number;
  isFifoError: boolean;
}

export class EarGaps {
  readonly #fifoErrors: () => number;
  readonly #list: EarGap[] = [];
  readonly #fifoFrames = new Set<number>();
  #errorsSeen: number;
  /** The gap that goes on for as long as no sound comes. */
  #open: EarGap | null = null;

  /** @param fifoErrors how often the device's FIFO ran empty so far */
  constructor(fifoErrors: () => number) {
    this.#fifoErrors = fifoErrors;
    this.#errorsSeen = fifoErrors();
  }

  /** All gaps so far, in their order. */
  get list(): readonly EarGap[] {
    if (this.#open !== null) this.#judge(this.#open);
    return this.#list;
  }

  /** Whether the gap at this frame came with an error of the device's FIFO. */
  isFifoError(atFrame: number): boolean {
    if (this.#open !== null) this.#judge(this.#open);
    return this.#fifoFrames.has(atFrame);
  }

  /** So many frame periods without sound; the first of a gap tells its frame. */
  silent(frames: number, atFrame: number): void {
    if (frames <= 0) return;
    if (this.#open === null) {
      this.#open = { atFrame, frames: 0, isFifoError: false };
      this.#list.push(this.#open);
    }
    this.#open.frames += frames;
  }

  /** Sound comes again. */
  sounded(): void {
    if (this.#open === null) return;
    this.#judge(this.#open);
    this.#open = null;
    this.#errorsSeen = this.#fifoErrors();
  }

  #judge(gap: EarGap): void {
    if (gap.isFifoError || this.#fifoErrors() === this.#errorsSeen) return;
    gap.isFifoError = true;
    this.#fifoFrames.add(gap.atFrame);
  }
}
