/**
 * When captured sound was taken, in the time of its stream: 100 ns since RUN, without pauses. Sound
 * that follows without a gap is as far apart as its bytes say, whatever the converter's clock does;
 * where sound was lost, time goes on by as much. No page says that a port tells times, nor of which
 * clock: this is the reading taken. Source: KSSTREAM_HEADER (PresentationTime, OptionsFlags).
 */
import type { StreamPacket } from './stream-packet.ts';

const TICKS_PER_SECOND = 1e7;
const NS_PER_TICK = 100;
const NOT_DRY = -1;

/** What the bytes of a stream are. */
export interface StreamRate {
  readonly frameBytes: number;
  /** 0 of a format that has no fixed rate: then no times are told. */
  readonly bytesPerSecond: number;
}

export class CaptureTimes {
  readonly #clock: { readonly now: number };
  #rate: StreamRate = { frameBytes: 1, bytesPerSecond: 0 };
  #lostTicks = 0;
  #isRunning = false;
  /** When there was nothing left to capture into; NOT_DRY while there is something. */
  #dryAtNs = NOT_DRY;

  /** `clock` counts nanoseconds. */
  constructor(clock: { readonly now: number }) {
    this.#clock = clock;
  }

  /** The stream is at byte 0. */
  begin(rate: StreamRate): void {
    this.#rate = rate;
    this.#lostTicks = 0;
    this.pause();
  }

  /** RUN, with or without a place to capture to. */
  run(rate: StreamRate, hasRoom: boolean): void {
    this.#rate = rate;
    this.#isRunning = true;
    if (!hasRoom) this.ranDry();
  }

  pause(): void {
    this.#isRunning = false;
    this.#dryAtNs = NOT_DRY;
  }

  /** The device has filled all that it was given. */
  ranDry(): void {
    if (this.#isRunning && this.#dryAtNs === NOT_DRY) this.#dryAtNs = this.#clock.now;
  }

  /** It is given more. Whether a frame or more was lost meanwhile. */
  goOn(): boolean {
    if (this.#dryAtNs === NOT_DRY) return false;
    const dryTicks = Math.floor((this.#clock.now - this.#dryAtNs) / NS_PER_TICK);
    this.#dryAtNs = NOT_DRY;
    if (dryTicks < this.#ticksOf(this.#rate.frameBytes)) return false;
    this.#lostTicks += dryTicks;
    return true;
  }

  /** So many bytes were overwritten before they were taken. */
  lose(bytes: number): void {
    this.#lostTicks += this.#ticksOf(bytes);
  }

  /** `packet` begins where what was captured of the stream is so long. */
  stamp(packet: StreamPacket, startTicks: number): void {
    const { bytesPerSecond } = this.#rate;
    if (bytesPerSecond > 0) packet.stamp(startTicks + this.#lostTicks, bytesPerSecond);
  }

  #ticksOf(bytes: number): number {
    return ticksOfBytes(bytes, this.#rate.bytesPerSecond);
  }
}

/** How long so many bytes sound, in whole units of 100 ns. */
export function ticksOfBytes(bytes: number, bytesPerSecond: number): number {
  if (bytesPerSecond === 0) return 0;
  const seconds = Math.floor(bytes / bytesPerSecond);
  const rest = bytes - seconds * bytesPerSecond;
  return seconds * TICKS_PER_SECOND + Math.floor((rest * TICKS_PER_SECOND) / bytesPerSecond);
}
