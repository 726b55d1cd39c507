/**
 * The ledger between client and ear: what was sent is kept until it is heard, and every heard
 * frame is held against the frame that was sent in its place. It finds the delay, the first
 * difference and every glitch, in memory that does not grow with the length of the stream.
 */
import { type ByteMatcher, wordMatcher } from './byte-match.ts';
import { SentRing } from './sent-ring.ts';
import { type AnyCause, type GlitchCause, type Segment, SentSegments } from './sent-segments.ts';

export type { GlitchCause };

/** Frames by which a sound that goes on behind lost frames is known again. */
const KNOWN_AGAIN_FRAMES = 8;

/** A run of frames that were not heard as sent. */
export interface Glitch {
  /** Sent frame at which it happened. */
  readonly atFrame: number;
  frames: number;
  /** What was heard; or why, where whoever tells of it knows. */
  readonly cause: AnyCause;
}

/** Takes the ear's frames from the first sent one to the last. */
export interface HeardFrames {
  /** Frames that it has taken whole, where it counts them: a run may be stopped in the midst. */
  readonly frames?: number;
  write(bytes: Uint8Array, offset: number, byteLength: number): void;
}

export class SoundLedger {
  readonly #frameBytes: number;
  readonly #output: HeardFrames | null;
  readonly #silentFrame: Uint8Array;
  readonly #ring: SentRing;
  readonly #segments = new SentSegments();
  #sentFrames = 0;
  #isSendingOver = false;
  #comparedFrames = 0;
  #heardFrames = 0;
  #leadingFrames = 0;
  /** Frames that were heard before the client knew that it is late. */
  #passedFrames = 0;
  #lostFrames = 0;
  #silentFrames = 0;
  #suspectedFrames = 0;
  #suspectedCause: AnyCause = 'lost';
  /** Frames of the last gap, as long as it may turn out that it took the place of sent ones. */
  #gapFrames = 0;
  #gapEndsAt = 0;
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
    this.#silentFrame = new Uint8Array(frameBytes);
    this.#ring = new SentRing(Math.max(1, ringFrames) * frameBytes, match);
  }

  /** Frames sent so far. */
  get sentFrames(): number {
    return this.#sentFrames;
  }

  /** Frames heard from the first sent one on, stale ones and gaps included. */
  get heardFrames(): number {
    return this.#output?.frames ?? this.#heardFrames;
  }

  /** Frame periods of all gaps together. */
  get gapFrames(): number {
    return this.#silentFrames;
  }

  /** Sent frames that never came, as far as what was heard has passed their place. */
  get lostFrames(): number {
    return this.#lostFrames;
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
    this.#segments.push('prime', frames);
  }

  /** The client sent frames. */
  send(bytes: Uint8Array, offset: number, byteLength: number): void {
    if (byteLength === 0) return;
    this.#ring.append(bytes, offset, byteLength);
    const frames = byteLength / this.#frameBytes;
    this.#sentFrames += frames;
    this.#segments.push('sent', frames);
  }

  /** The device went past the client: it played frames that were not yet, or no longer, its. */
  stale(frames: number): void {
    const heardBefore = Math.min(frames, this.#passedFrames);
    this.#passedFrames -= heardBefore;
    this.#segments.push('stale', frames - heardBefore);
  }

  /** The newest frames that were sent will never come. */
  drop(frames: number): void {
    this.#segments.drop(frames);
    this.#ring.dropNewest(frames * this.#frameBytes);
  }

  /** Whether frames were dropped, and nobody has told why. */
  get hasUnexplained(): boolean {
    return this.#segments.hasUnexplained;
  }

  /** Why all frames were dropped that nobody has told the cause of. */
  explain(cause: AnyCause): void {
    this.#segments.explain(cause);
  }

  /** Frames that were on their way and never arrived: who takes them came too late. */
  lose(frames: number, cause: AnyCause = 'client late'): void {
    let lost = 0;
    for (let left = frames; left > 0; ) {
      const segment = this.#segments.first;
      if (segment === undefined) break;
      const part = Math.min(left, segment.frames);
      if (segment.kind === 'prime') this.#leadingFrames += part;
      else if (segment.kind === 'sent' || segment.kind === 'dropped') lost += part;
      if (segment.kind === 'sent') this.#ring.drop(part * this.#frameBytes);
      this.#segments.pass(segment, part);
      left -= part;
    }
    this.#lost(lost, cause);
  }

  /**
   * Whoever takes the frames believes that about so many never arrived. What arrives next tells how
   * many they are: a device may keep a few of them that nobody knows of.
   */
  suspect(frames: number, cause: AnyCause): void {
    this.#suspectedFrames += frames;
    this.#suspectedCause = cause;
  }

  /** Nothing more will arrive: what was suspected cannot be known better. */
  endHearing(): void {
    this.lose(this.#suspectedFrames, this.#suspectedCause);
    this.#suspectedFrames = 0;
  }

  /** The client has sent its last frame; what follows in the buffer is silence. */
  endSending(): void {
    this.#isSendingOver = true;
    this.#segments.push('tail', Number.POSITIVE_INFINITY);
  }

  /** The ear's side: the format is the one the stream was opened with. */
  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    let at = offset;
    let frames = byteLength / this.#frameBytes;
    if (this.#suspectedFrames > 0) this.#loseSuspected(bytes, offset, frames);
    while (frames > 0) {
      this.#skipDropped();
      const segment = this.#segments.first;
      if (segment === undefined) {
        // The device is past the client, which will say so when it wakes.
        this.#passedFrames += frames;
        this.#unsent(bytes, at, frames, 'client late');
        return;
      }
      let part = Math.min(frames, segment.frames);
      if (segment.kind === 'sent' && this.#gapFrames > 0) {
        part = this.#untilLost(segment, bytes, at, part);
      }
      this.#hearSegment(segment, bytes, at, part);
      this.#segments.pass(segment, part);
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
    this.#silentFrames += frames;
    this.#gapFrames = (this.#heardFrames === this.#gapEndsAt ? this.#gapFrames : 0) + frames;
    this.#heardFrames += frames;
    this.#gapEndsAt = this.#heardFrames;
    for (let frame = 0; frame < frames; frame++) {
      this.#output?.write(this.#silentFrame, 0, this.#frameBytes);
    }
  }

  #hearSegment({ kind }: Segment, bytes: Uint8Array, at: number, frames: number): void {
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
      case 'dropped':
      case 'tail':
        return;
    }
  }

  /** What comes next was sent behind frames that were dropped. */
  #skipDropped(): void {
    let next = this.#segments.first;
    while (next?.kind === 'dropped') {
      const { cause } = next;
      let frames = 0;
      for (; next?.kind === 'dropped' && next.cause === cause; next = this.#segments.first) {
        frames += next.frames;
        this.#segments.pass(next, next.frames);
      }
      this.#lost(frames, cause);
    }
  }

  #lost(frames: number, cause: AnyCause): void {
    if (frames === 0) return;
    this.#glitch(frames, cause);
    this.#comparedFrames += frames;
    this.#lostFrames += frames;
  }

  #loseSuspected(bytes: Uint8Array, at: number, frames: number): void {
    const suspected = this.#suspectedFrames;
    this.#suspectedFrames = 0;
    if (this.#segments.first?.kind === 'prime') {
      this.lose(suspected, this.#suspectedCause);
      return;
    }
    for (let left = this.#sentBefore(bytes, at, frames, suspected); left > 0; ) {
      this.#skipDropped();
      const part = Math.min(left, this.#segments.first?.frames ?? 0);
      if (part === 0) return;
      this.lose(part, this.#suspectedCause);
      left -= part;
    }
  }

  /** How many sent frames stand before those that are heard now: most likely the suspected ones. */
  #sentBefore(bytes: Uint8Array, at: number, frames: number, suspected: number): number {
    const size = this.#frameBytes;
    const known = Math.min(frames, KNOWN_AGAIN_FRAMES) * size;
    const isHere = (skipped: number): boolean =>
      skipped >= 0 && this.#ring.matches(bytes, at, known, skipped * size);
    const believed = this.#segments.sentWithin(suspected);
    // What a device dropped it may well have dropped behind frames that it kept.
    if (believed < suspected && isHere(0)) return 0;
    const most = this.#ring.byteLength / size;
    for (let off = 0; off <= most; off++) {
      if (isHere(believed + off)) return believed + off;
      if (isHere(believed - off)) return believed - off;
    }
    return believed;
  }

  #unsent(bytes: Uint8Array, at: number, frames: number, cause: AnyCause): void {
    if (this.isComplete) return;
    this.#glitch(frames, cause);
    this.#heardFrames += frames;
    this.#output?.write(bytes, at, frames * this.#frameBytes);
  }

  #compare(bytes: Uint8Array, at: number, frames: number): void {
    const byteLength = frames * this.#frameBytes;
    if (!this.#ring.matches(bytes, at, byteLength)) this.#findDifferences(bytes, at, byteLength);
    this.#ring.drop(byteLength);
    this.#comparedFrames += frames;
    this.#heardFrames += frames;
    this.#output?.write(bytes, at, byteLength);
  }

  /**
   * A gap holds the sound up (a pause), or takes the place of frames that are lost (a FIFO error),
   * which only what follows can tell. Lost frames are left out at the first frame that is not as
   * sent, if the sound goes on behind them. Returns how many frames can be compared next.
   */
  #untilLost(segment: Segment, bytes: Uint8Array, at: number, frames: number): number {
    const size = this.#frameBytes;
    if (this.#ring.matches(bytes, at, frames * size)) return frames;
    let same = 0;
    while (this.#ring.matches(bytes, at + same * size, size, same * size)) same++;
    if (same > 0) return same;
    const lost = this.#gapFrames;
    this.#gapFrames = 0;
    const known = Math.min(frames, KNOWN_AGAIN_FRAMES) * size;
    const isLost = segment.frames > lost && this.#ring.matches(bytes, at, known, lost * size);
    if (!isLost) return frames;
    this.#ring.drop(lost * size);
    this.#comparedFrames += lost;
    segment.frames -= lost;
    return Math.min(frames, segment.frames);
  }

  #findDifferences(bytes: Uint8Array, at: number, byteLength: number): void {
    for (let byte = 0; byte < byteLength; byte += this.#frameBytes) {
      if (this.#ring.matches(bytes, at + byte, this.#frameBytes, byte)) continue;
      const frame = this.#comparedFrames + byte / this.#frameBytes;
      const last = this.#glitches.at(-1);
      if (last?.cause === 'different' && last.atFrame + last.frames === frame) last.frames++;
      else this.#glitches.push({ atFrame: frame, frames: 1, cause: 'different' });
      this.#firstDifference ??= frame;
    }
  }

  #glitch(frames: number, cause: AnyCause): void {
    const atFrame = this.#comparedFrames;
    const last = this.#glitches.at(-1);
    if (last?.cause === cause && last.atFrame === atFrame) last.frames += frames;
    else this.#glitches.push({ atFrame, frames, cause });
    this.#firstDifference ??= atFrame;
  }
}
