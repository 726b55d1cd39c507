/**
 * The guard between PortCls and a driver. Every call across the DDI, either way, goes through an
 * object made from the interface's declaration: it checks the IRQL that the declaration allows,
 * counts, traces and tells the hooks, then calls the real method. Nothing is allocated per call.
 */

import { type BugCheckRaiser, DRIVER_IRQL_NOT_LESS_OR_EQUAL } from '../kernel/bug-check.ts';
import type { Irql } from '../kernel/irql.ts';
import { type Trace, traceKind } from '../sim/trace.ts';
import { declaredSlotCount, type InterfaceId, type MethodSlot, type Since } from './ddi/declare.ts';
import { IID_IUnknown, IID_IUnknownCom, type IUnknown } from './ddi/unknown.ts';
import { hasInterface, LATEST_WINDOWS } from './windows-version.ts';

const CALL = traceKind('ddi', 'method:text', 'irql:dec', 'result:status');

/** Watches calls. `result` is the return value where it is a number, else 0. */
export interface DdiHook {
  entered(slot: MethodSlot, target: object, args: readonly unknown[]): void;
  left(slot: MethodSlot, target: object, args: readonly unknown[], result: unknown): void;
}

export interface GuardHome extends BugCheckRaiser {
  readonly irql: Irql;
  readonly trace: Trace;
}

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

const targets = new WeakMap<object, object>();

export class DdiGuard {
  readonly #home: GuardHome;
  readonly #windows: Since;
  readonly #guards = new WeakMap<object, Map<InterfaceId<unknown>, object>>();
  #counts = new Float64Array(declaredSlotCount());
  readonly #slots: (MethodSlot | undefined)[] = [];
  readonly #hooks: DdiHook[] = [];

  /** @param windows which interfaces there are */
  constructor(home: GuardHome, windows: Since = LATEST_WINDOWS) {
    this.#home = home;
    this.#windows = windows;
  }

  attach(hook: DdiHook): void {
    this.#hooks.push(hook);
  }

  /** `target` behind a guard of the interface; the same one each time it is asked. */
  guard<T extends object>(iid: InterfaceId<T>, target: T): T {
    const real = DdiGuard.target(target);
    let guards = this.#guards.get(real);
    if (guards === undefined) {
      guards = new Map();
      this.#guards.set(real, guards);
    }
    // One IUnknown per object, whichever of its two GUIDs is asked for.
    const key = (iid.iid === IID_IUnknownCom.iid ? IID_IUnknown : iid) as InterfaceId<unknown>;
    const known = guards.get(key);
    if (known !== undefined) return known as T;
    const made = this.#make(key, real as Methods);
    guards.set(key, made);
    targets.set(made, real);
    return made as T;
  }

  /** QueryInterface on a driver's object, the answer guarded; null when it has no such interface. */
  query<T extends object>(iid: InterfaceId<T>, unknown: IUnknown): T | null {
    if (!hasInterface(this.#windows, iid as InterfaceId<unknown>)) return null;
    const answer = unknown.queryInterface(iid);
    return answer === null ? null : this.guard(iid, answer);
  }

  /** The object behind a guard, or the object itself. */
  static target<T extends object>(object: T): T {
    return (targets.get(object) ?? object) as T;
  }

  /** Calls so far by `Interface.Method`, of methods that were called at all. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const slot of this.#slots) {
      if (slot === undefined) continue;
      const count = this.#counts[slot.id] as number;
      if (count > 0) counts.set(`${slot.interfaceName}.${slot.windowsName}`, count);
    }
    return counts;
  }

  #make(iid: InterfaceId<unknown>, target: Methods): object {
    // An interface may have been declared since: a driver's own, or a test's.
    if (this.#counts.length < declaredSlotCount()) {
      const counts = new Float64Array(declaredSlotCount());
      counts.set(this.#counts);
      this.#counts = counts;
    }
    const guard: Methods = {};
    for (const slot of iid.slots) {
      this.#slots[slot.id] = slot;
      guard[slot.property] =
        slot.property === 'queryInterface'
          ? this.#queryMethod(slot, target)
          : this.#method(slot, target);
    }
    return guard;
  }

  #queryMethod(slot: MethodSlot, target: Methods): Method {
    const method = this.#method(slot, target);
    return (iid: unknown) => {
      const answer = method(iid);
      return answer === null ? null : this.guard(iid as InterfaceId<object>, answer as object);
    };
  }

  /** Fixed arities, so that a call makes no array. */
  #method(slot: MethodSlot, target: Methods): Method {
    const name = slot.property;
    const real = target as Record<string, Method>;
    const text = this.#home.trace.text(`${slot.interfaceName}.${slot.windowsName}`);
    const after = (result: unknown): unknown => {
      const value = typeof result === 'number' ? result : 0;
      this.#home.trace.write(CALL, text, this.#home.irql.current, value);
      return result;
    };
    const hooked = (args: unknown[]): unknown => {
      for (const hook of this.#hooks) hook.entered(slot, real, args);
      const result = (real[name] as Method).apply(real, args);
      for (const hook of this.#hooks) hook.left(slot, real, args, result);
      return after(result);
    };
    const count = slot.declaration.parameters.length;
    const enter = (): boolean => {
      if (this.#home.irql.current > slot.declaration.maxIrql) this.#tooHigh(slot);
      this.#counts[slot.id] = (this.#counts[slot.id] as number) + 1;
      return this.#hooks.length > 0;
    };
    if (count === 0) return () => (enter() ? hooked([]) : after(real[name]?.()));
    if (count === 1) return (a) => (enter() ? hooked([a]) : after(real[name]?.(a)));
    if (count === 2 && name !== 'queryInterface') {
      return (a, b) => (enter() ? hooked([a, b]) : after(real[name]?.(a, b)));
    }
    if (count === 3) {
      return (a, b, c) => (enter() ? hooked([a, b, c]) : after(real[name]?.(a, b, c)));
    }
    if (count === 4) {
      return (a, b, c, d) => (enter() ? hooked([a, b, c, d]) : after(real[name]?.(a, b, c, d)));
    }
    if (count === 5) {
      return (a, b, c, d, e) =>
        enter() ? hooked([a, b, c, d, e]) : after(real[name]?.(a, b, c, d, e));
    }
    return (...args) => (enter() ? hooked(args) : after((real[name] as Method).apply(real, args)));
  }

  #tooHigh(slot: MethodSlot): never {
    const irql = this.#home.irql.current;
    const detail =
      `${slot.interfaceName}::${slot.windowsName} may be called up to ` +
      `IRQL ${slot.declaration.maxIrql}, and was called at ${irql}`;
    return this.#home.bugCheck(DRIVER_IRQL_NOT_LESS_OR_EQUAL, 0, irql, 0, 0, detail);
  }
}
