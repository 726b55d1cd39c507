/** The heap of a process: blocks of the machine's RAM, given back when the process ends. */
import type { VirtualAddress } from '../../base/brand.ts';
import type { IoMemory } from './system-buffer.ts';

const HEAP_TAG = 'Heap';

export class UserHeap {
  readonly #memory: IoMemory;
  readonly #owner: string;
  readonly #blocks = new Set<VirtualAddress>();

  constructor(memory: IoMemory, owner: string) {
    this.#memory = memory;
    this.#owner = owner;
  }

  /** At least one byte, zeroed. @throws Error when RAM is exhausted. */
  alloc(bytes: number): VirtualAddress {
    const size = Math.max(1, bytes);
    const address = this.#memory.allocatePool(size, HEAP_TAG);
    if (address === 0) throw new Error(`no RAM left for ${bytes} bytes of ${this.#owner}`);
    this.#memory.bytesAt(address, size).fill(0);
    this.#blocks.add(address);
    return address;
  }

  /** @throws Error when `address` did not come from `alloc`. */
  free(address: VirtualAddress): void {
    if (!this.#blocks.delete(address)) {
      throw new Error(`${this.#owner} frees ${address}, which it never got`);
    }
    this.#memory.freePool(address, HEAP_TAG);
  }

  freeAll(): void {
    for (const address of this.#blocks) this.#memory.freePool(address, HEAP_TAG);
    this.#blocks.clear();
  }
}
