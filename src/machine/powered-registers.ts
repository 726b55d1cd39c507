/**
 * A device's registers behind its power: outside D0 nobody answers on the bus, so a read gives all
 * ones and a write goes nowhere. Windows would not notice who tries; here it is noted. Source: PCI
 * Bus Power Management Interface 1.2, 5.4; IAdapterPowerManagement::PowerChangeState.
 */
import type { AccessWidth, RegisterSpace } from '../hardware/device.ts';

const ALL_ONES: Readonly<Record<AccessWidth, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff };

export class PoweredRegisters implements RegisterSpace {
  readonly sizeBytes: number;
  isPowered = true;
  readonly #registers: RegisterSpace;
  readonly #note: (text: string) => void;

  constructor(registers: RegisterSpace, note: (text: string) => void) {
    this.sizeBytes = registers.sizeBytes;
    this.#registers = registers;
    this.#note = note;
  }

  read(offset: number, width: AccessWidth): number {
    if (this.isPowered) return this.#registers.read(offset, width);
    this.#note(`register 0x${offset.toString(16)} was read while the device had no power`);
    return ALL_ONES[width];
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (this.isPowered) this.#registers.write(offset, width, value);
    else this.#note(`register 0x${offset.toString(16)} was written while the device had no power`);
  }
}
