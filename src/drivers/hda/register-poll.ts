/**
 * The one wait of this driver: hardware is asked until it says what it should, or until its time
 * is up. Time passes by stalling, since no handshake of the standard takes longer than a few
 * milliseconds and none has an interrupt.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';

const STEP_US = 10;

/** A handshake with a register: a DMA engine stops within a link frame, so this is generous. */
export const HANDSHAKE_TIMEOUT_US = 1_000;

/**
 * Asks at once and then every 10 us; false when `timeoutUs` have passed in vain. Whoever calls at
 * a device's level keeps the timeout below 50 us.
 */
export function pollUntil(wdk: KernelDdi, timeoutUs: number, isDone: () => boolean): boolean {
  for (let waitedUs = 0; !isDone(); waitedUs += STEP_US) {
    if (waitedUs >= timeoutUs) return false;
    wdk.KeStallExecutionProcessor(STEP_US);
  }
  return true;
}
