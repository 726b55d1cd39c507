/**
 * One interrupt vector, with the state of its lines and the chain of connected service routines,
 * and KINTERRUPT, one connection.
 */
import type { Alarm } from '../sim/clock.ts';

/** KSERVICE_ROUTINE, at DIRQL. True when the interrupt was its device's. */
export type ServiceRoutine<C = unknown> = (interrupt: Kinterrupt, context: C) => boolean;

/** What a device holds: asserting an asserted line changes nothing. */
export interface DeviceLine {
  assert(): void;
  deassert(): void;
}

/** What IoConnectInterrupt is told. */
export interface InterruptConnection<C = unknown> {
  readonly vector: number;
  readonly irql: number;
  /** May others connect to the vector too. */
  readonly shareVector: boolean;
  readonly levelSensitive: boolean;
  /** At DIRQL; true when the interrupt was its device's. */
  readonly serviceRoutine: ServiceRoutine<C>;
  readonly context: C;
  /** The level the routine runs at when it shares data with other interrupts; else `irql`. */
  readonly synchronizeIrql?: number;
}

export interface InterruptCounters {
  /** Passes over the chain of service routines. */
  delivered: number;
  claimed: number;
  /** Passes in which no routine claimed. */
  spurious: number;
  /** When a line of the vector last rose; -1 before the first time. */
  assertedAtNs: number;
}

export class InterruptVector {
  readonly number: number;
  readonly irql: number;
  /** Service routines in the order they were connected. */
  readonly chain: Kinterrupt[] = [];
  readonly counters: InterruptCounters = {
    delivered: 0,
    claimed: 0,
    spurious: 0,
    assertedAtNs: -1,
  };
  /** Lines that are asserted now. */
  assertions = 0;
  /** Its service routines run now. */
  isInService = false;
  /** Set while an interrupt is on its way to the processor, on machines where that lasts. */
  hold: Alarm | null = null;
  /** A line rose since the last delivery; counts for edge-triggered connections. */
  edgeLatched = false;

  constructor(number: number, irql: number) {
    this.number = number;
    this.irql = irql;
  }

  get isLevelSensitive(): boolean {
    const first = this.chain[0];
    return first === undefined || first.levelSensitive;
  }

  /** Something to serve, and somebody connected to serve it: else the vector is masked. */
  get isPending(): boolean {
    if (this.chain.length === 0 || this.hold?.isSet === true) return false;
    return this.isLevelSensitive ? this.assertions > 0 : this.edgeLatched;
  }
}

/** KINTERRUPT: what IoConnectInterrupt gives, and KeSynchronizeExecution takes. */
export class Kinterrupt {
  readonly vector: InterruptVector;
  readonly serviceRoutine: ServiceRoutine;
  readonly context: unknown;
  readonly synchronizeIrql: number;
  readonly shareVector: boolean;
  readonly levelSensitive: boolean;
  /** The interrupt spin lock. */
  isLocked = false;

  constructor(
    vector: InterruptVector,
    serviceRoutine: ServiceRoutine,
    context: unknown,
    synchronizeIrql: number,
    shareVector: boolean,
    levelSensitive: boolean,
  ) {
    this.vector = vector;
    this.serviceRoutine = serviceRoutine;
    this.context = context;
    this.synchronizeIrql = synchronizeIrql;
    this.shareVector = shareVector;
    this.levelSensitive = levelSensitive;
  }
}
