import { describe, expect, it } from 'vitest';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import { BugCheck, bugCheckName } from './bug-check.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from './irql.ts';
import { Kernel } from './kernel.ts';

function boot(): Kernel {
  const clock = new Clock();
  return new Kernel({ clock, trace: new Trace(clock), random: new Random(1), ramBytes: 1 << 20 });
}

describe('the IRQL', () => {
  it('goes up with raise, which tells the old level, and down with lower', () => {
    const { irql } = boot();
    expect(irql.raise(DISPATCH_LEVEL)).toBe(PASSIVE_LEVEL);
    expect(irql.raise(DISPATCH_LEVEL)).toBe(DISPATCH_LEVEL);
    irql.lower(PASSIVE_LEVEL);
    expect(irql.current).toBe(PASSIVE_LEVEL);
  });

  it('is not raised downwards, lowered upwards or taken past HIGH_LEVEL [VER-IRQL-014]', () => {
    const { irql } = boot();
    expect(() => irql.raise(16)).toThrow('IRQL_NOT_GREATER_OR_EQUAL (0x9)');
    irql.raise(DISPATCH_LEVEL);
    expect(() => irql.raise(1)).toThrow('IRQL_NOT_GREATER_OR_EQUAL (0x9)');
    expect(() => irql.lower(3)).toThrow('IRQL_NOT_LESS_OR_EQUAL (0xA)');
    expect(() => irql.lower(-1)).toThrow('IRQL_NOT_LESS_OR_EQUAL (0xA)');
  });

  it('runs queued DPCs when it falls below DISPATCH_LEVEL, and not before', () => {
    const kernel = boot();
    const { irql, dpcs } = kernel;
    irql.raise(5);
    const timer = kernel.createTimer('t', 'notification');
    timer.set(0, 0, null);
    kernel.clock.step();
    expect(dpcs.pendingLevel).toBe(DISPATCH_LEVEL);
    irql.lower(DISPATCH_LEVEL);
    expect(timer.isSignalled).toBe(false);
    irql.lower(PASSIVE_LEVEL);
    expect(timer.isSignalled).toBe(true);
  });
});

describe('a bug check', () => {
  it('says its code, parameters, IRQL, time, and what happened before', () => {
    const kernel = boot();
    kernel.clock.advanceTo(1_500);
    kernel.irql.raise(2);
    let caught: unknown = null;
    try {
      kernel.bugCheck(0xd1, 1, 2, 3, 4, 'why');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BugCheck);
    expect(caught).toMatchObject({
      code: 0xd1,
      codeName: 'DRIVER_IRQL_NOT_LESS_OR_EQUAL',
      parameters: [1, 2, 3, 4],
      irql: 2,
      timeNs: 1_500,
      detail: 'why',
      traceTail: ['0000.000001500 bug check code=0xd1 p1=0x1 p2=0x2 p3=0x3'],
    });
    expect(bugCheckName(0xabc)).toBe('0xABC');
  });
});
