/**
 * How a DDI is declared: once, as data with types. From a declaration come the TypeScript type of
 * the interface, the run-time IRQL check, the trace row, the call counters, the hook that a
 * verifier attaches to, and the generated support matrix. Vtable order is declaration order.
 */
import { type Guid, guid } from '../../base/guid.ts';
import type { Out } from '../../base/out.ts';

export type Since = 'win98' | 'win2000' | 'xp' | 'vista' | 'win7' | 'win8' | 'win8.1' | 'win10';

/** A parameter or return kind: its C name, and the TypeScript type that stands for it. */
export interface Kind<T> {
  readonly cType: string;
  /** Carries T for the compiler; never there at run time. */
  readonly typed?: T;
}

export const kind = <T>(cType: string): Kind<T> => ({ cType });

export type Direction = 'in' | 'out' | 'in,out';

export interface Parameter<T> {
  readonly name: string;
  readonly direction: Direction;
  readonly optional: boolean;
  readonly cType: string;
  readonly typed?: T;
}

const parameter = <T>(
  name: string,
  direction: Direction,
  cType: string,
  optional = false,
): Parameter<T> => ({ name, direction, optional, cType });

export const input = <T>(name: string, of: Kind<T>): Parameter<T> =>
  parameter(name, 'in', of.cType);
export const optionalInput = <T>(name: string, of: Kind<T>): Parameter<T | null> =>
  parameter(name, 'in', of.cType, true);
/** A `T *` that the callee fills. */
export const output = <T>(name: string, of: Kind<T>): Parameter<Out<T>> =>
  parameter(name, 'out', `${of.cType} *`);
/** A caller-owned struct whose members the callee fills. */
export const outputStruct = <T>(name: string, of: Kind<T>): Parameter<T> =>
  parameter(name, 'out', of.cType);
/** The same, which a caller may leave out. */
export const optionalOutputStruct = <T>(name: string, of: Kind<T>): Parameter<T | null> =>
  parameter(name, 'out', of.cType, true);
export const inputOutput = <T>(name: string, of: Kind<T>): Parameter<Out<T>> =>
  parameter(name, 'in,out', `${of.cType} *`);

export interface Callable<Args extends readonly unknown[], Result> {
  readonly returns: string;
  readonly parameters: readonly Parameter<unknown>[];
  /** The highest IRQL at which it may be called. */
  readonly maxIrql: number;
  readonly since: Since;
  readonly typed?: (...args: Args) => Result;
}

type Arguments<P extends readonly Parameter<unknown>[]> = {
  [Index in keyof P]: P[Index] extends Parameter<infer T> ? T : never;
};

/** Declares a method or a function. */
export function call<Result, const P extends readonly Parameter<unknown>[]>(
  returns: Kind<Result>,
  parameters: P,
  options: { readonly maxIrql?: number; readonly since?: Since } = {},
): Callable<Arguments<P>, Result> {
  return {
    returns: returns.cType,
    parameters,
    maxIrql: options.maxIrql ?? 0,
    since: options.since ?? 'win98',
  };
}

export type CallableMap = Readonly<Record<string, Callable<never, unknown>>>;
type FunctionOf<C> = C extends { readonly typed?: infer F } ? Exclude<F, undefined> : never;
/** The TypeScript functions that a map of declarations stands for. */
export type FunctionsOf<M> = { [Name in keyof M]: FunctionOf<M[Name]> };

/** Identifies an interface whose TypeScript type is T, in `queryInterface` and in guards. */
export interface InterfaceId<T> {
  readonly name: string;
  readonly iid: Guid;
  readonly base: InterfaceId<unknown> | null;
  /** Every slot in vtable order, inherited ones first. */
  readonly slots: readonly MethodSlot[];
  readonly typed?: T;
}

export interface MethodSlot {
  /** Unique over all interfaces of the program; indexes the call counters. */
  readonly id: number;
  readonly interfaceName: string;
  /** Windows' spelling. */
  readonly windowsName: string;
  /** The TypeScript property. */
  readonly property: string;
  readonly slot: number;
  readonly declaration: Callable<never, unknown>;
}

const allInterfaces: InterfaceId<unknown>[] = [];
let slotCount = 0;

/** Every interface declared so far, for the support matrix. */
export const declaredInterfaces = (): readonly InterfaceId<unknown>[] => allInterfaces;
export const declaredSlotCount = (): number => slotCount;

/** Declares an interface. Method names are Windows' names in camelCase, in vtable order. */
export function declareInterface<Base, const M extends CallableMap>(
  name: string,
  iid: string,
  base: InterfaceId<Base> | null,
  methods: M,
): InterfaceId<Base & FunctionsOf<M>> {
  const inherited = base?.slots ?? [];
  const slots = inherited.map((slot) => ({ ...slot, id: slotCount++, interfaceName: name }));
  for (const [property, declaration] of Object.entries(methods)) {
    slots.push({
      id: slotCount++,
      interfaceName: name,
      windowsName: (property[0] ?? '').toUpperCase() + property.slice(1),
      property,
      slot: slots.length,
      declaration,
    });
  }
  const declared: InterfaceId<Base & FunctionsOf<M>> = {
    name,
    iid: guid(iid, `IID_${name}`),
    base: base as InterfaceId<unknown> | null,
    slots,
  };
  allInterfaces.push(declared as InterfaceId<unknown>);
  return declared;
}

export type InterfaceType<I> = I extends InterfaceId<infer T> ? T : never;

/** Whether `declared` is `wanted` or derives from it. */
export function derivesFrom(declared: InterfaceId<unknown>, wanted: InterfaceId<unknown>): boolean {
  for (let step: InterfaceId<unknown> | null = declared; step !== null; step = step.base) {
    if (step.iid === wanted.iid) return true;
  }
  return false;
}
