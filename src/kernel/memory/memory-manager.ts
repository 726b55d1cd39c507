/**
 * The memory manager under its Windows names: locked pages with an MDL, their mappings, and
 * contiguous memory. A mapping is no copy: kernel and user mapping of one MDL are the same bytes
 * of RAM and the same number, and are accounted apart. What a driver gets wrong with a pointer is
 * a bug check; what it can run out of is null. IRQL is checked where the DDI is declared.
 */
import { type PhysicalAddress, type VirtualAddress, virtual } from '../../base/brand.ts';
import type { Random } from '../../sim/random.ts';
import {
  type BugCheckRaiser,
  DRIVER_VERIFIER_DETECTED_VIOLATION,
  PFN_LIST_CORRUPT,
  SYSTEM_PTE_MISUSE,
} from '../bug-check.ts';
import { AddressSpace } from './address-space.ts';
import { isCachingType, type MappingMode, type MEMORY_CACHING_TYPE, modeText } from './caching.ts';
import { ContiguousMemory } from './contiguous-memory.ts';
import { CopyMeter } from './copy-meter.ts';
import { DeviceMemory } from './device-memory.ts';
import { PageFrames } from './frames.ts';
import { Mdl } from './mdl.ts';
import { PAGE_SIZE, pagesFor } from './page.ts';
import { PAGE_MDL, type PageRun } from './page-run.ts';
import type { PhysicalRange } from './physical-ranges.ts';
import { Pool } from './pool.ts';
import type { Ram } from './ram.ts';
import { countOf, hex } from './report-text.ts';
import { PTE_MDL_NOT_MAPPED, PTE_WRONG_ADDRESS } from './system-pte-misuse.ts';

/** First parameters: pages freed that are mapped; a page that is not in the state it should be. */
const VERIFIER_MDL_STILL_MAPPED = 0xb8;
const PFN_NOT_AS_EXPECTED = 0x99;
/** Up to here a loop over words beats the engine's own copy. */
const WORD_LOOP_BYTES = 64;

export interface MemoryConfig {
  /** The machine's generator; the manager takes its own stream of it. */
  readonly random: Random;
  readonly raise: BugCheckRaiser;
  /** Where RAM answers on the bus; see `defaultRanges`. */
  readonly ranges?: readonly PhysicalRange[];
  /** System page table entries: pages that kernel mappings may cover. Without limit if absent. */
  readonly mappingPages?: number;
}

export class MemoryManager {
  readonly ram: Ram;
  readonly frames: PageFrames;
  readonly pool: Pool;
  /** Copies that touch sound. */
  readonly copies = new CopyMeter();
  readonly #raise: BugCheckRaiser;
  readonly #random: Random;
  readonly #addressSpace: AddressSpace;
  readonly #contiguous: ContiguousMemory;
  readonly #words: Int32Array;
  readonly #mdls = new Set<Mdl>();
  #devices = 0;

  constructor(ram: Ram, config: MemoryConfig) {
    const { random, raise } = config;
    this.ram = ram;
    this.#words = new Int32Array(ram.memory.buffer);
    this.#raise = raise;
    this.#random = random.fork('page frames');
    this.frames = new PageFrames(ram, config.ranges);
    this.pool = new Pool(this.frames, random.fork('pool'), raise);
    const systemPages = config.mappingPages ?? Number.POSITIVE_INFINITY;
    this.#addressSpace = new AddressSpace(this.frames, this.pool, raise, systemPages);
    this.#contiguous = new ContiguousMemory(this.frames, this.#addressSpace, raise);
  }

