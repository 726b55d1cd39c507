/**
 * The processor's interrupt request level, with the numbers of x64. Work that waits for the level
 * to fall (interrupts, then DPCs) registers here and runs the moment the level lets it, which is
 * what makes a lowered IRQL and a freshly asserted line behave alike.
 */
import {
  type BugCheckRaiser,
  IRQL_NOT_GREATER_OR_EQUAL,
  IRQL_NOT_LESS_OR_EQUAL,
} from './bug-check.ts';

export const PASSIVE_LEVEL = 0;
export const APC_LEVEL = 1;
export const DISPATCH_LEVEL = 2;
/** Devices interrupt at 3 to 11; above are the clock, other processors and power. */
export const LOWEST_DEVICE_LEVEL = 3;
export const HIGHEST_DEVICE_LEVEL = 11;
export const HIGH_LEVEL = 15;

/** Work that runs at a level of its own as soon as the processor is below it. */
export interface LevelWork {
  /** The highest level at which something waits to run, or -1. */
  readonly pendingLevel: number;
  /** Runs what waits above the current level, and returns at the current level. */
  runPending(): void;
}

export class Irql {
  /** The level now. Only this class, the dispatcher and the interrupt controller assign it. */
  current = PASSIVE_LEVEL;
  readonly #raiser: BugCheckRaiser;
  readonly #works: LevelWork[] = [];

  constructor(raiser: BugCheckRaiser) {
    this.#raiser = raiser;
  }

  /** Registers work; what registers first runs first, so interrupts come before DPCs. */
  attach(work: LevelWork): void {
    this.#works.push(work);
  }

  /**
   * KeRaiseIrql: raises the level and returns the old one. Raising to a lower level is bug check
   * IRQL_NOT_GREATER_OR_EQUAL. Any IRQL.
   */
  raise(to: number): number {
    const old = this.current;
    if (to < old || to > HIGH_LEVEL) {
      this.#raiser.bugCheck(IRQL_NOT_GREATER_OR_EQUAL, old, to, 0, 0, `raised ${old} to ${to}`);
    }
    this.current = to;
    return old;
  }

  /**
   * KeLowerIrql: lowers the level and runs what waited for that. Lowering to a higher level is bug
   * check IRQL_NOT_LESS_OR_EQUAL. Any IRQL.
   */
  lower(to: number): void {
    const old = this.current;
    if (to > old || to < PASSIVE_LEVEL) {
      this.#raiser.bugCheck(IRQL_NOT_LESS_OR_EQUAL, old, to, 0, 0, `lowered ${old} to ${to}`);
    }
    this.current = to;
    this.deliver();
  }

  /** Runs the work that the current level does not hold back. */
  deliver(): void {
    for (const work of this.#works) {
      if (work.pendingLevel > this.current) work.runPending();
    }
  }
}
