/**
 * The cyclic buffer of a pin: allocated by the miniport out of the port's pages, mapped by the
 * port straight into the client's view, and kept until the pin closes. One that notifies has an
 * allocating and a freeing method of its own. Source: KSPROPERTY_RTAUDIO_BUFFER and
 * BUFFER_WITH_NOTIFICATION, AllocateAudioBuffer, AllocateBufferWithNotification.
 */
import { defined } from '../../base/assert.ts';
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import {
  cachingTypeName,
  isCachingType,
  type MEMORY_CACHING_TYPE,
  MmCached,
  MmWriteCombined,
} from '../../kernel/memory/caching.ts';
import type { Mdl } from '../../kernel/memory/mdl.ts';
import { PAGE_SIZE } from '../../kernel/memory/page.ts';
import type { KsRequest } from '../../ks/request.ts';
import { KSRTAUDIO_BUFFER } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { WaveRtPinParts } from './wavert-pin.ts';

/** No MEMORY_CACHING_TYPE: what a miniport that does not write CacheType leaves. */
const CACHE_TYPE_NOT_WRITTEN = -1 as number as MEMORY_CACHING_TYPE;

interface AllocatedBuffer {
  readonly mdl: Mdl;
  readonly bytes: number;
  readonly offsetBytes: number;
  readonly cacheType: MEMORY_CACHING_TYPE;
  readonly userBase: VirtualAddress;
  readonly notificationCount: number;
}

export class CyclicBuffer {
  readonly #parts: WaveRtPinParts;
  readonly #mdl = new Out<Mdl | null>(null);
  readonly #actualSize = new Out(0);
  readonly #offset = new Out(0);
  readonly #cacheType = new Out<MEMORY_CACHING_TYPE>(CACHE_TYPE_NOT_WRITTEN);
  #allocated: AllocatedBuffer | null = null;

  constructor(parts: WaveRtPinParts) {
    this.#parts = parts;
  }

  get isAllocated(): boolean {
    return this.#allocated !== null;
  }

  /** First byte in the client's view; 0 without a buffer. */
  get address(): number {
    return this.#allocated === null ? 0 : this.#allocated.userBase + this.#allocated.offsetBytes;
  }

  get bytes(): number {
    return this.#allocated?.bytes ?? 0;
  }

  /** The client must issue a memory barrier after writing exactly when writes are combined. */
  get callMemoryBarrier(): boolean {
    return this.#allocated?.cacheType === MmWriteCombined;
  }

  get mdl(): Mdl | null {
    return this.#allocated?.mdl ?? null;
  }

  get offsetBytes(): number {
    return this.#allocated?.offsetBytes ?? 0;
  }

  get cacheType(): MEMORY_CACHING_TYPE {
    return this.#allocated?.cacheType ?? MmCached;
  }

  /** Notifications per pass: 1 or 2, and 0 of a buffer without any, or no buffer. */
  get notificationCount(): number {
    return this.#allocated?.notificationCount ?? 0;
  }

  /** One packet lies between two notifications. */
  get packetBytes(): number {
    return this.bytes / Math.max(1, this.notificationCount);
  }

  /** Allocates as asked, and answers with where the client finds the buffer. */
  answer(
    request: KsRequest,
    baseAddress: number,
    requestedBytes: number,
    notificationCount: number,
  ): NtStatus {
    // The pages decide where the view lies, so an address that was wished for cannot be had.
    if (baseAddress !== 0) return STATUS_UNSUCCESSFUL;
    const status = this.#allocate(requestedBytes, notificationCount);
    if (!ntSuccess(status)) return status;
    const layout = KSRTAUDIO_BUFFER.layout(request.pointerBytes);
    request.information = layout.size;
    layout.write(request.view, request.valueAt, {
      BufferAddress: this.address,
      ActualBufferSize: this.bytes,
      CallMemoryBarrier: this.callMemoryBarrier ? 1 : 0,
    });
    return STATUS_SUCCESS;
  }

