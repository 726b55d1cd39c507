/**
 * The client's side of a cyclic buffer that is played: where it writes next, sound while the source
 * has some and silence behind it, and a journal of what it wrote.
 */
import type { BufferView, KsPin } from './ks-pin.ts';

/** Where the frames come from. */
export interface FrameSource {
  /** Puts up to `frames` frames at `into[offset]`; fewer only at the end. Returns how many. */
  read(into: Uint8Array, offset: number, frames: number): number;
}

/** Who is told what the client puts into the buffer. */
export interface RenderJournal {
  prime(frames: number): void;
  send(bytes: Uint8Array, offset: number, byteLength: number): void;
  stale(frames: number): void;
  endSending(): void;
}

export interface RenderBufferParts {
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly source: FrameSource;
  readonly journal: RenderJournal;
  /** Brings devices up to now, before the buffer changes under them. */
  readonly settle: () => void;
}

export class RenderBuffer {
  readonly frames: number;
  readonly #parts: RenderBufferParts;
  readonly #frameBytes: number;
  #written = 0;
  #end = Number.POSITIVE_INFINITY;

  constructor(parts: RenderBufferParts) {
    this.#parts = parts;
    this.#frameBytes = parts.pin.frameBytes;
    this.frames = parts.buffer.actualBytes / this.#frameBytes;
  }

  /** Frames of the stream's time line that the client has written. */
  get written(): number {
    return this.#written;
  }

  /** Frame of the time line behind the last one of the source; Infinity until it is known. */
  get end(): number {
    return this.#end;
  }

  /** Fills the buffer with silence, of which the first `frames` lie before the first sound. */
  prime(frames: number): void {
    const { buffer, journal, pin } = this.#parts;
    pin.home.ram.bytes.fill(0, buffer.address, buffer.address + buffer.actualBytes);
    this.#written = frames;
    journal.prime(frames);
  }

  /** The device is past the client, which goes on at `frame`. */
  skipTo(frame: number): void {
    this.#parts.journal.stale(frame - this.#written);
    this.#written = frame;
  }

  /** Writes the next frames, around the end of the buffer if need be. Allocates nothing. */
  write(frames: number): void {
    if (frames <= 0) return;
    this.#parts.settle();
    for (let left = frames; left > 0; ) {
      const place = this.#written % this.frames;
      const part = Math.min(left, this.frames - place);
      this.#fill(place, part);
      this.#written += part;
      left -= part;
    }
  }

  /** Sound while there is some, then silence, so that nothing is heard twice. */
  #fill(place: number, frames: number): void {
    const { buffer, journal, pin, source } = this.#parts;
    const bytes = pin.home.ram.bytes;
    const at = buffer.address + place * this.#frameBytes;
    let filled = 0;
    if (this.#end === Number.POSITIVE_INFINITY) {
      filled = source.read(bytes, at, frames);
      journal.send(bytes, at, filled * this.#frameBytes);
      if (filled < frames) {
        this.#end = this.#written + filled;
        journal.endSending();
      }
    }
    if (filled < frames) {
      bytes.fill(0, at + filled * this.#frameBytes, at + frames * this.#frameBytes);
    }
  }
}
