/** Sound in memory as the source of a client that plays it. */
import type { FrameSource } from '../../src/client/render-buffer.ts';

/** Sound in memory, read from the front. */
export class MemorySource implements FrameSource {
  readonly #bytes: Uint8Array;
  readonly #frameBytes: number;
  #at = 0;

  constructor(bytes: Uint8Array, bytesPerFrame: number) {
    this.#bytes = bytes;
    this.#frameBytes = bytesPerFrame;
  }

  read(into: Uint8Array, offset: number, frames: number): number {
    const end = Math.min(this.#bytes.length, this.#at + frames * this.#frameBytes);
    const part = this.#bytes.subarray(this.#at, end);
    into.set(part, offset);
    this.#at = end;
    return part.length / this.#frameBytes;
  }
}
