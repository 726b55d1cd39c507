import { describe, expect, it } from 'vitest';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import type { DeviceLine } from '../interrupt-vector.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../irql.ts';
import { Kernel } from '../kernel.ts';
import type { ThreadGenerator } from './thread.ts';
import type { KernelTimingConfig } from './timing.ts';
import { WakeChains } from './wake-chain.ts';

const US = 1_000;
const fixed = (ns: number) => ({ kind: 'fixed', ns }) as const;

function boot(timing?: KernelTimingConfig, seed = 1) {
  const clock = new Clock();
  const trace = new Trace(clock, { rows: 4096 });
  const kernel = new Kernel({
    clock,
    trace,
    random: new Random(seed),
    ramBytes: 1 << 20,
    ...(timing === undefined ? {} : { timing }),
  });
  return { kernel, clock, trace, ddi: kernelDdi(kernel), log: [] as string[] };
}

type Booted = ReturnType<typeof boot>;

/** A device whose interrupt reaches a thread through a DPC and an event; each step is logged. */
function connect({ clock, ddi, kernel, log }: Booted, levelSensitive = true, stallUs = 0) {
  const line: DeviceLine = kernel.interrupts.line(7, 5, 'device');
  const event = ddi.KeInitializeEvent('synchronization', false);
  const dpc = ddi.KeInitializeDpc(() => {
    log.push(`dpc ${clock.now}`);
    if (stallUs > 0) ddi.KeStallExecutionProcessor(stallUs);
    ddi.KeSetEvent(event);
  }, null);
  const interrupt = kernel.interrupts.connect({
    vector: 7,
    irql: 5,
    shareVector: false,
    levelSensitive,
    context: null,
    serviceRoutine: () => {
      log.push(`isr ${clock.now}`);
      line.deassert();
      ddi.KeInsertQueueDpc(dpc);
      return true;
    },
  });
  if (interrupt === null) throw new Error('not connected');
  const thread = ddi.PsCreateSystemThread('client', 16, function* (): ThreadGenerator {
    for (;;) {
      yield ddi.waitFor(event, null);
      log.push(`thread ${clock.now}`);
    }
  });
  kernel.run(0);
  return { line, interrupt, thread };
}

