/**
 * The controller in and out of reset, HDA 1.0a 4.2.2, 4.3 and 5.5.1. While CRST reads 0 the link
 * stands still and every register has its reset value, so this is also how the device is left.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  GCTL,
  HDA_CODEC_DISCOVERY_FRAMES,
  HDA_CONTROLLER_REGISTERS,
  HDA_LINK_FRAME_HZ,
} from '../../standards/hda/index.ts';
import type { HdaRegisters } from './hda-registers.ts';
import { HANDSHAKE_TIMEOUT_US, pollUntil } from './register-poll.ts';

/** 5.5.1.2: the link stays in reset for 100 us at least. */
const LEAST_RESET_US = 100;
/**
 * 4.3: after 25 frames, 521 us, every codec has asked for its address. It is given that twice:
 * the frames are counted by the clock of the link, which may be slower than the system's.
 */
const DISCOVERY_US = 2 * Math.ceil((HDA_CODEC_DISCOVERY_FRAMES * 1_000_000) / HDA_LINK_FRAME_HZ);
const TICKS_PER_US = 10;

/**
 * Resets controller and codecs. True when the controller is out of reset and every codec had time
 * to report itself in STATESTS. PASSIVE_LEVEL.
 */
export function resetController(wdk: KernelDdi, registers: HdaRegisters): boolean {
  if (!enterReset(wdk, registers)) return false;
  wdk.KeDelayExecutionThread(-LEAST_RESET_US * TICKS_PER_US);
  registers.write('GCTL', GCTL.CRST);
  const isOut = pollUntil(wdk, HANDSHAKE_TIMEOUT_US, () => {
    return (registers.read('GCTL') & GCTL.CRST) !== 0;
  });
  if (isOut) wdk.KeDelayExecutionThread(-DISCOVERY_US * TICKS_PER_US);
  return isOut;
}

/** Puts the controller into reset. False when it does not say that it is. PASSIVE_LEVEL. */
export function enterReset(wdk: KernelDdi, registers: HdaRegisters): boolean {
  // STATESTS outlives a reset (3.3.9), and would report codecs that are no longer there.
  registers.write('STATESTS', HDA_CONTROLLER_REGISTERS.STATESTS.writeOneToClear);
  registers.write('GCTL', registers.read('GCTL') & ~GCTL.CRST);
  return pollUntil(wdk, HANDSHAKE_TIMEOUT_US, () => (registers.read('GCTL') & GCTL.CRST) === 0);
}
