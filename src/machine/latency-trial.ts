/**
 * Trials of buffer sizes with a client whose wake-ups come late, each by chance within a jitter. A
 * trial is a stream of its own from RUN to its end; all of one search draw the same lateness for
 * the same wake-up, so that two sizes differ by nothing but their size.
 */
import type { HardwareLatency } from '../client/ks-pin.ts';
import { Random } from '../sim/random.ts';
import { frameBytes } from '../standards/pcm/format.ts';
import type { LatencyConfig } from './latency-render.ts';
import { latencySound } from './latency-sound.ts';
import { framesToMs, type LatencyDirection } from './latency-terms.ts';
import { PlaySession } from './play-session.ts';
import { RecordSession } from './record-session.ts';

export interface TrialConfig extends Omit<LatencyConfig, 'bufferMs'> {
  readonly direction: LatencyDirection;
  /** Wake-ups come late by 0 to so much, evenly spread, in steps of 100 ns. */
  readonly jitterNs: number;
}

export interface Trial {
  readonly bufferFrames: number;
  /** All of the sound arrived as it was sent. */
  readonly holds: boolean;
  readonly lostFrames: number;
  readonly wakeUps: number;
  /** How late the latest wake-up came. */
  readonly latestNs: number;
}

/** Packets or timer periods that a trial streams. */
const TRIAL_PERIODS = 250;
const PERIODS_PER_BUFFER = 2;
const NS_PER_TICK = 100;
const DEFAULT_SEED = 1;
/** Spoken beyond what is recorded, so that every recorded frame was. */
const SPARE_FRAMES = 4096;

export class JitterTrials {
  readonly #config: TrialConfig;
  readonly #given = new Map<number, number>();
  readonly #trials = new Map<number, Trial>();
  #latency: HardwareLatency | null = null;

  constructor(config: TrialConfig) {
    this.#config = config;
  }

  /** Streams that were tried. */
  get count(): number {
    return this.#trials.size;
  }

  /** What the driver declares for a stream of this kind. */
  get latency(): HardwareLatency {
    this.givenFrames(PERIODS_PER_BUFFER);
    if (this.#latency === null) throw new Error('no stream was opened');
    return this.#latency;
  }

  /** Frames of the buffer that the driver gives for a request of `frames`. */
  givenFrames(frames: number): number {
    const known = this.#given.get(frames);
    if (known !== undefined) return known;
    // A stream that never runs: only its buffer is looked at, and the machine is dropped.
    const { buffer, latency } = this.#open(frames, 1, () => 0).report(0);
    const given = buffer.actualBytes / frameBytes(this.#config.format);
    this.#latency = latency;
    this.#given.set(frames, given);
    return given;
  }

  /** Streams over the buffer that the driver gives for `frames`, with periods of half of it. */
  at(frames: number): Trial {
    const bufferFrames = this.givenFrames(frames);
    const known = this.#trials.get(bufferFrames);
    if (known !== undefined) return known;
    const { jitterNs, seed = DEFAULT_SEED } = this.#config;
    const random = new Random(seed).fork('latency jitter');
    const steps = Math.round(jitterNs / NS_PER_TICK) + 1;
    let latestNs = 0;
    const session = this.#open(
      bufferFrames,
      (TRIAL_PERIODS * bufferFrames) / PERIODS_PER_BUFFER,
      () => {
        const lateNs = random.below(steps) * NS_PER_TICK;
        latestNs = Math.max(latestNs, lateNs);
        return lateNs;
      },
    );
    while (!session.step());
    const { bitExact, glitchList, glitches, wakeUps } = session.finish(0);
    const lostFrames = glitchList.reduce((sum, glitch) => sum + glitch.frames, 0);
    const holds = bitExact && glitches === 0;
    const trial = { bufferFrames, holds, lostFrames, wakeUps, latestNs };
    this.#trials.set(bufferFrames, trial);
    return trial;
  }

  #open(bufferFrames: number, frames: number, wakeDelayNs: (wake: number) => number) {
    const { direction, format } = this.#config;
    const bufferMs = framesToMs(bufferFrames, format.rateHz);
    const config = { ...this.#config, bufferMs, wakeDelayNs };
    const spareFrames = direction === 'render' ? 0 : SPARE_FRAMES;
    const sound = latencySound(format, Math.ceil(frames) + spareFrames);
    return direction === 'render'
      ? new PlaySession({ ...config, file: sound })
      : new RecordSession({ ...config, spoken: sound, frames: Math.ceil(frames) });
  }
}
