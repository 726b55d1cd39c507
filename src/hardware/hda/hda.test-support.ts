/**
 * A bench for tests of the HD Audio model: a clock, scattered memory, a line that is recorded, and
 * a controller; with the few steps that a driver takes, spelled in registers and verbs.
 */

import { Clock } from '../../sim/clock.ts';
import { Trace } from '../../sim/trace.ts';
import { encodeCommand, VERB } from '../../standards/hda/verbs.ts';
import type { AccessWidth, DmaMemory } from '../device.ts';
import { DMA_PAGE_BYTES } from '../device.ts';
import type { SoundFormat } from '../endpoint/sound-format.ts';
import type { SoundSink } from '../endpoint/speaker.ts';
import { HDA_NODE } from './codec-nodes.ts';
import { type HdaConfig, HdaController } from './hda-controller.ts';

/** Physical pages that follow each other lie apart, and in reverse order, in `bytes`. */
export class ScatteredMemory implements DmaMemory {
  readonly bytes = new Uint8Array(512 * DMA_PAGE_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly #frames = new Map<number, number>();
  #nextPage = 1;

  resolve(address: number): number {
    const page = Math.floor(address / DMA_PAGE_BYTES);
    const frame = this.#frames.get(page);
    if (frame === undefined) throw new Error(`no page at 0x${address.toString(16)}`);
    return frame * DMA_PAGE_BYTES + (address % DMA_PAGE_BYTES);
  }

  /** A physical address with `pages` pages behind it, above 4 GiB so that the upper half counts. */
  allocate(pages: number): number {
    const first = 0x10_0000 + this.#nextPage;
    for (let page = 0; page < pages; page++) {
      this.#frames.set(first + page, 511 - this.#nextPage);
      this.#nextPage++;
    }
    return first * DMA_PAGE_BYTES;
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

  word(address: number): number {
    return this.view.getUint32(this.resolve(address), true);
  }

  putWord(address: number, value: number): void {
    this.view.setUint32(this.resolve(address), value, true);
  }
}

/** Keeps what the ear heard: runs of silence merged, sound as bytes. */
export class Ear implements SoundSink {
  readonly formats: SoundFormat[] = [];
  readonly parts: ({ silence: number } | { sound: number[] })[] = [];

  open(format: SoundFormat): void {
    this.formats.push(format);
  }

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    let last = this.parts.at(-1);
    if (last === undefined || !('sound' in last)) {
      last = { sound: [] };
      this.parts.push(last);
    }
    for (let at = 0; at < byteLength; at++) last.sound.push(bytes[offset + at] as number);
  }

  silence(frames: number): void {
    const last = this.parts.at(-1);
    if (last !== undefined && 'silence' in last) last.silence += frames;
    else this.parts.push({ silence: frames });
  }

  /** Frames of silence before the first sound. */
  get leadingSilence(): number {
    const first = this.parts[0];
    return first !== undefined && 'silence' in first ? first.silence : 0;
  }

  /** All sound without the silence between. */
  get sound(): number[] {
    return this.parts.flatMap((part) => ('sound' in part ? part.sound : []));
  }

  /** The shape: frames of silence and bytes of sound in turn. */
  get shape(): string {
    return this.parts
      .map((part) => ('silence' in part ? `silence ${part.silence}` : `sound ${part.sound.length}`))
      .join(', ');
  }
}

/** Bytes 0, 1, 2 and so on with a period that no buffer size shares. */
export function pattern(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, at) => (at * 7 + Math.floor(at / 251)) & 0xff);
}

export interface BufferEntry {
  readonly address: number;
  readonly length: number;
  readonly ioc?: boolean;
}

export class HdaBench {
  readonly clock = new Clock();
  readonly trace = new Trace(this.clock);
  readonly memory = new ScatteredMemory();
  readonly edges: string[] = [];
  readonly ear = new Ear();
  readonly device: HdaController;
  isAsserted = false;
  /** The interrupt service routine. */
  onAssert: () => void = () => {};

