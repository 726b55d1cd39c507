/**
 * What a thread can wait for. Events, timers and threads share one header, as Windows' dispatcher
 * objects do: a signal state, the way it resets, and the waiters in the order they came. Wait
 * blocks are made once per waiter and linked into the object, so that waiting allocates nothing.
 */
import { type Trace, traceKind } from '../../sim/trace.ts';
import { type NtStatus, STATUS_SUCCESS, STATUS_TIMEOUT } from '../../standards/nt/ntstatus.ts';
import type { DispatchParts } from './parts.ts';
import { Timeout } from './timeout.ts';

/** State of a wait block whose wait is not over. No NTSTATUS is negative. */
export const WAITING = -1 as NtStatus;

const waitEnded = traceKind('wait', 'object:text', 'status:status');

export abstract class DispatcherObject {
  readonly name: string;
  /** The name as rows of the trace carry it. */
  readonly nameId: number;
  /** A synchronization object falls back when it lets one waiter go. */
  readonly resetsItself: boolean;
  isSignalled = false;
  readonly trace: Trace;
  #first: WaitBlock | null = null;
  #last: WaitBlock | null = null;

  constructor(trace: Trace, name: string, resetsItself: boolean) {
    this.trace = trace;
    this.name = name;
    this.nameId = trace.text(name);
    this.resetsItself = resetsItself;
  }

  get hasWaiters(): boolean {
    return this.#first !== null;
  }

  /** Takes the signal without waiting. False when there is none. */
  tryTake(): boolean {
    if (!this.isSignalled) return false;
    if (this.resetsItself) this.isSignalled = false;
    return true;
  }

  /** Signals: lets go the first waiter of a synchronization object, or all of the other kind. */
  signal(): void {
    if (!this.resetsItself) {
      this.isSignalled = true;
      while (this.#first !== null) this.#first.end(STATUS_SUCCESS);
    } else if (this.#first !== null) {
      this.#first.end(STATUS_SUCCESS);
    } else {
      this.isSignalled = true;
    }
  }

  link(block: WaitBlock): void {
    block.previous = this.#last;
    block.next = null;
    if (this.#last === null) this.#first = block;
    else this.#last.next = block;
    this.#last = block;
  }

  unlink(block: WaitBlock): void {
    if (block.previous === null) this.#first = block.next;
    else block.previous.next = block.next;
    if (block.next === null) this.#last = block.previous;
    else block.next.previous = block.previous;
    block.next = null;
    block.previous = null;
  }
}

/** One waiter's place in the queue of one object, with the timeout that ends the wait in time. */
export class WaitBlock {
  /** WAITING, or how the last wait ended. */
  status: NtStatus = STATUS_SUCCESS;
  object: DispatcherObject | null = null;
  next: WaitBlock | null = null;
  previous: WaitBlock | null = null;
  readonly #timeout: Timeout;
  readonly #trace: Trace;
  readonly #delayId: number;
  readonly #ended: () => void;

  /** `ended` is called when a wait that had to block is over. */
  constructor(parts: DispatchParts, name: string, ended: () => void) {
    this.#trace = parts.trace;
    this.#ended = ended;
    this.#delayId = parts.trace.text('delay');
    this.#timeout = new Timeout(parts, `${name} wait`, () => {
      this.end(this.object === null ? STATUS_SUCCESS : STATUS_TIMEOUT);
    });
  }

  /** Starts to wait for `object`, or for time alone; `due` in nanoseconds, or null for ever. */
  begin(object: DispatcherObject | null, due: number | null): void {
    this.status = WAITING;
    this.object = object;
    if (object !== null) object.link(this);
    if (due !== null) this.#timeout.set(due);
  }

  /** Whether the last wait for an object ended in time, and not by the object. */
  get isTimedOut(): boolean {
    return this.status === STATUS_TIMEOUT;
  }

  /** The waiter is gone: nobody is told of an end. */
  abandon(): void {
    this.object?.unlink(this);
    this.object = null;
    this.#timeout.cancel();
  }

  end(status: NtStatus): void {
    const object = this.object;
    if (object !== null) object.unlink(this);
    this.object = null;
    this.status = status;
    this.#timeout.cancel();
    this.#trace.write(waitEnded, object === null ? this.#delayId : object.nameId, status);
    this.#ended();
  }
}
