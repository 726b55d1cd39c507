/**
 * Map registers: pages that a device can reach, standing in for pages that it cannot. They are one
 * run of physical memory below the device's limit, taken from RAM when the first transfer needs
 * them, and given out in consecutive runs, so that a device without scatter/gather sees one piece.
 * Source: "Map Registers" of the WDK.
 */
import { type PhysicalAddress, physical } from '../../base/brand.ts';
import type { Mdl } from '../memory/mdl.ts';
import type { MemoryManager } from '../memory/memory-manager.ts';
import { PAGE_SIZE } from '../memory/page.ts';

export class MapRegisters {
  readonly capacity: number;
  readonly #memory: MemoryManager;
  readonly #highest: number;
  readonly #owner: string;
  readonly #isTaken: Uint8Array;
  #pages: Mdl | null = null;

  /** `highest` is the last byte that the device reaches. */
  constructor(memory: MemoryManager, capacity: number, highest: number, owner: string) {
    this.#memory = memory;
    this.capacity = capacity;
    this.#highest = highest;
    this.#owner = owner;
    this.#isTaken = new Uint8Array(capacity);
  }

  /** Whether there is memory for them; false when RAM below the limit is short. */
  get isBacked(): boolean {
    if (this.#pages === null && this.capacity > 0) {
      const bytes = this.capacity * PAGE_SIZE;
      const owner = `map registers of ${this.#owner}`;
      this.#pages = this.#memory.MmAllocateContiguousPages(0, this.#highest, bytes, owner);
    }
    return this.#pages !== null;
  }

  /** The first of `count` consecutive registers, which are taken now; -1 when none are free. */
  take(count: number): number {
    let run = 0;
    for (let index = 0; index < this.capacity; index++) {
      run = this.#isTaken[index] === 0 ? run + 1 : 0;
      if (run < count) continue;
      const first = index - count + 1;
      this.#isTaken.fill(1, first, first + count);
      return first;
    }
    return -1;
  }

  giveBack(first: number, count: number): void {
    this.#isTaken.fill(0, first, first + count);
  }

  /** RAM offset of a register's page. */
  storageOf(register: number): number {
    return (this.#pages?.storage ?? 0) + register * PAGE_SIZE;
  }

  addressOf(register: number): PhysicalAddress {
    return physical((this.#pages?.pages[0] ?? 0) + register * PAGE_SIZE);
  }

  free(): void {
    if (this.#pages !== null) this.#memory.MmFreePagesFromMdl(this.#pages);
    this.#pages = null;
  }
}
