/**
 * The terms of a stream's latency. B is what the client chooses, bytes between its position and the
 * device's in the cyclic buffer; H is what only the hardware determines, its FIFO, the chipset and
 * the codec. Playing and recording are B/D + H alike, with D bytes a second.
 * Source: "Stream Latency During Playback", "... During Recording", KSRTAUDIO_HWLATENCY.
 */
import { framesIn } from '../base/frame-time.ts';
import { PACKETS } from '../client/event-render.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { heldFrames } from '../client/timer-render.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { StreamKind } from './stream-kind.ts';

export type LatencyDirection = 'render' | 'capture';
/** The kinds of exclusive streams, and one of the audio engine's. */
export type LatencyStream = StreamKind | 'shared';

/** One part of the way; `frames` of all parts together is the total. */
export interface LatencyTerm {
  readonly frames: number;
  readonly ms: number;
}

/** The terms in the order in which a played frame passes them. */
export interface LatencyTerms {
  /** B: from the client's position to the device's. */
  readonly client: LatencyTerm & { readonly bytes: number };
  readonly fifo: LatencyTerm & { readonly bytes: number };
  readonly chipset: LatencyTerm & { readonly delay100ns: number };
  readonly codec: LatencyTerm & { readonly delay100ns: number };
}

export interface FrameRange {
  readonly leastFrames: number;
  readonly mostFrames: number;
}

const NS_PER_TICK = 100;
const TICKS_PER_SECOND = 1e7;
const TICKS_PER_MS = 10_000;
/** A timer-driven client has two periods in its buffer, and rounding takes it these frames more. */
const SPARE_LEAD_FRAMES = 2;

export const framesToMs = (frames: number, rateHz: number): number => (1000 * frames) / rateHz;

/**
 * The delays of chipset and codec are times, and a frame that is not over has not arrived: their
 * sum is rounded once, and the codec's share is what the chipset's leaves of it.
 */
export function latencyTerms(
  clientBytes: number,
  { chipsetDelay100ns, codecDelay100ns, fifoBytes }: HardwareLatency,
  format: PcmFormat,
): LatencyTerms {
  const { rateHz } = format;
  const size = frameBytes(format);
  const framesOf = (ticks: number): number => Math.round((ticks * rateHz) / TICKS_PER_SECOND);
  const chipsetFrames = framesOf(chipsetDelay100ns);
  const delayFrames = framesOf(chipsetDelay100ns + codecDelay100ns);
  const inBuffer = (bytes: number) => ({
    bytes,
    frames: bytes / size,
    ms: framesToMs(bytes / size, rateHz),
  });
  const onTheWay = (delay100ns: number, frames: number) => ({
    delay100ns,
    frames,
    ms: delay100ns / TICKS_PER_MS,
  });
  return {
    client: inBuffer(clientBytes),
    fifo: inBuffer(fifoBytes),
    chipset: onTheWay(chipsetDelay100ns, chipsetFrames),
    codec: onTheWay(codecDelay100ns, delayFrames - chipsetFrames),
  };
}

/** H in frames. */
export const hardwareFrames = ({ chipset, codec, fifo }: LatencyTerms): number =>
  fifo.frames + chipset.frames + codec.frames;

/** A stream as a client drives it. */
export interface DrivenStream {
  readonly stream: StreamKind;
  readonly bufferFrames: number;
  /** Between two wake-ups of a timer-driven client, which asked for twice that much buffer. */
  readonly period100ns: number;
}

/** The period that a timer-driven client of a buffer of `requestedMs` has. */
export const timerPeriod100ns = (requestedMs: number): number =>
  Math.max(1, Math.round((requestedMs * TICKS_PER_MS) / 2));

/** B of a playing client, right after a wake-up's write. */
export function playedAheadFrames(
  { bufferFrames, period100ns, stream }: DrivenStream,
  latency: HardwareLatency,
  format: PcmFormat,
): number {
  // The packet that was fetched is full again, and so is the other one.
  if (stream !== 'timer') return bufferFrames;
  const room = bufferFrames - heldFrames(latency, frameBytes(format), format.rateHz);
  const periodFrames = framesIn(period100ns * NS_PER_TICK, format.rateHz);
  return room >= periodFrames + SPARE_LEAD_FRAMES ? room : bufferFrames;
}

/**
 * B of a recording client, right before each reading but the first: of `wakeUps`, the n-th comes n
 * periods after RUN, and a period that is no whole number of frames brings one more now and then.
 */
export function storedBehindFrames(
  { bufferFrames, period100ns, stream }: DrivenStream,
  { rateHz }: PcmFormat,
  wakeUps: number,
): FrameRange {
  if (stream !== 'timer') {
    const packetFrames = bufferFrames / PACKETS;
    return { leastFrames: packetFrames, mostFrames: packetFrames };
  }
  const spokenAt = (wakeUp: number): number => framesIn(wakeUp * period100ns * NS_PER_TICK, rateHz);
  let leastFrames = Number.POSITIVE_INFINITY;
  let mostFrames = 0;
  for (let wakeUp = 2; wakeUp <= wakeUps; wakeUp++) {
    const frames = spokenAt(wakeUp) - spokenAt(wakeUp - 1);
    leastFrames = Math.min(leastFrames, frames);
    mostFrames = Math.max(mostFrames, frames);
  }
  return { leastFrames, mostFrames };
}
