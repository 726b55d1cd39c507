/**
 * The ledger between client and ear: what was sent is kept until it is heard, and every heard
 * frame is held against the frame that was sent in its place. It finds the delay, the first
 * difference and every glitch, in memory that does not grow with the length of the stream.
 */
import { type ByteMatcher, wordMatcher } from './byte-match.ts';

/** What the device will play next: silence that primes the buffer, sound, or stale content. */
type SegmentKind = 'prime' | 'sent' | 'stale' | 'tail';

interface Segment {
  readonly kind: SegmentKind;
  frames: number;
}

export type GlitchCause = 'client late' | 'different' | 'gap';

/** A run of frames that were not heard as sent. */
export interface Glitch {
  /** Sent frame at which it happened. */
  readonly atFrame: number;
  frames: number;
  readonly cause: GlitchCause;
}

/** Takes the ear's frames from the first sent one to the last. */
export interface HeardFrames {
  write(bytes: Uint8Array, offset: number, byteLength: number): void;
}

export class SoundLedger {
  readonly #frameBytes: number;
  readonly #output: HeardFrames | null;
  readonly #match: ByteMatcher;
  readonly #silentFrame: Uint8Array;
  #ring: Uint8Array;
  #ringStart = 0;
  #ringBytes = 0;
  readonly #segments: Segment[] = [];
  #sentFrames = 0;
  #isSendingOver = false;
  #comparedFrames = 0;
  #heardFrames = 0;
  #leadingFrames = 0;
  #firstDifference: number | null = null;
  readonly #glitches: Glitch[] = [];

  constructor(
    frameBytes: number,
    ringFrames: number,
    output: HeardFrames | null = null,
    match: ByteMatcher = wordMatcher(),
  ) {
    this.#frameBytes = frameBytes;
    this.#output = output;
    this.#match = match;
    this.#silentFrame = new Uint8Array(frameBytes);
    this.#ring = new Uint8Array(Math.max(1, ringFrames) * frameBytes);
  }

  /** Frames sent so far. */
  get sentFrames(): number {
    return this.#sentFrames;
  }

  /** Frames heard from the first sent one on, stale ones and gaps included. */
  get heardFrames(): number {
    return this.#heardFrames;
  }

  /** Frames at the ear between RUN and the first sent frame; null until that was heard. */
  get delayFrames(): number | null {
    return this.#comparedFrames === 0 ? null : this.#leadingFrames;
  }

  /** Sent frame that was first heard otherwise; null when none was. */
  get firstDifference(): number | null {
    return this.#firstDifference;
  }

  get glitches(): readonly Glitch[] {
    return this.#glitches;
  }

  /** Whether every sent frame was heard in its place. */
  get isComplete(): boolean {
    return this.#isSendingOver && this.#comparedFrames === this.#sentFrames;
  }

  get isBitExact(): boolean {
    return this.isComplete && this.#firstDifference === null && this.#glitches.length === 0;
  }

  /** The client wrote silence ahead of its first frame. */
  prime(frames: number): void {
    this.#push('prime', frames);
  }

  /** The client sent frames. */
  send(bytes: Uint8Array, offset: number, byteLength: number): void {
    if (byteLength === 0) return;
    this.#append(bytes, offset, byteLength);
    const frames = byteLength / this.#frameBytes;
    this.#sentFrames += frames;
    this.#push('sent', frames);
  }

  /** The device went past the client: it played frames that were not yet, or no longer, its. */
  stale(frames: number): void {
    this.#push('stale', frames);
  }

  /** The client has sent its last frame; what follows in the buffer is silence. */
  endSending(): void {
    this.#isSendingOver = true;
    this.#push('tail', Number.POSITIVE_INFINITY);
  }

