/**
 * The smallest buffer that holds without a glitch when the client's wake-ups come late, each by
 * chance within a jitter. It is found by streaming: sizes are halved between one that holds and one
 * that does not, until the two are next to each other among those that the driver gives. Beside it
 * stands the size that arithmetic asks for, which is what the worst wake-ups would need. Buffers in
 * which a client that plays cannot keep out of what the hardware holds are not looked at.
 */
import { PACKETS } from '../client/event-render.ts';
import { boundFrames, type JitteredStream, leastClearFrames } from './latency-bound.ts';
import { framesToMs, type LatencyDirection } from './latency-terms.ts';
import { JitterTrials, type Trial, type TrialConfig } from './latency-trial.ts';
import type { StreamKind } from './stream-kind.ts';

export interface SmallestBuffer {
  readonly direction: LatencyDirection;
  readonly stream: StreamKind;
  readonly rateHz: number;
  readonly jitterUs: number;
  /** Null when no buffer of up to a second holds. */
  readonly found: BufferTrial | null;
  /** The next smaller buffer that the driver gives, and loses sound; null at the smallest one. */
  readonly smaller: BufferTrial | null;
  /** The least size that holds however late wake-ups come within the jitter. */
  readonly boundFrames: number | null;
  /** The same for the latest wake-up that came. */
  readonly seenBoundFrames: number | null;
  readonly trials: number;
}

export interface BufferTrial extends Trial {
  readonly bufferMs: number;
}

const LARGEST_BUFFER_MS = 1000;
/** Two packets or timer periods of a frame each. */
const LEAST_FRAMES = 2;

/** @throws StartError, NoEndpointError, FormatRefusedError, KsError, SmallBufferError */
export function findSmallestBuffer(config: TrialConfig): SmallestBuffer {
  const { direction, format, jitterNs, stream } = config;
  const { rateHz } = format;
  const trials = new JitterTrials(config);
  const { latency } = trials;
  const search = new BufferSearch(trials, { direction, format, latency, lateNs: jitterNs, stream });
  const { found, smaller } = search.find();
  const latestNs = Math.max(found?.latestNs ?? 0, smaller?.latestNs ?? 0);
  const inMs = (trial: Trial | null): BufferTrial | null =>
    trial === null ? null : { ...trial, bufferMs: framesToMs(trial.bufferFrames, rateHz) };
  return {
    direction,
    stream,
    rateHz,
    jitterUs: jitterNs / 1000,
    found: inMs(found),
    smaller: inMs(smaller),
    boundFrames: search.bound(jitterNs),
    seenBoundFrames: found === null ? null : search.bound(latestNs),
    trials: trials.count,
  };
}

/** Two sizes next to each other, of which the larger one holds. */
interface Neighbours {
  readonly found: Trial | null;
  readonly smaller: Trial | null;
}

/** Sizes are asked for in steps: frames with a timer, one frame in each packet with packets. */
class BufferSearch {
  readonly #trials: JitterTrials;
  readonly #stream: JitteredStream;
  readonly #stepFrames: number;
  readonly #mostFrames: number;

  constructor(trials: JitterTrials, stream: JitteredStream) {
    this.#trials = trials;
    this.#stream = stream;
    this.#stepFrames = stream.stream === 'timer' ? 1 : PACKETS;
    this.#mostFrames = Math.floor((stream.format.rateHz * LARGEST_BUFFER_MS) / 1000);
  }

  /** The smallest size that holds, and the one below it. */
  find(): Neighbours {
    const least = Math.ceil(this.#leastFrames / this.#stepFrames);
    const most = Math.floor(this.#mostFrames / this.#stepFrames);
    let failing = least - 1;
    // Sizes are doubled up to one that holds, since large buffers take long to stream over.
    let holding = least;
    while (!this.#at(holding).holds) {
      if (holding >= most) return { found: null, smaller: null };
      failing = holding;
      holding = Math.min(most, 2 * holding);
    }
    while (holding - failing > 1) {
      const middle = (failing + holding) >> 1;
      if (this.#at(middle).holds) holding = middle;
      else failing = middle;
    }
    return { found: this.#at(holding), smaller: failing < least ? null : this.#at(failing) };
  }

  /** The least size that the driver gives and that holds at worst, for wake-ups so late. */
  bound(lateNs: number): number | null {
    const stream = { ...this.#stream, lateNs };
    let least = this.#trials.givenFrames(this.#leastFrames);
    for (;;) {
      const frames = boundFrames(stream, least, this.#mostFrames);
      if (frames === null) return null;
      const given = this.#trials.givenFrames(frames);
      if (given === frames) return frames;
      least = given;
    }
  }

  get #leastFrames(): number {
    return Math.max(LEAST_FRAMES, leastClearFrames(this.#stream));
  }

  #at(step: number): Trial {
    return this.#trials.at(step * this.#stepFrames);
  }
}
