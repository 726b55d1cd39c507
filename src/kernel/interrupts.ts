/**
 * The interrupt controller. Devices assert lines, drivers connect service routines to vectors, and
 * a line that is asserted while the IRQL is below its own interrupts whatever runs, at once, as
 * hardware does. Level lines are served until they fall; an edge is served once, by all routines.
 */
import { Alarm, type Clock } from '../sim/clock.ts';
import { type Trace, traceKind } from '../sim/trace.ts';
import {
  type BugCheckRaiser,
  HARDWARE_INTERRUPT_STORM,
  IRQL_NOT_LESS_OR_EQUAL,
  IRQL_UNEXPECTED_VALUE,
  SPIN_LOCK_ALREADY_OWNED,
} from './bug-check.ts';
import type { DispatchParts } from './dispatch/parts.ts';
import type { KernelTiming } from './dispatch/timing.ts';
import {
  type DeviceLine,
  type InterruptConnection,
  type InterruptCounters,
  InterruptVector,
  Kinterrupt,
  type ServiceRoutine,
} from './interrupt-vector.ts';
import { HIGHEST_DEVICE_LEVEL, type Irql, type LevelWork, LOWEST_DEVICE_LEVEL } from './irql.ts';

/** Passes over one asserted level line before it counts as a storm. */
export const STORM_ROUNDS = 1000;

const lineAsserted = traceKind('line', 'name:text', 'vector:dec', 'asserted:dec');
const interruptServed = traceKind('isr', 'vector:dec', 'claimed:dec');

export class InterruptController implements LevelWork {
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  readonly #timing: KernelTiming | null;
  readonly #vectors = new Map<number, InterruptVector>();
  pendingLevel = -1;

  constructor(parts: DispatchParts) {
    this.#clock = parts.clock;
    this.#trace = parts.trace;
    this.#irql = parts.irql;
    this.#raiser = parts.raiser;
    this.#timing = parts.timing;
  }

  /**
   * A line from a device to a vector; several devices may share one vector.
   * @throws Error when the level is no device level, or another line gave the vector another.
   */
  line(vector: number, irql: number, name: string): DeviceLine {
    if (irql < LOWEST_DEVICE_LEVEL || irql > HIGHEST_DEVICE_LEVEL) {
      throw new Error(`interrupt line ${name}: ${irql} is not a device level`);
    }
    let target = this.#vectors.get(vector);
    if (target === undefined) {
      target = new InterruptVector(vector, irql);
      this.#vectors.set(vector, target);
    } else if (target.irql !== irql) {
      throw new Error(`interrupt line ${name}: vector ${vector} has level ${target.irql}`);
    }
    return this.#makeLine(target, name);
  }

  /**
   * IoConnectInterrupt. Null (STATUS_INVALID_PARAMETER) when the vector has no line, the level is
   * not its own, or the connections disagree on sharing or on the kind of line. PASSIVE_LEVEL.
   */
  connect<C>(connection: InterruptConnection<C>): Kinterrupt | null {
    const vector = this.#vectors.get(connection.vector);
    if (vector === undefined || vector.irql !== connection.irql) return null;
    const synchronizeIrql = connection.synchronizeIrql ?? connection.irql;
    if (synchronizeIrql < connection.irql || synchronizeIrql > HIGHEST_DEVICE_LEVEL) return null;
    const other = vector.chain[0];
    if (other !== undefined) {
      const isShared = other.shareVector && connection.shareVector;
      if (!isShared || other.levelSensitive !== connection.levelSensitive) return null;
    }
    const interrupt = new Kinterrupt(
      vector,
      connection.serviceRoutine as ServiceRoutine,
      connection.context,
      synchronizeIrql,
      connection.shareVector,
      connection.levelSensitive,
    );
    vector.chain.push(interrupt);
    this.#refresh();
    this.#irql.deliver();
    return interrupt;
  }

  /** IoDisconnectInterrupt: the routine does not run again. PASSIVE_LEVEL. */
  disconnect(interrupt: Kinterrupt): void {
    const chain = interrupt.vector.chain;
    const index = chain.indexOf(interrupt);
    if (index < 0) throw new Error(`vector ${interrupt.vector.number}: disconnected twice`);
    chain.splice(index, 1);
    if (chain.length === 0) interrupt.vector.hold?.cancel();
    this.#refresh();
  }

  /**
   * KeSynchronizeExecution: runs `routine` at the interrupt's level with its lock held, so that the
   * service routine cannot run. IRQL at or below that level.
   */
  synchronize<C>(interrupt: Kinterrupt, routine: (context: C) => boolean, context: C): boolean {
    const irql = this.#irql;
    const level = irql.current;
    if (level > interrupt.synchronizeIrql) {
      const detail = `KeSynchronizeExecution at IRQL ${level}`;
      this.#raiser.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
    }
    const old = irql.raise(interrupt.synchronizeIrql);
    this.#lock(interrupt);
    const result = routine(context);
    this.#unlock(interrupt, 'synchronized routine');
    irql.lower(old);
    return result;
  }

  runPending(): void {
    const irql = this.#irql;
    while (this.pendingLevel > irql.current) {
      const vector = this.#highestPending();
      const old = irql.current;
      irql.current = vector.irql;
      vector.isInService = true;
      if (vector.isLevelSensitive) this.#serveLevel(vector);
      else this.#serveEdge(vector);
      vector.isInService = false;
      irql.current = old;
      this.#refresh();
    }
  }

