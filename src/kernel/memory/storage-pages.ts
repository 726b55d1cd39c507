/**
 * Where page contents are kept. The bytes behind one allocation are one slice of RAM, whatever
 * its physical addresses are, so a CPU mapping is a plain typed array. Free slices are kept in
 * order of address and joined when they touch; the first that is long enough is taken.
 */
export class StoragePages {
  /** First page and length of each free slice, in order of address; never empty, never touching. */
  readonly #starts: number[];
  readonly #lengths: number[];

  constructor(firstPage: number, pageCount: number) {
    this.#starts = pageCount > 0 ? [firstPage] : [];
    this.#lengths = pageCount > 0 ? [pageCount] : [];
  }

  get freePages(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  /** Pages of the longest free slice: the most that one allocation can get. */
  get longestSlice(): number {
    return this.#lengths.reduce((most, length) => Math.max(most, length), 0);
  }

  /** The first page of a slice of `pages` pages, now taken; -1 when no slice is long enough. */
  allocate(pages: number): number {
    const index = this.#lengths.findIndex((length) => length >= pages);
    if (index < 0) return -1;
    const start = this.#starts[index] as number;
    const rest = (this.#lengths[index] as number) - pages;
    if (rest === 0) {
      this.#starts.splice(index, 1);
      this.#lengths.splice(index, 1);
    } else {
      this.#starts[index] = start + pages;
      this.#lengths[index] = rest;
    }
    return start;
  }

  /** Takes back exactly what one `allocate` gave out. */
  free(firstPage: number, pages: number): void {
    const starts = this.#starts;
    const lengths = this.#lengths;
    const next = this.#firstAbove(firstPage);
    const touchesNext = starts[next] === firstPage + pages;
    const previous = next - 1;
    const previousLength = lengths[previous] ?? 0;
    const touchesPrevious = previous >= 0 && starts[previous] === firstPage - previousLength;
    const nextLength = touchesNext ? (lengths[next] as number) : 0;
    if (touchesPrevious) {
      lengths[previous] = previousLength + pages + nextLength;
      if (touchesNext) {
        starts.splice(next, 1);
        lengths.splice(next, 1);
      }
    } else {
      starts.splice(next, touchesNext ? 1 : 0, firstPage);
      lengths.splice(next, touchesNext ? 1 : 0, pages + nextLength);
    }
  }

  /** Index of the first free slice above `page`, by halving. */
  #firstAbove(page: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) > page) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
