/**
 * The dispatcher: one simulated processor that runs ready threads, and when none is ready moves the
 * clock to the next thing that happens. A thread that runs is not preempted; a wake of a higher
 * priority takes effect at its next wait. A wait in ordinary synchronous code runs this same loop
 * until it is satisfied, so such waits nest, and the inner one ends first.
 */

import { Alarm, type Clock } from '../../sim/clock.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import { type NtStatus, STATUS_SUCCESS, STATUS_TIMEOUT } from '../../standards/nt/ntstatus.ts';
import {
  ATTEMPTED_SWITCH_FROM_DPC,
  type BugCheckRaiser,
  DRIVER_VERIFIER_DETECTED_VIOLATION,
  IRQL_UNEXPECTED_VALUE,
} from '../bug-check.ts';
import { DISPATCH_LEVEL, type Irql, PASSIVE_LEVEL } from '../irql.ts';
import { type DispatcherObject, WAITING, WaitBlock } from './dispatcher-object.ts';
import type { DispatchParts } from './parts.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { SystemTime } from './system-time.ts';
import { HIGHEST_PRIORITY, Kthread, type ThreadBody, type WaitRequest } from './thread.ts';
import type { KernelTiming } from './timing.ts';

/** Without a timeout no synchronous wait may take longer than this: it hangs. */
export const HUNG_WAIT_NS = 60_000_000_000;
/** A thread that has this many waits satisfied at once never lets time pass. */
const MAX_WAITS_WITHOUT_BLOCKING = 1_000_000;
/** Sub-codes of bug check 0xC4 that Windows leaves free, for hangs it would never notice. */
export const VIOLATION_DEADLOCK = 0x1000_0001;
export const VIOLATION_LIVELOCK = 0x1000_0002;

const threadRan = traceKind('thread', 'name:text', 'priority:dec');

export class Dispatcher {
  /** The thread whose body runs now, or null in code that no thread runs. */
  currentThread: Kthread | null = null;
  readonly #parts: DispatchParts;
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  readonly #time: SystemTime;
  readonly #timing: KernelTiming | null;
  readonly #ready = new ReadyQueue();
  readonly #threads = new Set<Kthread>();
  /** Wait blocks of synchronous waits, one per depth of nesting. */
  readonly #blocks: WaitBlock[] = [];
  #depth = 0;
  /** Who holds the threads of processes back: a machine asleep, a device lock that is taken. */
  #holders = 0;
  readonly #heldBack: Kthread[] = [];
  /** Hears of a wait of the code that runs now; null where waiting is allowed. */
  #waitListener: (() => void) | null = null;

