/**
 * One measured stream: its latency as the documented formula predicts it from what the driver
 * declares, and as it was found at the endpoint. In virtual time the two are the same to the frame,
 * and each way in which they are not is a sentence.
 */
import type { LeftBehind } from './latency-check.ts';
import {
  type FrameRange,
  framesToMs,
  hardwareFrames,
  type LatencyDirection,
  type LatencyStream,
  type LatencyTerms,
} from './latency-terms.ts';

export interface MeasuredLatency extends FrameRange {
  /** Played: frames at the ear between RUN and the first sent frame; null if it was not heard. */
  readonly fromRunFrames?: number | null;
  /** Recorded: how long ago what a wake-up reads last was spoken. */
  readonly newest?: FrameRange;
}

export interface LatencyRow {
  readonly direction: LatencyDirection;
  readonly stream: LatencyStream;
  readonly rateHz: number;
  readonly requestedMs: number;
  readonly bufferFrames: number;
  readonly bufferMs: number;
  readonly wakeUps: number;
  readonly terms: LatencyTerms;
  /**
   * Played: from writing to hearing, for the frame behind the last written. Recorded: from
   * speaking to reading, for the oldest frame that a wake-up finds.
   */
  readonly predicted: FrameRange & { readonly fromRunFrames?: number; readonly mostMs: number };
  readonly measured: MeasuredLatency & { readonly mostMs: number };
  /** What is not as predicted; nothing when prediction and measurement agree. */
  readonly differences: readonly string[];
}

export interface RowFacts
  extends Pick<
    LatencyRow,
    'direction' | 'stream' | 'rateHz' | 'requestedMs' | 'bufferFrames' | 'wakeUps' | 'terms'
  > {
  /** B at its least; at its most it is in the terms. */
  readonly leastClientFrames: number;
  /** Played: from RUN to the first sent frame, where it is not the whole latency. */
  readonly fromRunFrames?: number;
  readonly measured: MeasuredLatency;
  readonly left: LeftBehind;
}

export function latencyRow(facts: RowFacts): LatencyRow {
  const { fromRunFrames, leastClientFrames, left, measured, ...rest } = facts;
  const { rateHz, terms } = facts;
  const hardware = hardwareFrames(terms);
  const predicted = {
    leastFrames: leastClientFrames + hardware,
    mostFrames: terms.client.frames + hardware,
    ...(measured.fromRunFrames === undefined
      ? {}
      : { fromRunFrames: fromRunFrames ?? terms.client.frames + hardware }),
  };
  const inMs = <Range extends FrameRange>(range: Range) => ({
    ...range,
    mostMs: framesToMs(range.mostFrames, rateHz),
  });
  return {
    ...rest,
    bufferMs: framesToMs(facts.bufferFrames, rateHz),
    predicted: inMs(predicted),
    measured: inMs(measured),
    differences: [...differencesOf(inMs(predicted), hardware, facts), ...left],
  };
}

function differencesOf(
  predicted: LatencyRow['predicted'],
  hardware: number,
  facts: RowFacts,
): string[] {
  const { direction, measured, wakeUps } = facts;
  const { fromRunFrames, newest } = measured;
  const found: string[] = [];
  const compare = (what: string, at: FrameRange, wanted: FrameRange): void => {
    if (at.leastFrames === wanted.leastFrames && at.mostFrames === wanted.mostFrames) return;
    found.push(`${what} ${spanText(at)} frames, predicted ${spanText(wanted)}`);
  };
  if (!Number.isFinite(measured.leastFrames)) return ['nothing could be measured'];
  const way = direction === 'render' ? 'from writing to hearing' : 'from speaking to reading';
  compare(`${way} over ${wakeUps} wake-ups`, measured, predicted);
  if (newest !== undefined) {
    compare('the newest frame', newest, { leastFrames: hardware, mostFrames: hardware });
  }
  if (fromRunFrames !== undefined && fromRunFrames !== predicted.fromRunFrames) {
    const heard = fromRunFrames === null ? 'was not heard' : `came after ${fromRunFrames} frames`;
    found.push(`the first frame since RUN ${heard}, predicted ${predicted.fromRunFrames}`);
  }
  return found;
}

/** `480`, or `220 to 221` */
export const spanText = ({ leastFrames, mostFrames }: FrameRange): string =>
  leastFrames === mostFrames ? `${leastFrames}` : `${leastFrames} to ${mostFrames}`;

/** A range that grows with what it is told. */
export class SeenFrames implements FrameRange {
  leastFrames = Number.POSITIVE_INFINITY;
  mostFrames = Number.NEGATIVE_INFINITY;

  see(frames: number): void {
    if (frames < this.leastFrames) this.leastFrames = frames;
    if (frames > this.mostFrames) this.mostFrames = frames;
  }

  /** The range that it is now, each end so many frames further. */
  plus(frames: number): FrameRange {
    return { leastFrames: this.leastFrames + frames, mostFrames: this.mostFrames + frames };
  }
}
