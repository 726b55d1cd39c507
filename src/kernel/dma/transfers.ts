/**
 * The transfers of one adapter object: buffers described to the device as lists of pieces, and
 * copied through map registers as far as the device does not reach them. A transfer that finds too
 * few map registers waits for those of others, in order. Source: GetScatterGatherList,
 * PutScatterGatherList, "Map Registers".
 */
import type { VirtualAddress } from '../../base/brand.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { DeviceObject } from '../io/device.ts';
import { PAGE_MASK, pagesFor } from '../memory/page.ts';
import * as violation from './dma-violation.ts';
import type { MapRegisters } from './map-registers.ts';
import {
  checkRange,
  type DmaBuffer,
  eachPagePart,
  isOneRun,
  type ListControlRoutine,
  ScatterGatherList,
  startOf,
} from './scatter-gather.ts';

/** What decides about a device's transfers. */
export interface TransferTraits {
  /** The last byte on the bus that the device reaches. */
  readonly highestAddress: number;
  readonly scatterGather: boolean;
  /** Pages that one transfer may span. */
  readonly mostPages: number;
}

/** Stops the machine for a driver's mistake with its adapter object. */
export type Violate = (mistake: number, detail: string) => never;

/** A transfer that waits for map registers. */
interface WaitingTransfer {
  readonly list: ScatterGatherList;
  readonly device: DeviceObject;
  readonly routine: ListControlRoutine;
  readonly context: unknown;
}

export class Transfers {
  readonly #traits: TransferTraits;
  readonly #violate: Violate;
  readonly #registers: MapRegisters;
  readonly #lists = new Set<ScatterGatherList>();
  readonly #waiting: WaitingTransfer[] = [];

  constructor(registers: MapRegisters, traits: TransferTraits, violate: Violate) {
    this.#registers = registers;
    this.#traits = traits;
    this.#violate = violate;
  }

  /** Lists that are out, and transfers that wait. */
  get count(): number {
    return this.#lists.size + this.#waiting.length;
  }

  /** See DmaAdapter.getScatterGatherList. */
  map(
    device: DeviceObject,
    buffer: DmaBuffer,
    currentVa: VirtualAddress,
    length: number,
    routine: ListControlRoutine,
    context: unknown,
    writeToDevice: boolean,
  ): NtStatus {
    const offset = currentVa - startOf(buffer);
    this.#checkTransfer(buffer, offset, length);
    if (offset + length > buffer.byteCount) return STATUS_BUFFER_TOO_SMALL;
    const list = new ScatterGatherList(buffer, offset, length, writeToDevice);
    const spanned = pagesFor(((buffer.byteOffset + offset) & PAGE_MASK) + length);
    if (spanned > this.#traits.mostPages) return STATUS_INSUFFICIENT_RESOURCES;
    const needed = this.#registersFor(list);
    if (needed > this.#registers.capacity || (needed > 0 && !this.#registers.isBacked)) {
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    list.registerCount = needed;
    this.#waiting.push({ list, device, routine, context });
    this.serve();
    return STATUS_SUCCESS;
  }

  /** See DmaAdapter.putScatterGatherList. */
  put(list: ScatterGatherList, writeToDevice: boolean): void {
    if (!this.#lists.delete(list)) {
      this.#violate(violation.FREED_SCATTER_GATHER_TWICE, 'the list is none of this adapter');
    }
    if (!writeToDevice) {
      for (const { storage, bounce, length } of list.bounced) {
        this.#registers.copy(storage, bounce, length, writeToDevice);
      }
    }
    if (list.registerCount > 0) this.#registers.giveBack(list.firstRegister, list.registerCount);
  }

  /** Those that wait are served in their order, as far as map registers go. */
  serve(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || !this.#fill(next.list)) return;
      this.#waiting.shift();
      this.#lists.add(next.list);
      next.routine(next.device, next.list, next.context);
    }
  }

  /** Writes the elements; false while map registers are short. */
  #fill(list: ScatterGatherList): boolean {
    const { buffer, offset, length, registerCount } = list;
    if (registerCount > 0) list.firstRegister = this.#registers.take(registerCount);
    if (registerCount > 0 && list.firstRegister < 0) return false;
    const isBouncedWhole = this.#isBouncedWhole(list);
    let register = list.firstRegister;
    eachPagePart(buffer, offset, length, (address, storage, bytes) => {
      if (!isBouncedWhole && this.#reaches(address, bytes)) {
        list.append(address, bytes);
        return;
      }
      const intoPage = address & PAGE_MASK;
      const bounce = this.#registers.storageOf(register) + intoPage;
      list.append(this.#registers.addressOf(register) + intoPage, bytes);
      list.bounced.push({ storage, bounce, length: bytes });
      if (list.writeToDevice) {
        this.#registers.copy(bounce, storage, bytes, true);
      }
      register++;
    });
    return true;
  }

  #reaches(address: number, bytes: number): boolean {
    return address + bytes - 1 <= this.#traits.highestAddress;
  }

  /** A device without scatter/gather takes one piece: anything else is copied as a whole. */
  #isBouncedWhole({ buffer, offset, length }: ScatterGatherList): boolean {
    return !this.#traits.scatterGather && !isOneRun(buffer, offset, length);
  }

  #registersFor(list: ScatterGatherList): number {
    const isBouncedWhole = this.#isBouncedWhole(list);
    let count = 0;
    eachPagePart(list.buffer, list.offset, list.length, (address, _storage, bytes) => {
      if (isBouncedWhole || !this.#reaches(address, bytes)) count++;
    });
    return count;
  }

  #checkTransfer(buffer: DmaBuffer, offset: number, length: number): void {
    checkRange(buffer, offset, length, this.#violate);
    for (const list of this.#lists) {
      if (!list.overlaps(buffer, offset, length)) continue;
      this.#violate(violation.MAPPED_TWICE, `byte ${offset} and on is mapped for DMA already`);
    }
  }
}
