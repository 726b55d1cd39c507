/** Threads that can run: a first-in, first-out list per priority, and a bit per list in use. */
import { defined } from '../../base/assert.ts';
import { HIGHEST_PRIORITY, type Kthread } from './thread.ts';

export class ReadyQueue {
  readonly #first: (Kthread | null)[] = new Array<Kthread | null>(HIGHEST_PRIORITY + 1).fill(null);
  readonly #last: (Kthread | null)[] = new Array<Kthread | null>(HIGHEST_PRIORITY + 1).fill(null);
  #inUse = 0;

  get isEmpty(): boolean {
    return this.#inUse === 0;
  }

  add(thread: Kthread): void {
    const priority = thread.priority;
    const last = this.#last[priority];
    thread.nextReady = null;
    if (last === null || last === undefined) this.#first[priority] = thread;
    else last.nextReady = thread;
    this.#last[priority] = thread;
    this.#inUse |= 1 << priority;
  }

  /** Takes the first thread of the highest priority; the queue is not empty. */
  take(): Kthread {
    const priority = 31 - Math.clz32(this.#inUse);
    const thread = defined(this.#first[priority], 'ready thread');
    this.#first[priority] = thread.nextReady;
    if (thread.nextReady === null) {
      this.#last[priority] = null;
      this.#inUse &= ~(1 << priority);
    }
    thread.nextReady = null;
    return thread;
  }
}
