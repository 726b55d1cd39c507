/**
 * The controller's registers as the driver reaches them: named by the standard, each accessed at
 * its own width, through BAR 0 as MmMapIoSpace mapped it. Everything here may run at any IRQL and
 * allocates nothing, because the service routine uses it.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { virtual } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import { GCAP, HDA_ALIAS_BASE, HDA_CONTROLLER_REGISTERS } from '../../standards/hda/index.ts';

export type ControllerRegister = keyof typeof HDA_CONTROLLER_REGISTERS;
export type RegisterBytes = 1 | 2 | 4;

const PAGE_BYTES = 0x1000;

export class HdaRegisters {
  readonly #wdk: KernelDdi;
  readonly #base: VirtualAddress;
  readonly #bytes: number;
  #isOpen = true;

  /** @param base where BAR 0 is mapped; @param bytes how much of it */
  constructor(wdk: KernelDdi, base: VirtualAddress, bytes: number) {
    this.#wdk = wdk;
    this.#base = base;
    this.#bytes = bytes;
  }

  /** Whether the BAR holds the page of copies that a client may see (HDA 1.0a 3.3.44, 3.3.45). */
  get hasAliasPage(): boolean {
    return this.#bytes >= HDA_ALIAS_BASE + PAGE_BYTES;
  }

  /** Whether the device is there; a stream may outlive it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The mapping goes: reads give 0 from now on, and writes go nowhere. */
  close(): void {
    this.#isOpen = false;
  }

  read(name: ControllerRegister): number {
    const row = HDA_CONTROLLER_REGISTERS[name];
    return this.readAt(row.offset, row.bytes);
  }

  write(name: ControllerRegister, value: number): void {
    const row = HDA_CONTROLLER_REGISTERS[name];
    this.writeAt(row.offset, row.bytes, value);
  }

  /** The kernel address of a register, for READ_REGISTER_* on a hot path. */
  addressOf(offset: number): VirtualAddress {
    return virtual(this.#base + offset);
  }

  readAt(offset: number, bytes: RegisterBytes): number {
    if (!this.#isOpen) return 0;
    const address = virtual(this.#base + offset);
    if (bytes === 1) return this.#wdk.READ_REGISTER_UCHAR(address);
    if (bytes === 2) return this.#wdk.READ_REGISTER_USHORT(address);
    return this.#wdk.READ_REGISTER_ULONG(address);
  }

  writeAt(offset: number, bytes: RegisterBytes, value: number): void {
    if (!this.#isOpen) return;
    const address = virtual(this.#base + offset);
    if (bytes === 1) this.#wdk.WRITE_REGISTER_UCHAR(address, value);
    else if (bytes === 2) this.#wdk.WRITE_REGISTER_USHORT(address, value);
    else this.#wdk.WRITE_REGISTER_ULONG(address, value);
  }
}

/** What GCAP says, HDA 1.0a 3.3.2. */
export interface GlobalCapabilities {
  readonly inputStreams: number;
  readonly outputStreams: number;
  readonly bidirectionalStreams: number;
  /** Serial data out lines as SDnCTL.STRIPE counts them: 0 is one, 1 is two, 2 is four. */
  readonly dataLinesCode: number;
  readonly is64Bit: boolean;
}

export function decodeGlobalCapabilities(word: number): GlobalCapabilities {
  return {
    outputStreams: (word >>> 12) & 0xf,
    inputStreams: (word >>> 8) & 0xf,
    bidirectionalStreams: (word >>> 3) & 0x1f,
    dataLinesCode: (word & GCAP.NSDO_MASK) >>> GCAP.NSDO_SHIFT,
    is64Bit: (word & GCAP.OK64) !== 0,
  };
}
