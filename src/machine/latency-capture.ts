/**
 * The latency of a recorded stream, measured at the mouth. When a wake-up reads, the mouth has
 * spoken so many frames since RUN; the oldest frame that is read was spoken so many ago, and so was
 * what follows the newest. Source of the formula: "Stream Latency During Recording".
 */
import { frameBytes } from '../standards/pcm/format.ts';
import { leftBehind } from './latency-check.ts';
import { type LatencyConfig, measuredFrames } from './latency-render.ts';
import { type LatencyRow, latencyRow, SeenFrames } from './latency-row.ts';
import { latencySound } from './latency-sound.ts';
import { latencyTerms, storedBehindFrames, timerPeriod100ns } from './latency-terms.ts';
import { bootForPlay } from './play-session.ts';
import { RecordSession } from './record-session.ts';

/** Spoken beyond what is recorded, so that every recorded frame was. */
export const SPARE_FRAMES = 4096;

/** The ages of what each wake-up reads, but for the first: before it the way was still empty. */
export class ReadAges {
  readonly oldest = new SeenFrames();
  readonly newest = new SeenFrames();
  readonly #lastFrame: number;
  #read = 0;
  #readNs = -1;
  #wakes = 0;
  #newestFrames = 0;

  constructor(lastFrame: number) {
    this.#lastFrame = lastFrame;
  }

  /** The client took `frames` frames at `nowNs`, when `spoken` had been spoken. */
  took(frames: number, spoken: number, nowNs: number): void {
    if (nowNs !== this.#readNs) this.#woke(spoken);
    this.#readNs = nowNs;
    this.#read += frames;
    this.#newestFrames = spoken - this.#read;
  }

  #woke(spoken: number): void {
    // What was read last, in one part or in two, is known to be all of it now.
    if (this.#wakes > 0) this.newest.see(this.#newestFrames);
    if (this.#wakes > 0 && this.#read < this.#lastFrame) this.oldest.see(spoken - this.#read);
    this.#wakes++;
  }
}

/** @throws StartError, NoEndpointError, FormatRefusedError, KsError, SmallBufferError */
export function measureCaptureLatency(config: LatencyConfig): LatencyRow {
  const { bufferMs, format, stream } = config;
  const machine = bootForPlay(config);
  const frames = measuredFrames(config);
  const size = frameBytes(format);
  const ages = new ReadAges(frames);
  const session = new RecordSession(
    {
      ...config,
      spoken: latencySound(format, frames + SPARE_FRAMES),
      frames,
      captured: () => ({
        write: (_bytes, _offset, byteLength) =>
          ages.took(byteLength / size, machine.device.lineIn.spokenFrames, machine.now),
      }),
    },
    machine,
  );
  while (!session.step());
  const report = session.finish(0);
  const bufferFrames = report.buffer.actualBytes / size;
  const period100ns = timerPeriod100ns(bufferMs);
  const behind = storedBehindFrames({ stream, bufferFrames, period100ns }, format, report.wakeUps);
  return latencyRow({
    direction: 'capture',
    stream,
    rateHz: format.rateHz,
    requestedMs: bufferMs,
    bufferFrames,
    wakeUps: report.wakeUps,
    terms: latencyTerms(behind.mostFrames * size, report.latency, format),
    leastClientFrames: behind.leastFrames,
    measured: { ...ages.oldest.plus(0), newest: ages.newest.plus(0) },
    left: leftBehind(report),
  });
}
