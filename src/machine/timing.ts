/**
 * The timing of a machine from outside: watching how late its wake-ups come, and putting an end to
 * delays when it is switched off. What can be late, and by how much, is `timing` of the machine's
 * config; without it nothing is, and nobody can watch.
 */
import type { KernelTiming, TimingObserver } from '../kernel/dispatch/timing.ts';
import { WakeChains } from '../kernel/dispatch/wake-chain.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { bothObservers } from './timing-observers.ts';

/** The timing of a machine that has one. @throws Error when it was booted without */
export function timingOf(kernel: Kernel): KernelTiming {
  if (kernel.timing !== null) return kernel.timing;
  throw new Error('this machine has no timing: boot it with `timing: {}`, or with delays in it');
}

/** Tells `observer` of each step from now on, beside others. @throws Error without a timing */
export function observeTiming(kernel: Kernel, observer: TimingObserver): void {
  const timing = timingOf(kernel);
  const before = timing.observer;
  timing.observer = before === null ? observer : bothObservers(before, observer);
}

/** From now on records how each thread's wake-up comes about. @throws Error without a timing */
export function recordWakeUps(kernel: Kernel): WakeChains {
  const timing = timingOf(kernel);
  if (timing.wakeChains !== null) return timing.wakeChains;
  const chains = new WakeChains(kernel.clock);
  observeTiming(kernel, chains);
  timing.wakeChains = chains;
  return chains;
}

/** Lets arrive what is on its way, and nothing is late from then on. */
export function endDelays(kernel: Kernel): void {
  if (kernel.timing === null) return;
  kernel.timing.turnOff();
  if (kernel.timing.lastArrivalNs > kernel.clock.now) kernel.run(kernel.timing.lastArrivalNs);
}
