/**
 * The ledger of live objects. Everything with a reference count registers here when it is made and
 * leaves when its last reference goes, so a leak can be named: what it is, and whose.
 */

interface LedgerEntry {
  readonly name: string;
  readonly owner: string;
}

export class ObjectLedger {
  readonly #live = new Map<object, LedgerEntry>();

  get size(): number {
    return this.#live.size;
  }

  /** Enters a new object. Entering one twice is a mistake of ours, not of a driver. */
  add(object: object, name: string, owner: string): void {
    if (this.#live.has(object)) throw new Error(`the ledger already holds ${name} of ${owner}`);
    this.#live.set(object, { name, owner });
  }

  /** Takes an object out. False when it was not in, so that a double release can be told. */
  remove(object: object): boolean {
    return this.#live.delete(object);
  }

  has(object: object): boolean {
    return this.#live.has(object);
  }

  /** One line per live object, oldest first. */
  outstanding(): string[] {
    return [...this.#live.values()].map((entry) => `object ${entry.name} of ${entry.owner}`);
  }
}
