import { describe, expect, it } from 'vitest';
import { Out } from '../../base/out.ts';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import { DISPATCH_LEVEL } from '../irql.ts';
import { Kernel } from '../kernel.ts';
import type { ThreadGenerator } from './thread.ts';

const MS = 1_000_000;
const TICK_NS = 15_625_000;
const UNITS_PER_MS = 10_000;

function boot(timerResolution100ns?: number) {
  const clock = new Clock();
  const kernel = new Kernel({
    clock,
    trace: new Trace(clock),
    random: new Random(1),
    ramBytes: 1 << 20,
    ...(timerResolution100ns === undefined ? {} : { timing: { timerResolution100ns } }),
  });
  return { kernel, ddi: kernelDdi(kernel), clock };
}

/** When a timer that is set at `atNs` expires. */
function expiryOf(machine: ReturnType<typeof boot>, atNs: number, due100ns: number): number {
  const { clock, ddi, kernel } = machine;
  let expiredNs = -1;
  const dpc = ddi.KeInitializeDpc(() => {
    expiredNs = clock.now;
  }, null);
  const timer = ddi.KeInitializeTimerEx('notification');
  kernel.run(atNs);
  ddi.KeSetTimerEx(timer, due100ns, 0, dpc);
  kernel.run(atNs + 100 * MS);
  return expiredNs;
}

describe('the ticks of the system clock', () => {
  it('are when timers expire: up to one tick late, and relative ones up to one early', () => {
    expect(expiryOf(boot(156_250), 0, 20 * UNITS_PER_MS)).toBe(2 * TICK_NS);
    // Relative to the latest tick, which lies 10 ms back: 10 + 20 ms are due before the second.
    expect(expiryOf(boot(156_250), 10 * MS, -20 * UNITS_PER_MS)).toBe(2 * TICK_NS);
    expect(expiryOf(boot(156_250), 15 * MS, -16 * UNITS_PER_MS)).toBe(2 * TICK_NS);
    expect(expiryOf(boot(10_000), 10.5 * MS, -3 * UNITS_PER_MS)).toBe(13 * MS);
    expect(expiryOf(boot(5_000), 10.6 * MS, -3 * UNITS_PER_MS)).toBe(13.5 * MS);
    expect(expiryOf(boot(156_250), TICK_NS, -156_250)).toBe(2 * TICK_NS);
    // What is past by the system's own time expires at once.
    expect(expiryOf(boot(156_250), 20 * MS, 15 * UNITS_PER_MS)).toBe(20 * MS);
    expect(expiryOf(boot(156_250), 20 * MS, 16 * UNITS_PER_MS)).toBe(2 * TICK_NS);
    expect(expiryOf(boot(), 10.6 * MS, -3 * UNITS_PER_MS)).toBe(13.6 * MS);
  });

  it('are when waits for an object end, and delays, which never end early', () => {
    const { clock, ddi, kernel } = boot(156_250);
    const ends: number[] = [];
    const event = ddi.KeInitializeEvent('notification', false);
    ddi.PsCreateSystemThread('waits', 8, function* (): ThreadGenerator {
      yield ddi.waitFor(event, -10 * UNITS_PER_MS);
      ends.push(clock.now);
      ddi.KeStallExecutionProcessor(10_000);
      yield ddi.waitFor(event, -10 * UNITS_PER_MS);
      ends.push(clock.now);
      ddi.KeStallExecutionProcessor(10_000);
      yield ddi.delay(10 * UNITS_PER_MS);
      ends.push(clock.now);
    });
    kernel.run(200 * MS);
    // Set at a tick; 10 ms behind one, twice: the wait counts from the tick, the delay from now.
    expect(ends).toEqual([TICK_NS, 2 * TICK_NS, 4 * TICK_NS]);
  });

  it('are the only times at which the system time steps; the performance counter always does', () => {
    const { ddi, kernel } = boot(10_000);
    kernel.run(2.75 * MS);
    expect(ddi.KeQueryInterruptTime()).toBe(2 * UNITS_PER_MS);
    expect(ddi.KeQuerySystemTime()).toBe(2 * UNITS_PER_MS);
    expect(ddi.KeQueryPerformanceCounter()).toBe(2.75 * UNITS_PER_MS);
  });

  it('repeat a periodic timer without adding up what they round', () => {
    const { clock, ddi, kernel } = boot(156_250);
    const expiries: number[] = [];
    const dpc = ddi.KeInitializeDpc(() => expiries.push(clock.now / TICK_NS), null);
    const timer = ddi.KeInitializeTimerEx('synchronization');
    ddi.KeSetTimerEx(timer, -20 * UNITS_PER_MS, 20, dpc);
    kernel.run(13 * TICK_NS);
    // 20, 40, 60 ... 200 ms at the next tick of 15.625 ms.
    expect(expiries).toEqual([2, 3, 4, 6, 7, 8, 9, 11, 12, 13]);
    ddi.KeCancelTimer(timer);
    expect(clock.pending).toEqual([]);
  });
});