  constructor(config: HdaConfig = {}) {
    this.device = new HdaController(
      {
        clock: this.clock,
        trace: this.trace,
        memory: this.memory,
        interrupt: {
          assert: () => this.#edge(true),
          deassert: () => this.#edge(false),
        },
      },
      config,
    );
    this.device.speaker.sink = this.ear;
  }

  /** Out of reset, with the codec there. */
  boot(): this {
    this.write(0x08, 4, 1);
    this.clock.advanceTo(this.clock.now + 521_000);
    return this;
  }

  read(offset: number, width: AccessWidth): number {
    return this.device.registers.read(offset, width);
  }

  write(offset: number, width: AccessWidth, value: number): void {
    this.device.registers.write(offset, width, value);
  }

  runFor(elapsedNs: number): void {
    this.clock.advanceTo(this.clock.now + elapsedNs);
  }

  /** Sends a command through the immediate registers and waits for the answer. */
  verb(node: number, verb: number, payload = 0): number {
    this.write(0x60, 4, encodeCommand(0, node, verb, payload));
    this.write(0x68, 2, 0x3);
    this.runFor(50_000);
    return this.read(0x64, 4);
  }

  /** The codec plays stream 1 in this format. */
  listen(format: number): void {
    this.verb(HDA_NODE.DAC, VERB.SET_FORMAT, format);
    this.verb(HDA_NODE.DAC, VERB.SET_STREAM_CHANNEL, 0x10);
    this.verb(HDA_NODE.LINE_OUT, VERB.SET_PIN_CONTROL, 0x40);
  }

  /** The codec records stream 2 in this format. */
  speakInto(format: number): void {
    this.verb(HDA_NODE.ADC, VERB.SET_FORMAT, format);
    this.verb(HDA_NODE.ADC, VERB.SET_STREAM_CHANNEL, 0x20);
    this.verb(HDA_NODE.LINE_IN, VERB.SET_PIN_CONTROL, 0x20);
  }

  /** Programs a stream descriptor and its list; nothing runs yet. */
  program(stream: number, format: number, entries: readonly BufferEntry[]): void {
    const list = this.memory.allocate(1);
    entries.forEach((entry, index) => {
      const at = list + 16 * index;
      this.memory.putWord(at, entry.address % 0x1_0000_0000);
      this.memory.putWord(at + 4, Math.floor(entry.address / 0x1_0000_0000));
      this.memory.putWord(at + 8, entry.length);
      this.memory.putWord(at + 12, entry.ioc === true ? 1 : 0);
    });
    const base = streamBase(stream);
    this.write(
      base + 0x08,
      4,
      entries.reduce((sum, entry) => sum + entry.length, 0),
    );
    this.write(base + 0x0c, 2, entries.length - 1);
    this.write(base + 0x12, 2, format);
    this.write(base + 0x18, 4, list % 0x1_0000_0000);
    this.write(base + 0x1c, 4, Math.floor(list / 0x1_0000_0000));
  }

  /** Writes SDnCTL: control bits in the low byte, the stream number at the top. */
  control(stream: number, bits: number, tag = stream >= 4 ? 1 : 2): void {
    this.write(streamBase(stream) + 2, 1, tag << 4);
    this.write(streamBase(stream), 1, bits);
  }

  /** An output stream on SD4 that loops over `data` in two halves, each asking for an interrupt. */
  play(format: number, data: ArrayLike<number>): void {
    this.listen(format);
    const half = Math.ceil(data.length / 2);
    const address = this.memory.allocate(Math.ceil(data.length / DMA_PAGE_BYTES));
    this.memory.put(address, data);
    this.program(4, format, [
      { address, length: half, ioc: true },
      { address: address + half, length: data.length - half, ioc: true },
    ]);
  }

  #edge(isUp: boolean): void {
    this.isAsserted = isUp;
    this.edges.push(`${this.clock.now} ${isUp ? 'up' : 'down'}`);
    if (isUp) this.onAssert();
  }
}

export function streamBase(stream: number): number {
  return 0x80 + 0x20 * stream;
}

export const RUN = 0x2;
export const RUN_IOCE = 0x6;
