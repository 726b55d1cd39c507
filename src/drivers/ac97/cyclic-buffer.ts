/**
 * The cyclic buffer of a WaveRT stream: pages anywhere below 4 GiB, and the list that shows them to
 * the engine. Source: AllocateAudioBuffer, IPortWaveRTStream::AllocatePagesForMdl.
 */
import type { Out } from '../../base/out.ts';
import { roundUp } from '../../base/struct.ts';
import type { KernelDdi, Mdl } from '../../kernel/ddi/index.ts';
import type { IPortWaveRTStream } from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { HIGHEST_ADDRESS } from './ac97-adapter.ts';
import { cutBuffer, PAGE_BYTES, type Piece } from './buffer-pieces.ts';
import { DescriptorPage } from './descriptor-page.ts';
import { DescriptorRing } from './descriptor-ring.ts';
import type { DmaEngine } from './dma-engine.ts';
import { FRAME_BYTES } from './wave-format.ts';

/** More than five seconds at 48 kHz. */
export const LARGEST_BUFFER_BYTES = 1 << 20;

export class CyclicBuffer {
  readonly mdl: Mdl;
  readonly bytes: number;
  /** Notifications in each pass; 0 for none. */
  readonly packets: number;
  readonly ring: DescriptorRing;
  readonly #portStream: IPortWaveRTStream;
  readonly #page: DescriptorPage;

  private constructor(
    portStream: IPortWaveRTStream,
    mdl: Mdl,
    page: DescriptorPage,
    ring: DescriptorRing,
    bytes: number,
    packets: number,
  ) {
    this.#portStream = portStream;
    this.#page = page;
    this.mdl = mdl;
    this.ring = ring;
    this.bytes = bytes;
    this.packets = packets;
  }

  /**
   * A buffer of at least the size asked for. STATUS_UNSUCCESSFUL for less than a frame and for more
   * than LARGEST_BUFFER_BYTES, STATUS_INSUFFICIENT_RESOURCES when there is no such memory; then
   * nothing is left. PASSIVE_LEVEL.
   */
  static allocate(
    out: Out<CyclicBuffer | null>,
    wdk: KernelDdi,
    portStream: IPortWaveRTStream,
    engine: DmaEngine,
    requestedBytes: number,
    packets: number,
  ): NtStatus {
    out.value = null;
    // The packets of a buffer are equal, and each is made of whole frames.
    const bytes = roundUp(requestedBytes, FRAME_BYTES * Math.max(1, packets));
    if (requestedBytes < FRAME_BYTES || bytes > LARGEST_BUFFER_BYTES) return STATUS_UNSUCCESSFUL;
    const page = DescriptorPage.allocate(wdk);
    if (page === null) return STATUS_INSUFFICIENT_RESOURCES;
    const mdl = portStream.allocatePagesForMdl(HIGHEST_ADDRESS, bytes);
    const pieces = mdl === null ? null : cutPages(portStream, mdl, bytes, packets);
    if (mdl === null || pieces === null) {
      if (mdl !== null) portStream.freePagesFromMdl(mdl);
      page.free();
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    const ring = new DescriptorRing(engine, page, pieces);
    out.value = new CyclicBuffer(portStream, mdl, page, ring, bytes, packets);
    return STATUS_SUCCESS;
  }

  /** Gives everything back. The engine must know nothing of it any more. PASSIVE_LEVEL. */
  free(): void {
    this.#portStream.freePagesFromMdl(this.mdl);
    this.#page.free();
  }
}

/** Null when the MDL describes less than was asked for. */
function cutPages(
  portStream: IPortWaveRTStream,
  mdl: Mdl,
  bytes: number,
  packets: number,
): readonly Piece[] | null {
  const count = Math.ceil(bytes / PAGE_BYTES);
  if (portStream.getPhysicalPagesCount(mdl) < count) return null;
  const pages = Array.from({ length: count }, (_, index) =>
    portStream.getPhysicalPageAddress(mdl, index),
  );
  return cutBuffer(pages, bytes, packets);
}