  /**
   * Locked, zeroed, unmapped pages from [low, high], which moves up by `skipBytes` (whole pages)
   * while pages are missing. Fewer than asked for when memory is short: look at `byteCount`. Null
   * when there are none. IRQL <= DISPATCH_LEVEL (nf-wdm-mmallocatepagesformdl).
   */
  MmAllocatePagesForMdl(
    low: number,
    high: number,
    skipBytes: number,
    totalBytes: number,
    owner: string,
  ): Mdl | null {
    if (!(skipBytes >= 0) || skipBytes % PAGE_SIZE !== 0) return null;
    const pages = pagesFor(totalBytes);
    const request = { low, high, pages, partial: true, use: PAGE_MDL, skipBytes };
    return this.#describe(this.frames.allocateScattered(request, this.#random), owner);
  }

  /** As above, but one run of adjacent pages in [low, high], in full or not at all. */
  MmAllocateContiguousPages(
    low: number,
    high: number,
    totalBytes: number,
    owner: string,
  ): Mdl | null {
    const pages = pagesFor(totalBytes);
    return this.#describe(
      this.frames.allocateContiguous({ low, high, pages, use: PAGE_MDL }),
      owner,
    );
  }

  /**
   * Gives the pages back; the MDL is dead afterwards. Still mapped: bug check
   * DRIVER_VERIFIER_DETECTED_VIOLATION 0xB8. Freed before, or made elsewhere: PFN_LIST_CORRUPT
   * 0x99 with the page frame number.
   */
  MmFreePagesFromMdl(mdl: Mdl): void {
    if (!this.#mdls.has(mdl)) {
      const frame = (mdl.pages[0] ?? 0) / PAGE_SIZE;
      const fault = mdl.freed ? 'freed twice' : 'not of this machine, and freed';
      this.#raise.bugCheck(PFN_LIST_CORRUPT, PFN_NOT_AS_EXPECTED, frame, 0, 0, `${mdl}: ${fault}`);
    }
    const mapping = mdl.mappings[0];
    if (mapping !== undefined) {
      this.#raise.bugCheck(
        DRIVER_VERIFIER_DETECTED_VIOLATION,
        VERIFIER_MDL_STILL_MAPPED,
        mdl.storage,
        0,
        0,
        `${mdl} freed while its ${modeText(mapping.mode, mapping.process)} mapping is live`,
      );
    }
    this.#mdls.delete(mdl);
    mdl.freed = true;
    this.frames.free(mdl.run);
  }

  /**
   * Maps all pages at one range of addresses. Null when the MDL is not live, is mapped in that
   * address space already, is mapped with another cache type, `cacheType` is none, or a kernel
   * mapping finds no page table entries (nf-wdm-mmmaplockedpagesspecifycache).
   */
  MmMapLockedPagesSpecifyCache(
    mdl: Mdl,
    mode: MappingMode,
    cacheType: MEMORY_CACHING_TYPE,
    process = 0,
  ): VirtualAddress | null {
    if (!this.#mdls.has(mdl) || !isCachingType(cacheType)) return null;
    const other = mdl.mappings[0];
    if (other !== undefined && other.cacheType !== cacheType) return null;
    if (mdl.mappingIn(mode, process) !== null) return null;
    if (!this.#addressSpace.map(mdl.storage, mdl.byteCount, mode === 'kernel')) return null;
    mdl.mappings.push({ mode, process: mode === 'kernel' ? 0 : process, cacheType });
    return virtual(mdl.storage);
  }

  /**
   * Ends a mapping. Bug check SYSTEM_PTE_MISUSE 0x06 when the MDL is not mapped in that address
   * space, 0x03 when it is, but at another address.
   */
  MmUnmapLockedPages(
    address: VirtualAddress,
    mdl: Mdl,
    mode: MappingMode = 'kernel',
    process = 0,
  ): void {
    const mapping = mdl.mappingIn(mode, process);
    const where = `${modeText(mode, process)} mapping at ${hex(address)}`;
    if (!this.#mdls.has(mdl) || mapping === null) {
      const detail = `${mdl} has no ${where} to unmap`;
      this.#raise.bugCheck(SYSTEM_PTE_MISUSE, PTE_MDL_NOT_MAPPED, mdl.storage, address, 0, detail);
    }
    if (address !== mdl.storage) {
      const detail = `${mdl} has no ${where}: it is mapped at ${hex(mdl.storage)}`;
      this.#raise.bugCheck(SYSTEM_PTE_MISUSE, PTE_WRONG_ADDRESS, 0, mdl.storage, address, detail);
    }
    mdl.mappings.splice(mdl.mappings.indexOf(mapping), 1);
    this.#addressSpace.unmap(mdl.storage, mdl.byteCount, mode === 'kernel');
  }

  /**
   * RtlCopyMemory between buffers of clients, pool and drivers: every copy that the driver stack
   * makes goes through here, so that copies of streamed sound can be counted.
   */
  copy(to: number, from: number, length: number): void {
    if (length <= 0) return;
    if (length <= WORD_LOOP_BYTES && ((to | from | length) & 3) === 0) {
      const words = this.#words;
      const last = (from + length) >> 2;
      let target = to >> 2;
      for (let word = from >> 2; word < last; word++) words[target++] = words[word] as number;
    } else {
      this.ram.bytes.copyWithin(to, from, from + length);
    }
    this.copies.note(to, from, length);
  }

  /** See ContiguousMemory.allocate. IRQL <= DISPATCH_LEVEL. */
  MmAllocateContiguousMemorySpecifyCache(
    bytes: number,
    low: number,
    high: number,
    boundary: number,
    cacheType: MEMORY_CACHING_TYPE,
  ): VirtualAddress | null {
    return this.#contiguous.allocate(bytes, low, high, boundary, cacheType);
  }

  /** See ContiguousMemory.free. IRQL <= DISPATCH_LEVEL. */
  MmFreeContiguousMemorySpecifyCache(
    address: VirtualAddress,
    bytes: number,
    cacheType: MEMORY_CACHING_TYPE,
  ): void {
    this.#contiguous.free(address, bytes, cacheType);
  }

  /** The bus address behind a mapped, contiguous or pool address; 0 for any other. */
  MmGetPhysicalAddress(address: VirtualAddress): PhysicalAddress {
    return this.#addressSpace.physicalAddressOf(address);
  }

  /** See AddressSpace.bytesAt: checked, for drivers and clients; hot paths use `ram.bytes`. */
  bytesAt(address: VirtualAddress, length: number): Uint8Array {
    return this.#addressSpace.bytesAt(address, length);
  }

  /** See AddressSpace.isAccessible. */
  isAccessible(address: number, length: number): boolean {
    return this.#addressSpace.isAccessible(address, length);
  }

  /** See AddressSpace.viewOf. */
  viewOf(address: VirtualAddress, length: number): DataView {
    return this.#addressSpace.viewOf(address, length);
  }

  /** RAM as one device sees it on the bus. */
  dmaMemory(deviceName: string, raise: BugCheckRaiser = this.#raise): DeviceMemory {
    this.#devices++;
    return new DeviceMemory(this.frames, deviceName, this.#devices, raise);
  }

  /** What nobody gave back, as facts for a leak report; empty when nothing is left. */
  outstanding(): string[] {
    const facts: string[] = [];
    for (const mdl of this.#mdls) {
      facts.push(`${mdl}`);
      for (const { mode, process } of mdl.mappings) {
        const pages = countOf(mdl.pageCount, 'page');
        facts.push(`${modeText(mode, process)} mapping of ${pages} (${mdl.owner})`);
      }
    }
    const locks = this.frames.lockCount;
    if (locks > 0) facts.push(`${countOf(locks, 'page')} locked and never unlocked`);
    return [...facts, ...this.#contiguous.outstanding(), ...this.pool.outstanding()];
  }

  #describe(run: PageRun | null, owner: string): Mdl | null {
    if (run === null) return null;
    const mdl = new Mdl(run, owner);
    this.#mdls.add(mdl);
    return mdl;
  }
}
