/**
 * A bench for tests of the AC'97 model: a clock, scattered memory below 4 GiB, a line that is
 * watched, an ear, and the few steps of a driver, spelled in registers.
 */
import { timeOfFrame } from '../../base/frame-time.ts';
import { Clock } from '../../sim/clock.ts';
import { Trace } from '../../sim/trace.ts';
import {
  AC97_BOX,
  AC97_BOX_BYTES,
  AC97_BOX_REGISTERS,
  AC97_GLOBAL_REGISTERS,
  type Ac97BoxRegister,
} from '../../standards/ac97/bus-master-registers.ts';
import {
  AC97_MIXER_REGISTERS,
  type Ac97MixerRegister,
} from '../../standards/ac97/mixer-registers.ts';
import { type AccessWidth, DMA_PAGE_BYTES, type DmaMemory } from '../device.ts';
import { Ear } from '../hda/hda.test-support.ts';
import { type Ac97Channel, type Ac97Config, Ac97Controller } from './ac97-controller.ts';

export const RPBM = 0x01;
export const RR = 0x02;
export const LVBIE = 0x04;
export const FEIE = 0x08;
export const IOCE = 0x10;
/** SR: halted, at the last valid buffer, its event, buffer completion, FIFO error. */
export const DCH = 0x01;
export const CELV = 0x02;
export const LVBCI = 0x04;
export const BCIS = 0x08;
export const FIFOE = 0x10;

const PAGES = 256;

