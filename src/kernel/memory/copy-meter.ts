/**
 * Counts the bytes that the driver stack copies into or out of watched ranges: the buffers of
 * streams. WaveRT's promise is that the count stays at zero while a stream runs.
 */
export class CopyMeter {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #bytes = 0;

  /** Bytes copied from or to a watched range so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ranges that are watched now. */
  get rangeCount(): number {
    return this.#starts.length;
  }

  watch(start: number, length: number): void {
    this.#starts.push(start);
    this.#ends.push(start + length);
  }

  /** Two ranges may begin at one address; `length` tells which is meant. Allocates nothing. */
  unwatch(start: number, length: number): void {
    let index = this.#starts.length - 1;
    while (index >= 0 && !this.#isRange(index, start, length)) index--;
    if (index < 0) return;
    const lastStart = this.#starts.pop() as number;
    const lastEnd = this.#ends.pop() as number;
    if (index === this.#starts.length) return;
    this.#starts[index] = lastStart;
    this.#ends[index] = lastEnd;
  }

  note(to: number, from: number, length: number): void {
    for (let index = 0; index < this.#starts.length; index++) {
      const start = this.#starts[index] as number;
      const end = this.#ends[index] as number;
      const isTo = to < end && to + length > start;
      const isFrom = from < end && from + length > start;
      if (isTo || isFrom) {
        this.#bytes += length;
        return;
      }
    }
  }

  #isRange(index: number, start: number, length: number): boolean {
    return this.#starts[index] === start && this.#ends[index] === start + length;
  }
}