  /** The size goes to the miniport as asked. A second request on a pin is refused. */
  #allocate(requestedBytes: number, notificationCount: number): NtStatus {
    const { port, portStream, process } = this.#parts;
    if (this.#allocated !== null) {
      port.portClass.findings.report('a client asked for a second cyclic buffer on one pin');
      return STATUS_INVALID_DEVICE_REQUEST;
    }
    this.#mdl.value = null;
    this.#actualSize.value = 0;
    this.#offset.value = 0;
    this.#cacheType.value = CACHE_TYPE_NOT_WRITTEN;
    const status = this.#askMiniport(requestedBytes, notificationCount);
    if (!ntSuccess(status)) return status;
    const mdl = this.#mdl.value as Mdl | null;
    const bytes = this.#actualSize.value;
    const fault = this.#fault(mdl, bytes);
    if (mdl === null || fault !== null) {
      port.portClass.findings.report(`${allocatingMethod(notificationCount)}: ${fault}`);
      if (mdl !== null) this.#giveBack(mdl, bytes, notificationCount);
      return STATUS_UNSUCCESSFUL;
    }
    this.#advise(mdl, bytes, requestedBytes, notificationCount);
    const cacheType = this.#cacheType.value;
    const { memory } = port.kernel;
    const mode = process === null ? 'kernel' : 'user';
    const base = memory.MmMapLockedPagesSpecifyCache(mdl, mode, cacheType, process?.id ?? 0);
    if (base === null) {
      this.#giveBack(mdl, bytes, notificationCount);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    portStream.lendToClient(mdl);
    memory.copies.watch(mdl.storage, mdl.byteCount);
    this.#allocated = {
      mdl,
      bytes,
      offsetBytes: this.#offset.value,
      cacheType,
      userBase: virtual(base),
      notificationCount,
    };
    return STATUS_SUCCESS;
  }

  #askMiniport(requestedBytes: number, notificationCount: number): NtStatus {
    const { guardedStream, interfaces } = this.#parts;
    const [mdl, actualSize] = [this.#mdl, this.#actualSize];
    const [offset, cacheType] = [this.#offset, this.#cacheType];
    if (notificationCount === 0) {
      return guardedStream.allocateAudioBuffer(requestedBytes, mdl, actualSize, offset, cacheType);
    }
    return defined(interfaces.notification, 'notifications').allocateBufferWithNotification(
      notificationCount,
      requestedBytes,
      mdl,
      actualSize,
      offset,
      cacheType,
    );
  }

  /** A buffer goes back by the method that belongs to the one that allocated it. */
  #giveBack(mdl: Mdl, bytes: number, notificationCount: number): void {
    const { guardedStream, interfaces } = this.#parts;
    if (notificationCount === 0) guardedStream.freeAudioBuffer(mdl, bytes);
    else interfaces.notification?.freeBufferWithNotification(mdl, bytes);
  }

  /** What is wrong with what the miniport returned; null when nothing is. */
  #fault(mdl: Mdl | null, bytes: number): string | null {
    if (mdl === null) return 'success without an MDL';
    if (!this.#parts.portStream.holds(mdl)) return 'an MDL that did not come from the port stream';
    if (bytes <= 0) return 'success with ActualSize 0';
    const cacheType = this.#cacheType.value;
    if (!isCachingType(cacheType)) return `CacheType ${cacheType} is no cache type`;
    const offset = this.#offset.value;
    if (offset < 0 || offset >= PAGE_SIZE) return `offset ${offset} is not in the first page`;
    const room = mdl.pageCount * PAGE_SIZE;
    if (offset + bytes > room) {
      return `offset ${offset} and size ${bytes} reach past ${room} bytes of pages`;
    }
    const kernelMapping = mdl.mappingIn('kernel', 0);
    if (kernelMapping === null || kernelMapping.cacheType === cacheType) return null;
    const mapped = cachingTypeName(kernelMapping.cacheType);
    return `CacheType ${cachingTypeName(cacheType)}, and the kernel mapping is ${mapped}`;
  }

  /** Notes what a client can live with, and a good miniport does not do. */
  #advise(mdl: Mdl, bytes: number, requestedBytes: number, notificationCount: number): void {
    const { format, port, portStream } = this.#parts;
    const method = allocatingMethod(notificationCount);
    const advise = (text: string): void => port.portClass.findings.report(`${method}: ${text}`);
    if (bytes < requestedBytes) advise(`ActualSize ${bytes} is below the requested size`);
    const { frameBytes } = format;
    if (bytes % frameBytes !== 0) {
      advise(`ActualSize ${bytes} is not a multiple of nBlockAlign ${frameBytes}`);
    } else if (notificationCount > 0 && bytes % (notificationCount * frameBytes) !== 0) {
      advise(`ActualSize ${bytes} is not ${notificationCount} packets of whole blocks`);
    }
    if (mdl.mappingIn('kernel', 0) !== null) {
      advise('the audio buffer has a kernel mapping, for which a miniport has no need');
    }
    if (port.canGather && mdl.pageCount > 1 && portStream.isContiguousByDemand(mdl)) {
      advise('contiguous pages for a device that can gather');
    }
  }

  /** Only at STOP, and once: the view goes first, then the miniport frees the pages. */
  free(): void {
    const allocated = this.#allocated;
    this.#allocated = null;
    if (allocated === null) return;
    const { port, process } = this.#parts;
    const mode = process === null ? 'kernel' : 'user';
    port.kernel.memory.copies.unwatch(allocated.mdl.storage, allocated.mdl.byteCount);
    port.kernel.memory.MmUnmapLockedPages(
      allocated.userBase,
      allocated.mdl,
      mode,
      process?.id ?? 0,
    );
    this.#giveBack(allocated.mdl, allocated.bytes, allocated.notificationCount);
  }
}

const allocatingMethod = (notificationCount: number): string =>
  notificationCount === 0 ? 'AllocateAudioBuffer' : 'AllocateBufferWithNotification';
