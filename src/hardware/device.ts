/**
 * What a device model needs from a machine and gives to it: a register space, memory it can reach
 * by DMA, one interrupt line, and the clock. A backend that drives other hardware (an emulator,
 * a board) has the same four parts. Nothing here knows of a kernel.
 */
import type { Clock } from '../sim/clock.ts';
import type { Trace } from '../sim/trace.ts';

export type AccessWidth = 1 | 2 | 4;

/** A device's registers as the bus reaches them. Offsets are from the start of its BAR. */
export interface RegisterSpace {
  readonly sizeBytes: number;
  read(offset: number, width: AccessWidth): number;
  write(offset: number, width: AccessWidth, value: number): void;
}

/** The machine's RAM as a bus master sees it. */
export interface DmaMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /**
   * Where in `bytes` a physical address lies; good to the end of its 4 KiB page, not beyond.
   * A page that nobody gave to a device stops the machine, with the address.
   */
  resolve(address: number, access: 'read' | 'write'): number;
  /** Which pages that are, for a backend that keeps its own copy; absent where nobody can tell. */
  readonly reach?: DmaReach;
}

/** The pages that devices may reach at present. */
export interface DmaReach {
  /** Another number whenever pages were given to devices or taken back. */
  readonly generation: number;
  /** Each page's physical address, and where in RAM its 4 KiB lie. */
  forEachPage(visit: (address: number, offset: number) => void): void;
}

/** A level-triggered line; asserting an asserted line changes nothing. */
export interface InterruptLine {
  assert(): void;
  deassert(): void;
}

/** What the machine plugs a device into. */
export interface DeviceSlot {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly memory: DmaMemory;
  readonly interrupt: InterruptLine;
}

export interface DeviceModel {
  /** PCI identity, as the bus driver reports it. */
  readonly identity: {
    readonly vendorId: number;
    readonly deviceId: number;
    readonly description: string;
    readonly hardwareId: string;
  };
  readonly registers: RegisterSpace;
  /** All BARs in their order, `registers` first, of a device that has more than that one. */
  readonly bars?: readonly RegisterSpace[];
  /** Moves the data that should have moved by now, where something is about to see the difference. */
  settle(): void;
  /** Cancels alarms and drops the line: the machine is being switched off. */
  powerOff(): void;
}

export const DMA_PAGE_BYTES = 4096;
