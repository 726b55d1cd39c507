/**
 * DMA_ADAPTER, the adapter object: what one device's DMA can do, and its dealings with memory.
 * Common buffers are shared by driver and device for long; a scatter/gather list lends a locked
 * buffer for one transfer, and goes through map registers where the device does not reach.
 * Source: IoGetDmaAdapter, DMA_OPERATIONS, "Adapter Objects and DMA".
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import type { Trace } from '../../sim/trace.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import type { DeviceObject } from '../io/device.ts';
import { DISPATCH_LEVEL, type Irql, PASSIVE_LEVEL } from '../irql.ts';
import { MmCached, MmNonCached } from '../memory/caching.ts';
import type { MemoryManager } from '../memory/memory-manager.ts';
import { pagesFor } from '../memory/page.ts';
import {
  AdapterChannel,
  type DriverControlRoutine,
  type MapRegisterBase,
} from './adapter-channel.ts';
import { CommonBuffers } from './common-buffers.ts';
import { addressBits, type DEVICE_DESCRIPTION, highestAddress } from './device-description.ts';
import * as violation from './dma-violation.ts';
import { dmaViolation } from './dma-violation.ts';
import { MapRegisters } from './map-registers.ts';
import type { DmaBuffer, ListControlRoutine, ScatterGatherList } from './scatter-gather.ts';
import { boundaryOf, type SystemDmaController } from './system-dma.ts';
import { Transfers, type Violate } from './transfers.ts';

/** No device here asks for more than bytes. */
const DMA_ALIGNMENT = 1;

/** What an adapter needs of the kernel. */
export interface DmaParts {
  readonly memory: MemoryManager;
  readonly irql: Irql;
  readonly raiser: BugCheckRaiser;
  readonly trace: Trace;
  /** The most pages that stand in for what one device cannot reach; 0 refuses such transfers. */
  readonly mapRegisters: number;
}

export class DmaAdapter {
  readonly description: Readonly<DEVICE_DESCRIPTION>;
  /** The last byte on the bus that the device reaches. */
  readonly highestAddress: number;
  /** Map registers that one transfer may need at most, as IoGetDmaAdapter says. */
  readonly numberOfMapRegisters: number;
  readonly deviceName: string;
  readonly #parts: DmaParts;
  readonly #released: (adapter: DmaAdapter) => void;
  /** The system DMA controller, of a subordinate device. */
  readonly #systemDma: SystemDmaController | null;
  /** What a transfer of the system DMA controller cannot cross; 0 for a bus master. */
  readonly #boundary: number;
  readonly #commonBuffers: CommonBuffers;
  readonly #registers: MapRegisters;
  readonly #transfers: Transfers;
  readonly #channel: AdapterChannel;
  #isReleased = false;

  constructor(
    parts: DmaParts,
    device: DeviceObject,
    description: DEVICE_DESCRIPTION,
    systemDma: SystemDmaController | null,
    released: (adapter: DmaAdapter) => void,
  ) {
    this.#parts = parts;
    this.description = { ...description };
    this.deviceName = device.name;
    this.#systemDma = systemDma;
    this.#boundary = systemDma === null ? 0 : boundaryOf(description.dmaChannel);
    this.#released = released;
    this.highestAddress = highestAddress(addressBits(description) ?? 0);
    this.numberOfMapRegisters = pagesFor(description.maximumLength) + 1;
    const { highestAddress: highest, numberOfMapRegisters: mostPages } = this;
    const capacity = Math.min(parts.mapRegisters, mostPages);
    const { memory, trace } = parts;
    const registers = new MapRegisters(memory, trace, device, capacity, highest);
    const { scatterGather } = description;
    const traits = { highestAddress: highest, scatterGather, mostPages };
    const violate: Violate = (mistake, detail) => this.#violate(mistake, detail);
    this.#registers = registers;
    this.#transfers = new Transfers(registers, traits, violate);
    this.#channel = new AdapterChannel(registers, traits, this.reachesAllMemory, violate);
    this.#commonBuffers = new CommonBuffers(memory, parts.raiser, this.highestAddress);
  }

  /** Whether the device reaches every byte of RAM, so that nothing is ever copied for it. */
  get reachesAllMemory(): boolean {
    const last = this.#parts.memory.frames.ranges.at(-1);
    return last === undefined || last.base + last.bytes - 1 <= this.highestAddress;
  }

