/**
 * Packet DMA: a driver gets the adapter's channel and map registers for itself, maps a locked
 * buffer piece by piece, and flushes and frees when the device is done. Source:
 * AllocateAdapterChannel, MapTransfer, FlushAdapterBuffers, FreeAdapterChannel, FreeMapRegisters,
 * "Using Packet-Based DMA".
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { DeviceObject } from '../io/device.ts';
import { PAGE_MASK, pagesFor } from '../memory/page.ts';
import * as violation from './dma-violation.ts';
import type { MapRegisters } from './map-registers.ts';
import { checkRange, type DmaBuffer, eachPagePart, isOneRun, startOf } from './scatter-gather.ts';
import type { TransferTraits, Violate } from './transfers.ts';

/** IO_ALLOCATION_ACTION: what a DRIVER_CONTROL routine leaves allocated. */
export const KeepObject = 1;
export const DeallocateObject = 2;
export const DeallocateObjectKeepRegisters = 3;
export type IO_ALLOCATION_ACTION =
  | typeof KeepObject
  | typeof DeallocateObject
  | typeof DeallocateObjectKeepRegisters;

/** DRIVER_CONTROL, at DISPATCH_LEVEL, once channel and map registers are the driver's. */
export type DriverControlRoutine<C = unknown> = (
  device: DeviceObject,
  mapRegisterBase: MapRegisterBase,
  context: C,
) => IO_ALLOCATION_ACTION;

/** What MapTransfer gave to the device and nobody has flushed. */
interface MappedPiece {
  readonly buffer: DmaBuffer;
  readonly offset: number;
  readonly length: number;
  /** RAM offset of the map registers' bytes; -1 where the device reaches the buffer itself. */
  readonly bounce: number;
}

/** The handle of a set of map registers; opaque to drivers. */
export class MapRegisterBase {
  readonly count: number;
  /** The first register; -1 for a device that needs none. */
  readonly first: number;
  used = 0;
  readonly mapped: MappedPiece[] = [];

  constructor(count: number, first: number) {
    this.count = count;
    this.first = first;
  }
}

interface WaitingDriver {
  readonly device: DeviceObject;
  readonly count: number;
  readonly routine: DriverControlRoutine;
  readonly context: unknown;
}

export class AdapterChannel {
  readonly #registers: MapRegisters;
  readonly #traits: TransferTraits;
  readonly #needsRegisters: boolean;
  readonly #violate: Violate;
  readonly #bases = new Set<MapRegisterBase>();
  /** Who has the channel without its map registers yet; only one driver asks at a time. */
  #waiting: WaitingDriver | null = null;
  #owner: MapRegisterBase | null = null;

  /** `reachesAll` says that no piece of memory is out of the device's reach. */
  constructor(
    registers: MapRegisters,
    traits: TransferTraits,
    reachesAll: boolean,
    violate: Violate,
  ) {
    this.#registers = registers;
    this.#traits = traits;
    this.#needsRegisters = !reachesAll || !traits.scatterGather;
    this.#violate = violate;
  }

  get isHeld(): boolean {
    return this.#owner !== null || this.#waiting !== null;
  }

  /** Sets of map registers that are out. */
  get count(): number {
    return this.#bases.size;
  }

