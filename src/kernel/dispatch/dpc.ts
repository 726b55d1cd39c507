/**
 * Deferred procedure calls. An ISR or a timer queues a DPC, and it runs at DISPATCH_LEVEL as soon
 * as the IRQL falls below that. The queue is one list: high importance goes to its front. A machine
 * that is configured so holds the queue back for a while when it was empty.
 */
import { Alarm, type Clock } from '../../sim/clock.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import {
  type BugCheckRaiser,
  DPC_WATCHDOG_VIOLATION,
  IRQL_UNEXPECTED_VALUE,
} from '../bug-check.ts';
import { DISPATCH_LEVEL, type Irql, type LevelWork } from '../irql.ts';
import type { DispatchParts } from './parts.ts';
import type { KernelTiming } from './timing.ts';

/** KDEFERRED_ROUTINE, at DISPATCH_LEVEL. */
export type DeferredRoutine<C = unknown> = (
  dpc: Kdpc,
  context: C,
  systemArgument1: unknown,
  systemArgument2: unknown,
) => void;

/** KDPC_IMPORTANCE. */
export type DpcImportance = 'low' | 'medium' | 'high';

/**
 * One DPC may run for 500 clock ticks of 15.625 ms, which is the allotment that the reference's
 * example of bug check 0x133 shows.
 */
export const DPC_WATCHDOG_TICKS = 500;
const CLOCK_TICK_NS = 15_625_000;

const dpcRan = traceKind('dpc', 'routine:text');

export class Kdpc {
  readonly routine: DeferredRoutine;
  readonly context: unknown;
  readonly name: string;
  readonly nameId: number;
  importance: DpcImportance = 'medium';
  isQueued = false;
  systemArgument1: unknown = null;
  systemArgument2: unknown = null;
  next: Kdpc | null = null;

  /** KeInitializeDpc. The name is for the trace. */
  constructor(trace: Trace, name: string, routine: DeferredRoutine, context: unknown) {
    this.routine = routine;
    this.context = context;
    this.name = name;
    this.nameId = trace.text(name);
  }
}

export class DpcQueue implements LevelWork {
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  readonly #timing: KernelTiming | null;
  readonly #hold: Alarm;
  #first: Kdpc | null = null;
  #last: Kdpc | null = null;

  constructor(parts: DispatchParts) {
    this.#clock = parts.clock;
    this.#trace = parts.trace;
    this.#irql = parts.irql;
    this.#raiser = parts.raiser;
    this.#timing = parts.timing;
    this.#hold = new Alarm(parts.clock, 'DPC queue', () => parts.irql.deliver());
  }

  get pendingLevel(): number {
    return this.#first === null || this.#hold.isSet ? -1 : DISPATCH_LEVEL;
  }

  /**
   * KeInsertQueueDpc: false when it is queued already, and then the arguments stay those of the
   * first call. Below DISPATCH_LEVEL it runs before this returns. Any IRQL.
   */
  insert(dpc: Kdpc, systemArgument1: unknown = null, systemArgument2: unknown = null): boolean {
    if (dpc.isQueued) return false;
    dpc.isQueued = true;
    dpc.systemArgument1 = systemArgument1;
    dpc.systemArgument2 = systemArgument2;
    if (this.#timing !== null) this.#delay(this.#timing, dpc);
    if (this.#first === null || this.#last === null) {
      this.#first = dpc;
      this.#last = dpc;
    } else if (dpc.importance === 'high') {
      dpc.next = this.#first;
      this.#first = dpc;
    } else {
      this.#last.next = dpc;
      this.#last = dpc;
    }
    this.#irql.deliver();
    return true;
  }

  /** KeRemoveQueueDpc: false when it was not queued. Any IRQL. */
  remove(dpc: Kdpc): boolean {
    if (!dpc.isQueued) return false;
    let previous: Kdpc | null = null;
    let at = this.#first;
    while (at !== null && at !== dpc) {
      previous = at;
      at = at.next;
    }
    if (previous === null) this.#first = dpc.next;
    else previous.next = dpc.next;
    if (this.#last === dpc) this.#last = previous;
    dpc.next = null;
    dpc.isQueued = false;
    if (this.#first === null) this.#hold.cancel();
    return true;
  }

  runPending(): void {
    const irql = this.#irql;
    const old = irql.current;
    irql.current = DISPATCH_LEVEL;
    while (this.#first !== null && !this.#hold.isSet) {
      const dpc = this.#first;
      this.#first = dpc.next;
      if (this.#first === null) this.#last = null;
      dpc.next = null;
      dpc.isQueued = false;
      this.#run(dpc);
    }
    irql.current = old;
  }

  outstanding(): string[] {
    const lines: string[] = [];
    for (let dpc = this.#first; dpc !== null; dpc = dpc.next) lines.push(`queued DPC ${dpc.name}`);
    return lines;
  }

  /** A DPC comes; the first in an empty queue may have to wait for the processor. */
  #delay(timing: KernelTiming, dpc: Kdpc): void {
    timing.observer?.dpcQueued(dpc);
    if (this.#first !== null) return;
    const now = this.#clock.now;
    const arrivalNs = timing.arrivalOf(timing.dpcDelay, now);
    if (arrivalNs > now) this.#hold.set(arrivalNs);
  }

  #run(dpc: Kdpc): void {
    this.#trace.write(dpcRan, dpc.nameId);
    const start = this.#clock.now;
    const observer = this.#timing?.observer ?? null;
    observer?.dpcBegan(dpc);
    dpc.routine(dpc, dpc.context, dpc.systemArgument1, dpc.systemArgument2);
    observer?.dpcEnded();
    const left = this.#irql.current;
    if (left !== DISPATCH_LEVEL) {
      this.#raiser.bugCheck(
        IRQL_UNEXPECTED_VALUE,
        left,
        DISPATCH_LEVEL,
        0,
        0,
        `DPC ${dpc.name} returned at IRQL ${left}`,
      );
    }
    const ticks = Math.floor((this.#clock.now - start) / CLOCK_TICK_NS);
    if (ticks > DPC_WATCHDOG_TICKS) {
      const detail = `DPC ${dpc.name} ran for ${ticks} clock ticks`;
      this.#raiser.bugCheck(DPC_WATCHDOG_VIOLATION, 0, ticks, DPC_WATCHDOG_TICKS, 0, detail);
    }
  }
}
