/**
 * Map registers: pages that a device can reach, standing in for pages that it cannot. They are one
 * run of physical memory below the device's limit, taken from RAM when the first transfer needs
 * them, and given out in consecutive runs, so that a device without scatter/gather sees one piece.
 * Source: "Map Registers" of the WDK.
 */
import { type PhysicalAddress, physical } from '../../base/brand.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import type { DeviceObject } from '../io/device.ts';
import type { Mdl } from '../memory/mdl.ts';
import type { MemoryManager } from '../memory/memory-manager.ts';
import { PAGE_SIZE } from '../memory/page.ts';

const BOUNCED = traceKind('dma bounce', 'device:text', 'bytes:dec', 'write:dec');

export class MapRegisters {
  readonly capacity: number;
  /** Bytes that went through them so far. */
  bouncedBytes = 0;
  readonly #memory: MemoryManager;
  readonly #trace: Trace;
  readonly #device: DeviceObject;
  readonly #highest: number;
  readonly #isTaken: Uint8Array;
  #pages: Mdl | null = null;

  /** `highest` is the last byte that the device reaches. */
  constructor(
    memory: MemoryManager,
    trace: Trace,
    device: DeviceObject,
    capacity: number,
    highest: number,
  ) {
    this.#memory = memory;
    this.#trace = trace;
    this.#device = device;
    this.capacity = capacity;
    this.#highest = highest;
    this.#isTaken = new Uint8Array(capacity);
  }

  /** Whether there is memory for them; false when RAM below the limit is short. */
  get isBacked(): boolean {
    if (this.#pages === null && this.capacity > 0) {
      const bytes = this.capacity * PAGE_SIZE;
      const owner = `map registers of ${this.#device.name}`;
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

  /** Copies into registers for a device that reads, or out of them for one that wrote. */
  copy(to: number, from: number, length: number, writeToDevice: boolean): void {
    this.#memory.copy(to, from, length);
    this.bouncedBytes += length;
    this.#trace.write(BOUNCED, this.#device.nameId, length, writeToDevice ? 1 : 0);
  }

  free(): void {
    if (this.#pages !== null) this.#memory.MmFreePagesFromMdl(this.#pages);
    this.#pages = null;
  }
}
