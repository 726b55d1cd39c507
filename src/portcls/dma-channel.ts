/**
 * IDmaChannel: an adapter object, the one common buffer that goes with it, and the sizes that port
 * and miniport tell each other about it. Copies go through the machine's copy routine, so that
 * they are counted. It does not lock: its driver does. Source: IDmaChannel, "DMA Channel Objects".
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { DmaAdapter } from '../kernel/dma/dma-adapter.ts';
import { PAGE_SIZE, pagesFor } from '../kernel/memory/page.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { InterfaceId } from './ddi/declare.ts';
import { type IDmaChannel, IID_IDmaChannel } from './ddi/dma-channel.ts';
import { ComObject } from './ddi/unknown.ts';
import type { PortClass } from './port-class.ts';

/** The page says only that it must not happen. */
const STATUS_BUFFER_ALLOCATED_ALREADY = STATUS_INVALID_DEVICE_REQUEST;
const CACHED = true;

interface CommonBuffer {
  readonly address: VirtualAddress;
  readonly logicalAddress: PhysicalAddress;
  /** As the miniport asked. */
  readonly askedBytes: number;
  /** As it is: whole pages, up to what the device can use. */
  readonly bytes: number;
}

export class DmaChannel extends ComObject implements IDmaChannel {
  protected readonly portClass: PortClass;
  protected readonly adapter: DmaAdapter;
  #buffer: CommonBuffer | null = null;
  #bufferSize = 0;

  /** Takes over the adapter object, and puts it back at its end. */
  constructor(
    portClass: PortClass,
    adapter: DmaAdapter,
    iid: InterfaceId<unknown> = IID_IDmaChannel as InterfaceId<unknown>,
  ) {
    super(portClass.kernel, 'portcls', `DMA channel of ${adapter.deviceName}`, [iid]);
    this.portClass = portClass;
    this.adapter = adapter;
  }

  /**
   * One run of pages that the device reaches. STATUS_INVALID_PARAMETER for a size of 0 or above
   * the channel's maximum, STATUS_INSUFFICIENT_RESOURCES when there is no such run,
   * STATUS_INVALID_DEVICE_REQUEST while there is a buffer. PASSIVE_LEVEL.
   */
  allocateBuffer(bufferSize: number, constraint: PhysicalAddress | null): NtStatus {
    if (this.#buffer !== null) {
      this.#report('AllocateBuffer before the buffer of the last one was freed');
      return STATUS_BUFFER_ALLOCATED_ALREADY;
    }
    const largest = this.adapter.description.maximumLength;
    if (!(bufferSize > 0 && bufferSize <= largest)) return STATUS_INVALID_PARAMETER;
    const bytes = Math.min(pagesFor(bufferSize) * PAGE_SIZE, largest);
    const logicalAddress = new Out(physical(0));
    const boundary = constraint === null ? 0 : boundaryOf(constraint);
    const address = this.adapter.allocateCommonBuffer(bytes, logicalAddress, CACHED, boundary);
    if (address === null) return STATUS_INSUFFICIENT_RESOURCES;
    const { memory } = this.portClass.kernel;
    memory.copies.watch(address, bytes);
    this.#buffer = {
      address,
      logicalAddress: logicalAddress.value,
      askedBytes: bufferSize,
      bytes,
    };
    // One page says that this is the maximum at first, two that it is what was allocated.
    this.#bufferSize = bufferSize;
    return STATUS_SUCCESS;
  }

  /** Harmless without a buffer; the end of the object does the same. PASSIVE_LEVEL. */
  freeBuffer(): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    this.#buffer = null;
    this.#bufferSize = 0;
    const { bytes, logicalAddress, address } = buffer;
    this.portClass.kernel.memory.copies.unwatch(address, bytes);
    this.adapter.freeCommonBuffer(bytes, logicalAddress, address, CACHED);
  }

  /** Of a subordinate channel only. Any IRQL, as all that follow. */
  transferCount(): number {
    return 0;
  }

  /** What of the buffer can be used; before there is one, what the channel was made for. */
  maximumBufferSize(): number {
    return this.#buffer?.bytes ?? this.adapter.description.maximumLength;
  }

  allocatedBufferSize(): number {
    return this.#buffer?.askedBytes ?? 0;
  }

  bufferSize(): number {
    return this.#bufferSize;
  }

  /** A note between port and miniport, of which the channel makes no use. */
  setBufferSize(bufferSize: number): void {
    if (bufferSize > this.maximumBufferSize()) {
      this.#report(`SetBufferSize ${bufferSize}, of at most ${this.maximumBufferSize()}`);
    }
    this.#bufferSize = bufferSize;
  }

  systemAddress(): VirtualAddress | null {
    return this.#buffer?.address ?? null;
  }

  physicalAddress(): PhysicalAddress {
    return this.#buffer?.logicalAddress ?? physical(0);
  }

  /** Stays the channel's: whoever gets it does not put it back. */
  getAdapterObject(): DmaAdapter {
    return this.adapter;
  }

  /** Into the common buffer. What does not lie in it is noted, and not copied. */
  copyTo(destination: VirtualAddress, source: VirtualAddress, byteCount: number): void {
    if (!this.#holds(destination, byteCount, 'CopyTo')) return;
    this.#copy(destination, source, source, byteCount);
  }

  /** Out of the common buffer. What does not lie in it is noted, and not copied. */
  copyFrom(destination: VirtualAddress, source: VirtualAddress, byteCount: number): void {
    if (!this.#holds(source, byteCount, 'CopyFrom')) return;
    this.#copy(destination, source, destination, byteCount);
  }

  protected override destroy(): void {
    this.freeBuffer();
    this.adapter.putDmaAdapter();
  }

  #copy(to: VirtualAddress, from: VirtualAddress, outside: VirtualAddress, bytes: number): void {
    const { memory } = this.portClass.kernel;
    // A bad pointer stops the machine here, as it would in the copy on Windows.
    if (!memory.isAccessible(outside, bytes)) memory.bytesAt(outside, bytes);
    memory.copy(to, from, bytes);
  }

  #holds(address: number, bytes: number, method: string): boolean {
    const buffer = this.#buffer;
    const start = buffer?.address ?? 0;
    const end = start + (buffer?.bytes ?? 0);
    if (address >= start && address + bytes <= end) return true;
    const text = `${bytes} bytes ${address - start} bytes into a buffer of ${end - start}`;
    this.#report(`${method}: ${text}`);
    return false;
  }

  #report(text: string): void {
    this.portClass.findings.report(`IDmaChannel: ${text}`);
  }
}

/**
 * The boundary that a constraint asks for: only its bits may change over the buffer, so the
 * lowest bit that is not in it stays as it is.
 */
function boundaryOf(constraint: PhysicalAddress): number {
  let boundary = 1;
  while (Math.floor(constraint / boundary) % 2 === 1) boundary *= 2;
  return boundary;
}
