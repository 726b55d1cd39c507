/**
 * The whole stack over the simple DMA device: a lab machine with given traits, a playback stream
 * with a timer-driven client and a ledger at the ear, and a capture stream that a scenario reads.
 */
import { timeOfFrame } from '../../src/base/frame-time.ts';
import type { KsFilter } from '../../src/client/ks-filter.ts';
import type { BufferView, KsPin } from '../../src/client/ks-pin.ts';
import { openStream } from '../../src/client/open-stream.ts';
import { SoundLedger } from '../../src/client/sound-ledger.ts';
import { TimerRenderClient } from '../../src/client/timer-render.ts';
import {
  makeSimpleDmaDriver,
  type SimpleDmaDriverOptions,
} from '../../src/drivers/simple-dma/index.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import { SimpleDmaDevice, type SimpleDmaTraits } from '../../src/hardware/index.ts';
import type { MachineConfig } from '../../src/machine/machine.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import {
  SIMPLE_DMA_ENGINE_BASE,
  SIMPLE_DMA_ENGINE_REGISTERS,
  SIMPLE_DMA_ENGINE_STRIDE,
  type SimpleDmaEngineRegister,
} from '../../src/standards/simple-dma/registers.ts';
import { formatOf, type Lab, type LabMachine, noise } from '../../src/testing/index.ts';
import { MemorySource } from './memory-source.ts';

export const MS = 1_000_000;
export const RENDER_PIN = 0;
export const CAPTURE_PIN = 2;

export type SimpleMachine = LabMachine<SimpleDmaDevice>;
type Extras = Partial<MachineConfig<SimpleDmaDevice>>;

export function bootSimple(
  lab: Lab,
  traits: Partial<SimpleDmaTraits> = {},
  options: SimpleDmaDriverOptions = {},
  extras: Extras = {},
): SimpleMachine {
  return lab.boot({
    device: (slot: DeviceSlot) => new SimpleDmaDevice(slot, traits),
    driver: makeSimpleDmaDriver(options),
    ...extras,
  });
}

/** What the register of an engine reads as. */
export function engineRegister(
  { device }: SimpleMachine,
  index: number,
  name: SimpleDmaEngineRegister,
): number {
  const block = SIMPLE_DMA_ENGINE_BASE + index * SIMPLE_DMA_ENGINE_STRIDE;
  return device.registers.read(block + SIMPLE_DMA_ENGINE_REGISTERS[name].offset, 4);
}

export interface PlaybackOptions {
  readonly format?: PcmFormat;
  readonly soundMs?: number;
  readonly bufferMs?: number;
}

/** Noise from a timer-driven client, from pin to ear. */
export class Playback {
  readonly filter: KsFilter;
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly ledger: SoundLedger;
  readonly client: TimerRenderClient;
  /** When the stream entered RUN. */
  runNs = Number.NaN;
  readonly #machine: SimpleMachine;

  constructor(machine: SimpleMachine, options: PlaybackOptions = {}) {
    const { bufferMs = 10, format = formatOf({}), soundMs = 100 } = options;
    this.#machine = machine;
    this.filter = machine.openFilter();
    const framesOf = (ms: number): number => Math.round((format.rateHz * ms) / 1000);
    const bytes = framesOf(bufferMs) * frameBytes(format);
    const { buffer, latency, pin } = openStream(this.filter, RENDER_PIN, format, bytes);
    this.pin = pin;
    this.buffer = buffer;
    this.ledger = new SoundLedger(pin.frameBytes, 3 * this.bufferFrames);
    const { kernel } = machine.machine;
    this.client = new TimerRenderClient({
      kernel,
      pin,
      buffer,
      latency,
      source: new MemorySource(noise(format, framesOf(soundMs)), pin.frameBytes),
      journal: this.ledger,
      period100ns: bufferMs * 5000,
      settle: () => machine.device.settle(),
      observer: {
        entered: () => {
          this.runNs = kernel.clock.now;
          machine.device.speaker.sink = this.ledger;
        },
        leaving: () => undefined,
      },
    });
    this.client.start();
    // The client's thread enters RUN the first time that it runs.
    machine.runFor(0);
  }

  get bufferFrames(): number {
    return this.buffer.actualBytes / this.pin.frameBytes;
  }

  /** When so many frames have passed since RUN. */
  timeOf(frames: number): number {
    return this.runNs + timeOfFrame(frames, this.pin.format.rateHz);
  }

  /** Plays to the end of the sound and closes. @throws Error when it does not come to an end */
  playOut(): this {
    const { kernel } = this.#machine.machine;
    const limitNs = kernel.clock.now + 5000 * MS;
    if (!kernel.runUntil(() => this.client.isDone, limitNs)) throw new Error('it plays on');
    this.pin.close();
    this.filter.close();
    return this;
  }
}

/** A capture stream, and all that was spoken and read since RUN. */
export class Recording {
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly frameBytes: number;
  readonly filter: KsFilter;
  runNs = 0;
  readonly #machine: SimpleMachine;
  readonly #spoken: Uint8Array;
  #spokenBytes = 0;
  #readOffset = 0;
  readonly #read: number[] = [];

  constructor(machine: SimpleMachine, format: PcmFormat, bufferMs = 10, soundMs = 300) {
    this.#machine = machine;
    this.filter = machine.openFilter();
    this.frameBytes = frameBytes(format);
    const frames = Math.round((format.rateHz * bufferMs) / 1000);
    const opened = openStream(this.filter, CAPTURE_PIN, format, frames * this.frameBytes);
    this.pin = opened.pin;
    this.buffer = opened.buffer;
    this.#spoken = noise(format, Math.round((format.rateHz * soundMs) / 1000), 11);
    machine.device.lineIn.source = {
      speak: (bytes, offset, count) => {
        const end = this.#spokenBytes + count * this.frameBytes;
        bytes.set(this.#spoken.subarray(this.#spokenBytes, end), offset);
        this.#spokenBytes = end;
      },
    };
  }

  get bufferFrames(): number {
    return this.buffer.actualBytes / this.frameBytes;
  }

  run(): this {
    for (const state of [KSSTATE.ACQUIRE, KSSTATE.PAUSE, KSSTATE.RUN]) {
      this.pin.check('STATE', this.pin.setState(state));
    }
    this.runNs = this.#machine.machine.now;
    return this;
  }

  /** Reads up to the read position, again and again, until `untilNs` after RUN. */
  readUntil(untilNs: number, everyNs = 2 * MS): this {
    while (this.#machine.machine.now < this.runNs + untilNs) {
      const left = this.runNs + untilNs - this.#machine.machine.now;
      this.#machine.runFor(Math.min(everyNs, left));
      this.#readAvailable();
    }
    return this;
  }

  get read(): Uint8Array {
    return Uint8Array.from(this.#read);
  }

  /** Frames that were spoken since RUN. */
  spoken(fromFrame: number, toFrame: number): Uint8Array {
    return this.#spoken.slice(fromFrame * this.frameBytes, toFrame * this.frameBytes);
  }

  close(): void {
    this.pin.setState(KSSTATE.STOP);
    this.pin.close();
    this.filter.close();
    this.#machine.device.lineIn.source = null;
  }

  #readAvailable(): void {
    this.pin.check('POSITION', this.pin.readPosition());
    const { bytes } = this.#machine.machine.kernel.ram;
    const { actualBytes, address } = this.buffer;
    while (this.#readOffset !== this.pin.writeOffset) {
      this.#read.push(bytes[address + this.#readOffset] ?? 0);
      this.#readOffset = (this.#readOffset + 1) % actualBytes;
    }
  }
}
