/** Threads that stand for a process's: held back while a device is locked, and ended with it. */
import { describe, expect, it } from 'vitest';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import { Kernel } from '../kernel.ts';
import type { ThreadGenerator } from './thread.ts';
import type { KernelTimingConfig } from './timing.ts';

const MS = 1_000_000;
const UNITS_PER_MS = 10_000;

function boot(timing?: KernelTimingConfig) {
  const clock = new Clock();
  const kernel = new Kernel({
    clock,
    trace: new Trace(clock),
    random: new Random(1),
    ramBytes: 1 << 20,
    ...(timing === undefined ? {} : { timing }),
  });
  const log: string[] = [];
  const { dispatcher } = kernel;
  /** Sleeps, and says so when it is over. */
  const start = (name: string, sleepMs: number) =>
    dispatcher.createThread(name, 8, function* (): ThreadGenerator {
      yield dispatcher.delay(sleepMs * UNITS_PER_MS);
      log.push(`${name} at ${kernel.clock.now / MS} ms`);
    });
  return { dispatcher, kernel, log, start, ddi: kernelDdi(kernel) };
}

describe('a thread of a process', () => {
  it('is held back while a wait that is over has not reached the processor yet', () => {
    const { ddi, dispatcher, kernel, log, start } = boot({
      wakeUpDelay: { kind: 'fixed', ns: 5 * MS },
    });
    start('application', 1);
    kernel.run(0);
    dispatcher.holdProcessThreads();
    // Over after 2 ms and taken up 5 ms later; the application would come in between, at 6 ms.
    ddi.KeDelayExecutionThread(-2 * UNITS_PER_MS);
    log.push(`driver at ${kernel.clock.now / MS} ms`);
    dispatcher.letProcessThreadsRun();
    kernel.run(30 * MS);
    expect(log).toEqual(['driver at 7 ms', 'application at 7 ms']);
  });

  it('ends with its process, waiting or ready, and leaves nothing', () => {
    const { ddi, dispatcher, kernel, log, start } = boot();
    const thread = start('sleeper', 3);
    const event = ddi.KeInitializeEvent('synchronization', false);
    dispatcher.createThread('waiter', 8, function* (): ThreadGenerator {
      yield dispatcher.waitFor(event, null);
      log.push('waiter');
    });
    ddi.PsCreateSystemThread('system', 8, function* (): ThreadGenerator {
      yield ddi.waitFor(thread, null);
      log.push(`system at ${kernel.clock.now / MS} ms`);
    });
    kernel.run(1 * MS);
    start('ready', 1);
    dispatcher.terminateProcessThreads();
    ddi.KeSetEvent(event);
    kernel.run(9 * MS);
    expect(log).toEqual(['system at 1 ms']);
    expect(event.hasWaiters).toBe(false);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('does not come when its process ends while it is on its way to the processor', () => {
    const { dispatcher, kernel, log, start } = boot({ wakeUpDelay: { kind: 'fixed', ns: 5 * MS } });
    start('late', 1);
    kernel.run(3 * MS);
    dispatcher.terminateProcessThreads();
    kernel.run(20 * MS);
    expect(log).toEqual([]);
    expect(kernel.outstanding()).toEqual([]);
  });
});
