/**
 * What an engine came too late for: frames that the device played although no pass had written
 * them, or stored where nobody took them. Where the machine records how wake-ups come about, each
 * is named by the step that held the engine up.
 */
import { type GlitchReason, whyLate } from '../client/late-step.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** `engine late`: nothing on the way to the engine was. */
export type EngineReason = GlitchReason | 'engine late';

export interface EngineGlitch {
  /** Frame of the device's stream, from its last start on. */
  readonly atFrame: number;
  readonly frames: number;
  /** Absent on a machine that does not record its wake-ups. */
  readonly cause?: EngineReason;
}

/** What follows on the last one makes that longer. */
export function addGlitch(
  glitches: EngineGlitch[],
  atFrame: number,
  frames: number,
  cause: EngineReason | null = null,
): void {
  const last = glitches.at(-1);
  const isSame = last !== undefined && last.atFrame + last.frames === atFrame;
  if (isSame) glitches[glitches.length - 1] = { ...last, frames: last.frames + frames };
  else glitches.push(cause === null ? { atFrame, frames } : { atFrame, frames, cause });
}

/**
 * Why the engine, which runs now, comes so many frames too late; null where nothing is recorded.
 * `isDriver`: who came in time was sent wrong by the driver, whose event never came, or who counted
 * packets that it did not have.
 */
export function whyEngineLate(
  kernel: Kernel,
  frames: number,
  rateHz: number,
  isDriver: boolean,
): EngineReason | null {
  const reason = whyLate(kernel, (frames / rateHz) * 1e9);
  if (reason !== 'client late') return reason;
  return isDriver ? 'driver' : 'engine late';
}
