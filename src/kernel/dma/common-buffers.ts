/**
 * The common buffers of one adapter object: contiguous memory within the device's reach, freed
 * with exactly the values it was allocated with. Source: AllocateCommonBuffer, FreeCommonBuffer.
 */
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import type { MEMORY_CACHING_TYPE } from '../memory/caching.ts';
import type { MemoryManager } from '../memory/memory-manager.ts';
import { countOf, hex } from '../memory/report-text.ts';
import { dmaViolation, FREED_COMMON_BUFFER_TWICE } from './dma-violation.ts';

interface CommonBuffer {
  readonly length: number;
  readonly logicalAddress: PhysicalAddress;
  readonly cacheType: MEMORY_CACHING_TYPE;
}

export class CommonBuffers {
  readonly #memory: MemoryManager;
  readonly #raiser: BugCheckRaiser;
  readonly #highest: number;
  readonly #buffers = new Map<VirtualAddress, CommonBuffer>();

  constructor(memory: MemoryManager, raiser: BugCheckRaiser, highest: number) {
    this.#memory = memory;
    this.#raiser = raiser;
    this.#highest = highest;
  }

  get count(): number {
    return this.#buffers.size;
  }

  /** Null when there is no such run of free pages. */
  allocate(
    length: number,
    cacheType: MEMORY_CACHING_TYPE,
    boundary: number,
  ): VirtualAddress | null {
    const memory = this.#memory;
    const highest = this.#highest;
    const address = memory.MmAllocateContiguousMemorySpecifyCache(
      length,
      0,
      highest,
      boundary,
      cacheType,
    );
    if (address === null) return null;
    const logicalAddress = memory.MmGetPhysicalAddress(address);
    this.#buffers.set(address, { length, logicalAddress, cacheType });
    return address;
  }

  /** Anything but a live buffer's own values is bug check DRIVER_VERIFIER_DMA_VIOLATION 0x03. */
  free(
    length: number,
    logicalAddress: PhysicalAddress,
    address: VirtualAddress,
    cacheType: MEMORY_CACHING_TYPE,
  ): void {
    const buffer = this.#buffers.get(address);
    const isKnown =
      buffer?.length === length &&
      buffer.logicalAddress === logicalAddress &&
      buffer.cacheType === cacheType;
    if (!isKnown) {
      const detail = `no common buffer of ${countOf(length, 'byte')} at ${hex(address)} to free`;
      dmaViolation(this.#raiser, FREED_COMMON_BUFFER_TWICE, detail);
    }
    this.#buffers.delete(address);
    this.#memory.MmFreeContiguousMemorySpecifyCache(address, length, cacheType);
  }
}
