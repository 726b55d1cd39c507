/**
 * SCATTER_GATHER_LIST: the pieces of a locked buffer as one device finds them on the bus. A piece
 * is adjacent in physical memory; what the device cannot reach is in map registers instead, and
 * the list remembers where to copy. Source: GetScatterGatherList, SCATTER_GATHER_LIST.
 */
import type { PhysicalAddress } from '../../base/brand.ts';
import { physical } from '../../base/brand.ts';
import type { DeviceObject } from '../io/device.ts';
import type { LockedBuffer } from '../memory/locked-buffer.ts';
import { Mdl } from '../memory/mdl.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../memory/page.ts';
import { ADDRESS_NOT_IN_MDL, BUFFER_NOT_LOCKED, ZERO_LENGTH } from './dma-violation.ts';

/** What a transfer describes: pages of an MDL, or a buffer that its owner locked in place. */
export type DmaBuffer = Mdl | LockedBuffer;

export interface ScatterGatherElement {
  readonly address: PhysicalAddress;
  readonly length: number;
}

/** DRIVER_LIST_CONTROL, at DISPATCH_LEVEL, once the map registers that are needed are there. */
export type ListControlRoutine<C = unknown> = (
  device: DeviceObject,
  scatterGather: ScatterGatherList,
  context: C,
) => void;

/** Part of the buffer that lies in map registers while the list lives. */
interface BouncedPart {
  /** RAM offset of its bytes in the buffer. */
  readonly storage: number;
  /** RAM offset of the map register's bytes. */
  readonly bounce: number;
  readonly length: number;
}

export class ScatterGatherList {
  readonly buffer: DmaBuffer;
  /** Where the transfer begins, in bytes from the first byte of the buffer. */
  readonly offset: number;
  readonly length: number;
  readonly writeToDevice: boolean;
  readonly elements: ScatterGatherElement[] = [];
  readonly bounced: BouncedPart[] = [];
  /** The first of the map registers it holds, and how many. */
  firstRegister = -1;
  registerCount = 0;

  constructor(buffer: DmaBuffer, offset: number, length: number, writeToDevice: boolean) {
    this.buffer = buffer;
    this.offset = offset;
    this.length = length;
    this.writeToDevice = writeToDevice;
  }

  get numberOfElements(): number {
    return this.elements.length;
  }

  /** Adds a piece, joined to the one before where both are adjacent on the bus. */
  append(address: number, length: number): void {
    const last = this.elements.at(-1);
    if (last !== undefined && last.address + last.length === address) {
      this.elements.pop();
      this.elements.push({ address: last.address, length: last.length + length });
      return;
    }
    this.elements.push({ address: physical(address), length });
  }

  overlaps(buffer: DmaBuffer, offset: number, length: number): boolean {
    const isSame = buffer === this.buffer;
    return isSame && offset < this.offset + this.length && this.offset < offset + length;
  }
}

/** The RAM offset of a buffer's first byte, which is its virtual address as well. */
export const startOf = (buffer: DmaBuffer): number =>
  buffer instanceof Mdl ? buffer.storage : buffer.address;

export const isLocked = (buffer: DmaBuffer): boolean =>
  buffer instanceof Mdl ? !buffer.freed : buffer.isLocked;

function physicalAt(buffer: DmaBuffer, offset: number): number {
  if (!(buffer instanceof Mdl)) return buffer.physicalAt(offset);
  return (buffer.pages[offset >>> PAGE_SHIFT] as number) + (offset & PAGE_MASK);
}

/** A transfer has bytes, and begins in a buffer that is locked. */
export function checkRange(
  buffer: DmaBuffer,
  offset: number,
  length: number,
  violate: (mistake: number, detail: string) => never,
): void {
  if (!isLocked(buffer)) violate(BUFFER_NOT_LOCKED, 'the buffer is not locked');
  if (!(length > 0)) violate(ZERO_LENGTH, `a transfer of ${length} bytes`);
  if (offset < 0 || offset >= buffer.byteCount) {
    violate(ADDRESS_NOT_IN_MDL, `the MDL has no byte ${offset}`);
  }
}

/** Calls `part` for each page, or part of one, of a range of a buffer. */
export function eachPagePart(
  buffer: DmaBuffer,
  offset: number,
  length: number,
  part: (address: number, storage: number, bytes: number) => void,
): void {
  const end = offset + length;
  let at = offset;
  while (at < end) {
    const intoPage = (buffer.byteOffset + at) & PAGE_MASK;
    const bytes = Math.min(end - at, PAGE_SIZE - intoPage);
    part(physicalAt(buffer, at), startOf(buffer) + at, bytes);
    at += bytes;
  }
}

/** Whether a range of a buffer is one run on the bus. */
export function isOneRun(buffer: DmaBuffer, offset: number, length: number): boolean {
  let expected = -1;
  let isRun = true;
  eachPagePart(buffer, offset, length, (address, _storage, bytes) => {
    if (expected >= 0 && address !== expected) isRun = false;
    expected = address + bytes;
  });
  return isRun;
}