  /** See DmaAdapter.allocateAdapterChannel. */
  allocate(
    device: DeviceObject,
    count: number,
    routine: DriverControlRoutine,
    context: unknown,
  ): NtStatus {
    if (this.isHeld) this.#violate(violation.SECOND_CHANNEL, 'the channel is allocated already');
    const registers = this.#registers;
    const isShort = this.#needsRegisters && (count > registers.capacity || !registers.isBacked);
    if (count > this.#traits.mostPages || isShort) return STATUS_INSUFFICIENT_RESOURCES;
    this.#waiting = { device, count, routine, context };
    this.serve();
    return STATUS_SUCCESS;
  }

  /** Calls the driver that waits, when there are map registers for it. */
  serve(): void {
    const next = this.#waiting;
    if (next === null) return;
    const first = this.#needsRegisters ? this.#registers.take(next.count) : -1;
    if (this.#needsRegisters && first < 0) return;
    this.#waiting = null;
    const base = new MapRegisterBase(next.count, first);
    this.#bases.add(base);
    this.#owner = base;
    const action = next.routine(next.device, base, next.context);
    if (action !== KeepObject) this.#owner = null;
    if (action === DeallocateObject) this.#giveBack(base);
  }

  /** See DmaAdapter.mapTransfer. */
  map(
    buffer: DmaBuffer,
    base: MapRegisterBase,
    currentVa: VirtualAddress,
    length: Out<number>,
    writeToDevice: boolean,
  ): PhysicalAddress {
    const offset = currentVa - startOf(buffer);
    checkRange(buffer, offset, length.value, this.#violate);
    const over = offset + length.value - buffer.byteCount;
    if (over > 0) this.#violate(violation.BUFFER_TOO_SHORT, `${over} bytes are not in the MDL`);
    const isWhole = !this.#traits.scatterGather && !isOneRun(buffer, offset, length.value);
    const direct = isWhole ? 0 : this.#reachedBytes(buffer, offset, length.value);
    if (direct > 0) {
      length.value = direct;
      base.mapped.push({ buffer, offset, length: direct, bounce: -1 });
      return physical(firstAddress(buffer, offset));
    }
    if (!isWhole) length.value = this.#unreachedBytes(buffer, offset, length.value);
    return this.#bounce(buffer, offset, length.value, base, writeToDevice);
  }

  /** See DmaAdapter.flushAdapterBuffers. */
  flush(
    buffer: DmaBuffer,
    base: MapRegisterBase,
    currentVa: VirtualAddress,
    length: number,
    writeToDevice: boolean,
  ): boolean {
    const from = currentVa - startOf(buffer);
    const isMeant = (piece: MappedPiece): boolean =>
      piece.buffer === buffer &&
      piece.offset >= from &&
      piece.offset + piece.length <= from + length;
    const pieces = base.mapped.filter(isMeant);
    if (pieces.length === 0) this.#violate(violation.FLUSHED_UNMAPPED, 'nothing there is mapped');
    for (const piece of pieces) {
      base.mapped.splice(base.mapped.indexOf(piece), 1);
      if (writeToDevice || piece.bounce < 0) continue;
      const to = startOf(buffer) + piece.offset;
      this.#registers.copy(to, piece.bounce, piece.length, writeToDevice);
    }
    if (base.mapped.length === 0) base.used = 0;
    return true;
  }

  /** See DmaAdapter.freeMapRegisters. */
  freeRegisters(base: MapRegisterBase, count: number): void {
    if (!this.#bases.has(base) || base.count !== count) {
      this.#violate(violation.FREED_MAP_REGISTERS_TWICE, `${count} map registers are not out`);
    }
    this.#giveBack(base);
  }

  /** See DmaAdapter.freeAdapterChannel. */
  free(): void {
    const owner = this.#owner;
    if (owner === null) this.#violate(violation.FREED_CHANNEL_TWICE, 'nobody has the channel');
    this.#owner = null;
    if (this.#bases.has(owner)) this.#giveBack(owner);
  }

  #giveBack(base: MapRegisterBase): void {
    const left = base.mapped.length;
    if (left > 0) this.#violate(violation.FREED_MAPPED_REGISTERS, `${left} pieces are mapped`);
    this.#bases.delete(base);
    if (base.first >= 0) this.#registers.giveBack(base.first, base.count);
  }

  /** Bytes from `offset` on that are one run within the device's reach. */
  #reachedBytes(buffer: DmaBuffer, offset: number, length: number): number {
    let bytes = 0;
    let expected = firstAddress(buffer, offset);
    eachPagePart(buffer, offset, length, (address, _storage, part) => {
      if (address !== expected || address + part - 1 > this.#traits.highestAddress) {
        expected = -1;
        return;
      }
      bytes += part;
      expected = address + part;
    });
    return bytes;
  }

  /** Bytes from `offset` on that the device does not reach, up to a page that it does. */
  #unreachedBytes(buffer: DmaBuffer, offset: number, length: number): number {
    let bytes = 0;
    let isOver = false;
    eachPagePart(buffer, offset, length, (address, _storage, part) => {
      isOver ||= address + part - 1 <= this.#traits.highestAddress;
      if (!isOver) bytes += part;
    });
    return bytes;
  }

  /** Copies to consecutive registers, keeping the offset in the first page. */
  #bounce(
    buffer: DmaBuffer,
    offset: number,
    bytes: number,
    base: MapRegisterBase,
    writeToDevice: boolean,
  ): PhysicalAddress {
    const intoPage = (buffer.byteOffset + offset) & PAGE_MASK;
    const pages = pagesFor(intoPage + bytes);
    if (base.used + pages > base.count) {
      this.#violate(violation.TOO_FEW_MAP_REGISTERS, `${base.used + pages} of ${base.count}`);
    }
    const register = base.first + base.used;
    base.used += pages;
    const bounce = this.#registers.storageOf(register) + intoPage;
    const from = startOf(buffer) + offset;
    if (writeToDevice) this.#registers.copy(bounce, from, bytes, writeToDevice);
    base.mapped.push({ buffer, offset, length: bytes, bounce });
    return physical(this.#registers.addressOf(register) + intoPage);
  }
}

/** The bus address of the byte at `offset`. */
function firstAddress(buffer: DmaBuffer, offset: number): number {
  let first = -1;
  eachPagePart(buffer, offset, 1, (address) => {
    first = address;
  });
  return first;
}
