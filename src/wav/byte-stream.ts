/**
 * Where the bytes of a WAV file come from and go to: anything that can be read or written at a
 * place, at once. The command line puts a file behind these, a page puts an array, and neither
 * the reader nor the writer knows which.
 */
export interface ByteSource {
  /** Bytes in all, or null when only reading tells. */
  readonly size: number | null;
  /**
   * Copies up to `length` bytes from place `at` to `into[offset]`. Returns how many it copied:
   * fewer than asked is no sign of the end, 0 is.
   */
  read(at: number, into: Uint8Array, offset: number, length: number): number;
}

export interface ByteSink {
  /** Puts `bytes` at place `at`, over what was there. The caller reuses them after. */
  write(at: number, bytes: Uint8Array): void;
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(at, into, offset, length) {
      const count = Math.max(0, Math.min(length, bytes.length - at));
      into.set(bytes.subarray(at, at + count), offset);
      return count;
    },
  };
}

/** A sink that keeps what it is given in memory, and grows as needed. */
export class MemorySink implements ByteSink {
  #held = new Uint8Array(4096);
  #length = 0;

  /** What has been written so far; good until the next write. */
  get bytes(): Uint8Array {
    return this.#held.subarray(0, this.#length);
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (end > this.#held.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#held.length));
      larger.set(this.#held);
      this.#held = larger;
    }
    this.#held.set(bytes, at);
    this.#length = Math.max(this.#length, end);
  }
}

/** Reads until `length` bytes are there or the source ends. Returns how many are. */
export function readFully(
  source: ByteSource,
  at: number,
  into: Uint8Array,
  offset: number,
  length: number,
): number {
  let done = 0;
  while (done < length) {
    const count = source.read(at + done, into, offset + done, length - done);
    if (count <= 0) break;
    done += count;
  }
  return done;
}

/** Bytes in `source`. Where it does not say, single bytes are probed until the end is found. */
export function measureBytes(source: ByteSource): number {
  if (source.size !== null) return source.size;
  const probe = new Uint8Array(1);
  const hasByteAt = (at: number): boolean => source.read(at, probe, 0, 1) > 0;
  let beyond = 1;
  while (hasByteAt(beyond - 1) && beyond < Number.MAX_SAFE_INTEGER / 2) beyond *= 2;
  let known = Math.floor(beyond / 2);
  // `known` bytes are there for certain; `beyond` are not.
  while (beyond - known > 1) {
    const middle = known + Math.floor((beyond - known) / 2);
    if (hasByteAt(middle - 1)) known = middle;
    else beyond = middle;
  }
  return known;
}
