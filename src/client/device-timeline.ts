/**
 * When a device fetches which frame of a stream that runs without a pause: what really happens, as
 * opposed to what positions say. The device's clock may drift against the system's; the nominal
 * time is when the frame would be fetched if it did not, from a moment on.
 */
import { driftedNs, undriftedNs } from '../base/clock-drift.ts';
import { framesIn, timeOfFrame } from '../base/frame-time.ts';

export class DeviceTimeline {
  readonly #rateHz: number;
  readonly #driftPpm: number;
  /** When the stream entered RUN. */
  runNs = 0;

  constructor(rateHz: number, driftPpm = 0) {
    this.#rateHz = rateHz;
    this.#driftPpm = driftPpm;
  }

  /** Frames fetched up to a time of the machine's clock. */
  fetchedAt(timeNs: number): number {
    if (timeNs <= this.runNs) return 0;
    return framesIn(driftedNs(timeNs - this.runNs, this.#driftPpm), this.#rateHz);
  }

  /** The first nanosecond at which `frames` frames have been fetched. */
  timeOfFetch(frames: number): number {
    return this.runNs + undriftedNs(timeOfFrame(frames, this.#rateHz), this.#driftPpm);
  }

  /** The same, if the clock had not drifted from `sinceNs` on; before RUN means from RUN on. */
  nominalTimeOfFetch(frames: number, sinceNs: number): number {
    const startNs = Math.max(sinceNs, this.runNs);
    const countedNs = driftedNs(startNs - this.runNs, this.#driftPpm);
    return startNs + timeOfFrame(frames, this.#rateHz) - countedNs;
  }
}
