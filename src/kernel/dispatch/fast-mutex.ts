/**
 * Fast mutexes: held at APC_LEVEL, by one thread, which may wait while it holds one. Whoever comes
 * second waits; a holder that comes again would wait for itself.
 */
import type { Trace } from '../../sim/trace.ts';
import {
  type BugCheckRaiser,
  DRIVER_VERIFIER_DETECTED_VIOLATION,
  IRQL_NOT_LESS_OR_EQUAL,
} from '../bug-check.ts';
import { APC_LEVEL, type Irql } from '../irql.ts';
import type { Dispatcher } from './dispatcher.ts';
import { Kevent } from './event.ts';
import type { Kthread } from './thread.ts';

/** Sub-codes of bug check 0xC4: a lock taken again by its holder, and one released by another. */
const VIOLATION_SELF_DEADLOCK = 0x1000;
const VIOLATION_UNEXPECTED_RELEASE = 0x1003;

/** FAST_MUTEX. ExInitializeFastMutex is making one. */
export class FastMutex {
  readonly name: string;
  /** Lets go all who wait at a release: the first that can go on takes the mutex. */
  readonly released: Kevent;
  isOwned = false;
  owner: Kthread | null = null;
  oldIrql = 0;

  constructor(trace: Trace, name: string) {
    this.name = name;
    this.released = new Kevent(trace, `mutex ${name}`, 'notification');
  }
}

export class FastMutexes {
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  readonly #dispatcher: Dispatcher;

  constructor(irql: Irql, raiser: BugCheckRaiser, dispatcher: Dispatcher) {
    this.#irql = irql;
    this.#raiser = raiser;
    this.#dispatcher = dispatcher;
  }

  /** ExAcquireFastMutex: raises to APC_LEVEL. IRQL <= APC_LEVEL. */
  acquire(mutex: FastMutex): void {
    const level = this.#irql.current;
    if (level > APC_LEVEL) this.#raiseLevel(mutex, level);
    const thread = this.#dispatcher.currentThread;
    if (mutex.isOwned && mutex.owner === thread) {
      this.#raiseViolation(VIOLATION_SELF_DEADLOCK, `${mutex.name} taken again by its holder`);
    }
    while (mutex.isOwned) this.#dispatcher.waitSynchronously(mutex.released, null);
    mutex.isOwned = true;
    mutex.owner = thread;
    mutex.oldIrql = this.#irql.raise(APC_LEVEL);
  }

  /** ExReleaseFastMutex: restores the IRQL of the acquire. IRQL = APC_LEVEL, by the holder. */
  release(mutex: FastMutex): void {
    if (!mutex.isOwned || mutex.owner !== this.#dispatcher.currentThread) {
      const detail = `${mutex.name} released by one who does not hold it`;
      this.#raiseViolation(VIOLATION_UNEXPECTED_RELEASE, detail);
    }
    const level = this.#irql.current;
    if (level !== APC_LEVEL) this.#raiseLevel(mutex, level);
    mutex.isOwned = false;
    mutex.owner = null;
    if (mutex.released.hasWaiters) {
      mutex.released.set();
      mutex.released.clear();
    }
    this.#irql.lower(mutex.oldIrql);
  }

  #raiseViolation(subCode: number, detail: string): never {
    const code = DRIVER_VERIFIER_DETECTED_VIOLATION;
    return this.#raiser.bugCheck(code, subCode, 0, 0, 0, `fast mutex ${detail}`);
  }

  #raiseLevel(mutex: FastMutex, level: number): never {
    const detail = `fast mutex ${mutex.name} used at IRQL ${level}`;
    return this.#raiser.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
  }
}
