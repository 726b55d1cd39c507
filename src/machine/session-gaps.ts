/**
 * What one session did not have when the engine came to take it, and why: the application's thread
 * came too late. Which step of its wake-up was late is asked when it writes again.
 */
import { type GlitchReason, whyLate } from '../client/late-step.ts';
import type { RenderSession, SessionGap } from '../engine/render-session.ts';
import type { Kernel } from '../kernel/kernel.ts';

export interface ExplainedGap extends SessionGap {
  readonly cause: GlitchReason;
}

export class SessionGaps {
  /** Null until it has started. */
  session: RenderSession | null = null;
  readonly #kernel: Kernel;
  /** Of the session's gaps, in their order. */
  readonly #causes: GlitchReason[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The application's thread is here, and has written. Allocates nothing when there is no gap. */
  explain(): void {
    if (this.session === null) return;
    const { format, gaps } = this.session;
    while (this.#causes.length < gaps.length) {
      const lateFrames = gaps[this.#causes.length]?.frames ?? 0;
      const reason = whyLate(this.#kernel, (lateFrames / format.rateHz) * 1e9);
      this.#causes.push(reason ?? 'client late');
    }
  }

  /** Those before the client's frame `endFrame`: behind its last frame a session may be empty. */
  until(endFrame: number): ExplainedGap[] {
    const gaps = this.session?.gaps ?? [];
    return gaps
      .map((gap, index) => ({ ...gap, cause: this.#causes[index] ?? 'client late' }))
      .filter(({ atFrame }) => atFrame < endFrame);
  }

  /** The same by frames of a mix of the rate, in which what was missing before counts. */
  inMix(endFrame: number, rateHz: number): ExplainedGap[] {
    const ratio = rateHz / (this.session?.format.rateHz ?? rateHz);
    let missing = 0;
    return this.until(endFrame).map(({ atFrame, cause, frames }) => {
      const before = missing;
      missing += frames;
      const inMix = (count: number): number => Math.round(count * ratio);
      return { atFrame: inMix(atFrame + before), frames: inMix(frames), cause };
    });
  }
}