describe('delays', () => {
  it('hold back the interrupt, the DPC and the thread, each for its time', () => {
    const machine = boot({
      interruptDelay: fixed(3 * US),
      dpcDelay: fixed(5 * US),
      wakeUpDelay: fixed(7 * US),
    });
    const { line, thread } = connect(machine);
    const chains = new WakeChains(machine.clock);
    if (machine.kernel.timing !== null) machine.kernel.timing.observer = chains;
    machine.kernel.run(100 * US);
    line.assert();
    machine.kernel.run(200 * US);
    expect(machine.log).toEqual(['isr 103000', 'dpc 108000', 'thread 115000']);
    expect(chains.of(thread)).toMatchObject({
      originNs: 100 * US,
      interruptLateNs: 3 * US,
      dpcLateNs: 5 * US,
      wakeUpLateNs: 7 * US,
      timerLateNs: 0,
      driverNs: 0,
    });
  });

  it('are measured as they were, whatever caused them', () => {
    const machine = boot({});
    const { line, thread } = connect(machine, true, 4);
    const chains = new WakeChains(machine.clock);
    if (machine.kernel.timing !== null) machine.kernel.timing.observer = chains;
    const { ddi } = machine;
    const busy = ddi.KeRaiseIrql(6);
    line.assert();
    ddi.KeStallExecutionProcessor(10);
    const stalling = ddi.KeInitializeDpc(() => ddi.KeStallExecutionProcessor(20), null);
    ddi.KeInsertQueueDpc(stalling);
    ddi.KeLowerIrql(busy);
    machine.kernel.run(100 * US);
    // The stalling DPC was queued before the interrupt was served.
    expect(machine.log).toEqual(['isr 10000', 'dpc 30000', 'thread 34000']);
    expect(chains.of(thread)).toMatchObject({
      originNs: 0,
      interruptLateNs: 10 * US,
      dpcLateNs: 20 * US,
      wakeUpLateNs: 0,
      driverNs: 4 * US,
    });
  });

  it('are one for an interrupt that is on its way, and none when it is withdrawn', () => {
    const machine = boot({ interruptDelay: fixed(3 * US) });
    const { line } = connect(machine);
    line.assert();
    machine.kernel.run(2 * US);
    line.deassert();
    expect(machine.clock.pending).toEqual([]);
    machine.kernel.run(2_500);
    line.assert();
    machine.kernel.run(20 * US);
    expect(machine.log[0]).toBe('isr 5500');
  });

  it('are one for all lines of a vector that rise while it is on its way', () => {
    const machine = boot({ interruptDelay: fixed(3 * US) });
    const { line } = connect(machine);
    const other = machine.kernel.interrupts.line(7, 5, 'other device');
    line.assert();
    machine.kernel.run(2 * US);
    other.assert();
    other.deassert();
    machine.kernel.run(20 * US);
    expect(machine.log[0]).toBe('isr 3000');
  });

  it('are none for what rises while an interrupt waits for the level, or is served', () => {
    const machine = boot({ interruptDelay: fixed(3 * US) });
    const { ddi, kernel, log } = machine;
    const { line } = connect(machine);
    const other = kernel.interrupts.line(7, 5, 'other device');
    const old = ddi.KeRaiseIrql(5);
    line.assert();
    ddi.KeStallExecutionProcessor(4);
    other.assert();
    other.deassert();
    ddi.KeLowerIrql(old);
    expect(log[0]).toBe('isr 4000');
    const edge = kernel.interrupts.line(8, 6, 'edge');
    const served: number[] = [];
    kernel.interrupts.connect({
      vector: 8,
      irql: 6,
      shareVector: false,
      levelSensitive: false,
      context: null,
      serviceRoutine: () => {
        served.push(machine.clock.now);
        edge.deassert();
        if (served.length === 1) edge.assert();
        return true;
      },
    });
    edge.assert();
    kernel.run(20 * US);
    expect(served).toEqual([7 * US, 7 * US]);
  });

  it('keep an edge, and lose it with its last connection', () => {
    const machine = boot({ interruptDelay: fixed(3 * US) });
    const { interrupt, line } = connect(machine, false);
    line.assert();
    line.deassert();
    machine.kernel.run(4 * US);
    expect(machine.log[0]).toBe('isr 3000');
    line.assert();
    machine.kernel.interrupts.disconnect(interrupt);
    expect(machine.clock.pending).toEqual([]);
    machine.kernel.run(10 * US);
    expect(machine.log.filter((line) => line.startsWith('isr'))).toHaveLength(1);
  });

  it('are one for a whole queue of DPCs, and end with the last that is taken out', () => {
    const machine = boot({ dpcDelay: fixed(5 * US) });
    const { clock, ddi, kernel, log } = machine;
    const [a, b] = ['a', 'b'].map((name) =>
      ddi.KeInitializeDpc(() => log.push(`${name} ${clock.now} ${ddi.KeGetCurrentIrql()}`), null),
    );
    if (a === undefined || b === undefined) throw new Error('two DPCs');
    ddi.KeInsertQueueDpc(a);
    kernel.run(4 * US);
    ddi.KeInsertQueueDpc(b);
    kernel.run(6 * US);
    expect(log).toEqual([`a 5000 ${DISPATCH_LEVEL}`, `b 5000 ${DISPATCH_LEVEL}`]);
    ddi.KeInsertQueueDpc(a);
    ddi.KeRemoveQueueDpc(a);
    expect(clock.pending).toEqual([]);
    // Above DISPATCH_LEVEL when the delay is over: the queue waits for the level to fall.
    ddi.KeInsertQueueDpc(a);
    ddi.KeRaiseIrql(DISPATCH_LEVEL);
    ddi.KeStallExecutionProcessor(8);
    expect(log).toHaveLength(2);
    ddi.KeLowerIrql(PASSIVE_LEVEL);
    expect(log.at(-1)).toBe('a 14000 2');
  });

  it('hold back synchronous waits too, while others run', () => {
    const machine = boot({ wakeUpDelay: fixed(7 * US) });
    const { clock, ddi } = machine;
    const event = ddi.KeInitializeEvent('notification', true);
    expect(ddi.KeWaitForSingleObject(event, null)).toBe(0);
    expect(clock.now).toBe(0);
    let other = -1;
    const dpc = ddi.KeInitializeDpc(() => {
      other = clock.now;
    }, null);
    ddi.KeSetTimerEx(ddi.KeInitializeTimerEx('notification'), -140, 0, dpc);
    ddi.KeDelayExecutionThread(-100);
    expect([clock.now, other]).toEqual([17 * US, 14 * US]);
  });

  it('of a timer count from the time asked for, through its DPC', () => {
    const machine = boot({ timerResolution100ns: 10_000, dpcDelay: fixed(5 * US) });
    const { ddi, kernel } = machine;
    const chains = new WakeChains(machine.clock);
    if (kernel.timing !== null) kernel.timing.observer = chains;
    const timer = ddi.KeInitializeTimerEx('synchronization');
    const thread = ddi.PsCreateSystemThread('client', 16, function* (): ThreadGenerator {
      yield ddi.waitFor(timer, null);
      yield ddi.delay(2_000);
      yield ddi.waitFor(timer, null);
    });
    kernel.run(0);
    ddi.KeSetTimerEx(timer, 16_000, 0, null);
    kernel.run(2_100 * US);
    const found = { timerLateNs: 400 * US, dpcLateNs: 5 * US, originNs: 1_600 * US };
    expect(chains.of(thread)).toMatchObject(found);
    kernel.run(3_100 * US);
    // 0.2 ms from 2.005 ms on are over at the tick of 3 ms.
    const slept = { timerLateNs: 795 * US, dpcLateNs: 0, originNs: 2_205 * US };
    expect(chains.of(thread)).toMatchObject(slept);
  });
});

describe('the same seed', () => {
  const jitter = { kind: 'uniform', leastNs: 0, mostNs: 50 * US } as const;
  const run = (timing: KernelTimingConfig | undefined, seed: number): string[] => {
    const machine = boot(timing, seed);
    const { line } = connect(machine);
    for (let period = 1; period <= 20; period++) {
      machine.kernel.run(period * 1_000 * US);
      line.assert();
    }
    machine.kernel.run(30_000 * US);
    return machine.trace.tail();
  };

  it('gives the same trace to the byte, another seed another', () => {
    const timing = { interruptDelay: jitter, dpcDelay: jitter, wakeUpDelay: jitter };
    expect(run(timing, 3)).toEqual(run(timing, 3));
    expect(run(timing, 3)).not.toEqual(run(timing, 4));
  });

  it('gives, without delays, the trace of a machine that has no timing', () => {
    expect(run({}, 3)).toEqual(run(undefined, 3));
  });
});
