/**
 * The places in a cyclic buffer where no sound of the client lies between sounds that do, as far
 * as the device has not passed them: what stands between the client's count of bytes and the
 * device's. A gap ends at a frame, and none is further ahead than the port's margin, so there are
 * never more of them than the margin has frames.
 */
import { MARGIN_FRAMES } from './cyclic-buffer.ts';

export class SoundGaps {
  readonly #starts = new Float64Array(MARGIN_FRAMES + 1);
  readonly #ends = new Float64Array(MARGIN_FRAMES + 1);
  #first = 0;
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** A gap behind all others. */
  add(start: number, end: number): void {
    const at = (this.#first + this.#count) % this.#starts.length;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#count++;
  }

  /** Bytes of gaps that lie behind a position; those before it are forgotten. */
  bytesBehind(position: number): number {
    while (this.#count > 0 && (this.#ends[this.#first] as number) <= position) {
      this.#first = (this.#first + 1) % this.#starts.length;
      this.#count--;
    }
    let bytes = 0;
    for (let index = 0; index < this.#count; index++) {
      const at = (this.#first + index) % this.#starts.length;
      bytes += (this.#ends[at] as number) - Math.max(this.#starts[at] as number, position);
    }
    return bytes;
  }
}
