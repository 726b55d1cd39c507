/**
 * What lies between a DMA engine and the endpoint: a FIFO, the slots of the AC-link, and the codec.
 * An engine lets frame periods pass; the path says what happens in them.
 */
import type { DescriptorList } from './descriptor-list.ts';

export interface DataPath {
  /** Samples that one frame takes in memory. */
  readonly frameSamples: number;
  /** Frame periods before memory sees the next frame, beside those of frames before it. */
  readonly framesUntilMoving: number;
  /** Memory could move frames although no time passes. */
  readonly isBehind: boolean;
  /** RUN was set. Returns the rate at which frames pass from now on. */
  open(): number;
  /** The codec's registers were written under a path that is open. Returns the rate. */
  refresh(): number;
  /**
   * Frame periods pass in which the engine runs: at most `frames`, and no more than it takes to
   * move `available` frames of the current buffer. Returns how many passed.
   */
  advance(frames: number, list: DescriptorList, available: number): number;
  /** Periods in which the engine is halted behind the last valid buffer. */
  starve(frames: number, endsInZeros: boolean): void;
  /** Periods in which the engine is paused: its slots are invalid. */
  idle(frames: number): void;
  /** Periods in which memory did not answer in time. */
  miss(frames: number): void;
  /** Periods of the endpoint's own time, while the link's clock stands. */
  hush(frames: number): void;
  /** The engine was reset: what the FIFO held is lost. */
  clear(): void;
}
