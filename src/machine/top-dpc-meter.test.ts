/** DPCs by a clock that the test turns, and by the machine's own. */
import { describe, expect, it } from 'vitest';
import { defined } from '../base/assert.ts';
import { kernelDdi } from '../kernel/ddi/kernel-routines.ts';
import { Kernel, type KernelConfig } from '../kernel/kernel.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import { DpcMeter } from './top-dpc-meter.ts';

function boot(config: Pick<KernelConfig, 'timing'> = { timing: {} }) {
  const clock = new Clock();
  const kernel = new Kernel({ clock, trace: new Trace(clock), random: new Random(1), ...config });
  return { kernel, ddi: kernelDdi(kernel) };
}

describe('the DPC meter', () => {
  it('counts DPCs, and the time that passes in them and nowhere else', () => {
    const { ddi, kernel } = boot();
    const meter = DpcMeter.attach(kernel, () => kernel.clock.now);
    const stalls = ddi.KeInitializeDpc(() => ddi.KeStallExecutionProcessor(40), null);
    ddi.KeInsertQueueDpc(stalls);
    expect([meter.count, meter.spentNs]).toEqual([1, 40_000]);
    ddi.KeStallExecutionProcessor(1000);
    ddi.KeInsertQueueDpc(stalls);
    expect([meter.count, meter.spentNs]).toEqual([2, 80_000]);
  });

  it('leaves out service routines that interrupt a DPC, one in the other, and those outside', () => {
    let nowNs = 0;
    const meter = DpcMeter.attach(boot().kernel, () => nowNs);
    meter.serviceBegan();
    nowNs += 1000;
    meter.serviceEnded();
    meter.dpcBegan();
    nowNs += 10;
    meter.serviceBegan();
    nowNs += 200;
    meter.serviceBegan();
    nowNs += 3000;
    meter.serviceEnded();
    nowNs += 40_000;
    meter.serviceEnded();
    nowNs += 5;
    meter.dpcEnded();
    expect([meter.count, meter.spentNs]).toEqual([1, 15]);
  });

  it('stands beside who watches already', () => {
    const { ddi, kernel } = boot();
    const told: string[] = [];
    const note = (name: string) => () => told.push(name);
    defined(kernel.timing, 'timing').observer = {
      lineAsserted: note('line'),
      serviceBegan: note('service'),
      serviceEnded: note('service over'),
      timerExpired: note('timer'),
      timerHandled: note('timer over'),
      dpcQueued: note('queued'),
      dpcBegan: note('DPC'),
      dpcEnded: note('DPC over'),
      threadWoken: note('woken'),
      threadBegan: note('thread'),
      threadEnded: note('thread over'),
    };
    const meter = DpcMeter.attach(kernel, () => kernel.clock.now);
    ddi.KeInsertQueueDpc(ddi.KeInitializeDpc(() => undefined, null));
    expect([meter.count, told]).toEqual([1, ['queued', 'DPC', 'DPC over']]);
  });

  it('needs a machine with a timing, and says so', () => {
    const { kernel } = boot({});
    expect(() => DpcMeter.attach(kernel, () => 0)).toThrow(/boot it with `timing: \{\}`/);
  });
});
