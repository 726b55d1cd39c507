/**
 * The machine's only source of time: whole nanoseconds that move when `advanceTo` says so.
 * Alarms fire in order of due time, and in the order they were set when due together, so a run
 * is the same every time. An alarm may advance the clock itself (a driver that stalls does).
 */
import type { Ns } from '../base/brand.ts';

const UNSET = -1;

/** One thing that will happen. Make it once, set it as often as needed: setting allocates nothing. */
export class Alarm {
  /** When it fires; meaningful while `isSet`. */
  due = 0;
  /** Place in the clock's heap, or -1. */
  heapIndex = UNSET;
  /** Orders alarms that are due together. */
  order = 0;
  readonly name: string;
  readonly fire: () => void;
  readonly #clock: Clock;

  constructor(clock: Clock, name: string, fire: () => void) {
    this.#clock = clock;
    this.name = name;
    this.fire = fire;
  }

  get isSet(): boolean {
    return this.heapIndex !== UNSET;
  }

  /** Fires at `due`, or at once when that has passed. Setting a set alarm moves it. */
  set(due: number): void {
    this.#clock.schedule(this, due);
  }

  cancel(): void {
    this.#clock.cancel(this);
  }
}

export class Clock {
  #now = 0;
  #order = 0;
  readonly #heap: Alarm[] = [];

  get now(): Ns {
    return this.#now as Ns;
  }

  /** Alarms that are set; none may be left when a machine is switched off. */
  get pending(): readonly Alarm[] {
    return this.#heap;
  }

  /** Due time of the next alarm, or Infinity. */
  get nextDue(): number {
    const next = this.#heap[0];
    return next === undefined ? Number.POSITIVE_INFINITY : next.due;
  }

  schedule(alarm: Alarm, due: number): void {
    alarm.due = Math.max(due, this.#now);
    alarm.order = this.#order++;
    if (alarm.heapIndex === UNSET) {
      alarm.heapIndex = this.#heap.length;
      this.#heap.push(alarm);
    }
    this.#siftDown(this.#siftUp(alarm.heapIndex));
  }

  cancel(alarm: Alarm): void {
    const index = alarm.heapIndex;
    if (index === UNSET) return;
    alarm.heapIndex = UNSET;
    const last = this.#heap.pop() as Alarm;
    if (last === alarm) return;
    this.#heap[index] = last;
    last.heapIndex = index;
    this.#siftDown(this.#siftUp(index));
  }

  /** Moves time forward to `time`, firing what falls due on the way. */
  advanceTo(time: number): void {
    while (this.nextDue <= time) this.step();
    if (time > this.#now) this.#now = time;
  }

  /** Moves to the next alarm and fires it. False when there is none. */
  step(): boolean {
    const next = this.#heap[0];
    if (next === undefined) return false;
    this.cancel(next);
    if (next.due > this.#now) this.#now = next.due;
    next.fire();
    return true;
  }

  #before(left: Alarm, right: Alarm): boolean {
    return left.due < right.due || (left.due === right.due && left.order < right.order);
  }

  #siftUp(index: number): number {
    const heap = this.#heap;
    const alarm = heap[index] as Alarm;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Alarm;
      if (!this.#before(alarm, parent)) break;
      heap[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    heap[index] = alarm;
    alarm.heapIndex = index;
    return index;
  }

  #siftDown(index: number): void {
    const heap = this.#heap;
    const alarm = heap[index] as Alarm;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= heap.length) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && this.#before(right, heap[childIndex] as Alarm)) childIndex++;
      const child = heap[childIndex] as Alarm;
      if (!this.#before(child, alarm)) break;
      heap[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    heap[index] = alarm;
    alarm.heapIndex = index;
  }
}
