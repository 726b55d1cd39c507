/**
 * Reference counts of WASAPI objects: made with one, over at none. A service that is over lets go
 * its client, and the client's stream ends with its last reference.
 */
import type { IReference } from './interfaces.ts';

export class Reference implements IReference {
  readonly #over: () => void;
  #count = 1;

  constructor(over: () => void) {
    this.#over = over;
  }

  addRef(): number {
    return ++this.#count;
  }

  /** @throws Error when there is no reference left to give back */
  release(): number {
    if (this.#count === 0) throw new Error('an object is released that was over before');
    this.#count--;
    if (this.#count === 0) this.#over();
    return this.#count;
  }
}
