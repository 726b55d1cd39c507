/**
 * Commands through the immediate registers, HDA 1.0a 3.4: one at a time and polled. Slow, and
 * optional in hardware, so they serve only where the rings do not come up or have failed.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import { ICIS } from '../../standards/hda/index.ts';
import type { HdaRegisters } from './hda-registers.ts';
import { HANDSHAKE_TIMEOUT_US, pollUntil } from './register-poll.ts';

/** The codec's response; null when none came in time. PASSIVE_LEVEL. */
export function sendImmediateCommand(
  wdk: KernelDdi,
  registers: HdaRegisters,
  command: number,
): number | null {
  // Clearing ICB gives up a command that nobody answered; IRV is cleared by writing it.
  registers.write('ICIS', ICIS.IRV);
  const isFree = pollUntil(wdk, HANDSHAKE_TIMEOUT_US, () => {
    return (registers.read('ICIS') & ICIS.ICB) === 0;
  });
  if (!isFree) return null;
  registers.write('ICOI', command);
  registers.write('ICIS', ICIS.ICB | ICIS.IRV);
  const isAnswered = pollUntil(wdk, HANDSHAKE_TIMEOUT_US, () => {
    return (registers.read('ICIS') & (ICIS.ICB | ICIS.IRV)) === ICIS.IRV;
  });
  return isAnswered ? registers.read('ICII') : null;
}
