/**
 * The cyclic buffer of a stream and the descriptor list that leads the DMA engine round it. All
 * pages come from the port stream: scattered ones for sound, because the engine can gather, and a
 * page of its own for the list, which alone stays mapped here. Sound pages are left alone, but for
 * captured sound that would be lost when an engine is wound after a sleep.
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import {
  type KernelDdi,
  type Mdl,
  MmNonCached,
  MmWriteCombined,
  NonPagedPoolNx,
} from '../../kernel/ddi/index.ts';
import type { IPortWaveRTStream } from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { describeBuffer, writeBufferList } from './buffer-descriptor-list.ts';
import { type BufferShape, cyclicBufferBytes, PAGE_BYTES } from './buffer-size.ts';

const COPY_TAG = 'hdaW';

interface Listing {
  readonly mdl: Mdl;
  readonly base: VirtualAddress;
}

export class CyclicBuffer {
  readonly mdl: Mdl;
  /** What plays in a loop; the last page may hold more. */
  readonly bytes: number;
  /** NotificationCount; 0 for a buffer that does not notify. */
  readonly packets: number;
  /** Physical address of the descriptor list. */
  readonly listAddress: PhysicalAddress;
  /** SDnLVI. */
  readonly lastEntry: number;
  readonly #portStream: IPortWaveRTStream;
  readonly #listing: Listing;

  private constructor(
    portStream: IPortWaveRTStream,
    mdl: Mdl,
    bytes: number,
    packets: number,
    listing: Listing,
    lastEntry: number,
  ) {
    this.#portStream = portStream;
    this.#listing = listing;
    this.mdl = mdl;
    this.bytes = bytes;
    this.packets = packets;
    this.listAddress = portStream.getPhysicalPageAddress(listing.mdl, 0);
    this.lastEntry = lastEntry;
  }

  /**
   * A buffer of at least `requestedBytes` in pages below `highAddress`. STATUS_UNSUCCESSFUL when
   * no buffer of that size can be described, STATUS_INSUFFICIENT_RESOURCES when memory or mappings
   * are short; then nothing is left. PASSIVE_LEVEL. Source: AllocateAudioBuffer.
   */
  static allocate(
    out: Out<CyclicBuffer | null>,
    wdk: KernelDdi,
    portStream: IPortWaveRTStream,
    requestedBytes: number,
    shape: BufferShape,
    highAddress: PhysicalAddress,
  ): NtStatus {
    out.value = null;
    const bytes = cyclicBufferBytes(requestedBytes, shape);
    if (bytes === null) return STATUS_UNSUCCESSFUL;
    const mdl = portStream.allocatePagesForMdl(highAddress, bytes);
    if (mdl === null) return STATUS_INSUFFICIENT_RESOURCES;
    const pageCount = Math.ceil(bytes / PAGE_BYTES);
    // Under memory pressure the MDL may describe less than was asked for.
    const isWhole = portStream.getPhysicalPagesCount(mdl) >= pageCount;
    const listing = isWhole ? mapListing(portStream, highAddress) : null;
    if (listing === null) {
      portStream.freePagesFromMdl(mdl);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    const pages = Array.from({ length: pageCount }, (_, index) =>
      portStream.getPhysicalPageAddress(mdl, index),
    );
    const entries = describeBuffer(pages, bytes, shape.packets);
    writeBufferList(wdk.viewAt(listing.base, PAGE_BYTES), entries);
    const lastEntry = entries.length - 1;
    out.value = new CyclicBuffer(portStream, mdl, bytes, shape.packets, listing, lastEntry);
    return STATUS_SUCCESS;
  }

  /**
   * Copies what the buffer holds; the function that it returns puts it back, once. Without memory
   * for a copy it does nothing. PASSIVE_LEVEL.
   */
  keepSound(wdk: KernelDdi): () => void {
    const portStream = this.#portStream;
    const base = portStream.mapAllocatedPages(this.mdl, MmWriteCombined);
    if (base === null) return () => undefined;
    const copy = wdk.ExAllocatePoolWithTag(NonPagedPoolNx, this.bytes, COPY_TAG);
    if (copy !== null) wdk.RtlCopyMemory(copy, base, this.bytes);
    return () => {
      if (copy !== null) {
        wdk.RtlCopyMemory(base, copy, this.bytes);
        wdk.ExFreePoolWithTag(copy, COPY_TAG);
      }
      portStream.unmapAllocatedPages(base, this.mdl);
    };
  }

  /** Gives everything back. The engine must not run any more. PASSIVE_LEVEL. */
  free(): void {
    const { base, mdl } = this.#listing;
    this.#portStream.unmapAllocatedPages(base, mdl);
    this.#portStream.freePagesFromMdl(mdl);
    this.#portStream.freePagesFromMdl(this.mdl);
  }
}

/** A page for the list, mapped; null when there is none, and then nothing is left. */
function mapListing(portStream: IPortWaveRTStream, highAddress: PhysicalAddress): Listing | null {
  const mdl = portStream.allocateContiguousPagesForMdl(physical(0), highAddress, PAGE_BYTES);
  if (mdl === null) return null;
  const base = portStream.mapAllocatedPages(mdl, MmNonCached);
  if (base === null) {
    portStream.freePagesFromMdl(mdl);
    return null;
  }
  return { mdl, base };
}
