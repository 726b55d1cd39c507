/**
 * The periods that shared mode offers at an endpoint, in frames of its device format. They are
 * those of Windows' own HD Audio driver: 10 ms by default, down to 128 frames at 48 kHz, in steps
 * that keep packets to whole 128-byte units; at 44.1 kHz in 16-bit stereo that makes 448 frames.
 * Source: "Low Latency Audio", IAudioClient3::GetSharedModeEnginePeriod, HDA 1.0a 3.6.3.
 */
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';

export interface EnginePeriods {
  readonly defaultFrames: number;
  /** Every period is a multiple of it. */
  readonly fundamentalFrames: number;
  readonly minimumFrames: number;
  readonly maximumFrames: number;
}

const DEFAULT_PERIODS_PER_SECOND = 100;
const PACKET_UNIT_BYTES = 128;
const MINIMUM_FRAMES_AT_48K = 128;

export function enginePeriods(format: PcmFormat): EnginePeriods {
  const { rateHz } = format;
  const fundamentalFrames = PACKET_UNIT_BYTES / greatestDivisor(frameBytes(format));
  const rounded = (frames: number): number =>
    Math.ceil(frames / fundamentalFrames) * fundamentalFrames;
  const defaultFrames = rounded(rateHz / DEFAULT_PERIODS_PER_SECOND);
  return {
    defaultFrames,
    fundamentalFrames,
    minimumFrames: rounded((rateHz * MINIMUM_FRAMES_AT_48K) / 48_000),
    maximumFrames: defaultFrames,
  };
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

/** The greatest power of two, up to the packet's unit, that divides a frame's bytes. */
function greatestDivisor(bytes: number): number {
  let divisor = 1;
  while (2 * divisor <= PACKET_UNIT_BYTES && bytes % (2 * divisor) === 0) divisor *= 2;
  return divisor;
}
