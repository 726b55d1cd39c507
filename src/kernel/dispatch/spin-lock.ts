/**
 * Spin locks. On one processor a lock that is held can only be held by the code that asks for it
 * again, which would spin for ever: bug check SPIN_LOCK_ALREADY_OWNED.
 */
import {
  type BugCheckRaiser,
  IRQL_NOT_LESS_OR_EQUAL,
  SPIN_LOCK_ALREADY_OWNED,
  SPIN_LOCK_NOT_OWNED,
} from '../bug-check.ts';
import { DISPATCH_LEVEL, type Irql } from '../irql.ts';

/** KSPIN_LOCK. KeInitializeSpinLock is making one. */
export class Kspinlock {
  readonly name: string;
  isOwned = false;

  constructor(name: string) {
    this.name = name;
  }
}

export class SpinLocks {
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  /** Locks that are owned now; some calls must not be made while one is. */
  ownedCount = 0;

  constructor(irql: Irql, raiser: BugCheckRaiser) {
    this.#irql = irql;
    this.#raiser = raiser;
  }

  /** KeAcquireSpinLock: raises to DISPATCH_LEVEL, returns the old IRQL. IRQL <= DISPATCH_LEVEL. */
  acquire(lock: Kspinlock): number {
    const level = this.#irql.current;
    if (level > DISPATCH_LEVEL) {
      const detail = `spin lock ${lock.name} acquired at IRQL ${level}`;
      this.#raiser.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
    }
    const old = this.#irql.raise(DISPATCH_LEVEL);
    this.#take(lock);
    return old;
  }

  /** KeReleaseSpinLock: DPCs that waited run before this returns. IRQL = DISPATCH_LEVEL. */
  release(lock: Kspinlock, oldIrql: number): void {
    this.releaseFromDpcLevel(lock);
    this.#irql.lower(oldIrql);
  }

  /** KeAcquireSpinLockAtDpcLevel: IRQL >= DISPATCH_LEVEL and unchanged. */
  acquireAtDpcLevel(lock: Kspinlock): void {
    this.#checkAtDpcLevel(lock);
    this.#take(lock);
  }

  /** KeReleaseSpinLockFromDpcLevel: IRQL >= DISPATCH_LEVEL and unchanged. */
  releaseFromDpcLevel(lock: Kspinlock): void {
    this.#checkAtDpcLevel(lock);
    if (!lock.isOwned) {
      this.#raiser.bugCheck(SPIN_LOCK_NOT_OWNED, 0, 0, 0, 0, `spin lock ${lock.name}`);
    }
    lock.isOwned = false;
    this.ownedCount--;
  }

  #take(lock: Kspinlock): void {
    if (lock.isOwned) {
      this.#raiser.bugCheck(SPIN_LOCK_ALREADY_OWNED, 0, 0, 0, 0, `spin lock ${lock.name}`);
    }
    lock.isOwned = true;
    this.ownedCount++;
  }

  #checkAtDpcLevel(lock: Kspinlock): void {
    const level = this.#irql.current;
    if (level >= DISPATCH_LEVEL) return;
    const detail = `spin lock ${lock.name} used at IRQL ${level}`;
    this.#raiser.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
  }
}
