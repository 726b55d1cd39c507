/**
 * The one wait of this driver: hardware is asked until it says what it should, or until its time
 * is up. Time passes by stalling, since no handshake here has an interrupt.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';

const STEP_US = 10;

/** A DMA engine ends the transfer that it is in; a codec register is written in a link frame. */
export const HANDSHAKE_TIMEOUT_US = 1_000;
/** AC'97 2.3 gives a codec no limit; drivers in the field wait for half a second and more. */
export const CODEC_READY_TIMEOUT_US = 600_000;

/** Asks at once and then every 10 us; false when `timeoutUs` have passed in vain. */
export function pollUntil(wdk: KernelDdi, timeoutUs: number, isDone: () => boolean): boolean {
  for (let waitedUs = 0; !isDone(); waitedUs += STEP_US) {
    if (waitedUs >= timeoutUs) return false;
    wdk.KeStallExecutionProcessor(STEP_US);
  }
  return true;
}
