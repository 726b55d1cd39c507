import { describe, expect, it } from 'vitest';
import { Out } from '../base/out.ts';
import { Alarm, Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import { kernelDdi } from './ddi/kernel-routines.ts';
import type { InterruptConnection, Kinterrupt } from './interrupt-vector.ts';
import { Kernel } from './kernel.ts';

const VECTOR = 17;
const DIRQL = 6;

function boot() {
  const clock = new Clock();
  const trace = new Trace(clock);
  const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
  const ddi = kernelDdi(kernel);
  const line = kernel.interrupts.line(VECTOR, DIRQL, 'card');
  const connect = (
    serviceRoutine: InterruptConnection['serviceRoutine'],
    change: Partial<InterruptConnection> = {},
  ): Kinterrupt => {
    const out = new Out<Kinterrupt | null>(null);
    const status = ddi.IoConnectInterrupt(out, {
      vector: VECTOR,
      irql: DIRQL,
      shareVector: true,
      levelSensitive: true,
      serviceRoutine,
      context: null,
      ...change,
    });
    if (out.value === null) throw new Error(`not connected: ${status}`);
    return out.value;
  };
  return { kernel, ddi, line, connect, log: [] as string[] };
}

describe('a level interrupt', () => {
  it('is served at DIRQL in the midst of code below it, and its DPC right after', () => {
    const { ddi, line, connect, log } = boot();
    const dpc = ddi.KeInitializeDpc(() => log.push(`dpc ${ddi.KeGetCurrentIrql()}`), null);
    connect(() => {
      log.push(`isr ${ddi.KeGetCurrentIrql()}`);
      ddi.KeInsertQueueDpc(dpc);
      line.deassert();
      return true;
    });
    line.assert();
    log.push('code');
    expect(log).toEqual(['isr 6', 'dpc 2', 'code']);
  });

  it('waits while the IRQL is at its own or above, and interrupts a DPC', () => {
    const { kernel, ddi, line, connect, log } = boot();
    connect(() => {
      log.push('isr');
      line.deassert();
      return true;
    });
    ddi.KeRaiseIrql(DIRQL);
    line.assert();
    log.push('raised');
    ddi.KeLowerIrql(0);
    const dpc = ddi.KeInitializeDpc(() => {
      line.assert();
      log.push('dpc');
    }, null);
    ddi.KeInsertQueueDpc(dpc);
    expect(log).toEqual(['raised', 'isr', 'isr', 'dpc']);
    expect(kernel.interrupts.counters(VECTOR)).toMatchObject({ delivered: 2, claimed: 2 });
  });

  it('stops at the routine that claims, and looks again [VER-DPC-005]', () => {
    const { kernel, line, connect, log } = boot();
    const second = kernel.interrupts.line(VECTOR, DIRQL, 'other card');
    let firstWants = false;
    connect(() => {
      log.push('first');
      if (!firstWants) return false;
      firstWants = false;
      line.deassert();
      return true;
    });
    connect(() => {
      log.push('second');
      second.deassert();
      return true;
    });
    firstWants = true;
    kernel.irql.raise(DIRQL);
    line.assert();
    second.assert();
    kernel.irql.lower(0);
    expect(log).toEqual(['first', 'first', 'second']);
  });

  it('that nobody claims, or that does not fall, is a storm', () => {
    const unclaimed = boot();
    unclaimed.connect(() => false);
    expect(() => unclaimed.line.assert()).toThrow(/HARDWARE_INTERRUPT_STORM .*nobody claims/);
    const stuck = boot();
    stuck.connect(() => true);
    expect(() => stuck.line.assert()).toThrow(/HARDWARE_INTERRUPT_STORM .*1000 claimed/);
  });

  it('counts as spurious when it falls though nobody claimed it', () => {
    const { kernel, line, connect } = boot();
    connect(() => {
      line.deassert();
      return false;
    });
    kernel.clock.advanceTo(700);
    line.assert();
    expect(kernel.interrupts.counters(VECTOR)).toEqual({
      delivered: 1,
      claimed: 0,
      spurious: 1,
      assertedAtNs: 700,
    });
    expect(kernel.interrupts.counters(99)).toBeNull();
  });

  it('stays pending while nobody is connected, and stops when disconnected', () => {
    const { kernel, ddi, line, connect, log } = boot();
    line.assert();
    line.assert();
    const interrupt = connect(() => {
      log.push('isr');
      line.deassert();
      return true;
    });
    expect(log).toEqual(['isr']);
    expect(kernel.outstanding()).toEqual([`connected interrupt on vector ${VECTOR}`]);
    ddi.IoDisconnectInterrupt(interrupt);
    line.assert();
    expect(log).toEqual(['isr']);
    expect(kernel.outstanding()).toEqual([]);
    expect(() => kernel.interrupts.disconnect(interrupt)).toThrow('disconnected twice');
  });

  it('of a higher level interrupts the service of a lower one', () => {
    const { kernel, line, connect, log } = boot();
    const high = kernel.interrupts.line(40, 9, 'high');
    connect(
      () => {
        log.push(`high ${kernel.irql.current}`);
        high.deassert();
        return true;
      },
      { vector: 40, irql: 9 },
    );
    connect(() => {
      high.assert();
      line.deassert();
      log.push('low');
      return true;
    });
    line.assert();
    expect(log).toEqual(['high 9', 'low']);
  });
});

describe('an edge interrupt', () => {
  it('runs every routine once per edge, claimed or not', () => {
    const { line, connect, log, kernel } = boot();
    for (const name of ['a', 'b']) {
      connect(() => log.push(name) === 1, { levelSensitive: false });
    }
    line.assert();
    line.deassert();
    line.assert();
    expect(log).toEqual(['a', 'b', 'a', 'b']);
    expect(kernel.interrupts.counters(VECTOR)).toMatchObject({ claimed: 1, spurious: 1 });
  });
});

describe('connecting', () => {
  it('is refused for a vector without a line, another level, or a clash of modes', () => {
    const { ddi, kernel, connect } = boot();
    connect(() => true);
    const base = { vector: VECTOR, irql: DIRQL, shareVector: true, levelSensitive: true };
    const attempt = (change: Partial<InterruptConnection>) => {
      const out = new Out<Kinterrupt | null>(null);
      const isr = { serviceRoutine: () => true, context: null };
      return ddi.IoConnectInterrupt(out, { ...base, ...isr, ...change });
    };
    expect(attempt({})).toBe(STATUS_SUCCESS);
    for (const bad of [
      { vector: 1 },
      { irql: 5 },
      { shareVector: false },
      { levelSensitive: false },
      { synchronizeIrql: 5 },
      { synchronizeIrql: 12 },
    ]) {
      expect(attempt(bad), JSON.stringify(bad)).toBe(STATUS_INVALID_PARAMETER);
    }
    expect(() => kernel.interrupts.line(VECTOR, 7, 'x')).toThrow(`vector ${VECTOR} has level 6`);
    expect(() => kernel.interrupts.line(3, 12, 'x')).toThrow('12 is not a device level');
  });
});

describe('KeSynchronizeExecution', () => {
  it('keeps the service routine out while the routine runs [PCL-IS-012]', () => {
    const { ddi, line, connect, log } = boot();
    const interrupt = connect(() => {
      log.push('isr');
      line.deassert();
      return true;
    });
    const result = ddi.KeSynchronizeExecution(
      interrupt,
      (context) => {
        line.assert();
        log.push(`${context} at ${ddi.KeGetCurrentIrql()}`);
        return true;
      },
      'routine',
    );
    expect(result).toBe(true);
    expect(log).toEqual(['routine at 6', 'isr']);
  });

  it('is not called above the level, from the routine itself, nor left at another', () => {
    const { ddi, connect } = boot();
    const interrupt = connect(() => true);
    const again = () => ddi.KeSynchronizeExecution(interrupt, () => true, null);
    expect(() => ddi.KeSynchronizeExecution(interrupt, again, null)).toThrow(
      'SPIN_LOCK_ALREADY_OWNED',
    );
    const other = boot();
    const left = other.connect(() => true);
    const raises = () => other.ddi.KeRaiseIrql(9) > 0;
    expect(() => other.ddi.KeSynchronizeExecution(left, raises, null)).toThrow(
      'IRQL_UNEXPECTED_VALUE',
    );
    const above = boot();
    const high = above.connect(() => true);
    above.ddi.KeRaiseIrql(7);
    expect(() => above.ddi.KeSynchronizeExecution(high, () => true, null)).toThrow(
      'KeSynchronizeExecution at IRQL 7',
    );
  });
});

describe('an ISR', () => {
  it('returns at the level it was called at [VER-IRQL-020]', () => {
    const { ddi, line, connect } = boot();
    connect(() => ddi.KeRaiseIrql(9) > 0);
    expect(() => line.assert()).toThrow(/IRQL_UNEXPECTED_VALUE .*returned at IRQL 9/);
  });

  it('comes while other code stalls below its level, and not above', () => {
    const { kernel, ddi, line, connect, log } = boot();
    connect(() => {
      log.push(`isr at ${kernel.clock.now}`);
      line.deassert();
      return true;
    });
    const alarm = new Alarm(kernel.clock, 'card', () => line.assert());
    alarm.set(1_000);
    ddi.KeStallExecutionProcessor(5);
    alarm.set(6_000);
    ddi.KeRaiseIrql(DIRQL);
    ddi.KeStallExecutionProcessor(5);
    ddi.KeLowerIrql(0);
    expect(log).toEqual(['isr at 1000', 'isr at 10000']);
  });
});
