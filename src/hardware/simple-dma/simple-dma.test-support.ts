/**
 * A bench for tests of the simple DMA model: a clock, scattered memory above 4 GiB, a line that is
 * watched, and the few steps of a driver, spelled in registers.
 */
import { Clock } from '../../sim/clock.ts';
import { Trace } from '../../sim/trace.ts';
import {
  SIMPLE_DMA_ENGINE_BASE,
  SIMPLE_DMA_ENGINE_REGISTERS,
  SIMPLE_DMA_ENGINE_STRIDE,
  SIMPLE_DMA_REGISTERS,
  type SimpleDmaEngineRegister,
} from '../../standards/simple-dma/registers.ts';
import { Ear, ScatteredMemory } from '../hda/hda.test-support.ts';
import { SimpleDmaDevice } from './simple-dma-device.ts';
import type { SimpleDmaTraits } from './traits.ts';

/** 48 kHz, 2 channels, 16 bits: a frame takes 4 bytes. */
export const STEREO_16 = (16 << 16) | (2 << 8) | 2;
export const FRAME_BYTES = 4;
export const HIGH = 2 ** 44 - 1;
const TWO_TO_32 = 0x1_0000_0000;

export class DmaBench {
  readonly clock = new Clock();
  readonly memory = new ScatteredMemory();
  readonly ear = new Ear();
  readonly device: SimpleDmaDevice;
  /** Whether the line is asserted, and the times at which it rose. */
  line = false;
  readonly rises: number[] = [];

  constructor(traits: Partial<SimpleDmaTraits> = {}) {
    this.device = new SimpleDmaDevice(
      {
        clock: this.clock,
        trace: new Trace(this.clock),
        memory: this.memory,
        interrupt: {
          assert: () => {
            if (!this.line) this.rises.push(this.clock.now);
            this.line = true;
          },
          deassert: () => {
            this.line = false;
          },
        },
      },
      { highAddress: HIGH, ...traits },
    );
    this.device.speaker.sink = this.ear;
  }

  global(name: keyof typeof SIMPLE_DMA_REGISTERS): number {
    return this.device.registers.read(SIMPLE_DMA_REGISTERS[name].offset, 4);
  }

  get(name: SimpleDmaEngineRegister, engine = 0): number {
    return this.device.registers.read(this.#offset(name, engine), 4);
  }

  set(name: SimpleDmaEngineRegister, value: number, engine = 0): void {
    this.device.registers.write(this.#offset(name, engine), 4, value);
  }

  /** Format, buffer and length; `frames` frames at `address`. */
  program(address: number, frames: number, engine = 0): void {
    this.set('FMT', STEREO_16, engine);
    this.set('RATE', 48_000, engine);
    this.set('LEN', frames * FRAME_BYTES, engine);
    this.point(address, engine);
  }

  point(address: number, engine = 0): void {
    this.set('ADRL', address % TWO_TO_32, engine);
    this.set('ADRH', Math.floor(address / TWO_TO_32), engine);
  }

  /** To the moment at which so many frame periods have passed since time 0, and looks there. */
  toFrame(frames: number): void {
    this.passTo(frames);
    this.device.settle();
  }

  /** The same without a look: only what the device does by itself happens. */
  passTo(frames: number): void {
    this.clock.advanceTo(Math.ceil((frames * 1_000_000) / 48));
  }

  /** `bytes` counting bytes from `address` on. */
  fill(address: number, byteLength: number, first = 1): number[] {
    const data = Array.from({ length: byteLength }, (_, at) => (first + at) % 251);
    this.memory.put(address, data);
    return data;
  }

  #offset(name: SimpleDmaEngineRegister, engine: number): number {
    const block = SIMPLE_DMA_ENGINE_BASE + engine * SIMPLE_DMA_ENGINE_STRIDE;
    return block + SIMPLE_DMA_ENGINE_REGISTERS[name].offset;
  }
}
