/**
 * Frames that a WaveCyclic port lost because its client came too late, in their place among those
 * that the client takes. The port knows of them when it goes on copying, which is before the client
 * has taken what was copied before: so they wait until it has come so far.
 */
import type { CaptureJournal } from '../client/capture-client.ts';

interface Loss {
  /** Frames that the client takes before it. */
  readonly atFrame: number;
  frames: number;
}

export class CyclicLosses implements CaptureJournal {
  /** Frames that the client has been told of. */
  lostFrames = 0;
  readonly #journal: CaptureJournal;
  readonly #frameBytes: number;
  readonly #waiting: Loss[] = [];
  #takenFrames = 0;

  constructor(journal: CaptureJournal, frameBytes: number) {
    this.#journal = journal;
    this.#frameBytes = frameBytes;
  }

  /** Behind `atFrame` frames of the stream the port lost so many. */
  note(atFrame: number, frames: number): void {
    const last = this.#waiting.at(-1);
    if (last?.atFrame === atFrame) last.frames += frames;
    else this.#waiting.push({ atFrame, frames });
  }

  take(bytes: Uint8Array, offset: number, byteLength: number): void {
    let at = offset;
    let left = byteLength / this.#frameBytes;
    while (left > 0) {
      this.#loseDue();
      const due = this.#waiting[0]?.atFrame ?? Number.POSITIVE_INFINITY;
      const part = Math.min(left, due - this.#takenFrames);
      this.#journal.take(bytes, at, part * this.#frameBytes);
      this.#takenFrames += part;
      at += part * this.#frameBytes;
      left -= part;
    }
  }

  lose(frames: number): void {
    this.lostFrames += frames;
    this.#journal.lose(frames);
  }

  #loseDue(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.atFrame > this.#takenFrames) return;
      this.#waiting.shift();
      this.lose(next.frames);
    }
  }
}