describe('the timer resolution', () => {
  it('is as fine as the finest request, and the default when all are taken back', () => {
    const { ddi, kernel } = boot(156_250);
    expect(ddi.KeQueryTimeIncrement()).toBe(156_250);
    expect(ddi.ExSetTimerResolution(10_000, true)).toBe(10_000);
    expect(ddi.ExSetTimerResolution(50_000, true)).toBe(10_000);
    expect(ddi.ExSetTimerResolution(1, true)).toBe(5_000);
    expect(kernel.outstanding()).toEqual(['timer resolution requested 3 times']);
    expect(ddi.ExSetTimerResolution(0, false)).toBe(5_000);
    expect(ddi.ExSetTimerResolution(0, false)).toBe(5_000);
    expect(ddi.ExSetTimerResolution(0, false)).toBe(156_250);
    expect(ddi.ExSetTimerResolution(0, false)).toBe(156_250);
    expect(kernel.outstanding()).toEqual([]);
    const [maximum, minimum, current] = [new Out(0), new Out(0), new Out(0)];
    ddi.ExQueryTimerResolution(maximum, minimum, current);
    expect([maximum.value, minimum.value, current.value]).toEqual([156_250, 5_000, 156_250]);
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    expect(() => ddi.ExSetTimerResolution(10_000, true)).toThrow(/IRQL_NOT_LESS_OR_EQUAL/);
  });

  it('moves the timers that are set already, to sooner and to later', () => {
    const { clock, ddi, kernel } = boot(156_250);
    const expiries: number[] = [];
    const dpc = ddi.KeInitializeDpc(() => expiries.push(clock.now), null);
    const [first, second] = [1, 2].map(() => ddi.KeInitializeTimerEx('notification'));
    if (first === undefined || second === undefined) throw new Error('two timers');
    ddi.KeSetTimerEx(first, 4 * UNITS_PER_MS, 0, dpc);
    ddi.KeSetTimerEx(second, 9 * UNITS_PER_MS, 0, dpc);
    kernel.run(2.5 * MS);
    ddi.ExSetTimerResolution(10_000, true);
    kernel.run(6.5 * MS);
    ddi.ExSetTimerResolution(0, false);
    kernel.run(40 * MS);
    // The ticks of 15.625 ms go on from the last fine one, at 6 ms.
    expect(expiries).toEqual([4 * MS, 6 * MS + TICK_NS]);
  });

  it('moves no timer that was cancelled', () => {
    const { clock, ddi, kernel } = boot(156_250);
    let expiries = 0;
    const dpc = ddi.KeInitializeDpc(() => expiries++, null);
    const timer = ddi.KeInitializeTimerEx('notification');
    ddi.KeSetTimerEx(timer, 20 * UNITS_PER_MS, 0, dpc);
    expect(ddi.KeCancelTimer(timer)).toBe(true);
    ddi.ExSetTimerResolution(10_000, true);
    expect(clock.pending).toEqual([]);
    ddi.ExSetTimerResolution(0, false);
    kernel.run(100 * MS);
    expect(expiries).toBe(0);
  });

  it.each([4_999, 156_251, 10_000.5])('cannot be %d', (resolution) => {
    expect(() => boot(resolution)).toThrow(/timerResolution100ns is a whole number of 5000 to/);
  });
});
