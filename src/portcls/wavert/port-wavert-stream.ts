/**
 * IPortWaveRTStream: where a miniport stream gets the pages of its cyclic buffer, and of the lists
 * that its DMA engine reads. The port keeps count of what it gave, so that pages or mappings that
 * a miniport forgets are found when the pin closes. All methods at PASSIVE_LEVEL.
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import { isCachingType, type MEMORY_CACHING_TYPE } from '../../kernel/memory/caching.ts';
import type { Mdl } from '../../kernel/memory/mdl.ts';
import { IID_IPortWaveRTStream, type IPortWaveRTStream } from '../ddi/port.ts';
import { ComObject } from '../ddi/unknown.ts';
import type { PortClass } from '../port-class.ts';

export class PortWaveRtStream extends ComObject implements IPortWaveRTStream {
  readonly #portClass: PortClass;
  readonly #owner: string;
  readonly #mdls = new Set<Mdl>();
  /** Those of #mdls that were asked for in one run. */
  readonly #contiguous = new WeakSet<Mdl>();
  /** The audio buffer, once the client sees it. */
  #lent: Mdl | null = null;
  /** The miniport takes the end of the stream, behind which it may write silence. */
  isEnding = false;
  /** The miniport saves or restores its device, with what the buffer holds. */
  isChangingPower = false;

  constructor(portClass: PortClass, deviceName: string) {
    super(portClass.kernel, 'portcls', 'WaveRT port stream', [IID_IPortWaveRTStream]);
    this.#portClass = portClass;
    this.#owner = `stream buffer of ${deviceName}`;
  }

  /** Pages anywhere in 0..HighAddress; fewer than asked for when memory is short; null when none. */
  allocatePagesForMdl(highAddress: PhysicalAddress, totalBytes: number): Mdl | null {
    const { memory } = this.#portClass.kernel;
    return this.#keep(memory.MmAllocatePagesForMdl(0, highAddress, 0, totalBytes, this.#owner));
  }

  /** One run of adjacent pages inside [LowAddress, HighAddress], in full, or null. */
  allocateContiguousPagesForMdl(
    lowAddress: PhysicalAddress,
    highAddress: PhysicalAddress,
    totalBytes: number,
  ): Mdl | null {
    const { memory } = this.#portClass.kernel;
    const mdl = memory.MmAllocateContiguousPages(lowAddress, highAddress, totalBytes, this.#owner);
    if (mdl !== null) this.#contiguous.add(mdl);
    return this.#keep(mdl);
  }

  /** One kernel address for all the pages, adjacent or not; null when no mapping can be made. */
  mapAllocatedPages(mdl: Mdl, cacheType: MEMORY_CACHING_TYPE): VirtualAddress | null {
    if (!this.#owns(mdl, 'MapAllocatedPages')) return null;
    if (!isCachingType(cacheType)) {
      this.#report(`MapAllocatedPages: CacheType ${cacheType as number} is no cache type`);
      return null;
    }
    if (mdl === this.#lent && !this.isEnding && !this.isChangingPower) {
      this.#report('MapAllocatedPages on the audio buffer, for which a miniport has no need');
    }
    if (mdl.mappingIn('kernel', 0) !== null) {
      this.#report('MapAllocatedPages on pages that have a kernel mapping already');
    }
    const { memory } = this.#portClass.kernel;
    return memory.MmMapLockedPagesSpecifyCache(mdl, 'kernel', cacheType);
  }

  unmapAllocatedPages(baseAddress: VirtualAddress, mdl: Mdl): void {
    if (!this.#owns(mdl, 'UnmapAllocatedPages')) return;
    this.#portClass.kernel.memory.MmUnmapLockedPages(baseAddress, mdl);
  }

  /** A kernel mapping still owed is noted and undone, so that the pages do go back. */
  freePagesFromMdl(mdl: Mdl): void {
    if (!this.#owns(mdl, 'FreePagesFromMdl')) return;
    this.#mdls.delete(mdl);
    this.#endMapping(mdl);
    this.#portClass.kernel.memory.MmFreePagesFromMdl(mdl);
  }

  getPhysicalPagesCount(mdl: Mdl): number {
    return this.#owns(mdl, 'GetPhysicalPagesCount') ? mdl.pageCount : 0;
  }

  /** Valid indexes are 0..count-1; any other is answered with 0. */
  getPhysicalPageAddress(mdl: Mdl, index: number): PhysicalAddress {
    if (!this.#owns(mdl, 'GetPhysicalPageAddress')) return physical(0);
    const address = mdl.pages[index];
    if (address !== undefined) return physical(address);
    this.#report(`GetPhysicalPageAddress: index ${index} of ${mdl.pageCount} pages`);
    return physical(0);
  }

  /** The audio buffer is in the client's view from now on. */
  lendToClient(mdl: Mdl): void {
    this.#lent = mdl;
  }

  isContiguousByDemand(mdl: Mdl): boolean {
    return this.#contiguous.has(mdl);
  }

  /** Whether the MDL came from this stream and is still allocated. */
  holds(mdl: Mdl): boolean {
    return this.#mdls.has(mdl) && !mdl.freed;
  }

  /** The pin is closing: what the miniport did not free is noted, then the port lets go. */
  close(): void {
    for (const mdl of this.#mdls) {
      if (this.#isFreedElsewhere(mdl)) continue;
      this.#report(`pages never freed with FreePagesFromMdl: ${mdl.pageCount}`);
    }
    this.release();
  }

  #keep(mdl: Mdl | null): Mdl | null {
    if (mdl !== null) this.#mdls.add(mdl);
    return mdl;
  }

  #owns(mdl: Mdl, method: string): boolean {
    if (this.#mdls.has(mdl)) return !this.#isFreedElsewhere(mdl);
    this.#report(`${method} was given an MDL that this stream did not allocate, or freed`);
    return false;
  }

  /** The memory manager's own routine looks like the port's, and may not stand in for it. */
  #isFreedElsewhere(mdl: Mdl): boolean {
    if (!mdl.freed) return false;
    this.#mdls.delete(mdl);
    this.#report('pages of a stream were freed with MmFreePagesFromMdl');
    return true;
  }

  #endMapping(mdl: Mdl): void {
    if (mdl.mappingIn('kernel', 0) === null) return;
    this.#report('FreePagesFromMdl before UnmapAllocatedPages');
    this.#portClass.kernel.memory.MmUnmapLockedPages(mdl.storage as VirtualAddress, mdl);
  }

  #report(text: string): void {
    this.#portClass.findings.report(text);
  }
}
