/**
 * The timing of a machine from outside: watching how late its wake-ups come, and putting an end to
 * delays when it is switched off. What can be late, and by how much, is `timing` of the machine's
 * config; without it nothing is, and nobody can watch.
 */
import type { KernelTiming } from '../kernel/dispatch/timing.ts';
import { WakeChains } from '../kernel/dispatch/wake-chain.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** The timing of a machine that has one. @throws Error when it was booted without */
export function timingOf(kernel: Kernel): KernelTiming {
  if (kernel.timing !== null) return kernel.timing;
  throw new Error('this machine has no timing: boot it with `timing: {}`, or with delays in it');
}

/** From now on records how each thread's wake-up comes about. @throws Error without a timing */
export function recordWakeUps(kernel: Kernel): WakeChains {
  const chains = new WakeChains(kernel.clock);
  timingOf(kernel).observer = chains;
  return chains;
}

/** Lets arrive what is on its way, and nothing is late from then on. */
export function endDelays(kernel: Kernel): void {
  if (kernel.timing === null) return;
  kernel.timing.turnOff();
  if (kernel.timing.lastArrivalNs > kernel.clock.now) kernel.run(kernel.timing.lastArrivalNs);
}
