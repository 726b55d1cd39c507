/**
 * Handles: multiples of four, as in Windows, and never given out again, so that a stale handle is
 * always noticed.
 */
const HANDLE_STEP = 4;

export class HandleTable<T> {
  readonly #objects = new Map<number, T>();
  #next = HANDLE_STEP;

  /** Open handles, oldest first. */
  get open(): number[] {
    return [...this.#objects.keys()];
  }

  add(object: T): number {
    const handle = this.#next;
    this.#next += HANDLE_STEP;
    this.#objects.set(handle, object);
    return handle;
  }

  get(handle: number): T | undefined {
    return this.#objects.get(handle);
  }

  /** Takes the handle out and returns what it stood for; undefined when it is not open. */
  remove(handle: number): T | undefined {
    const object = this.#objects.get(handle);
    this.#objects.delete(handle);
    return object;
  }
}
