/**
 * The latency of a played stream, measured at the ear. The sound tells when the client asks for
 * which of its frames; the ear has then heard so many frame periods since RUN. So the frame behind
 * the last written one is heard (its place at the ear) - (the ear's place now) frames after it is
 * written. Source of the formula: "Stream Latency During Playback".
 */
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { leftBehind } from './latency-check.ts';
import { type LatencyRow, latencyRow, SeenFrames } from './latency-row.ts';
import { latencySound } from './latency-sound.ts';
import { latencyTerms, playedAheadFrames, timerPeriod100ns } from './latency-terms.ts';
import { bootForPlay, type PlayConfig, PlaySession } from './play-session.ts';
import type { StreamKind } from './stream-kind.ts';

/** What is measured, in either direction. */
export interface LatencyConfig extends Pick<PlayConfig, 'device' | 'driver' | 'seed'> {
  /** Of the device, so in containers of 16 or 32 bits. */
  readonly format: PcmFormat;
  readonly stream: StreamKind;
  readonly bufferMs: number;
}

/** Wake-ups that a measurement is made of, at least. */
const LEAST_WAKE_UPS = 12;
const LEAST_SOUND_MS = 60;

/** Frames of sound for a measurement over buffers of that size. */
export function measuredFrames({
  bufferMs,
  format,
}: Pick<LatencyConfig, 'bufferMs' | 'format'>): number {
  const soundMs = Math.max(LEAST_SOUND_MS, (LEAST_WAKE_UPS * bufferMs) / 2);
  return Math.ceil((format.rateHz * soundMs) / 1000);
}

/** @throws StartError, NoEndpointError, FormatRefusedError, KsError, SmallBufferError */
export function measureRenderLatency(config: LatencyConfig): LatencyRow {
  const { format, stream } = config;
  const machine = bootForPlay(config);
  const { speaker } = machine.device;
  const ahead = new SeenFrames();
  let writtenNs = -1;
  let aheadFrames = 0;
  const file = latencySound(format, measuredFrames(config), (first, frames, wanted) => {
    // A write that goes around the end of the buffer comes in two parts, and the last one counts.
    if (machine.now !== writtenNs && writtenNs >= 0) ahead.see(aheadFrames);
    if (frames < wanted) return;
    writtenNs = machine.now;
    aheadFrames = first + frames - (speaker.heardFrames + speaker.silentFrames);
  });
  const session = new PlaySession({ ...config, file }, machine);
  while (!session.step());
  const report = session.finish(0);
  const { delayFrames, latency } = report;
  const bufferFrames = report.buffer.actualBytes / frameBytes(format);
  const period100ns = timerPeriod100ns(config.bufferMs);
  const driven = { stream, bufferFrames, period100ns };
  const clientFrames = playedAheadFrames(driven, latency, format);
  return latencyRow({
    direction: 'render',
    stream,
    rateHz: format.rateHz,
    requestedMs: config.bufferMs,
    bufferFrames,
    wakeUps: report.wakeUps,
    terms: latencyTerms(clientFrames * frameBytes(format), latency, format),
    leastClientFrames: clientFrames,
    measured: { ...ahead.plus(delayFrames ?? Number.NaN), fromRunFrames: delayFrames },
    left: leftBehind(report),
  });
}
