import { describe, expect, it } from 'vitest';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '../../standards/nt/ntstatus.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../irql.ts';
import { Kernel } from '../kernel.ts';
import type { ThreadGenerator } from './thread.ts';

const MS = 1_000_000;
/** One millisecond as an NT time span. */
const UNITS_PER_MS = 10_000;

function boot() {
  const clock = new Clock();
  const kernel = new Kernel({
    clock,
    trace: new Trace(clock),
    random: new Random(1),
    ramBytes: 1 << 20,
  });
  return { kernel, ddi: kernelDdi(kernel), log: [] as string[] };
}

describe('a DPC', () => {
  it('runs at DISPATCH_LEVEL, in order, important ones first, and once per queueing', () => {
    const { kernel, ddi, log } = boot();
    const make = (name: string) =>
      ddi.KeInitializeDpc(
        (dpc, context, first, second) => {
          log.push(`${context} ${ddi.KeGetCurrentIrql()} ${first} ${second} ${dpc.isQueued}`);
        },
        name,
        name,
      );
    const [a, b, urgent] = [make('a'), make('b'), make('urgent')];
    urgent.importance = 'high';
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    expect(ddi.KeInsertQueueDpc(a, 1, 2)).toBe(true);
    expect(ddi.KeInsertQueueDpc(a, 3, 4)).toBe(false);
    ddi.KeInsertQueueDpc(b, 5, 6);
    ddi.KeInsertQueueDpc(urgent, 7, 8);
    expect(kernel.outstanding()).toEqual(['queued DPC urgent', 'queued DPC a', 'queued DPC b']);
    ddi.KeLowerIrql(PASSIVE_LEVEL);
    expect(log).toEqual(['urgent 2 7 8 false', 'a 2 1 2 false', 'b 2 5 6 false']);
  });

  it('can be taken out of the queue, wherever it is in it', () => {
    const { ddi, log } = boot();
    const dpcs = ['a', 'b', 'c'].map((name) =>
      ddi.KeInitializeDpc((_dpc, context) => log.push(context), name),
    );
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    for (const dpc of dpcs) ddi.KeInsertQueueDpc(dpc);
    const [a, b, c] = dpcs;
    if (a === undefined || b === undefined || c === undefined) throw new Error('three DPCs');
    expect([ddi.KeRemoveQueueDpc(b), ddi.KeRemoveQueueDpc(b)]).toEqual([true, false]);
    ddi.KeRemoveQueueDpc(c);
    ddi.KeInsertQueueDpc(b);
    ddi.KeRemoveQueueDpc(a);
    ddi.KeLowerIrql(PASSIVE_LEVEL);
    expect(log).toEqual(['b']);
  });

  it('must return at DISPATCH_LEVEL, in watchdog time [VER-IRQL-004 VER-DPC-003]', () => {
    const { ddi } = boot();
    const lowers = ddi.KeInitializeDpc(() => ddi.KeLowerIrql(PASSIVE_LEVEL), null, 'lowers');
    expect(() => ddi.KeInsertQueueDpc(lowers)).toThrow(/IRQL_UNEXPECTED_VALUE .*DPC lowers/);
    const fresh = boot().ddi;
    const slow = fresh.KeInitializeDpc(() => fresh.KeStallExecutionProcessor(7.9e6), null, 'slow');
    expect(() => fresh.KeInsertQueueDpc(slow)).toThrow(/DPC_WATCHDOG_VIOLATION .*505 clock ticks/);
  });

  it('does not wait [VER-IRQL-010 VER-IRQL-011]', () => {
    const { ddi } = boot();
    const event = ddi.KeInitializeEvent('notification', false);
    let polled: number = STATUS_SUCCESS;
    const polls = ddi.KeInitializeDpc(() => {
      polled = ddi.KeWaitForSingleObject(event, 0);
    }, null);
    ddi.KeInsertQueueDpc(polls);
    expect(polled).toBe(STATUS_TIMEOUT);
    const waits = ddi.KeInitializeDpc(() => ddi.KeWaitForSingleObject(event, -1), null);
    expect(() => ddi.KeInsertQueueDpc(waits)).toThrow('ATTEMPTED_SWITCH_FROM_DPC (0xB8)');
    const sleeps = boot().ddi;
    sleeps.KeRaiseIrql(DISPATCH_LEVEL);
    expect(() => sleeps.KeDelayExecutionThread(-1)).toThrow('ATTEMPTED_SWITCH_FROM_DPC');
  });
});