/** Physical pages that follow each other lie apart, and in reverse order, in `bytes`. */
export class LowMemory implements DmaMemory {
  readonly bytes = new Uint8Array(PAGES * DMA_PAGE_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  #allocated = 0;

  resolve(address: number): number {
    const page = Math.floor(address / DMA_PAGE_BYTES) - 0x100;
    if (page < 0 || page >= this.#allocated) throw new Error(`no page at ${address.toString(16)}`);
    return (PAGES - 1 - page) * DMA_PAGE_BYTES + (address % DMA_PAGE_BYTES);
  }

  allocate(pages: number): number {
    this.#allocated += pages;
    return (0x100 + this.#allocated - pages) * DMA_PAGE_BYTES;
  }

  put(address: number, data: ArrayLike<number>): void {
    for (let at = 0; at < data.length; at++) {
      this.bytes[this.resolve(address + at)] = data[at] as number;
    }
  }

  take(address: number, byteLength: number): number[] {
    return Array.from(
      { length: byteLength },
      (_, at) => this.bytes[this.resolve(address + at)] ?? -1,
    );
  }

  putWord(address: number, value: number): void {
    this.view.setUint32(this.resolve(address), value, true);
  }
}

export interface ListEntry {
  readonly address: number;
  readonly samples: number;
  readonly ioc?: boolean;
  readonly bup?: boolean;
}

export class Ac97Bench {
  readonly clock = new Clock();
  readonly trace = new Trace(this.clock);
  readonly memory = new LowMemory();
  readonly ear = new Ear();
  readonly device: Ac97Controller;
  isAsserted = false;
  /** The times at which the line rose. */
  readonly rises: number[] = [];
  /** The interrupt service routine. */
  onAssert: () => void = () => {};

  constructor(config: Ac97Config = {}) {
    this.device = new Ac97Controller(
      {
        clock: this.clock,
        trace: this.trace,
        memory: this.memory,
        interrupt: {
          assert: () => {
            this.isAsserted = true;
            this.rises.push(this.clock.now);
            this.onAssert();
          },
          deassert: () => {
            this.isAsserted = false;
          },
        },
      },
      config,
    );
    this.device.speaker.sink = this.ear;
  }

  /** Out of cold reset, codec ready, master and PCM volume at 0 dB, recording line in at 0 dB. */
  boot(): this {
    this.setGlobal('GLOB_CNT', 0x2);
    this.runFor(1_000_000);
    this.setMixer('MASTER_VOLUME', 0x0000);
    this.setMixer('PCM_OUT_VOLUME', 0x0808);
    this.setMixer('RECORD_SELECT', 0x0404);
    this.setMixer('RECORD_GAIN', 0x0000);
    this.setMixer('RECORD_GAIN_MIC', 0x0000);
    return this;
  }

  mixer(name: Ac97MixerRegister): number {
    return this.readNam(AC97_MIXER_REGISTERS[name].offset, 2);
  }

  setMixer(name: Ac97MixerRegister, value: number): void {
    this.writeNam(AC97_MIXER_REGISTERS[name].offset, 2, value);
  }

  readNam(offset: number, width: AccessWidth): number {
    return this.device.bars[0]?.read(offset, width) ?? -1;
  }

  writeNam(offset: number, width: AccessWidth, value: number): void {
    this.device.bars[0]?.write(offset, width, value);
  }

  read(offset: number, width: AccessWidth): number {
    return this.device.bars[1]?.read(offset, width) ?? -1;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    this.device.bars[1]?.write(offset, width, value);
  }

  get(name: Ac97BoxRegister, channel: Ac97Channel = 'PCM_OUT'): number {
    const row = AC97_BOX_REGISTERS[name];
    return this.read(AC97_BOX[channel] * AC97_BOX_BYTES + row.offset, row.bytes);
  }

  set(name: Ac97BoxRegister, value: number, channel: Ac97Channel = 'PCM_OUT'): void {
    const row = AC97_BOX_REGISTERS[name];
    this.write(AC97_BOX[channel] * AC97_BOX_BYTES + row.offset, row.bytes, value);
  }

  global(name: keyof typeof AC97_GLOBAL_REGISTERS): number {
    const row = AC97_GLOBAL_REGISTERS[name];
    return this.read(row.offset, row.bytes);
  }

  setGlobal(name: keyof typeof AC97_GLOBAL_REGISTERS, value: number): void {
    const row = AC97_GLOBAL_REGISTERS[name];
    this.write(row.offset, row.bytes, value);
  }

  /** Writes a list and points the box at it; LVI names the last entry. Returns its address. */
  program(entries: readonly ListEntry[], channel: Ac97Channel = 'PCM_OUT'): number {
    const list = this.memory.allocate(1);
    entries.forEach((entry, index) => {
      this.putEntry(list, index, entry);
    });
    this.set('BDBAR', list, channel);
    this.set('LVI', entries.length - 1, channel);
    return list;
  }

  putEntry(list: number, index: number, { address, samples, ioc, bup }: ListEntry): void {
    const flags = (ioc === true ? 0x8000_0000 : 0) + (bup === true ? 0x4000_0000 : 0);
    this.memory.putWord(list + 8 * index, address);
    this.memory.putWord(list + 8 * index + 4, flags + samples);
  }

  /** A buffer of `frames` stereo frames that count: frame n is [n, n, n, n] from `first` on. */
  frames(frames: number, first = 1): { address: number; data: number[]; samples: number } {
    const address = this.memory.allocate(Math.ceil((4 * frames) / DMA_PAGE_BYTES));
    const data = counting(frames, first);
    this.memory.put(address, data);
    return { address, data, samples: 2 * frames };
  }

  runFor(elapsedNs: number): void {
    this.clock.advanceTo(this.clock.now + elapsedNs);
  }

  /** Lets so many frame periods of `rateHz` pass; nobody looks. */
  pass(frames: number, rateHz = 48_000): void {
    this.runFor(timeOfFrame(frames, rateHz));
  }

  /** The same, and looks. */
  listen(frames: number, rateHz = 48_000): void {
    this.pass(frames, rateHz);
    this.device.settle();
  }
}

/** Stereo frames whose four bytes are all 1, all 2 and so on. */
export function counting(frames: number, first = 1): number[] {
  return Array.from({ length: 4 * frames }, (_, at) => (first + Math.floor(at / 4)) % 251);
}
