/**
 * A buffer that its owner lends to a device: its pages are locked, so that they stay where they
 * are until they are unlocked, whatever becomes of the memory meanwhile. It is the MDL that
 * describes a caller's buffer in place, with the offset in its first page and its length. One
 * object serves buffer after buffer. Source: IoAllocateMdl, MmProbeAndLockPages, MmUnlockPages.
 */
import { assert } from '../../base/assert.ts';
import { type PhysicalAddress, physical, type VirtualAddress, virtual } from '../../base/brand.ts';
import type { MemoryManager } from './memory-manager.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from './page.ts';

const FIRST_PAGES = 8;

export class LockedBuffer {
  readonly #memory: MemoryManager;
  #address = virtual(0);
  #byteCount = 0;
  #pageCount = 0;
  #pages = new Float64Array(FIRST_PAGES);

  constructor(memory: MemoryManager) {
    this.#memory = memory;
  }

  get isLocked(): boolean {
    return this.#pageCount > 0;
  }

  /** MmGetMdlVirtualAddress; the kernel's address for the same bytes is the same number. */
  get address(): VirtualAddress {
    return this.#address;
  }

  /** MmGetMdlByteOffset: where the buffer begins in its first page. */
  get byteOffset(): number {
    return this.#address & PAGE_MASK;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  get pageCount(): number {
    return this.#pageCount;
  }

  /**
   * MmProbeAndLockPages: false, with nothing locked, when some of the bytes are not accessible. A
   * buffer without bytes has no pages. IRQL <= DISPATCH_LEVEL.
   */
  lock(address: VirtualAddress, byteCount: number): boolean {
    assert(!this.isLocked, 'a buffer is locked once');
    const memory = this.#memory;
    if (!memory.isAccessible(address, byteCount)) return false;
    this.#address = address;
    this.#byteCount = byteCount;
    if (byteCount === 0) return true;
    const first = address - (address & PAGE_MASK);
    const pages = ((address + byteCount - 1) >>> PAGE_SHIFT) - (first >>> PAGE_SHIFT) + 1;
    if (pages > this.#pages.length) this.#pages = new Float64Array(2 * pages);
    const { frames } = memory;
    for (let page = 0; page < pages; page++) {
      const at = first + page * PAGE_SIZE;
      frames.lock(at);
      this.#pages[page] = frames.physicalAddressOf(at);
    }
    this.#pageCount = pages;
    return true;
  }

  /** MmUnlockPages: the device has no business here any more. */
  unlock(): void {
    const first = this.#address - this.byteOffset;
    for (let page = 0; page < this.#pageCount; page++) {
      this.#memory.frames.unlock(first + page * PAGE_SIZE);
    }
    this.#pageCount = 0;
  }

  /** The bus address of the byte `offset` bytes into the buffer. */
  physicalAt(offset: number): PhysicalAddress {
    const into = this.byteOffset + offset;
    return physical((this.#pages[into >>> PAGE_SHIFT] as number) + (into & PAGE_MASK));
  }

  /**
   * Bytes from `offset` on that are one run on the bus: up to the end of `mostPages` pages, which
   * are joined where they follow each other in physical memory, or to the end of the buffer.
   */
  contiguousBytes(offset: number, mostPages: number): number {
    const into = this.byteOffset + offset;
    const first = into >>> PAGE_SHIFT;
    let page = first;
    while (
      page - first + 1 < mostPages &&
      page + 1 < this.#pageCount &&
      (this.#pages[page + 1] as number) === (this.#pages[page] as number) + PAGE_SIZE
    ) {
      page++;
    }
    return Math.min((page + 1) * PAGE_SIZE - into, this.#byteCount - offset);
  }
}
