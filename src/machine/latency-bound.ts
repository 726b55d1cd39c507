/**
 * The least buffer that no wake-up within a given jitter can break, by arithmetic. A client that
 * comes late finds that the device has moved on by a period and the lateness; what it has ahead of
 * the device (playing), or the room behind it (recording), has to hold that much.
 */
import { PACKETS } from '../client/event-render.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { heldFrames } from '../client/timer-render.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import {
  framesToMs,
  type LatencyDirection,
  playedAheadFrames,
  timerPeriod100ns,
} from './latency-terms.ts';
import type { StreamKind } from './stream-kind.ts';

export interface JitteredStream {
  readonly direction: LatencyDirection;
  readonly stream: StreamKind;
  readonly format: PcmFormat;
  readonly latency: HardwareLatency;
  /** The most by which a wake-up comes late. */
  readonly lateNs: number;
}

const NS_PER_TICK = 100;
const NS_PER_SECOND = 1e9;

/** Whether a buffer of that size holds, however the wake-ups fall within the jitter. */
export function holdsAtWorst(stream: JitteredStream, bufferFrames: number): boolean {
  return worstAdvance(stream, bufferFrames) <= roomFrames(stream, bufferFrames);
}

/** The smallest size from `leastFrames` on that holds at worst; null above `mostFrames`. */
export function boundFrames(
  stream: JitteredStream,
  leastFrames: number,
  mostFrames: number,
): number | null {
  const step = stream.stream === 'timer' ? 1 : PACKETS;
  for (let frames = leastFrames; frames <= mostFrames; frames += step) {
    if (holdsAtWorst(stream, frames)) return frames;
  }
  return null;
}

/** Frames by which the device can have moved since the client last filled or emptied the buffer. */
function worstAdvance(
  { direction, format, lateNs, stream }: JitteredStream,
  bufferFrames: number,
): number {
  const { rateHz } = format;
  // An event comes at a whole packet, so that only frames that are over count.
  if (stream !== 'timer') {
    const lateFrames = Math.floor((lateNs * rateHz) / NS_PER_SECOND);
    // Who counts packets has lost one that is over now; who reads a position may still read it.
    const isCounting = direction === 'render' || stream === 'packet';
    return bufferFrames / PACKETS + lateFrames + (isCounting ? 1 : 0);
  }
  // Whether the last part of a frame is over depends on when in a frame the wake-ups fall.
  const periodNs = periodOf(bufferFrames, rateHz) * NS_PER_TICK;
  return Math.ceil(((periodNs + lateNs) * rateHz) / NS_PER_SECOND);
}

function roomFrames(stream: JitteredStream, bufferFrames: number): number {
  return stream.direction === 'capture' ? bufferFrames : ownFrames(stream, bufferFrames);
}

/** What a client that plays keeps between its position and the device's. */
function ownFrames(
  { format, latency, stream }: Pick<JitteredStream, 'format' | 'latency' | 'stream'>,
  bufferFrames: number,
): number {
  const period100ns = periodOf(bufferFrames, format.rateHz);
  return playedAheadFrames({ stream, bufferFrames, period100ns }, latency, format);
}

/**
 * The least buffer in which a client that plays keeps out of what the hardware holds: by timer it
 * needs a period beside that; by events each packet has to be more than the FIFO takes ahead, or
 * the next one is fetched already when the event comes.
 */
export function leastClearFrames({ direction, format, latency, stream }: JitteredStream): number {
  if (direction === 'capture') return 0;
  const fifoFrames = Math.ceil(latency.fifoBytes / frameBytes(format));
  if (stream !== 'timer') return PACKETS * (fifoFrames + 1);
  if (heldFrames(latency, frameBytes(format), format.rateHz) === 0) return 0;
  let frames = 1;
  while (ownFrames({ format, latency, stream }, frames) === frames) frames++;
  return frames;
}

const periodOf = (bufferFrames: number, rateHz: number): number =>
  timerPeriod100ns(framesToMs(bufferFrames, rateHz));