describe('a timer', () => {
  it('expires once, or every period without drift, and queues its DPC', () => {
    const { kernel, ddi } = boot();
    const times: number[] = [];
    const dpc = ddi.KeInitializeDpc(() => times.push(kernel.clock.now / MS), null);
    const timer = ddi.KeInitializeTimerEx('notification');
    expect(ddi.KeSetTimerEx(timer, -3 * UNITS_PER_MS, 0, dpc)).toBe(false);
    kernel.run(10 * MS);
    expect(times).toEqual([3]);
    expect(timer.isSignalled).toBe(true);
    expect(ddi.KeSetTimerEx(timer, -1 * UNITS_PER_MS, 2, dpc)).toBe(false);
    expect(timer.isSignalled).toBe(false);
    kernel.run(15 * MS);
    expect(times).toEqual([3, 11, 13, 15]);
    expect(ddi.KeSetTimerEx(timer, -1 * UNITS_PER_MS, 2, null)).toBe(true);
    expect([ddi.KeCancelTimer(timer), ddi.KeCancelTimer(timer)]).toEqual([true, false]);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('takes an absolute system time, and one that is past expires at once', () => {
    const clock = new Clock();
    const trace = new Trace(clock);
    const start = { systemTimeStart100ns: 5_000_000, ramBytes: 1 << 20 };
    const kernel = new Kernel({ clock, trace, random: new Random(1), ...start });
    const timer = kernel.createTimer('absolute', 'synchronization');
    timer.set(5_000_000 + UNITS_PER_MS, 0, null);
    kernel.run(MS - 1);
    expect(timer.isSignalled).toBe(false);
    kernel.run(MS);
    expect(timer.isSignalled).toBe(true);
    expect(kernel.time.systemTime100ns).toBe(5_010_000);
    timer.set(1, 0, null);
    kernel.run(MS);
    expect(timer.isSignalled).toBe(true);
  });

  it('expires only after a DPC that stalls past its due time', () => {
    const { ddi, log } = boot();
    const timer = ddi.KeInitializeTimerEx('notification');
    const dpc = ddi.KeInitializeDpc(() => {
      ddi.KeSetTimerEx(timer, -10, 0, null);
      ddi.KeStallExecutionProcessor(5);
      log.push(`${timer.isSignalled} ${timer.isSet}`);
    }, null);
    ddi.KeInsertQueueDpc(dpc);
    log.push(`${timer.isSignalled} ${timer.isSet}`);
    expect(log).toEqual(['false true', 'true false']);
  });

  it('can be cancelled between falling due and being seen', () => {
    const { ddi } = boot();
    const timer = ddi.KeInitializeTimerEx('notification');
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    ddi.KeSetTimerEx(timer, -10, 0, null);
    ddi.KeStallExecutionProcessor(5);
    expect(ddi.KeCancelTimer(timer)).toBe(true);
    ddi.KeLowerIrql(PASSIVE_LEVEL);
    expect(timer.isSignalled).toBe(false);
  });
});

describe('an event', () => {
  it('lets one waiter go or all of them, by its type', () => {
    const { kernel, ddi, log } = boot();
    for (const type of ['synchronization', 'notification'] as const) {
      const event = ddi.KeInitializeEvent(type, false, type);
      for (const name of ['first', 'second']) {
        ddi.PsCreateSystemThread(name, 8, function* (): ThreadGenerator {
          yield ddi.waitFor(event, null);
          log.push(`${type} ${name}`);
        });
      }
      kernel.run(kernel.clock.now);
      expect(ddi.KeSetEvent(event)).toBe(false);
      kernel.run(kernel.clock.now);
    }
    expect(log).toEqual(['synchronization first', 'notification first', 'notification second']);
    expect(kernel.outstanding()).toEqual(['thread second (waiting)']);
  });

  it('tells its state, and forgets it when it is reset or cleared', () => {
    const { ddi } = boot();
    const event = ddi.KeInitializeEvent('notification', true);
    expect([ddi.KeSetEvent(event), ddi.KeResetEvent(event), ddi.KeResetEvent(event)]).toEqual([
      true,
      true,
      false,
    ]);
    ddi.KeSetEvent(event);
    expect(ddi.KeReadStateEvent(event)).toBe(true);
    ddi.KeClearEvent(event);
    expect(ddi.KeReadStateEvent(event)).toBe(false);
  });
});

describe('threads', () => {
  it('run by priority, and first come first served inside one', () => {
    const { kernel, ddi, log } = boot();
    const add = (name: string, priority: number) =>
      ddi.PsCreateSystemThread(name, priority, function* (): ThreadGenerator {
        log.push(`${name}1`);
        yield ddi.delay(0);
        log.push(`${name}2`);
      });
    add('low', 0);
    add('a', 8);
    add('b', 8);
    add('top', 31);
    kernel.run(0);
    expect(log).toEqual(['top1', 'a1', 'b1', 'low1', 'top2', 'a2', 'b2', 'low2']);
    expect(() => add('bad', 32)).toThrow('priority 32 is not in 0..31');
  });

  it('wait with a timeout, and for the end of one another', () => {
    const { kernel, ddi, log } = boot();
    const event = ddi.KeInitializeEvent('synchronization', false);
    const sleeper = ddi.PsCreateSystemThread('sleeper', 8, function* (): ThreadGenerator {
      log.push(`timeout ${(yield ddi.waitFor(event, -2 * UNITS_PER_MS)) === STATUS_TIMEOUT}`);
      log.push(`poll ${(yield ddi.waitFor(event, 0)) === STATUS_TIMEOUT}`);
      log.push(`slept ${(yield ddi.delay(UNITS_PER_MS)) === STATUS_SUCCESS}`);
    });
    expect(ddi.KeWaitForSingleObject(sleeper, null)).toBe(STATUS_SUCCESS);
    expect(kernel.clock.now).toBe(3 * MS);
    expect(log).toEqual(['timeout true', 'poll true', 'slept true']);
    expect(kernel.outstanding()).toEqual([]);
  });

  it('neither wait at DISPATCH_LEVEL nor end above PASSIVE_LEVEL', () => {
    const waits = boot();
    waits.ddi.PsCreateSystemThread('waits', 8, function* (): ThreadGenerator {
      const request = waits.ddi.delay(1);
      waits.ddi.KeRaiseIrql(DISPATCH_LEVEL);
      yield request;
    });
    expect(() => waits.kernel.run(0)).toThrow('ATTEMPTED_SWITCH_FROM_DPC');
    const ends = boot();
    ends.ddi.PsCreateSystemThread('ends', 8, function* (): ThreadGenerator {
      yield ends.ddi.delay(1);
      ends.ddi.KeRaiseIrql(1);
    });
    expect(() => ends.kernel.run(MS)).toThrow('IRQL_UNEXPECTED_VALUE');
  });

  it('that never have to wait are found out', () => {
    const { kernel, ddi } = boot();
    const event = ddi.KeInitializeEvent('notification', true);
    ddi.PsCreateSystemThread('spinner', 8, function* (): ThreadGenerator {
      for (;;) yield ddi.waitFor(event, null);
    });
    expect(() => kernel.run(0)).toThrow('livelock: thread spinner never has to wait');
    expect(() => ddi.delay(1)).toThrow('only a thread body can yield a wait');
  });
});

describe('a wait in plain code', () => {
  it('runs the machine until it is satisfied, and waits nest', () => {
    const { kernel, ddi, log } = boot();
    const inner = ddi.KeInitializeEvent('notification', false);
    const timer = ddi.KeInitializeTimerEx('notification');
    ddi.KeSetTimerEx(timer, -2 * UNITS_PER_MS, 0, null);
    ddi.PsCreateSystemThread('worker', 8, function* (): ThreadGenerator {
      ddi.KeWaitForSingleObject(timer, null);
      log.push(`timer at ${kernel.clock.now / MS}`);
      ddi.KeSetEvent(inner);
      yield ddi.delay(UNITS_PER_MS);
      log.push('worker ended');
    });
    ddi.KeWaitForSingleObject(inner, null);
    log.push('plain code goes on');
    expect(ddi.KeDelayExecutionThread(-2 * UNITS_PER_MS)).toBe(STATUS_SUCCESS);
    expect(log).toEqual(['timer at 2', 'plain code goes on', 'worker ended']);
    expect(kernel.clock.now).toBe(4 * MS);
    expect(ddi.KeWaitForSingleObject(inner, 0)).toBe(STATUS_SUCCESS);
  });

  it('that nothing can end is a deadlock, and so is one that nothing ends for a minute', () => {
    const { ddi } = boot();
    const event = ddi.KeInitializeEvent('notification', false, 'godot');
    expect(() => ddi.KeWaitForSingleObject(event, null)).toThrow(
      'deadlock: synchronous code waits for godot and nothing is left that could happen',
    );
    const ticking = boot().ddi;
    const timer = ticking.KeInitializeTimerEx('notification');
    ticking.KeSetTimerEx(timer, -1, 1_000, null);
    const never = ticking.KeInitializeEvent('notification', false);
    expect(() => ticking.KeWaitForSingleObject(never, null)).toThrow('ended that for 60 s');
  });

  it('keeps the APC_LEVEL of the waiter, and lets others run at PASSIVE_LEVEL', () => {
    const { ddi, log } = boot();
    ddi.PsCreateSystemThread('other', 8, function* (): ThreadGenerator {
      log.push(`other at ${ddi.KeGetCurrentIrql()}`);
      yield ddi.delay(1);
    });
    ddi.KeRaiseIrql(1);
    ddi.KeDelayExecutionThread(-10);
    expect(ddi.KeGetCurrentIrql()).toBe(1);
    expect(log).toEqual(['other at 0']);
  });
});

describe('stalling', () => {
  it('passes time, runs DPCs below DISPATCH_LEVEL, and no threads', () => {
    const { kernel, ddi, log } = boot();
    const timer = ddi.KeInitializeTimerEx('notification');
    ddi.KeSetTimerEx(
      timer,
      -10,
      0,
      ddi.KeInitializeDpc(() => log.push('dpc'), null),
    );
    ddi.PsCreateSystemThread('thread', 8, function* (): ThreadGenerator {
      yield ddi.delay(0);
      log.push('thread');
    });
    ddi.KeStallExecutionProcessor(50);
    expect(log).toEqual(['dpc']);
    expect(kernel.clock.now).toBe(50_000);
    expect(ddi.KeQueryPerformanceCounter()).toBe(500);
    expect(ddi.KeQueryInterruptTime()).toBe(500);
    expect(ddi.KeQuerySystemTime()).toBe(500);
  });
});

describe('runUntil', () => {
  it('stops when the predicate holds, or at its limit', () => {
    const { kernel, ddi } = boot();
    const timer = ddi.KeInitializeTimerEx('notification');
    ddi.KeSetTimerEx(timer, -UNITS_PER_MS, 0, null);
    expect(kernel.runUntil(() => timer.isSignalled, 5 * MS)).toBe(true);
    expect(kernel.clock.now).toBe(MS);
    expect(kernel.runUntil(() => false, 5 * MS)).toBe(false);
    expect(kernel.clock.now).toBe(5 * MS);
  });
});
