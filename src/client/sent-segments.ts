/**
 * What a device will play next, or what whoever records will get, oldest first and by its kind:
 * silence that primes the buffer, sound, stale content, and sound that was dropped on the way,
 * which will never come.
 */
import type { GlitchReason } from './late-step.ts';

export type SegmentKind = 'prime' | 'sent' | 'stale' | 'dropped' | 'tail';

/** What is heard of a glitch: frames that came late, are others, are silent, or never came. */
export type GlitchCause = 'client late' | 'different' | 'gap' | 'lost';

export type AnyCause = GlitchCause | GlitchReason | 'engine late';

export interface Segment {
  readonly kind: SegmentKind;
  frames: number;
  /** Why it was dropped. */
  cause: AnyCause;
}

export class SentSegments {
  readonly #list: Segment[] = [];
  /** Dropped ones that nobody has told the cause of. */
  readonly #unexplained: Segment[] = [];

  get first(): Segment | undefined {
    return this.#list[0];
  }

  /** Makes the last one longer when it is of the kind. */
  push(kind: SegmentKind, frames: number): void {
    if (frames <= 0) return;
    const last = this.#list.at(-1);
    if (last?.kind === kind) last.frames += frames;
    else this.#list.push({ kind, frames, cause: 'lost' });
  }

  /** So much of the first one is over. */
  pass(segment: Segment, frames: number): void {
    segment.frames -= frames;
    if (segment.frames === 0) this.#list.shift();
  }

  /** The newest frames that were sent will never come. @throws Error when they were not sent last */
  drop(frames: number): void {
    const sent = this.#list.at(-1);
    if (sent?.kind !== 'sent' || sent.frames < frames) {
      throw new Error(`${frames} frames are dropped, and were not the last to be sent`);
    }
    sent.frames -= frames;
    if (sent.frames === 0) this.#list.pop();
    const last = this.#list.at(-1);
    if (last !== undefined && last === this.#unexplained.at(-1)) {
      last.frames += frames;
      return;
    }
    const dropped: Segment = { kind: 'dropped', frames, cause: 'lost' };
    this.#list.push(dropped);
    this.#unexplained.push(dropped);
  }

  /** Whether frames were dropped, and nobody has told why. */
  get hasUnexplained(): boolean {
    return this.#unexplained.length > 0;
  }

  /** Why all frames were dropped that nobody has told the cause of. */
  explain(cause: AnyCause): void {
    for (const segment of this.#unexplained) segment.cause = cause;
    this.#unexplained.length = 0;
  }

  /** Sent ones of the first `frames` frames. */
  sentWithin(frames: number): number {
    let sent = 0;
    let left = frames;
    for (const segment of this.#list) {
      if (left <= 0) break;
      if (segment.kind === 'sent') sent += Math.min(left, segment.frames);
      left -= segment.frames;
    }
    return sent;
  }
}
