/**
 * Device registers on the bus, and the addresses through which the CPU reaches them. Mappings lie
 * in a window above RAM, each in slots of 1 MiB, so that an access finds its registers with one
 * shift. A freed slot is reused as late as possible: a stale register address is then found out
 * (WRT-REG-010). Only the bytes that were asked for are accessible.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import {
  type BugCheckRaiser,
  KMODE_EXCEPTION_NOT_HANDLED,
  PAGE_FAULT_IN_NONPAGED_AREA,
  SYSTEM_PTE_MISUSE,
} from '../bug-check.ts';
import { isCachingType, type MappingMode, type MEMORY_CACHING_TYPE, modeText } from './caching.ts';
import { PAGE_MASK, PAGE_SIZE } from './page.ts';
import type { PhysicalRange } from './physical-ranges.ts';
import { MAX_RAM_BYTES } from './ram.ts';
import { countOf, hex } from './report-text.ts';
import { PTE_NOT_MAPPED, PTE_WRONG_SIZE } from './system-pte-misuse.ts';

/** Bytes of one register access. */
export type RegisterWidth = 1 | 2 | 4;

/** A device's registers; offsets are from the start of the space. */
export interface RegisterSpace {
  readonly sizeBytes: number;
  read(offset: number, width: RegisterWidth): number;
  write(offset: number, width: RegisterWidth, value: number): void;
}

/** The first address of the window: where RAM can no longer be. */
export const IO_WINDOW_BASE = MAX_RAM_BYTES;
export const IO_SLOT_BYTES = 0x10_0000;

const IO_SLOT_SHIFT = 20;
const IO_SLOTS = (0x1_0000_0000 - IO_WINDOW_BASE) / IO_SLOT_BYTES;
const STATUS_DATATYPE_MISALIGNMENT = 0x8000_0002;

interface Attachment {
  readonly base: number;
  readonly space: RegisterSpace;
  readonly name: string;
}

interface Mapping {
  readonly attachment: Attachment;
  readonly physical: number;
  readonly bytes: number;
  readonly cacheType: MEMORY_CACHING_TYPE;
  readonly mode: MappingMode;
  readonly process: number;
  readonly firstSlot: number;
  readonly slots: number;
}

export class IoSpace {
  readonly #raise: BugCheckRaiser;
  readonly #ram: readonly PhysicalRange[];
  readonly #attachments: Attachment[] = [];
  readonly #mappings = new Map<number, Mapping>();
  /** By slot: the registers it shows, or null. */
  readonly #spaces: (RegisterSpace | null)[] = new Array(IO_SLOTS).fill(null);
  /** By slot: add to an address in the slot for its register offset. */
  readonly #shifts = new Float64Array(IO_SLOTS);
  /** By slot: the accessible addresses are from #starts up to but not including #ends. */
  readonly #starts = new Float64Array(IO_SLOTS);
  readonly #ends = new Float64Array(IO_SLOTS);
  #nextSlot = 0;

  /** `ram`: what is already on the bus, `PageFrames.ranges`. */
  constructor(raise: BugCheckRaiser, ram: readonly PhysicalRange[]) {
    this.#raise = raise;
    this.#ram = ram;
  }

  /** Puts registers on the bus. @throws Error when the place is taken or not page-aligned. */
  attach(base: number, space: RegisterSpace, name: string): void {
    const bytes = space.sizeBytes;
    const where = `${name} at ${hex(base)}`;
    if (!(base >= 0) || base % PAGE_SIZE !== 0)
      throw new Error(`${where}: registers begin at a multiple of ${PAGE_SIZE}`);
    if (!(bytes > 0)) throw new Error(`${where} has no registers`);
    const taken = (other: PhysicalRange): boolean =>
      base < other.base + other.bytes && other.base < base + bytes;
    if (this.#ram.some(taken)) throw new Error(`${where}: there is RAM`);
    const neighbour = this.#attachments.find((other) =>
      taken({ base: other.base, bytes: other.space.sizeBytes }),
    );
    if (neighbour !== undefined) throw new Error(`${where}: there is ${neighbour.name}`);
    this.#attachments.push({ base, space, name });
  }

