/**
 * The bus master's registers as the driver reaches them, through BAR 1 as MmMapIoSpace mapped it.
 * Each at its own width (ICH datasheet 12.2). Streams may outlive the mapping, when the device is
 * taken away under them, and may end while it has no power: then reads give all ones, as from an
 * empty bus, and writes go nowhere. Any IRQL; allocates nothing.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  AC97_BOX_BYTES,
  AC97_BOX_REGISTERS,
  AC97_GLOBAL_REGISTERS,
  type Ac97BoxRegister,
} from '../../standards/ac97/index.ts';

const ALL_ONES = 0xffff_ffff;

export class BusMaster {
  readonly #wdk: KernelDdi;
  readonly #base: VirtualAddress;

  #isOpen = true;
  #isAwake = true;

  constructor(wdk: KernelDdi, base: VirtualAddress) {
    this.#wdk = wdk;
    this.#base = base;
  }

  /** The mapping ends. */
  close(): void {
    this.#isOpen = false;
  }

  /** The device loses its power, or has it again: no register is touched in between. */
  setAwake(isAwake: boolean): void {
    this.#isAwake = isAwake;
  }

  global(name: keyof typeof AC97_GLOBAL_REGISTERS): number {
    const { bytes, offset } = AC97_GLOBAL_REGISTERS[name];
    return this.#read(offset, bytes);
  }

  setGlobal(name: keyof typeof AC97_GLOBAL_REGISTERS, value: number): void {
    const { bytes, offset } = AC97_GLOBAL_REGISTERS[name];
    this.#write(offset, bytes, value);
  }

  box(index: number, name: Ac97BoxRegister): number {
    const { bytes, offset } = AC97_BOX_REGISTERS[name];
    return this.#read(index * AC97_BOX_BYTES + offset, bytes);
  }

  setBox(index: number, name: Ac97BoxRegister, value: number): void {
    const { bytes, offset } = AC97_BOX_REGISTERS[name];
    this.#write(index * AC97_BOX_BYTES + offset, bytes, value);
  }

  #read(offset: number, bytes: number): number {
    if (!this.#isOpen || !this.#isAwake) return ALL_ONES;
    const address = virtual(this.#base + offset);
    if (bytes === 1) return this.#wdk.READ_REGISTER_UCHAR(address);
    if (bytes === 2) return this.#wdk.READ_REGISTER_USHORT(address);
    return this.#wdk.READ_REGISTER_ULONG(address);
  }

  #write(offset: number, bytes: number, value: number): void {
    if (!this.#isOpen || !this.#isAwake) return;
    const address = virtual(this.#base + offset);
    if (bytes === 1) this.#wdk.WRITE_REGISTER_UCHAR(address, value);
    else if (bytes === 2) this.#wdk.WRITE_REGISTER_USHORT(address, value);
    else this.#wdk.WRITE_REGISTER_ULONG(address, value);
  }
}