  constructor(parts: DispatchParts, time: SystemTime) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#trace = parts.trace;
    this.#irql = parts.irql;
    this.#raiser = parts.raiser;
    this.#time = time;
    this.#timing = parts.timing;
  }

  /** PsCreateSystemThread. It first runs when the creator waits or ends. PASSIVE_LEVEL. */
  createThread(name: string, priority: number, body: ThreadBody, isSystemWorker = false): Kthread {
    if (!Number.isInteger(priority) || priority < 0 || priority > HIGHEST_PRIORITY) {
      throw new Error(`thread ${name}: priority ${priority} is not in 0..${HIGHEST_PRIORITY}`);
    }
    const thread = new Kthread(this.#parts, name, priority, body, isSystemWorker, (woken) => {
      woken.state = 'ready';
      if (this.#timing === null) this.#ready.add(woken);
      else this.#wakeLater(this.#timing, woken);
    });
    this.#threads.add(thread);
    this.#ready.add(thread);
    return thread;
  }

  /**
   * What a thread body yields to wait for `object`. The timeout is an NT time: negative relative,
   * 0 only asks, null waits for ever. The yield gives STATUS_SUCCESS or STATUS_TIMEOUT.
   * IRQL <= APC_LEVEL, or DISPATCH_LEVEL with a timeout of 0.
   */
  waitFor(object: DispatcherObject, timeout100ns: number | null): WaitRequest {
    this.#checkWaitLevel(timeout100ns === 0);
    const request = this.#requestOfCurrentThread();
    request.object = object;
    request.isPoll = timeout100ns === 0;
    request.due = timeout100ns === null ? null : this.#time.dueNs(timeout100ns);
    request.askedNs = timeout100ns === null ? 0 : this.#time.askedNs(timeout100ns);
    return request;
  }

  /**
   * What a thread body yields to sleep for so many 100 ns from now, which the system finds out from
   * the performance counter: a sleep ends at a tick, never early. 0 lets its equals run.
   */
  delay(relative100ns: number): WaitRequest {
    this.#checkWaitLevel(false);
    const request = this.#requestOfCurrentThread();
    request.object = null;
    request.isPoll = false;
    request.due = this.#clock.now + Math.max(0, relative100ns) * 100;
    request.askedNs = request.due;
    return request;
  }

  /** Runs ready threads, the highest priority first, until all of them wait. */
  runReady(): void {
    for (let next = this.#takeReady(); next !== null; next = this.#takeReady()) {
      this.#runThread(next);
    }
  }

  /** Runs one ready thread, or moves the clock to its next alarm. False when neither is there. */
  runOnce(): boolean {
    const next = this.#takeReady();
    if (next === null) return this.#clock.step();
    this.#runThread(next);
    return true;
  }

  /**
   * From now on threads of processes stay ready and do not run; the system's and the drivers'
   * threads do. Calls count: the last `letProcessThreadsRun` ends it.
   */
  holdProcessThreads(): void {
    this.#holders++;
  }

  letProcessThreadsRun(): void {
    this.#holders--;
    if (this.#holders > 0 || this.#heldBack.length === 0) return;
    for (const thread of this.#heldBack.splice(0)) this.#ready.add(thread);
  }

  /** Processes die: their threads end wherever they wait. Those of system and drivers go on. */
  terminateProcessThreads(): void {
    for (const thread of this.#threads) {
      if (thread.isSystemThread || thread.isSystemWorker || thread.state === 'running') continue;
      if (thread.state === 'waiting') thread.wait.abandon();
      thread.wakeUp?.cancel();
      this.#threads.delete(thread);
      thread.state = 'terminated';
      thread.signal();
    }
  }

  #takeReady(): Kthread | null {
    while (!this.#ready.isEmpty) {
      const thread = this.#ready.take();
      if (thread.state === 'terminated') continue;
      if (this.#holders === 0 || thread.isSystemThread || thread.isSystemWorker) return thread;
      this.#heldBack.push(thread);
    }
    return null;
  }

  /** KeWaitForSingleObject in synchronous code; the timeout is as in `waitFor`. */
  waitSynchronously(object: DispatcherObject, timeout100ns: number | null): NtStatus {
    this.#checkWaitLevel(timeout100ns === 0);
    if (object.tryTake()) return STATUS_SUCCESS;
    if (timeout100ns === 0) return STATUS_TIMEOUT;
    return this.#block(object, timeout100ns === null ? null : this.#time.dueNs(timeout100ns));
  }

  /** KeDelayExecutionThread in synchronous code: an NT time, negative relative. */
  delaySynchronously(interval100ns: number): NtStatus {
    this.#checkWaitLevel(false);
    return this.#block(null, this.#time.askedNs(interval100ns));
  }

  /**
   * Runs a routine that must not wait, and tells of each wait that it begins all the same. What
   * other threads do meanwhile is not the routine's.
   */
  watchWaits<T>(listener: () => void, routine: () => T): T {
    const outer = this.#waitListener;
    this.#waitListener = listener;
    try {
      return routine();
    } finally {
      this.#waitListener = outer;
    }
  }

  /**
   * KeStallExecutionProcessor: time passes at the present IRQL. Interrupts above it come, DPCs
   * when it is below DISPATCH_LEVEL, threads do not. Any IRQL.
   */
  stall(microseconds: number): void {
    this.#clock.advanceTo(this.#clock.now + Math.round(microseconds * 1_000));
  }

  outstanding(): string[] {
    return [...this.#threads]
      .filter((thread) => !thread.isSystemWorker)
      .map((thread) => `thread ${thread.name} (${thread.state})`);
  }

  #requestOfCurrentThread(): WaitRequest {
    if (this.currentThread === null) {
      throw new Error('only a thread body can yield a wait: use the synchronous wait here');
    }
    return this.currentThread.request;
  }

  #checkWaitLevel(isPoll: boolean): void {
    const level = this.#irql.current;
    if (level < DISPATCH_LEVEL || (isPoll && level === DISPATCH_LEVEL)) return;
    this.#raiser.bugCheck(ATTEMPTED_SWITCH_FROM_DPC, level, 0, 0, 0, `wait at IRQL ${level}`);
  }

  #block(object: DispatcherObject | null, due: number | null): NtStatus {
    const irql = this.#irql;
    const savedIrql = irql.current;
    const waitListener = this.#waitListener;
    this.#waitListener = null;
    waitListener?.();
    const block = this.#takeBlock();
    const limit = this.#clock.now + HUNG_WAIT_NS;
    block.begin(object, due);
    irql.current = PASSIVE_LEVEL;
    try {
      while (block.status === WAITING) {
        if (!this.runOnce()) this.#raiseDeadlock(object, 'nothing is left that could happen');
        if (due === null && this.#clock.now > limit) {
          this.#raiseDeadlock(object, `nothing has ended that for ${HUNG_WAIT_NS / 1e9} s`);
        }
      }
      if (this.#timing !== null) this.#arrive(this.#timing);
    } finally {
      this.#depth--;
      this.#waitListener = waitListener;
      irql.current = savedIrql;
    }
    return block.status;
  }

  /** A synchronous wait is over; others run until the processor takes it up. */
  #arrive(timing: KernelTiming): void {
    const untilNs = timing.arrivalOf(timing.wakeUpDelay, this.#clock.now);
    while (this.#clock.now < untilNs) {
      const next = this.#takeReady();
      if (next !== null) this.#runThread(next);
      else if (this.#clock.nextDue <= untilNs) this.#clock.step();
      else this.#clock.advanceTo(untilNs);
    }
  }

  /** A wait is over; the processor takes the thread up some time later. */
  #wakeLater(timing: KernelTiming, thread: Kthread): void {
    timing.observer?.threadWoken(thread);
    const now = this.#clock.now;
    const arrivalNs = timing.arrivalOf(timing.wakeUpDelay, now);
    if (arrivalNs === now) {
      this.#ready.add(thread);
      return;
    }
    thread.wakeUp ??= new Alarm(this.#clock, `${thread.name} wake-up`, () => {
      this.#ready.add(thread);
    });
    thread.wakeUp.set(arrivalNs);
  }

  #takeBlock(): WaitBlock {
    let block = this.#blocks[this.#depth];
    if (block === undefined) {
      block = new WaitBlock(this.#parts, `depth ${this.#depth}`, () => {});
      this.#blocks.push(block);
    }
    this.#depth++;
    return block;
  }

  #raiseDeadlock(object: DispatcherObject | null, why: string): never {
    const who = this.currentThread === null ? 'synchronous code' : this.currentThread.name;
    const what = object === null ? 'time' : object.name;
    const detail = `deadlock: ${who} waits for ${what} and ${why}`;
    return this.#raiser.bugCheck(
      DRIVER_VERIFIER_DETECTED_VIOLATION,
      VIOLATION_DEADLOCK,
      0,
      0,
      0,
      detail,
    );
  }

  #runThread(thread: Kthread): void {
    const irql = this.#irql;
    const outerThread = this.currentThread;
    const outerIrql = irql.current;
    this.currentThread = thread;
    thread.state = 'running';
    irql.current = thread.savedIrql;
    this.#trace.write(threadRan, thread.nameId, thread.priority);
    const observer = this.#timing?.observer ?? null;
    observer?.threadBegan(thread);
    try {
      this.#resume(thread);
    } finally {
      observer?.threadEnded();
      irql.current = outerIrql;
      this.currentThread = outerThread;
    }
  }

  #resume(thread: Kthread): void {
    let status = thread.wait.status;
    for (let waits = 0; waits < MAX_WAITS_WITHOUT_BLOCKING; waits++) {
      const step = thread.coroutine.next(status);
      this.#checkSwitch(thread, step.done === true);
      if (step.done === true) {
        this.#threads.delete(thread);
        thread.state = 'terminated';
        thread.signal();
        return;
      }
      const request = step.value;
      if (request.object?.tryTake() === true) status = STATUS_SUCCESS;
      else if (request.isPoll) status = STATUS_TIMEOUT;
      else {
        thread.state = 'waiting';
        thread.savedIrql = this.#irql.current;
        thread.wait.begin(request.object, request.due);
        return;
      }
    }
    const detail = `livelock: thread ${thread.name} never has to wait`;
    this.#raiser.bugCheck(DRIVER_VERIFIER_DETECTED_VIOLATION, VIOLATION_LIVELOCK, 0, 0, 0, detail);
  }

  /** A thread waits below DISPATCH_LEVEL and ends at PASSIVE_LEVEL. */
  #checkSwitch(thread: Kthread, isEnd: boolean): void {
    const level = this.#irql.current;
    if (isEnd && level !== PASSIVE_LEVEL) {
      const detail = `thread ${thread.name} ended at IRQL ${level}`;
      this.#raiser.bugCheck(IRQL_UNEXPECTED_VALUE, level, PASSIVE_LEVEL, 0, 0, detail);
    }
    if (level >= DISPATCH_LEVEL) {
      const detail = `thread ${thread.name} waits at IRQL ${level}`;
      this.#raiser.bugCheck(ATTEMPTED_SWITCH_FROM_DPC, level, 0, 0, 0, detail);
    }
  }
}