  /**
   * Maps registers for the kernel, or (a position register's page) for a client's process. Null
   * when [physical, physical + bytes) is not within one device's registers, is mapped with
   * another cache type, or the window is full (nf-wdm-mmmapiospace).
   */
  MmMapIoSpace(
    physical: number,
    bytes: number,
    cacheType: MEMORY_CACHING_TYPE,
    mode: MappingMode = 'kernel',
    process = 0,
  ): VirtualAddress | null {
    if (!(bytes > 0) || !isCachingType(cacheType)) return null;
    const attachment = this.#attachments.find(
      ({ base, space }) => physical >= base && physical + bytes <= base + space.sizeBytes,
    );
    if (attachment === undefined) return null;
    for (const other of this.#mappings.values()) {
      const overlaps = physical < other.physical + other.bytes && other.physical < physical + bytes;
      if (overlaps && other.cacheType !== cacheType) return null;
    }
    const slots = Math.ceil(((physical & PAGE_MASK) + bytes) / IO_SLOT_BYTES);
    const firstSlot = this.#findSlots(slots);
    if (firstSlot < 0) return null;
    this.#nextSlot = (firstSlot + slots) % IO_SLOTS;
    const address = IO_WINDOW_BASE + firstSlot * IO_SLOT_BYTES + (physical & PAGE_MASK);
    for (let slot = firstSlot; slot < firstSlot + slots; slot++) {
      this.#spaces[slot] = attachment.space;
      this.#shifts[slot] = physical - attachment.base - address;
      this.#starts[slot] = address;
      this.#ends[slot] = address + bytes;
    }
    const owner = { mode, process, cacheType };
    this.#mappings.set(address, { attachment, physical, bytes, ...owner, firstSlot, slots });
    return virtual(address);
  }

  /**
   * Ends a mapping. Bug check SYSTEM_PTE_MISUSE 0x302 when none begins at the address, 0x305 when
   * one does, of another size.
   */
  MmUnmapIoSpace(address: VirtualAddress, bytes: number): void {
    const mapping = this.#mappings.get(address);
    if (mapping === undefined) {
      const detail = `no I/O mapping begins at ${hex(address)}`;
      this.#raise.bugCheck(SYSTEM_PTE_MISUSE, PTE_NOT_MAPPED, address, 0, 0, detail);
    }
    if (mapping.bytes !== bytes) {
      const detail = `I/O mapping of ${mapping.bytes} bytes at ${hex(address)} ended as ${bytes}`;
      this.#raise.bugCheck(
        SYSTEM_PTE_MISUSE,
        PTE_WRONG_SIZE,
        address,
        bytes,
        mapping.bytes,
        detail,
      );
    }
    this.#mappings.delete(address);
    this.#spaces.fill(null, mapping.firstSlot, mapping.firstSlot + mapping.slots);
  }

  /** What READ_REGISTER_UCHAR, USHORT and ULONG read. Any IRQL. */
  readRegister(address: VirtualAddress, width: RegisterWidth): number {
    const slot = (address - IO_WINDOW_BASE) >>> IO_SLOT_SHIFT;
    const space = this.#spaces[slot] ?? null;
    if (space === null || !this.#isAccessible(address, width, slot)) {
      return this.#fault(address, width, 0);
    }
    return space.read(address + (this.#shifts[slot] as number), width);
  }

  /** What WRITE_REGISTER_UCHAR, USHORT and ULONG write. Any IRQL. */
  writeRegister(address: VirtualAddress, width: RegisterWidth, value: number): void {
    const slot = (address - IO_WINDOW_BASE) >>> IO_SLOT_SHIFT;
    const space = this.#spaces[slot] ?? null;
    if (space === null || !this.#isAccessible(address, width, slot)) {
      this.#fault(address, width, 1);
    }
    space.write(address + (this.#shifts[slot] as number), width, value);
  }

  /** The bus address behind a mapped register address; 0 for any other. */
  physicalAddressOf(address: VirtualAddress): number {
    for (const [first, { bytes, physical }] of this.#mappings) {
      if (address >= first && address < first + bytes) return physical + (address - first);
    }
    return 0;
  }

  /** Mappings that nobody ended, as facts for a leak report. */
  outstanding(): string[] {
    return [...this.#mappings.values()].map(
      ({ bytes, physical, attachment, mode, process }) =>
        `I/O mapping of ${countOf(bytes, 'byte')} at ${hex(physical)} of ${attachment.name}, ` +
        modeText(mode, process),
    );
  }

  #isAccessible(address: number, width: number, slot: number): boolean {
    return (
      (address & (width - 1)) === 0 &&
      address >= (this.#starts[slot] as number) &&
      address + width <= (this.#ends[slot] as number)
    );
  }

  /** The access cannot be made: misaligned if that is all that is wrong with it, else a fault. */
  #fault(address: number, width: number, access: 0 | 1): never {
    const verb = access === 0 ? 'read' : 'write';
    const what = `${verb} of ${countOf(width, 'byte')} at ${hex(address)}`;
    if ((address & (width - 1)) !== 0) {
      const code = STATUS_DATATYPE_MISALIGNMENT;
      const detail = `${what}: a register access is naturally aligned`;
      return this.#raise.bugCheck(KMODE_EXCEPTION_NOT_HANDLED, code, 0, access, address, detail);
    }
    const detail = `${what}: no register is mapped there`;
    return this.#raise.bugCheck(PAGE_FAULT_IN_NONPAGED_AREA, address, access, 0, 0, detail);
  }

  /** The next run of free slots, round the window from where the last one ended; -1 if full. */
  #findSlots(slots: number): number {
    for (let tried = 0; tried < IO_SLOTS; tried++) {
      const first = (this.#nextSlot + tried) % IO_SLOTS;
      if (first + slots > IO_SLOTS) continue;
      let free = 0;
      while (free < slots && this.#spaces[first + free] === null) free++;
      if (free === slots) return first;
    }
    return -1;
  }
}
