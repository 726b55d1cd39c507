/**
 * What a driver's accesses to an HD Audio controller tell about its first output stream: how it was
 * set up, the descriptor list in memory at the moment of RUN, and each buffer that completed.
 */
import { readU64 } from '../base/struct.ts';
import type { DeviceSlot } from '../hardware/device.ts';
import {
  BDL_ENTRY_BYTES,
  HDA_CONTROLLER_REGISTERS,
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
  SDCTL,
  SDSTS,
} from '../standards/hda/index.ts';
import { type BusAccess, DeviceLog } from './device-log.ts';
import { INPUT_STREAM, OUTPUT_STREAM } from './hda-host.ts';
import { spoil } from './spoil.ts';

const { BDPL, BDPU, CBL, CTL, FMT, LPIB, LVI, STS } = HDA_STREAM_REGISTERS;
const settings = { BDPL, BDPU, CBL, FMT, LVI } as const;
const TWO_TO_32 = 0x1_0000_0000;

export interface ListedBuffer {
  readonly address: number;
  readonly bytes: number;
  readonly interrupts: boolean;
}

export interface Completion {
  readonly atNs: number;
  /** SDnSTS as the service routine read it. */
  readonly status: number;
  /** SDnLPIB as it was read next; -1 when nobody asked. */
  readonly linkPosition: number;
}

/** Follows one stream; give its `log` to a scenario. */
export class HdaStreamTrail {
  readonly log = new DeviceLog();
  /** Values of SDnCBL, SDnLVI, SDnFMT and the list's address as they were last written before RUN. */
  readonly settings = new Map<keyof typeof settings, number>();
  readonly buffers: ListedBuffer[] = [];
  readonly completions: Completion[] = [];
  /** Bits of INTSTS that any service routine has read. */
  causes = 0;
  runNs = -1;
  readonly #records: boolean;
  readonly #base: number;

  constructor(records = false) {
    this.#records = records;
    const stream = records ? INPUT_STREAM : OUTPUT_STREAM;
    this.#base = HDA_STREAM_BASE + stream * HDA_STREAM_STRIDE;
    this.log.listener = (access, slot) => {
      if (access.kind === 'write') this.#wrote(access, slot);
      else this.#read(access);
    };
  }

  #wrote({ atNs, offset, value }: BusAccess, slot: DeviceSlot): void {
    if (this.runNs < 0) {
      for (const [name, row] of Object.entries(settings)) {
        if (offset === this.#base + row.offset) {
          this.settings.set(name as keyof typeof settings, value);
        }
      }
    }
    if (offset === this.#base + CTL.offset && (value & SDCTL.RUN) !== 0 && this.runNs < 0) {
      this.runNs = atNs;
      this.#readList(slot);
    }
  }

  #read({ atNs, offset, value }: BusAccess): void {
    if (offset === HDA_CONTROLLER_REGISTERS.INTSTS.offset) this.causes |= value;
    if (offset === this.#base + STS.offset && (value & SDSTS.BCIS) !== 0) {
      this.completions.push({ atNs, status: value, linkPosition: -1 });
    }
    const last = this.completions.at(-1);
    if (offset === this.#base + LPIB.offset && last?.linkPosition === -1) {
      this.completions[this.completions.length - 1] = { ...last, linkPosition: value };
    }
  }

  #readList({ memory }: DeviceSlot): void {
    const at = (this.settings.get('BDPU') ?? 0) * TWO_TO_32 + (this.settings.get('BDPL') ?? 0);
    const lastIndex = this.settings.get('LVI') ?? 0;
    for (let index = 0; index <= lastIndex; index++) {
      const offset = memory.resolve(at + index * BDL_ENTRY_BYTES, 'read');
      this.buffers.push({
        address: readU64(memory.view, offset),
        bytes: memory.view.getUint32(offset + 8, true),
        interrupts: (memory.view.getUint32(offset + 12, true) & 1) === 1,
      });
    }
    if (this.#records) spoil(memory, this.buffers);
  }
}
