/** The HD Audio model with some of its registers lying, for tests of what the driver makes of it. */
import {
  type AccessWidth,
  type DeviceModel,
  type DeviceSlot,
  HdaController,
} from '../../hardware/index.ts';
import { HDA_CONTROLLER_REGISTERS } from '../../standards/hda/index.ts';
import type { ControllerRegister } from './hda-registers.ts';

export interface Tampering {
  /** What a register reads as, given what it would read. */
  readonly reads?: Partial<Record<ControllerRegister, (value: number) => number>>;
  /** The same for registers of streams, by their place in the BAR. */
  readonly readsAt?: ReadonlyMap<number, (value: number) => number>;
  /** Registers that writes do not reach. */
  readonly deaf?: readonly ControllerRegister[];
  /** Bytes of the BAR, if not all of it. */
  readonly sizeBytes?: number;
}

/** A device whose memory is on the bus, and whose registers lie as `tampering` says. */
export class TamperedDevice implements DeviceModel {
  readonly model: HdaController;
  readonly identity: DeviceModel['identity'];
  readonly registers: DeviceModel['registers'];

  constructor(slot: DeviceSlot, tampering: Tampering) {
    const model = new HdaController(slot);
    this.model = model;
    this.identity = model.identity;
    const reads = new Map([
      ...Object.entries(tampering.reads ?? {}).map(
        ([name, read]) => [offsetOf(name), read] as const,
      ),
      ...(tampering.readsAt ?? []),
    ]);
    const deaf = new Set((tampering.deaf ?? []).map(offsetOf));
    this.registers = {
      sizeBytes: tampering.sizeBytes ?? model.registers.sizeBytes,
      read(offset: number, width: AccessWidth): number {
        const value = model.registers.read(offset, width);
        return reads.get(offset)?.(value) ?? value;
      },
      write(offset: number, width: AccessWidth, value: number): void {
        if (!deaf.has(offset)) model.registers.write(offset, width, value);
      },
    };
  }

  settle(): void {
    this.model.settle();
  }

  powerOff(): void {
    this.model.powerOff();
  }
}

function offsetOf(name: string): number {
  return HDA_CONTROLLER_REGISTERS[name as ControllerRegister].offset;
}
