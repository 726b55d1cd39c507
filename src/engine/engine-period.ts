/**
 * The periods that shared mode offers at an endpoint, in frames of its device format: 10 ms, and
 * what the driver declares of its packets. Windows' own HD Audio driver lets packets be whole
 * 128-byte units from 128 frames at 48 kHz on; at 44.1 kHz in 16-bit stereo that makes 10 ms 448
 * frames. Source: "Low Latency Audio", KSAUDIO_PACKETSIZE_CONSTRAINTS2,
 * IAudioClient3::GetSharedModeEnginePeriod.
 */
import type { PacketSizeConstraints } from '../standards/ks/packet-size-constraints.ts';
import { AUDIO_SIGNALPROCESSINGMODE_DEFAULT } from '../standards/ks/signal-processing.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';

export interface EnginePeriods {
  readonly defaultFrames: number;
  /** Every period is a multiple of it. */
  readonly fundamentalFrames: number;
  readonly minimumFrames: number;
  readonly maximumFrames: number;
}

const DEFAULT_PERIODS_PER_SECOND = 100;
const TICKS_PER_SECOND = 10_000_000;
/** What the engine offers where a driver sets no bound: 1 ms. */
const LEAST_UNBOUNDED_100NS = 10_000;

/** Of a cyclic buffer. A driver that declares nothing (null) has packets of 10 ms only. */
export function enginePeriods(
  format: PcmFormat,
  limits: PacketSizeConstraints | null,
): EnginePeriods {
  const tenMs = format.rateHz / DEFAULT_PERIODS_PER_SECOND;
  if (limits === null) return onePeriod(Math.round(tenMs));
  const unitBytes = limits.alignmentMask + 1;
  const fundamentalFrames = unitBytes / greatestDivisor(frameBytes(format), unitBytes);
  const roundedUp = (frames: number): number =>
    Math.ceil(frames / fundamentalFrames) * fundamentalFrames;
  const minimumFrames = roundedUp(shortestFrames(limits, format.rateHz));
  const mostFrames = greatestFrames(limits, format, fundamentalFrames);
  const defaultFrames = Math.max(minimumFrames, Math.min(roundedUp(tenMs), mostFrames));
  return { defaultFrames, fundamentalFrames, minimumFrames, maximumFrames: defaultFrames };
}

const onePeriod = (frames: number): EnginePeriods => ({
  defaultFrames: frames,
  fundamentalFrames: frames,
  minimumFrames: frames,
  maximumFrames: frames,
});

/** Streams of the engine are of the default mode; an entry below the global bound does not count. */
function shortestFrames({ minimum100ns, modes }: PacketSizeConstraints, rateHz: number): number {
  const framesIn = (hns: number): number => (hns * rateHz) / TICKS_PER_SECOND;
  const own = modes.find(({ mode }) => mode === AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
  const isBound = minimum100ns > 0 || own !== undefined;
  const least = framesIn(isBound ? minimum100ns : LEAST_UNBOUNDED_100NS);
  if (own === undefined) return least;
  return Math.max(least, own.samples > 0 ? own.samples : framesIn(own.duration100ns));
}

function greatestFrames(
  { maximumBytes }: PacketSizeConstraints,
  format: PcmFormat,
  fundamentalFrames: number,
): number {
  if (maximumBytes === 0) return Number.POSITIVE_INFINITY;
  const frames = maximumBytes / frameBytes(format);
  return Math.floor(frames / fundamentalFrames) * fundamentalFrames;
}

/**
 * The periods of a pin that takes stream packets: 10 ms, unless the driver would like smaller
 * packets, of `framedFrames` frames. Source: KSALLOCATOR_FRAMING, "Wave Latency".
 */
export function packetPeriods({ rateHz }: PcmFormat, framedFrames: number): EnginePeriods {
  const tenMs = Math.round(rateHz / DEFAULT_PERIODS_PER_SECOND);
  const hasWish = framedFrames > 0 && framedFrames < tenMs;
  const fundamentalFrames = hasWish ? framedFrames : tenMs;
  const defaultFrames = Math.ceil(tenMs / fundamentalFrames) * fundamentalFrames;
  return {
    defaultFrames,
    fundamentalFrames,
    minimumFrames: fundamentalFrames,
    maximumFrames: defaultFrames,
  };
}

export function isEnginePeriod(periods: EnginePeriods, frames: number): boolean {
  return (
    frames >= periods.minimumFrames &&
    frames <= periods.maximumFrames &&
    frames % periods.fundamentalFrames === 0
  );
}

/** The period that is nearest to `frames`. */
export function nearestEnginePeriod(periods: EnginePeriods, frames: number): number {
  const { fundamentalFrames, maximumFrames, minimumFrames } = periods;
  const rounded = Math.round(frames / fundamentalFrames) * fundamentalFrames;
  return Math.max(minimumFrames, Math.min(maximumFrames, rounded));
}

/** A period in units of 100 ns, rounded to nearest as WASAPI does. */
export const period100ns = (frames: number, rateHz: number): number =>
  Math.round((frames * 1e7) / rateHz);

/** The greatest power of two, up to `unitBytes`, that divides a frame's bytes. */
function greatestDivisor(bytes: number, unitBytes: number): number {
  let divisor = 1;
  while (2 * divisor <= unitBytes && bytes % (2 * divisor) === 0) divisor *= 2;
  return divisor;
}
