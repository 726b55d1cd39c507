/**
 * What is different between the sound cards that QEMU models: how it is told to have one, where
 * the card's registers are on the bus, and which writes make its DMA engines run.
 */
import type { AccessWidth } from '../hardware/device.ts';

/** One of the card's base addresses, and the registers behind it. */
export interface BoardBar {
  /** Base address register of configuration space. */
  readonly register: number;
  readonly space: 'memory' | 'port';
  /** Where the BAR is put on the bus. */
  readonly base: number;
  readonly sizeBytes: number;
}

/** Follows writes, to know when the device has work without being asked. */
export interface EngineWatch {
  /** A bit for each DMA engine that runs. */
  readonly running: number;
  /** The rate of what plays, or of what records; null while none was set. */
  rateHz(records: boolean): number | null;
  /** @param bar index of the BAR that was written */
  wrote(bar: number, offset: number, width: AccessWidth, value: number): void;
  /** The device has lost its power. */
  reset(): void;
}

export interface Board {
  readonly identity: {
    readonly vendorId: number;
    readonly deviceId: number;
    readonly description: string;
    readonly hardwareId: string;
  };
  /** QEMU's words for the card, with its sound going to the audio backend `ear`. */
  readonly args: readonly string[];
  /** Further settings of the audio backend, each after a comma. */
  readonly backend: string;
  readonly pciSlot: number;
  /** Input of the I/O APIC that q35 leads the slot's INTA to. */
  readonly interruptInput: number;
  readonly bars: readonly BoardBar[];
  /** Bits of the engines that record, as in `EngineWatch.running`. */
  readonly recordingEngines: number;
  /** Time between two looks of a running engine at its buffer. */
  readonly tickNs: number;
  /** What lies between the place where the device says it is and the ear, of which it tells nobody. */
  readonly untoldBytes: number;
  watch(): EngineWatch;
}
