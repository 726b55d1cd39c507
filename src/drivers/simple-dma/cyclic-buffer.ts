/**
 * The cyclic buffer of a stream, as the part needs it: scattered pages and a page with their
 * addresses, if it gathers; else one contiguous run, which a fragmented machine may not have.
 * Either within what its DMA reaches. Source: AllocateAudioBuffer, AllocateContiguousPagesForMdl.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import { roundUp, writeU64 } from '../../base/struct.ts';
import { type KernelDdi, type Mdl, MmNonCached } from '../../kernel/ddi/index.ts';
import type { IPortWaveRTStream } from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import {
  SIMPLE_DMA_LIST_ENTRY_BYTES,
  SIMPLE_DMA_MAX_PAGES,
} from '../../standards/simple-dma/registers.ts';
import type { ChannelBuffer } from './dma-channel.ts';
import { type DmaCapabilities, PAGE_BYTES } from './dma-registers.ts';

export const LARGEST_BUFFER_BYTES = SIMPLE_DMA_MAX_PAGES * PAGE_BYTES;

interface PageList {
  readonly mdl: Mdl;
  readonly base: VirtualAddress;
}

/** What a client asks for. */
export interface BufferRequest {
  readonly bytes: number;
  readonly frameBytes: number;
  /** Notifications in each pass: 0, 1 or 2. */
  readonly notificationCount: number;
}

export class CyclicBuffer implements ChannelBuffer {
  readonly mdl: Mdl;
  readonly bytes: number;
  readonly packetBytes: number;
  readonly dmaAddress: number;
  readonly #portStream: IPortWaveRTStream;
  readonly #list: PageList | null;

  private constructor(
    portStream: IPortWaveRTStream,
    mdl: Mdl,
    list: PageList | null,
    bytes: number,
    packetBytes: number,
  ) {
    this.#portStream = portStream;
    this.#list = list;
    this.mdl = mdl;
    this.bytes = bytes;
    this.packetBytes = packetBytes;
    this.dmaAddress = portStream.getPhysicalPageAddress(list?.mdl ?? mdl, 0);
  }

  /**
   * A buffer of at least the size asked for. STATUS_UNSUCCESSFUL for less than a frame and for more
   * than the part can go through, STATUS_INSUFFICIENT_RESOURCES when there is no such memory; then
   * nothing is left. PASSIVE_LEVEL.
   */
  static allocate(
    out: Out<CyclicBuffer | null>,
    wdk: KernelDdi,
    portStream: IPortWaveRTStream,
    capabilities: DmaCapabilities,
    request: BufferRequest,
  ): NtStatus {
    out.value = null;
    const packets = Math.max(1, request.notificationCount);
    // The packets of a buffer are equal, and each is made of whole frames.
    const bytes = roundUp(request.bytes, request.frameBytes * packets);
    if (request.bytes < request.frameBytes || bytes > LARGEST_BUFFER_BYTES) {
      return STATUS_UNSUCCESSFUL;
    }
    const { gathers, highAddress, lowAddress } = capabilities;
    const mdl = gathers
      ? portStream.allocatePagesForMdl(highAddress, bytes)
      : portStream.allocateContiguousPagesForMdl(lowAddress, highAddress, bytes);
    if (mdl === null) return STATUS_INSUFFICIENT_RESOURCES;
    const list = gathers ? makePageList(wdk, portStream, capabilities, mdl, bytes) : null;
    if (gathers && list === null) {
      portStream.freePagesFromMdl(mdl);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    const packetBytes = request.notificationCount === 0 ? 0 : bytes / packets;
    out.value = new CyclicBuffer(portStream, mdl, list, bytes, packetBytes);
    return STATUS_SUCCESS;
  }

  /** Gives everything back. The engine must know nothing of it any more. PASSIVE_LEVEL. */
  free(): void {
    const list = this.#list;
    if (list !== null) freePageList(this.#portStream, list);
    this.#portStream.freePagesFromMdl(this.mdl);
  }
}

/**
 * The pages of `mdl`, written down for the engine; null when memory or mappings are short, when
 * the MDL describes less than was asked for, or when a page lies below what the engine reaches.
 */
function makePageList(
  wdk: KernelDdi,
  portStream: IPortWaveRTStream,
  { highAddress, lowAddress }: DmaCapabilities,
  mdl: Mdl,
  bytes: number,
): PageList | null {
  const pageCount = Math.ceil(bytes / PAGE_BYTES);
  if (portStream.getPhysicalPagesCount(mdl) < pageCount) return null;
  const listMdl = portStream.allocateContiguousPagesForMdl(lowAddress, highAddress, PAGE_BYTES);
  if (listMdl === null) return null;
  const base = portStream.mapAllocatedPages(listMdl, MmNonCached);
  if (base === null) {
    portStream.freePagesFromMdl(listMdl);
    return null;
  }
  const list = { mdl: listMdl, base };
  const view = wdk.viewAt(base, PAGE_BYTES);
  for (let index = 0; index < pageCount; index++) {
    const page = portStream.getPhysicalPageAddress(mdl, index);
    if (page < lowAddress) {
      freePageList(portStream, list);
      return null;
    }
    writeU64(view, index * SIMPLE_DMA_LIST_ENTRY_BYTES, page);
  }
  return list;
}

function freePageList(portStream: IPortWaveRTStream, { base, mdl }: PageList): void {
  portStream.unmapAllocatedPages(base, mdl);
  portStream.freePagesFromMdl(mdl);
}
