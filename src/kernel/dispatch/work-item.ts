/**
 * Work items: a routine that a system worker thread runs at PASSIVE_LEVEL. Each queue has workers
 * of its own priority; another one starts when all of them are inside a routine and items are left,
 * so an item that waits for a later item does not stop the queue.
 */
import {
  type BugCheckRaiser,
  WORKER_INVALID,
  WORKER_THREAD_RETURNED_AT_BAD_IRQL,
} from '../bug-check.ts';
import type { DeviceObject } from '../io/device.ts';
import { type Irql, PASSIVE_LEVEL } from '../irql.ts';
import type { Dispatcher } from './dispatcher.ts';
import { Kevent } from './event.ts';
import type { DispatchParts } from './parts.ts';
import type { ThreadGenerator } from './thread.ts';

/** WORK_QUEUE_TYPE. */
export const CriticalWorkQueue = 0;
export const DelayedWorkQueue = 1;
export const HyperCriticalWorkQueue = 2;
export type WorkQueueType =
  | typeof CriticalWorkQueue
  | typeof DelayedWorkQueue
  | typeof HyperCriticalWorkQueue;

const PRIORITIES = {
  [CriticalWorkQueue]: 13,
  [DelayedWorkQueue]: 12,
  [HyperCriticalWorkQueue]: 15,
};

/** IO_WORKITEM_ROUTINE, at PASSIVE_LEVEL. */
export type WorkItemRoutine<C = unknown> = (device: DeviceObject | null, context: C) => void;

export class WorkItem {
  /** Whose item it is; null for the machine's own. */
  readonly device: DeviceObject | null;
  routine: WorkItemRoutine | null = null;
  context: unknown = null;
  isQueued = false;
  isFreed = false;

  constructor(device: DeviceObject | null) {
    this.device = device;
  }

  get owner(): string {
    return this.device === null ? 'the machine' : this.device.name;
  }
}

class WorkQueue {
  readonly items: WorkItem[] = [];
  readonly arrived: Kevent;
  /** Workers that are not inside a routine. */
  freeWorkers = 0;
  workers = 0;

  constructor(parts: DispatchParts, type: WorkQueueType) {
    this.arrived = new Kevent(parts.trace, `work queue ${type}`, 'synchronization');
  }
}

export class WorkQueues {
  readonly #dispatcher: Dispatcher;
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  readonly #queues: readonly [WorkQueue, WorkQueue, WorkQueue];
  readonly #allocated = new Set<WorkItem>();

  constructor(parts: DispatchParts, dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    this.#irql = parts.irql;
    this.#raiser = parts.raiser;
    this.#queues = [
      new WorkQueue(parts, CriticalWorkQueue),
      new WorkQueue(parts, DelayedWorkQueue),
      new WorkQueue(parts, HyperCriticalWorkQueue),
    ];
  }

  /** IoAllocateWorkItem. IRQL <= DISPATCH_LEVEL. */
  allocate(device: DeviceObject | null): WorkItem {
    const item = new WorkItem(device);
    this.#allocated.add(item);
    return item;
  }

  /**
   * IoQueueWorkItem. A freed item, or one that is queued already, is bug check WORKER_INVALID.
   * IRQL <= DISPATCH_LEVEL.
   */
  queue(item: WorkItem, routine: WorkItemRoutine, type: WorkQueueType, context: unknown): void {
    if (item.isFreed) this.#raiseInvalid(item, 'queued after it was freed');
    if (item.isQueued) this.#raiseInvalid(item, 'queued twice');
    const queue = this.#queues[type];
    item.routine = routine;
    item.context = context;
    item.isQueued = true;
    queue.items.push(item);
    if (queue.freeWorkers === 0) this.#startWorker(queue, type);
    queue.arrived.set();
  }

  /** IoFreeWorkItem. A queued item is bug check WORKER_INVALID. IRQL <= DISPATCH_LEVEL. */
  free(item: WorkItem): void {
    if (item.isQueued) this.#raiseInvalid(item, 'freed while it is queued');
    if (item.isFreed) this.#raiseInvalid(item, 'freed twice');
    item.isFreed = true;
    this.#allocated.delete(item);
  }

  /** Items of a driver's devices that wait to run. */
  isAnyQueuedFor(isOwn: (device: DeviceObject) => boolean): boolean {
    return this.#queues.some((queue) =>
      queue.items.some((item) => item.device !== null && isOwn(item.device)),
    );
  }

  outstanding(): string[] {
    return [...this.#allocated].map(
      (item) => `work item of ${item.owner}${item.isQueued ? ' (queued)' : ''}`,
    );
  }

  #startWorker(queue: WorkQueue, type: WorkQueueType): void {
    queue.workers++;
    queue.freeWorkers++;
    const name = `system worker ${type}.${queue.workers}`;
    const body = (): ThreadGenerator => this.#work(queue, type);
    this.#dispatcher.createThread(name, PRIORITIES[type], body, true);
  }

  *#work(queue: WorkQueue, type: WorkQueueType): ThreadGenerator {
    for (;;) {
      let item = queue.items.shift();
      while (item !== undefined) {
        queue.freeWorkers--;
        if (queue.freeWorkers === 0 && queue.items.length > 0) this.#startWorker(queue, type);
        this.#run(item);
        queue.freeWorkers++;
        item = queue.items.shift();
      }
      yield this.#dispatcher.waitFor(queue.arrived, null);
    }
  }

  #run(item: WorkItem): void {
    const routine = item.routine;
    item.isQueued = false;
    if (routine === null) return;
    routine(item.device, item.context);
    const level = this.#irql.current;
    if (level !== PASSIVE_LEVEL) {
      const code = WORKER_THREAD_RETURNED_AT_BAD_IRQL;
      this.#raiser.bugCheck(code, 0, level, 0, 0, `work item of ${item.owner}, IRQL ${level}`);
    }
  }

  #raiseInvalid(item: WorkItem, what: string): never {
    const detail = `work item of ${item.owner} ${what}`;
    return this.#raiser.bugCheck(WORKER_INVALID, 0, 0, 0, 0, detail);
  }
}
