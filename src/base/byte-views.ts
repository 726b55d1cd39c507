/**
 * Views of runs of bytes that come round again, as those of a cyclic buffer do. A view costs more
 * to make than a few milliseconds of sound cost to copy, and is garbage afterwards; so the last
 * ones are kept.
 */

/** Looked up once: V8 looks up a method of typed arrays with each call. */
const { set } = Uint8Array.prototype;
/** How far apart two places of one page are that are sure to have slots of their own: 2^6 bytes. */
const PLACE_SHIFT = 6;
/** Places at the same offset of two pages have slots of their own as well. */
const PAGE_SHIFT = 12;

export class ByteViews {
  readonly #mask: number;
  readonly #views: Uint8Array[] = [];
  readonly #sources: Uint8Array[] = [];
  readonly #places: number[] = [];

  /** @param slots how many views are kept at most: a power of 2 */
  constructor(slots = 64) {
    // They come in pairs, the newer view first, so that two runs do not fight for one slot.
    this.#mask = slots - 2;
  }

  /** `byteLength` bytes of `bytes` from `at` on, like subarray. */
  of(bytes: Uint8Array, at: number, byteLength: number): Uint8Array {
    const views = this.#views;
    const sources = this.#sources;
    const places = this.#places;
    const first = (((at >>> PLACE_SHIFT) ^ (at >>> PAGE_SHIFT)) << 1) & this.#mask;
    const newer = views[first];
    if (newer !== undefined) {
      if (newer.length === byteLength && places[first] === at && sources[first] === bytes) {
        return newer;
      }
      const second = first + 1;
      const older = views[second];
      if (
        older !== undefined &&
        older.length === byteLength &&
        places[second] === at &&
        sources[second] === bytes
      ) {
        return older;
      }
      views[second] = newer;
      sources[second] = sources[first] as Uint8Array;
      places[second] = places[first] as number;
    }
    const view = bytes.subarray(at, at + byteLength);
    views[first] = view;
    sources[first] = bytes;
    places[first] = at;
    return view;
  }

  /** Copies `byteLength` bytes of `bytes` from `at` on to `into[offset]`. */
  copy(bytes: Uint8Array, at: number, byteLength: number, into: Uint8Array, offset: number): void {
    set.call(into, this.of(bytes, at, byteLength), offset);
  }
}
