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

  watch(start: number, length: number): void {
    this.#starts.push(start);
    this.#ends.push(start + length);
  }

  unwatch(start: number): void {
    const index = this.#starts.indexOf(start);
    if (index < 0) return;
    this.#starts.splice(index, 1);
    this.#ends.splice(index, 1);
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
}
