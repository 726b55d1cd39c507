/**
 * A device alone on a bench: a clock, RAM with pages to give, a line that is watched, and an ear
 * that keeps what it hears. No kernel and no driver, so that a register can be asked one question.
 * Pages lie apart, above and below 4 GiB in turn: no two that follow each other are neighbours.
 */

import {
  DMA_PAGE_BYTES,
  type DmaMemory,
  type DmaReach,
  type RegisterSpace,
} from '../hardware/device.ts';
import type { SoundFormat } from '../hardware/endpoint/sound-format.ts';
import type { SoundSink } from '../hardware/endpoint/speaker.ts';
import type { AudioDevice, DeviceKind } from '../machine/devices.ts';
import { Clock } from '../sim/clock.ts';
import { Trace } from '../sim/trace.ts';

const BENCH_PAGES = 1024;
const LOW_BASE = 0x20_0000;
const HIGH_BASE = 0x1_0020_0000;
/** Between the addresses of two pages that follow each other on one side. */
const STRIDE_BYTES = 3 * DMA_PAGE_BYTES;

/** RAM whose pages are given out one by one. */
export class BenchMemory implements DmaMemory, DmaReach {
  readonly bytes = new Uint8Array(BENCH_PAGES * DMA_PAGE_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly #offsets = new Map<number, number>();
  #given = 0;
  generation = 0;

  get reach(): DmaReach {
    return this;
  }

  resolve(address: number): number {
    const into = address % DMA_PAGE_BYTES;
    const offset = this.#offsets.get(address - into);
    if (offset === undefined) throw new Error(`there is no page at 0x${address.toString(16)}`);
    return offset + into;
  }

  forEachPage(visit: (address: number, offset: number) => void): void {
    for (const [address, offset] of this.#offsets) visit(address, offset);
  }

  /** The address of a fresh page of zeros; one that 32 bits reach if so wanted. */
  givePage(isLow = false): number {
    const count = this.#given++;
    if (count === BENCH_PAGES) throw new Error('the bench has no page left');
    const base = isLow || count % 2 === 0 ? LOW_BASE : HIGH_BASE;
    const address = base + count * STRIDE_BYTES;
    this.#offsets.set(address, (BENCH_PAGES - 1 - count) * DMA_PAGE_BYTES);
    this.generation++;
    return address;
  }

  /** The page is no device's any more. */
  takePage(address: number): void {
    this.#offsets.delete(address);
    this.generation++;
  }

  /** Bytes of one page, which a device finds at `address`. */
  at(address: number, byteLength: number): Uint8Array {
    const offset = this.resolve(address);
    return this.bytes.subarray(offset, offset + byteLength);
  }

  word(address: number): number {
    return this.view.getUint32(this.resolve(address), true);
  }

  setWord(address: number, value: number): void {
    this.view.setUint32(this.resolve(address), value, true);
  }
}

/** Keeps the sound, without the silence between streams. */
class KeepingEar implements SoundSink {
  readonly parts: Uint8Array[] = [];
  format: SoundFormat | null = null;
  /** Nothing has been heard since the last frame of sound. */
  isSilent = true;

  open(format: SoundFormat): void {
    this.format = format;
  }

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.parts.push(bytes.slice(offset, offset + byteLength));
    this.isSilent = false;
  }

  silence(): void {
    this.isSilent = true;
  }
}

export class DeviceBench {
  readonly clock = new Clock();
  readonly memory = new BenchMemory();
  readonly device: AudioDevice;
  isLineUp = false;
  /** How often the line rose. */
  lineRises = 0;
  /** Runs when the line rises, as a service routine would. */
  interrupted: (() => void) | null = null;
  readonly #ear = new KeepingEar();

  constructor(kind: Pick<DeviceKind, 'create'>) {
    this.device = kind.create({
      clock: this.clock,
      trace: new Trace(this.clock),
      memory: this.memory,
      interrupt: {
        assert: () => {
          if (this.isLineUp) return;
          this.isLineUp = true;
          this.lineRises++;
          this.interrupted?.();
        },
        deassert: () => {
          this.isLineUp = false;
        },
      },
    });
    this.device.speaker.sink = this.#ear;
  }

  get now(): number {
    return this.clock.now;
  }

  /** The rate at which the ear heard last; null when it has not. */
  get heardRateHz(): number | null {
    return this.#ear.format?.rateHz ?? null;
  }

  /** Whether the ear hears nothing at present. */
  get isSilent(): boolean {
    this.device.settle();
    return this.#ear.isSilent;
  }

  read(register: RegisterPlace): number {
    return this.#barOf(register).read(register.offset, register.bytes);
  }

  write(register: RegisterPlace, value: number): void {
    this.#barOf(register).write(register.offset, register.bytes, value);
  }

  #barOf({ bar = 0 }: RegisterPlace): RegisterSpace {
    const { bars, registers } = this.device;
    const space = bars === undefined && bar === 0 ? registers : bars?.[bar];
    if (space === undefined) throw new Error(`the device has no BAR ${bar}`);
    return space;
  }

  runFor(durationNs: number): void {
    this.clock.advanceTo(this.clock.now + durationNs);
    this.device.settle();
  }

  /** What was heard since the last call. */
  takeHeard(): Uint8Array {
    this.device.settle();
    const parts = this.#ear.parts.splice(0);
    const heard = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      heard.set(part, at);
      at += part.length;
    }
    return heard;
  }

  /** Switches the device off. */
  end(): void {
    this.device.powerOff();
  }
}

/** Where a register is, and how wide an access to it. */
export interface RegisterPlace {
  /** Which BAR; the first if absent. */
  readonly bar?: number;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4;
}
