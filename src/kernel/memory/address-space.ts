/**
 * Which bytes of RAM the CPU may touch: those that a live mapping, a contiguous block or a pool
 * block covers. A virtual address is an offset into RAM, so the check is one table look-up per
 * access, and a stale pointer is found out even though its bytes are still there. It also keeps
 * the budget of system page table entries, whose exhaustion makes a kernel mapping fail.
 */
import { assert } from '../../base/assert.ts';
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import { type BugCheckRaiser, PAGE_FAULT_IN_NONPAGED_AREA } from '../bug-check.ts';
import type { PageFrames } from './frames.ts';
import { PAGE_SHIFT, PAGE_SIZE, pagesFor } from './page.ts';
import type { Pool } from './pool.ts';
import { countOf, hex } from './report-text.ts';

export class AddressSpace {
  readonly #frames: PageFrames;
  readonly #pool: Pool;
  readonly #raise: BugCheckRaiser;
  /** Mappings that cover each page of RAM. */
  readonly #mappings: Uint16Array;
  /** The RAM offset at which the mapped buffer of each page ends; good where #mappings is not 0. */
  readonly #ends: Float64Array;
  #freeSystemPages: number;

  constructor(frames: PageFrames, pool: Pool, raise: BugCheckRaiser, systemPages: number) {
    this.#frames = frames;
    this.#pool = pool;
    this.#raise = raise;
    const pages = frames.ram.byteLength / PAGE_SIZE;
    this.#mappings = new Uint16Array(pages);
    this.#ends = new Float64Array(pages);
    this.#freeSystemPages = systemPages;
  }

  /** System page table entries that are left. */
  get freeSystemPages(): number {
    return this.#freeSystemPages;
  }

  /** Makes `bytes` bytes at `storage` accessible; false when system entries run out. */
  map(storage: number, bytes: number, isSystem: boolean): boolean {
    const pages = pagesFor(bytes);
    if (isSystem) {
      if (pages > this.#freeSystemPages) return false;
      this.#freeSystemPages -= pages;
    }
    const first = storage >>> PAGE_SHIFT;
    for (let page = first; page < first + pages; page++) {
      this.#mappings[page] = (this.#mappings[page] as number) + 1;
      this.#ends[page] = storage + bytes;
    }
    return true;
  }

  /** Takes back what one `map` with the same arguments made. */
  unmap(storage: number, bytes: number, isSystem: boolean): void {
    const pages = pagesFor(bytes);
    if (isSystem) this.#freeSystemPages += pages;
    const first = storage >>> PAGE_SHIFT;
    for (let page = first; page < first + pages; page++) {
      const count = this.#mappings[page] as number;
      assert(count > 0, 'mapping of a page that is unmapped');
      this.#mappings[page] = count - 1;
    }
  }

  /**
   * The bytes at [address, address + length), which must lie in one mapped buffer or pool block.
   * An access to anything else is bug check PAGE_FAULT_IN_NONPAGED_AREA with the first address
   * that is out of bounds.
   */
  bytesAt(address: VirtualAddress, length: number): Uint8Array {
    this.#probe(address, length);
    return this.#frames.ram.bytes.subarray(address, address + length);
  }

  /** Whether `bytesAt` would give the bytes: what ProbeForRead asks. */
  isAccessible(address: number, length: number): boolean {
    if (length === 0) return true;
    const end = this.#endAt(address);
    return length > 0 && address < end && address + length <= end;
  }

  /** As `bytesAt`, as a DataView. */
  viewOf(address: VirtualAddress, length: number): DataView {
    this.#probe(address, length);
    return new DataView(this.#frames.ram.memory.buffer, address, length);
  }

  /** The bus address of an accessible byte; 0 for any other, as for an address never mapped. */
  physicalAddressOf(address: VirtualAddress): PhysicalAddress {
    const isAccessible = address >= 0 && address < this.#endAt(address);
    return (isAccessible ? this.#frames.physicalAddressOf(address) : 0) as PhysicalAddress;
  }

  #probe(address: number, length: number): void {
    const end = this.#endAt(address);
    const isCovered = address >= 0 && address < end && length >= 0;
    if (isCovered && address + length <= end) return;
    const at = isCovered ? end : address;
    this.#raise.bugCheck(
      PAGE_FAULT_IN_NONPAGED_AREA,
      at,
      0,
      0,
      0,
      `access to ${countOf(length, 'byte')} at ${hex(address)}: nothing is mapped at ${hex(at)}`,
    );
  }

  /** Where the buffer or block that covers `address` ends; 0 when nothing covers it. */
  #endAt(address: number): number {
    const page = Math.floor(address / PAGE_SIZE);
    return (this.#mappings[page] ?? 0) > 0
      ? (this.#ends[page] as number)
      : this.#pool.blockEnd(address);
  }
}
