/**
 * System threads. A thread is a coroutine: its body yields whenever it waits, and the dispatcher
 * resumes it with the status of the wait. Other threads can wait for its end.
 */
import type { Alarm } from '../../sim/clock.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import { PASSIVE_LEVEL } from '../irql.ts';
import { DispatcherObject, WaitBlock } from './dispatcher-object.ts';
import type { DispatchParts } from './parts.ts';

/** What a thread body yields: made by `waitFor` and `delay`, one per thread, used over and over. */
export interface WaitRequest {
  /** What is waited for, or null for time alone. */
  object: DispatcherObject | null;
  /** Nanoseconds of the machine's clock, or null for ever. */
  due: number | null;
  /** What the thread means by `due`, which the system rounds to its ticks; if that is not null. */
  askedNs: number;
  /** Ask without waiting. */
  isPoll: boolean;
}

export type ThreadGenerator = Generator<WaitRequest, void, NtStatus>;
export type ThreadBody = () => ThreadGenerator;
export type ThreadState = 'ready' | 'running' | 'waiting' | 'terminated';

export const LOWEST_PRIORITY = 0;
/** KeSetPriorityThread's names: 16 is the lowest real-time priority, 31 the highest. */
export const LOW_REALTIME_PRIORITY = 16;
export const HIGHEST_PRIORITY = 31;

export class Kthread extends DispatcherObject {
  readonly priority: number;
  readonly coroutine: ThreadGenerator;
  readonly wait: WaitBlock;
  readonly request: WaitRequest = { object: null, due: null, askedNs: 0, isPoll: false };
  /** The machine's own workers live as long as the machine and are no leak. */
  readonly isSystemWorker: boolean;
  /** A driver's thread, made with PsCreateSystemThread; any other stands for a process's. */
  isSystemThread = false;
  state: ThreadState = 'ready';
  /** The IRQL at which it waits and resumes: PASSIVE_LEVEL or APC_LEVEL. */
  savedIrql = PASSIVE_LEVEL;
  nextReady: Kthread | null = null;
  /** Carries the thread from the end of a wait to the processor, on machines where that lasts. */
  wakeUp: Alarm | null = null;

  constructor(
    parts: DispatchParts,
    name: string,
    priority: number,
    body: ThreadBody,
    isSystemWorker: boolean,
    becameReady: (thread: Kthread) => void,
  ) {
    super(parts.trace, name, false);
    this.priority = priority;
    this.isSystemWorker = isSystemWorker;
    this.coroutine = body();
    this.wait = new WaitBlock(parts, name, () => becameReady(this));
  }
}