  /** Bytes that went through map registers so far. */
  get bouncedBytes(): number {
    return this.#registers.bouncedBytes;
  }

  /** Ends the adapter object; what it still holds is a bug check. IRQL = PASSIVE_LEVEL. */
  putDmaAdapter(): void {
    this.#enter('PutDmaAdapter', PASSIVE_LEVEL, PASSIVE_LEVEL);
    const left = this.#commonBuffers.count;
    if (left > 0) this.#violate(violation.LEFT_COMMON_BUFFER, `${left} common buffers are left`);
    const lists = this.#transfers.count;
    if (lists > 0) this.#violate(violation.LEFT_SCATTER_GATHER, `${lists} lists are left`);
    if (this.#channel.isHeld) this.#violate(violation.LEFT_CHANNEL, 'the channel is left');
    const sets = this.#channel.count;
    if (sets > 0) this.#violate(violation.LEFT_MAP_REGISTERS, `${sets} map registers are left`);
    this.#isReleased = true;
    this.#registers.free();
    this.#released(this);
  }

  /**
   * Memory that driver and device share: adjacent on the bus and within the device's reach. Null
   * when there is none. `boundary` is not the driver's: PortCls' channels ask for a buffer that
   * crosses no multiple of it. IRQL = PASSIVE_LEVEL.
   */
  allocateCommonBuffer(
    length: number,
    logicalAddress: Out<PhysicalAddress>,
    cacheEnabled: boolean,
    boundary = 0,
  ): VirtualAddress | null {
    this.#enter('AllocateCommonBuffer', PASSIVE_LEVEL, PASSIVE_LEVEL);
    const cacheType = cacheEnabled ? MmCached : MmNonCached;
    const within = boundary === 0 ? this.#boundary : Math.min(boundary, this.#boundary || boundary);
    const address = this.#commonBuffers.allocate(length, cacheType, within);
    const { memory } = this.#parts;
    logicalAddress.value = address === null ? physical(0) : memory.MmGetPhysicalAddress(address);
    return address;
  }

  /** With the values that AllocateCommonBuffer was given and gave. IRQL = PASSIVE_LEVEL. */
  freeCommonBuffer(
    length: number,
    logicalAddress: PhysicalAddress,
    virtualAddress: VirtualAddress,
    cacheEnabled: boolean,
  ): void {
    this.#enter('FreeCommonBuffer', PASSIVE_LEVEL, PASSIVE_LEVEL);
    const cacheType = cacheEnabled ? MmCached : MmNonCached;
    this.#commonBuffers.free(length, logicalAddress, virtualAddress, cacheType);
  }

  /** Bytes that a transfer's start has to be a multiple of. IRQL = PASSIVE_LEVEL. */
  getDmaAlignment(): number {
    this.#enter('GetDmaAlignment', PASSIVE_LEVEL, PASSIVE_LEVEL);
    return DMA_ALIGNMENT;
  }

  /**
   * Describes `length` bytes at `currentVa` of a locked buffer to the device, and calls `routine`
   * with the list, at once or when map registers are free. STATUS_BUFFER_TOO_SMALL when it
   * ends before that, STATUS_INSUFFICIENT_RESOURCES when the device cannot reach the buffer and the
   * machine has too few map registers. IRQL = DISPATCH_LEVEL.
   */
  getScatterGatherList<C>(
    device: DeviceObject,
    buffer: DmaBuffer,
    currentVa: VirtualAddress,
    length: number,
    routine: ListControlRoutine<C>,
    context: C,
    writeToDevice: boolean,
  ): NtStatus {
    this.#enter('GetScatterGatherList', DISPATCH_LEVEL, DISPATCH_LEVEL);
    const control = routine as ListControlRoutine;
    return this.#transfers.map(device, buffer, currentVa, length, control, context, writeToDevice);
  }

  /**
   * Gives a list back when the device is done with it; only now what a device wrote into map
   * registers reaches the buffer. IRQL = DISPATCH_LEVEL.
   */
  putScatterGatherList(list: ScatterGatherList, writeToDevice: boolean): void {
    this.#enter('PutScatterGatherList', DISPATCH_LEVEL, DISPATCH_LEVEL);
    this.#transfers.put(list, writeToDevice);
    this.#serveWaiting();
  }

  /**
   * Gets the adapter's one channel and `count` map registers for the driver, and calls `routine`,
   * at once or when so many are free. STATUS_INSUFFICIENT_RESOURCES for more than there can be.
   * IRQL = DISPATCH_LEVEL.
   */
  allocateAdapterChannel<C>(
    device: DeviceObject,
    count: number,
    routine: DriverControlRoutine<C>,
    context: C,
  ): NtStatus {
    this.#enter('AllocateAdapterChannel', DISPATCH_LEVEL, DISPATCH_LEVEL);
    return this.#channel.allocate(device, count, routine as DriverControlRoutine, context);
  }

  /**
   * The bus address for the bytes at `currentVa`; `length` becomes what of them is one piece, and
   * the rest takes further calls, unless the device cannot gather. IRQL <= DISPATCH_LEVEL.
   */
  mapTransfer(
    buffer: DmaBuffer,
    mapRegisterBase: MapRegisterBase,
    currentVa: VirtualAddress,
    length: Out<number>,
    writeToDevice: boolean,
  ): PhysicalAddress {
    this.#enter('MapTransfer', PASSIVE_LEVEL, DISPATCH_LEVEL);
    return this.#channel.map(buffer, mapRegisterBase, currentVa, length, writeToDevice);
  }

  /** Ends a transfer: what the device wrote is in the buffer now. IRQL <= DISPATCH_LEVEL. */
  flushAdapterBuffers(
    buffer: DmaBuffer,
    mapRegisterBase: MapRegisterBase,
    currentVa: VirtualAddress,
    length: number,
    writeToDevice: boolean,
  ): boolean {
    this.#enter('FlushAdapterBuffers', PASSIVE_LEVEL, DISPATCH_LEVEL);
    return this.#channel.flush(buffer, mapRegisterBase, currentVa, length, writeToDevice);
  }

  /** After DeallocateObjectKeepRegisters. IRQL = DISPATCH_LEVEL. */
  freeMapRegisters(mapRegisterBase: MapRegisterBase, count: number): void {
    this.#enter('FreeMapRegisters', DISPATCH_LEVEL, DISPATCH_LEVEL);
    this.#channel.freeRegisters(mapRegisterBase, count);
    this.#serveWaiting();
  }

  /** After KeepObject; the map registers go with the channel. IRQL = DISPATCH_LEVEL. */
  freeAdapterChannel(): void {
    this.#enter('FreeAdapterChannel', DISPATCH_LEVEL, DISPATCH_LEVEL);
    this.#channel.free();
    this.#serveWaiting();
  }

  /**
   * Sets the system DMA controller to move `bytes` bytes at a bus address, for ever in auto
   * initialise mode. What MapTransfer does for a subordinate device. IRQL <= DISPATCH_LEVEL.
   */
  beginSystemTransfer(address: PhysicalAddress, bytes: number, writeToDevice: boolean): void {
    this.#enter('MapTransfer', PASSIVE_LEVEL, DISPATCH_LEVEL);
    const { autoInitialize, dmaChannel } = this.description;
    const transfer = { address, bytes, writeToDevice, autoInitialize };
    this.#systemDma?.begin(dmaChannel, transfer);
  }

  /** Ends it, with what the controller still held back. What FlushAdapterBuffers does. */
  endSystemTransfer(): void {
    this.#enter('FlushAdapterBuffers', PASSIVE_LEVEL, DISPATCH_LEVEL);
    this.#systemDma?.end(this.description.dmaChannel);
  }

  /** Bytes that the system DMA controller still has to move; 0 for a bus master. */
  readDmaCounter(): number {
    this.#enter('ReadDmaCounter', PASSIVE_LEVEL, DISPATCH_LEVEL);
    return this.#systemDma?.bytesLeft(this.description.dmaChannel) ?? 0;
  }

  /** For a leak report. */
  outstanding(): string {
    return `DMA adapter of ${this.deviceName}`;
  }

  /** Map registers may have become free. */
  #serveWaiting(): void {
    this.#transfers.serve();
    this.#channel.serve();
  }

  #enter(routine: string, lowest: number, highest: number): void {
    if (this.#isReleased) {
      this.#violate(violation.ADAPTER_RELEASED, `${routine} after PutDmaAdapter`);
    }
    const level = this.#parts.irql.current;
    if (level >= lowest && level <= highest) return;
    this.#violate(violation.WRONG_IRQL, `${routine} at IRQL ${level}, allowed at ${highest}`);
  }

  #violate(mistake: number, detail: string): never {
    return dmaViolation(this.#parts.raiser, mistake, `${this.deviceName}: ${detail}`);
  }
}
