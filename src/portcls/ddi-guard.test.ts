import { beforeEach, describe, expect, it } from 'vitest';
import { DISPATCH_LEVEL } from '../kernel/irql.ts';
import { Kernel } from '../kernel/kernel.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace } from '../sim/trace.ts';
import { call, declareInterface, type InterfaceType, input, kind } from './ddi/declare.ts';
import { ComObject, IID_IUnknown, IID_IUnknownCom } from './ddi/unknown.ts';
import { DdiGuard } from './ddi-guard.ts';

const ULONG = kind<number>('ULONG');

const IID_ISum = declareInterface('ISum', '{4D7A1E20-6C3F-4B58-9E21-0A5B6C7D8E90}', IID_IUnknown, {
  zero: call(ULONG, []),
  one: call(ULONG, [input('A', ULONG)], { maxIrql: DISPATCH_LEVEL }),
  two: call(ULONG, [input('A', ULONG), input('B', ULONG)]),
  three: call(ULONG, [input('A', ULONG), input('B', ULONG), input('C', ULONG)]),
});
type ISum = InterfaceType<typeof IID_ISum>;
const IID_IOther = declareInterface(
  'IOther',
  '{4D7A1E21-6C3F-4B58-9E21-0A5B6C7D8E90}',
  IID_IUnknown,
  { other: call(ULONG, []) },
);

class Sum extends ComObject implements ISum {
  base = 100;

  zero(): number {
    return this.base;
  }

  one(a: number): number {
    return this.base + a;
  }

  two(a: number, b: number): number {
    return this.base + a + b;
  }

  three(a: number, b: number, c: number): number {
    return this.base + a + b + c;
  }
}

let kernel: Kernel;
let guard: DdiGuard;
let target: Sum;
let sum: ISum;

beforeEach(() => {
  const clock = new Clock();
  kernel = new Kernel({ clock, trace: new Trace(clock), random: new Random(1), ramBytes: 1 << 20 });
  guard = new DdiGuard(kernel);
  target = new Sum(kernel, 'test', 'sum', [IID_ISum]);
  sum = guard.guard(IID_ISum, target);
});

const ddiRows = (): string[] =>
  kernel.trace
    .tail()
    .filter((line) => line.includes(' ddi '))
    .map((line) => line.replace(/^\S+ ddi /, ''));

describe('the guard of an interface', () => {
  it('calls the real method with every argument, and gives its result', () => {
    expect([sum.zero(), sum.one(1), sum.two(1, 2), sum.three(1, 2, 3)]).toEqual([
      100, 101, 103, 106,
    ]);
    target.base = 0;
    expect(sum.zero()).toBe(0);
  });

  it('is the same for the same object and interface, also when it is guarded again', () => {
    expect(guard.guard(IID_ISum, target)).toBe(sum);
    expect(guard.guard(IID_ISum, sum)).toBe(sum);
    expect(DdiGuard.target(sum)).toBe(target);
    expect(DdiGuard.target(target)).toBe(target);
    const unknown = guard.guard(IID_IUnknown, target);
    expect(unknown).not.toBe(sum);
    expect(guard.guard(IID_IUnknownCom, target)).toBe(unknown);
  });

  it('stops a call above the IRQL that the method allows, before it happens', () => {
    kernel.irql.raise(DISPATCH_LEVEL);
    expect(sum.one(1)).toBe(101);
    target.zero = () => {
      throw new Error('it was called');
    };
    expect(() => sum.zero()).toThrow(
      /DRIVER_IRQL_NOT_LESS_OR_EQUAL.*ISum::Zero may be called up to IRQL 0, and was called at 2/,
    );
    kernel.irql.raise(3);
    expect(() => sum.one(1)).toThrow(/ISum::One may be called up to IRQL 2, and was called at 3/);
    expect(guard.counts()).toEqual(new Map([['ISum.One', 1]]));
  });

  it('counts calls by interface and method, those that happened', () => {
    sum.zero();
    sum.zero();
    sum.three(0, 0, 0);
    guard.guard(IID_IUnknown, target).addRef();
    expect(guard.counts()).toEqual(
      new Map([
        ['ISum.Zero', 2],
        ['ISum.Three', 1],
        ['IUnknown.AddRef', 1],
      ]),
    );
  });

  it('counts methods of an interface that was declared after the guard was made', () => {
    const late = declareInterface('ILate', '{4D7A1E22-6C3F-4B58-9E21-0A5B6C7D8E90}', null, {
      run: call(ULONG, []),
    });
    const guarded = guard.guard(late, { run: () => 1 });
    guarded.run();
    expect(guard.counts()).toEqual(new Map([['ILate.Run', 1]]));
  });

  it('writes a row for every call, with level and result', () => {
    sum.two(1, 2);
    kernel.irql.raise(DISPATCH_LEVEL);
    sum.one(0);
    expect(ddiRows()).toEqual([
      'method=ISum.Two irql=0 result=0x00000067',
      'method=ISum.One irql=2 result=0x00000064',
    ]);
  });

  it('tells its hooks before and after, with the arguments, in the order they came', () => {
    const seen: unknown[] = [];
    const hook = (name: string) => ({
      entered: (slot: { windowsName: string }, object: object, args: readonly unknown[]) => {
        seen.push([name, 'entered', slot.windowsName, object === target, ...args]);
      },
      left: (_slot: object, _object: object, args: readonly unknown[], result: unknown) => {
        seen.push([name, 'left', ...args, result]);
      },
    });
    guard.attach(hook('a'));
    guard.attach(hook('b'));
    expect([sum.zero(), sum.two(1, 2)]).toEqual([100, 103]);
    expect(seen.slice(0, 4)).toEqual([
      ['a', 'entered', 'Zero', true],
      ['b', 'entered', 'Zero', true],
      ['a', 'left', 100],
      ['b', 'left', 100],
    ]);
    expect(seen.slice(4)).toContainEqual(['a', 'entered', 'Two', true, 1, 2]);
    expect(seen.slice(4)).toContainEqual(['b', 'left', 1, 2, 103]);
    expect(ddiRows()).toHaveLength(2);
    expect(guard.counts().get('ISum.Two')).toBe(1);
  });

  it('hands out interfaces behind guards, by query and by QueryInterface', () => {
    const queried = guard.query(IID_ISum, target);
    expect(queried).toBe(sum);
    const unknown = sum.queryInterface(IID_IUnknown);
    expect(unknown).toBe(guard.guard(IID_IUnknown, target));
    expect(target.references).toBe(3);
    expect([guard.query(IID_IOther, target), sum.queryInterface(IID_IOther)]).toEqual([null, null]);
    expect(target.references).toBe(3);
  });
});