  /** The ear's side: the format is the one the stream was opened with. */
  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    let at = offset;
    let frames = byteLength / this.#frameBytes;
    while (frames > 0) {
      const segment = this.#segments[0];
      if (segment === undefined) {
        // Nobody accounted for these: they are heard, and are nothing that was sent.
        this.#unsent(bytes, at, frames, 'different');
        return;
      }
      const part = Math.min(frames, segment.frames);
      this.#hearSegment(segment.kind, bytes, at, part);
      segment.frames -= part;
      if (segment.frames === 0) this.#segments.shift();
      at += part * this.#frameBytes;
      frames -= part;
    }
  }

  /** Frame periods in which nothing reached the ear. */
  silence(frames: number): void {
    if (this.#comparedFrames === 0) {
      this.#leadingFrames += frames;
      return;
    }
    if (this.isComplete || frames === 0) return;
    this.#glitch(frames, 'gap');
    this.#heardFrames += frames;
    for (let frame = 0; frame < frames; frame++) {
      this.#output?.write(this.#silentFrame, 0, this.#frameBytes);
    }
  }

  #hearSegment(kind: SegmentKind, bytes: Uint8Array, at: number, frames: number): void {
    switch (kind) {
      case 'prime':
        this.#leadingFrames += frames;
        return;
      case 'sent':
        this.#compare(bytes, at, frames);
        return;
      case 'stale':
        this.#unsent(bytes, at, frames, 'client late');
        return;
      case 'tail':
        return;
    }
  }

  #unsent(bytes: Uint8Array, at: number, frames: number, cause: GlitchCause): void {
    if (this.isComplete) return;
    this.#glitch(frames, cause);
    this.#heardFrames += frames;
    this.#output?.write(bytes, at, frames * this.#frameBytes);
  }

  #compare(bytes: Uint8Array, at: number, frames: number): void {
    const byteLength = frames * this.#frameBytes;
    let done = 0;
    while (done < byteLength) {
      const part = Math.min(byteLength - done, this.#ring.length - this.#ringStart);
      const same = this.#match(this.#ring, this.#ringStart, bytes, at + done, part);
      if (!same) this.#findDifferences(bytes, at + done, part);
      this.#ringStart = (this.#ringStart + part) % this.#ring.length;
      this.#comparedFrames += part / this.#frameBytes;
      done += part;
    }
    this.#ringBytes -= byteLength;
    this.#heardFrames += frames;
    this.#output?.write(bytes, at, byteLength);
  }

  #findDifferences(bytes: Uint8Array, at: number, byteLength: number): void {
    for (let byte = 0; byte < byteLength; byte += this.#frameBytes) {
      const isSame = this.#isSameFrame(this.#ringStart + byte, bytes, at + byte);
      if (isSame) continue;
      const frame = this.#comparedFrames + byte / this.#frameBytes;
      const last = this.#glitches.at(-1);
      if (last?.cause === 'different' && last.atFrame + last.frames === frame) last.frames++;
      else this.#glitches.push({ atFrame: frame, frames: 1, cause: 'different' });
      this.#firstDifference ??= frame;
    }
  }

  #isSameFrame(ringAt: number, bytes: Uint8Array, at: number): boolean {
    for (let byte = 0; byte < this.#frameBytes; byte++) {
      if (this.#ring[ringAt + byte] !== bytes[at + byte]) return false;
    }
    return true;
  }

  #glitch(frames: number, cause: GlitchCause): void {
    const atFrame = this.#comparedFrames;
    const last = this.#glitches.at(-1);
    if (last?.cause === cause && last.atFrame === atFrame) last.frames += frames;
    else this.#glitches.push({ atFrame, frames, cause });
    this.#firstDifference ??= atFrame;
  }

  #push(kind: SegmentKind, frames: number): void {
    if (frames <= 0) return;
    const last = this.#segments.at(-1);
    if (last?.kind === kind) last.frames += frames;
    else this.#segments.push({ kind, frames });
  }

  #append(bytes: Uint8Array, offset: number, byteLength: number): void {
    if (this.#ringBytes + byteLength > this.#ring.length) this.#grow(byteLength);
    const ring = this.#ring;
    const end = (this.#ringStart + this.#ringBytes) % ring.length;
    const first = Math.min(byteLength, ring.length - end);
    ring.set(bytes.subarray(offset, offset + first), end);
    if (first < byteLength) ring.set(bytes.subarray(offset + first, offset + byteLength), 0);
    this.#ringBytes += byteLength;
  }

  #grow(byteLength: number): void {
    const grown = new Uint8Array(2 * (this.#ringBytes + byteLength));
    const first = Math.min(this.#ringBytes, this.#ring.length - this.#ringStart);
    grown.set(this.#ring.subarray(this.#ringStart, this.#ringStart + first));
    grown.set(this.#ring.subarray(0, this.#ringBytes - first), first);
    this.#ring = grown;
    this.#ringStart = 0;
  }
}