  /** Counters of a vector, or null when no device has a line to it. */
  counters(vector: number): InterruptCounters | null {
    return this.#vectors.get(vector)?.counters ?? null;
  }

  outstanding(): string[] {
    return [...this.#vectors.values()].flatMap((vector) =>
      vector.chain.map(() => `connected interrupt on vector ${vector.number}`),
    );
  }

  #makeLine(vector: InterruptVector, name: string): DeviceLine {
    const nameId = this.#trace.text(name);
    let isAsserted = false;
    return {
      assert: () => {
        if (isAsserted) return;
        isAsserted = true;
        const wasPending = vector.isPending;
        vector.assertions++;
        vector.edgeLatched = true;
        vector.counters.assertedAtNs = this.#clock.now;
        this.#trace.write(lineAsserted, nameId, vector.number, 1);
        if (this.#timing !== null) this.#delay(this.#timing, vector, wasPending);
        this.#refresh();
        this.#irql.deliver();
      },
      deassert: () => {
        if (!isAsserted) return;
        isAsserted = false;
        vector.assertions--;
        if (vector.assertions === 0 && vector.isLevelSensitive) vector.hold?.cancel();
        this.#trace.write(lineAsserted, nameId, vector.number, 0);
        this.#refresh();
      },
    };
  }

  /** A line rose; an interrupt that does not find others before it may be on its way for a while. */
  #delay(timing: KernelTiming, vector: InterruptVector, wasPending: boolean): void {
    timing.observer?.lineAsserted(vector);
    // One that waits for the level, or for its own service routines to return, is there already.
    if (wasPending || vector.isInService || !vector.isPending) return;
    const now = this.#clock.now;
    const arrivalNs = timing.arrivalOf(timing.interruptDelay, now);
    if (arrivalNs === now) return;
    vector.hold ??= new Alarm(this.#clock, `interrupt ${vector.number}`, () => {
      this.#refresh();
      this.#irql.deliver();
    });
    vector.hold.set(arrivalNs);
  }

  /** Serves a level line: the first routine that claims ends the pass, and then it looks again. */
  #serveLevel(vector: InterruptVector): void {
    const counters = vector.counters;
    for (let round = 0; vector.assertions > 0 && vector.chain.length > 0; round++) {
      if (round === STORM_ROUNDS) this.#raiseStorm(vector, `after ${round} claimed interrupts`);
      counters.delivered++;
      let isClaimed = false;
      for (const interrupt of vector.chain) {
        isClaimed = this.#call(interrupt);
        if (isClaimed) break;
      }
      this.#trace.write(interruptServed, vector.number, isClaimed ? 1 : 0);
      if (isClaimed) counters.claimed++;
      else {
        counters.spurious++;
        if (vector.assertions > 0) this.#raiseStorm(vector, 'and nobody claims it');
      }
    }
  }

  #serveEdge(vector: InterruptVector): void {
    vector.edgeLatched = false;
    vector.counters.delivered++;
    let claims = 0;
    for (const interrupt of vector.chain) if (this.#call(interrupt)) claims++;
    this.#trace.write(interruptServed, vector.number, claims);
    if (claims > 0) vector.counters.claimed++;
    else vector.counters.spurious++;
  }

  #call(interrupt: Kinterrupt): boolean {
    const irql = this.#irql;
    irql.current = interrupt.synchronizeIrql;
    this.#lock(interrupt);
    const observer = this.#timing?.observer ?? null;
    observer?.serviceBegan(interrupt.vector);
    const isClaimed = interrupt.serviceRoutine(interrupt, interrupt.context);
    observer?.serviceEnded();
    this.#unlock(interrupt, 'service routine');
    irql.current = interrupt.vector.irql;
    return isClaimed;
  }

  #lock(interrupt: Kinterrupt): void {
    if (interrupt.isLocked) {
      const detail = `interrupt lock of vector ${interrupt.vector.number}`;
      this.#raiser.bugCheck(SPIN_LOCK_ALREADY_OWNED, 0, 0, 0, 0, detail);
    }
    interrupt.isLocked = true;
  }

  #unlock(interrupt: Kinterrupt, what: string): void {
    const left = this.#irql.current;
    const level = interrupt.synchronizeIrql;
    if (left !== level) {
      const detail = `${what} of vector ${interrupt.vector.number} returned at IRQL ${left}`;
      this.#raiser.bugCheck(IRQL_UNEXPECTED_VALUE, left, level, 0, 0, detail);
    }
    interrupt.isLocked = false;
  }

  #highestPending(): InterruptVector {
    let highest: InterruptVector | null = null;
    for (const vector of this.#vectors.values()) {
      if (vector.isPending && (highest === null || vector.irql > highest.irql)) highest = vector;
    }
    if (highest === null) throw new Error('an interrupt level is pending without a vector');
    return highest;
  }

  #refresh(): void {
    let level = -1;
    for (const vector of this.#vectors.values()) {
      if (vector.isPending && vector.irql > level) level = vector.irql;
    }
    this.pendingLevel = level;
  }

  #raiseStorm(vector: InterruptVector, why: string): never {
    const detail = `vector ${vector.number} stays asserted ${why}`;
    return this.#raiser.bugCheck(HARDWARE_INTERRUPT_STORM, vector.number, 0, 0, 0, detail);
  }
}
