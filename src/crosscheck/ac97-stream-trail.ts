/**
 * What a driver's accesses to an AC'97 controller tell about its PCM out engine, or its PCM in
 * engine: how it was set up, the descriptor list in memory at the moment of RPBM, and each buffer
 * that completed. Buffers that are recorded into are filled with what is no silence first.
 */
import type { DeviceSlot } from '../hardware/device.ts';
import {
  AC97_BDL,
  AC97_BDL_ENTRIES,
  AC97_BDL_ENTRY_BYTES,
  AC97_BOX,
  AC97_BOX_BYTES,
  AC97_BOX_REGISTERS,
  AC97_CR,
  AC97_GLOBAL_REGISTERS,
  AC97_MIXER_REGISTERS,
  AC97_SAMPLE_BYTES,
  AC97_SR,
} from '../standards/ac97/index.ts';
import { type BusAccess, DeviceLog } from './device-log.ts';
import { spoil } from './spoil.ts';

const MIXER_BAR = 0;
const { BDBAR, CR, LVI, SR } = AC97_BOX_REGISTERS;
const { ADC_RATE, FRONT_DAC_RATE } = AC97_MIXER_REGISTERS;
const { GLOB_STA } = AC97_GLOBAL_REGISTERS;

export interface ListedRun {
  readonly address: number;
  readonly bytes: number;
  readonly interrupts: boolean;
}

/** Follows one stream; give its `log` to a scenario. */
export class Ac97StreamTrail {
  readonly log = new DeviceLog();
  /** The list's address, LVI, the rate and CR as they were last written before DMA began. */
  readonly settings = new Map<string, number>();
  readonly entries: ListedRun[] = [];
  /** When service routines found a buffer done. */
  readonly completionsNs: number[] = [];
  /** Bits of GLOB_STA that service routines have read while the engine ran. */
  causes = 0;
  runNs = -1;
  readonly #records: boolean;
  /** Of the engine's registers, and of the rate of its converter. */
  readonly #base: number;
  readonly #rateOffset: number;

  constructor(records = false) {
    this.#records = records;
    this.#base = (records ? AC97_BOX.PCM_IN : AC97_BOX.PCM_OUT) * AC97_BOX_BYTES;
    this.#rateOffset = (records ? ADC_RATE : FRONT_DAC_RATE).offset;
    this.log.listener = (access, slot) => {
      if (access.kind === 'write') this.#wrote(access, slot);
      else this.#read(access);
    };
  }

  #wrote({ atNs, bar, offset, value }: BusAccess, slot: DeviceSlot): void {
    if (this.runNs >= 0) return;
    if (bar === MIXER_BAR) {
      if (offset === this.#rateOffset) this.settings.set('rate', value);
      return;
    }
    if (offset === this.#base + BDBAR.offset) this.settings.set('BDBAR', value);
    if (offset === this.#base + LVI.offset) this.settings.set('LVI', value);
    if (offset !== this.#base + CR.offset || (value & AC97_CR.RPBM) === 0) return;
    this.settings.set('CR', value);
    this.runNs = atNs;
    this.#readList(slot);
  }

  #read({ atNs, bar, offset, value }: BusAccess): void {
    if (bar === MIXER_BAR || this.runNs < 0) return;
    if (offset === GLOB_STA.offset) this.causes |= value;
    const isDone = offset === this.#base + SR.offset && (value & AC97_SR.BCIS) !== 0;
    if (isDone && this.completionsNs.at(-1) !== atNs) this.completionsNs.push(atNs);
  }

  /** Entries behind the last valid one are nothing yet. */
  #readList({ memory }: DeviceSlot): void {
    const at = this.settings.get('BDBAR') ?? 0;
    const valid = (this.settings.get('LVI') ?? 0) + 1;
    for (let index = 0; index < Math.min(valid, AC97_BDL_ENTRIES); index++) {
      const offset = memory.resolve(at + index * AC97_BDL_ENTRY_BYTES, 'read');
      const flags = memory.view.getUint32(offset + 4, true);
      this.entries.push({
        address: memory.view.getUint32(offset, true),
        bytes: (flags & AC97_BDL.LENGTH_MASK) * AC97_SAMPLE_BYTES,
        interrupts: (flags & AC97_BDL.IOC) !== 0,
      });
    }
    if (this.#records) spoil(memory, this.entries);
  }
}
