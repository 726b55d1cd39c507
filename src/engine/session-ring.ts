/**
 * The buffer between a client and the engine: frames in the machine's memory, written at one end
 * and taken at the other, twice as long as its capacity, so that whatever is written or taken in
 * one go lies in one piece. Source: IAudioRenderClient::GetBuffer.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Ram } from '../kernel/memory/ram.ts';

export class SessionRing {
  readonly capacityFrames: number;
  readonly frameBytes: number;
  readonly #process: Process;
  readonly #bytes: Uint8Array;
  readonly #at: VirtualAddress;
  /** Places of the next frame to take and to write, and how many frames lie between. */
  #takeFrame = 0;
  #writeFrame = 0;
  #filledFrames = 0;

  constructor(process: Process, ram: Ram, capacityFrames: number, frameBytes: number) {
    this.capacityFrames = capacityFrames;
    this.frameBytes = frameBytes;
    this.#process = process;
    this.#bytes = ram.bytes;
    this.#at = process.alloc(2 * capacityFrames * frameBytes);
  }

  get filledFrames(): number {
    return this.#filledFrames;
  }

  get freeFrames(): number {
    return this.capacityFrames - this.#filledFrames;
  }

  /** Where the next frames are written: there is room for all that are free. */
  get writeAt(): VirtualAddress {
    return virtual(this.#at + this.#writeFrame * this.frameBytes);
  }

  /** `frames` frames were written at `writeAt`. */
  wrote(frames: number): void {
    const end = this.#writeFrame + frames;
    const over = end - this.capacityFrames;
    if (over > 0) {
      const { frameBytes } = this;
      const from = this.#at + this.capacityFrames * frameBytes;
      this.#bytes.copyWithin(this.#at, from, from + over * frameBytes);
    }
    this.#writeFrame = over >= 0 ? over : end;
    this.#filledFrames += frames;
  }

  /** Where the oldest `frames` frames lie, which must be there. */
  takeAt(frames: number): VirtualAddress {
    const over = this.#takeFrame + frames - this.capacityFrames;
    if (over > 0) {
      const { frameBytes } = this;
      const to = this.#at + this.capacityFrames * frameBytes;
      this.#bytes.copyWithin(to, this.#at, this.#at + over * frameBytes);
    }
    return virtual(this.#at + this.#takeFrame * this.frameBytes);
  }

  /** The oldest `frames` frames are done with. */
  took(frames: number): void {
    const next = this.#takeFrame + frames;
    this.#takeFrame = next >= this.capacityFrames ? next - this.capacityFrames : next;
    this.#filledFrames -= frames;
  }

  /** Forgets all frames. */
  clear(): void {
    this.#takeFrame = 0;
    this.#writeFrame = 0;
    this.#filledFrames = 0;
  }

  free(): void {
    this.#process.free(this.#at);
  }
}
