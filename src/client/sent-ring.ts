/**
 * What was sent and not heard yet, oldest first. A ring of bytes, because a stream of hours sends
 * no end of them; it grows when a client runs further ahead than was foreseen.
 */
import { ByteViews } from '../base/byte-views.ts';
import type { ByteMatcher } from './byte-match.ts';

export class SentRing {
  readonly #match: ByteMatcher;
  readonly #views = new ByteViews();
  #bytes: Uint8Array;
  #start = 0;
  #length = 0;

  constructor(roomBytes: number, match: ByteMatcher) {
    this.#bytes = new Uint8Array(roomBytes);
    this.#match = match;
  }

  /** Of what is kept. */
  get byteLength(): number {
    return this.#length;
  }

  append(bytes: Uint8Array, offset: number, byteLength: number): void {
    if (this.#length + byteLength > this.#bytes.length) this.#grow(byteLength);
    const ring = this.#bytes;
    const end = (this.#start + this.#length) % ring.length;
    const first = Math.min(byteLength, ring.length - end);
    this.#views.copy(bytes, offset, first, ring, end);
    if (first < byteLength) this.#views.copy(bytes, offset + first, byteLength - first, ring, 0);
    this.#length += byteLength;
  }

  /** Whether what lies `skipBytes` behind the oldest byte is the same as `bytes[at ..]`. */
  matches(bytes: Uint8Array, at: number, byteLength: number, skipBytes = 0): boolean {
    if (skipBytes + byteLength > this.#length) return false;
    const ring = this.#bytes;
    const from = (this.#start + skipBytes) % ring.length;
    const first = Math.min(byteLength, ring.length - from);
    if (!this.#match(ring, from, bytes, at, first)) return false;
    return first === byteLength || this.#match(ring, 0, bytes, at + first, byteLength - first);
  }

  /** Forgets the oldest bytes. */
  drop(byteLength: number): void {
    this.#start = (this.#start + byteLength) % this.#bytes.length;
    this.#length -= byteLength;
  }

  /** Forgets the newest bytes. */
  dropNewest(byteLength: number): void {
    this.#length -= byteLength;
  }

  #grow(byteLength: number): void {
    const grown = new Uint8Array(2 * (this.#length + byteLength));
    const first = Math.min(this.#length, this.#bytes.length - this.#start);
    grown.set(this.#bytes.subarray(this.#start, this.#start + first));
    grown.set(this.#bytes.subarray(0, this.#length - first), first);
    this.#bytes = grown;
    this.#start = 0;
  }
}
