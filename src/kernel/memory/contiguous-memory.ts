/**
 * Memory that is adjacent on the bus and mapped from birth: descriptor lists, command rings, the
 * position buffer. A block is freed with exactly the address, size and cache type it was
 * allocated with (nf-wdm-mmfreecontiguousmemoryspecifycache).
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { BAD_POOL_CALLER, type BugCheckRaiser } from '../bug-check.ts';
import type { AddressSpace } from './address-space.ts';
import { cachingTypeName, isCachingType, type MEMORY_CACHING_TYPE } from './caching.ts';
import type { PageFrames } from './frames.ts';
import { pagesFor } from './page.ts';
import { PAGE_CONTIGUOUS, type PageRun } from './page-run.ts';
import { countOf, hex } from './report-text.ts';

/** First parameter of BAD_POOL_CALLER: not an address of contiguous memory. */
const INVALID_CONTIGUOUS_ADDRESS = 0x60;

interface Block {
  readonly run: PageRun;
  readonly bytes: number;
  readonly cacheType: MEMORY_CACHING_TYPE;
}

export class ContiguousMemory {
  readonly #frames: PageFrames;
  readonly #addressSpace: AddressSpace;
  readonly #raise: BugCheckRaiser;
  readonly #blocks = new Map<number, Block>();

  constructor(frames: PageFrames, addressSpace: AddressSpace, raise: BugCheckRaiser) {
    this.#frames = frames;
    this.#addressSpace = addressSpace;
    this.#raise = raise;
  }

  /**
   * A page-aligned block whose physical addresses lie in [low, high] and do not cross a multiple
   * of `boundary` (a power of two, or 0). Null when there is none, or the request makes no sense.
   * Only the bytes asked for may be touched, not the rest of the last page.
   */
  allocate(
    bytes: number,
    low: number,
    high: number,
    boundary: number,
    cacheType: MEMORY_CACHING_TYPE,
  ): VirtualAddress | null {
    if (!isCachingType(cacheType) || !isBoundary(boundary)) return null;
    const pages = pagesFor(bytes);
    if (pages === 0 || pages > this.#addressSpace.freeSystemPages) return null;
    const request = { low, high, pages, boundary, use: PAGE_CONTIGUOUS };
    const run = this.#frames.allocateContiguous(request);
    if (run === null) return null;
    this.#addressSpace.map(run.storage, bytes, true);
    this.#blocks.set(run.storage, { run, bytes, cacheType });
    return virtual(run.storage);
  }

  /** Frees a block; anything but a live block's own values is bug check BAD_POOL_CALLER 0x60. */
  free(address: VirtualAddress, bytes: number, cacheType: MEMORY_CACHING_TYPE): void {
    const block = this.#blocks.get(address);
    if (block === undefined || block.bytes !== bytes || block.cacheType !== cacheType) {
      const known =
        block === undefined
          ? 'is not contiguous memory'
          : `has ${block.bytes} bytes, ${cachingTypeName(block.cacheType)}`;
      this.#raise.bugCheck(
        BAD_POOL_CALLER,
        INVALID_CONTIGUOUS_ADDRESS,
        address,
        0,
        0,
        `contiguous memory freed as ${bytes} bytes, cache type ${cacheType}, ` +
          `at ${hex(address)}, which ${known}`,
      );
    }
    this.#blocks.delete(address);
    this.#addressSpace.unmap(address, bytes, true);
    this.#frames.free(block.run);
  }

  /** Blocks that nobody freed, as facts for a leak report. */
  outstanding(): string[] {
    return [...this.#blocks].map(
      ([address, { bytes }]) => `contiguous memory of ${countOf(bytes, 'byte')} at ${hex(address)}`,
    );
  }
}

/** Zero or a power of two; checked in floating point, for a boundary may lie above 4 GiB. */
function isBoundary(value: number): boolean {
  return value === 0 || (value >= 1 && Number.isInteger(Math.log2(value)));
}
