/**
 * Views of runs of bytes that come round again, as those of a cyclic buffer do. A view costs more
 * to make than a few milliseconds of sound cost to copy, and is garbage afterwards; so the last
 * ones are kept.
 */

/** Looked up once: V8 looks up a method of typed arrays with each call. */
const { set } = Uint8Array.prototype;
/** How far apart two runs are that are sure to be kept side by side, as a power of 2. */
const PLACE_SHIFT = 7;

export class ByteViews {
  readonly #slots: number;
  readonly #views: Uint8Array[] = [];
  readonly #sources: Uint8Array[] = [];
  readonly #places: number[] = [];

  /** @param slots how many views are kept: a power of 2 */
  constructor(slots = 16) {
    this.#slots = slots;
  }

  /** `byteLength` bytes of `bytes` from `at` on, like subarray. */
  of(bytes: Uint8Array, at: number, byteLength: number): Uint8Array {
    const slot = ((at >>> PLACE_SHIFT) + byteLength) & (this.#slots - 1);
    const kept = this.#views[slot];
    if (
      kept !== undefined &&
      kept.length === byteLength &&
      this.#places[slot] === at &&
      this.#sources[slot] === bytes
    ) {
      return kept;
    }
    const view = bytes.subarray(at, at + byteLength);
    this.#views[slot] = view;
    this.#sources[slot] = bytes;
    this.#places[slot] = at;
    return view;
  }

  /** Copies `byteLength` bytes of `bytes` from `at` on to `into[offset]`. */
  copy(bytes: Uint8Array, at: number, byteLength: number, into: Uint8Array, offset: number): void {
    set.call(into, this.of(bytes, at, byteLength), offset);
  }
}
