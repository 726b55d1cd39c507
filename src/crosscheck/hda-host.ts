/**
 * A driver of HD Audio in the fewest steps, for questions to a controller: reset, commands, one
 * output stream over a list of buffers, and its service routine. HDA 1.0a 4.2 to 4.5.
 */
import { writeU64 } from '../base/struct.ts';
import { DMA_PAGE_BYTES } from '../hardware/device.ts';
import {
  BDL_ENTRY_BYTES,
  BDL_IOC,
  CORBCTL,
  CORBRP,
  encodeCommand,
  encodeHdaFormat,
  GCTL,
  HDA_CONTROLLER_REGISTERS,
  HDA_RING_ENTRIES,
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
  ICIS,
  INTCTL,
  INTSTS,
  RIRB_ENTRY_BYTES,
  RIRBCTL,
  RIRBSTS,
  RIRBWP,
  SDCTL,
  SDSTS,
  SET_AMP,
  VERB,
} from '../standards/hda/index.ts';
import type { DeviceBench, RegisterPlace } from './device-bench.ts';

export type ControllerRegister = keyof typeof HDA_CONTROLLER_REGISTERS;

/** The nodes of a codec that sound goes through to the ear. */
export interface OutputNodes {
  readonly converter: number;
  readonly pin: number;
}

export interface ListEntry {
  readonly address: number;
  readonly bytes: number;
  readonly interrupts: boolean;
}

/** The first input engine, and the first output engine of a controller with four of the former. */
export const INPUT_STREAM = 0;
export const OUTPUT_STREAM = 4;
export const STREAM_TAG = 5;
const FRAME_NS = 20_834;
/** 4.3: codecs have asked for their addresses by then. */
const DISCOVERY_NS = 600_000;
const COMMAND_PATIENCE = 50;
const ZERO_DB_GAIN = 74;
const PIN_OUT = 0x40;
const EAPD_ON = 0x2;
const TWO_TO_32 = 0x1_0000_0000;

type StreamRegister = 'STS' | 'LPIB' | 'CBL' | 'LVI' | 'FIFOS' | 'FMT' | 'BDPL' | 'BDPU';

const streamBase = HDA_STREAM_BASE + OUTPUT_STREAM * HDA_STREAM_STRIDE;

/** A register of the output stream that questions are asked about. */
export function streamPlace(name: StreamRegister): RegisterPlace {
  const { bytes, offset } = HDA_STREAM_REGISTERS[name];
  return { offset: streamBase + offset, bytes };
}

/** The byte of SDnCTL with RUN and SRST, the one with the stream's number, and all of it. */
export const STREAM_CONTROL: RegisterPlace = { offset: streamBase, bytes: 1 };
export const STREAM_TAG_BYTE: RegisterPlace = { offset: streamBase + 2, bytes: 1 };
export const STREAM_CONTROL_DWORD: RegisterPlace = { offset: streamBase, bytes: 4 };

export class HdaHost {
  readonly bench: DeviceBench;
  readonly nodes: OutputNodes;
  /** SDnSTS as the service routine found it, and SDnLPIB, at each interrupt. */
  readonly completions: { readonly status: number; readonly linkPosition: number }[] = [];
  readonly #list: number;
  readonly #rings: number;
  readonly #responses: number;

  constructor(bench: DeviceBench, nodes: OutputNodes) {
    this.bench = bench;
    this.nodes = nodes;
    this.#list = bench.memory.givePage();
    this.#rings = bench.memory.givePage();
    this.#responses = bench.memory.givePage();
  }

  read(name: ControllerRegister): number {
    return this.bench.read(HDA_CONTROLLER_REGISTERS[name]);
  }

  write(name: ControllerRegister, value: number): void {
    this.bench.write(HDA_CONTROLLER_REGISTERS[name], value);
  }

  /** Controller and codecs from reset. */
  reset(): void {
    this.write('GCTL', 0);
    this.bench.runFor(DISCOVERY_NS);
    this.write('GCTL', GCTL.CRST);
    this.bench.runFor(DISCOVERY_NS);
  }

  /** The response to a command, through the immediate registers; null when none comes. */
  command(node: number, verb: number, payload: number): number | null {
    this.write('ICIS', ICIS.IRV);
    this.write('ICOI', encodeCommand(0, node, verb, payload));
    this.write('ICIS', ICIS.ICB | ICIS.IRV);
    for (let frame = 0; frame < COMMAND_PATIENCE; frame++) {
      if ((this.read('ICIS') & (ICIS.ICB | ICIS.IRV)) === ICIS.IRV) return this.read('ICII');
      this.bench.runFor(FRAME_NS);
    }
    return null;
  }

  /** Brings both rings up. */
  startRings(responsesPerInterrupt: number, control: number): void {
    this.write('CORBLBASE', this.#rings % TWO_TO_32);
    this.write('CORBUBASE', Math.floor(this.#rings / TWO_TO_32));
    this.write('CORBWP', 0);
    this.write('CORBRP', CORBRP.CORBRPRST);
    this.write('CORBRP', 0);
    this.write('RIRBLBASE', this.#responses % TWO_TO_32);
    this.write('RIRBUBASE', Math.floor(this.#responses / TWO_TO_32));
    this.write('RIRBWP', RIRBWP.RIRBWPRST);
    this.write('RINTCNT', responsesPerInterrupt);
    this.write('RIRBCTL', control);
    this.write('CORBCTL', CORBCTL.CORBRUN);
  }

  /** Queues commands and gives the link time to carry them. */
  queue(commands: readonly number[]): void {
    let pointer = this.read('CORBWP');
    for (const command of commands) {
      pointer = (pointer + 1) % HDA_RING_ENTRIES;
      this.bench.memory.setWord(this.#rings + 4 * pointer, command);
    }
    this.write('CORBWP', pointer);
    this.bench.runFor(FRAME_NS * (commands.length + 2));
  }

  /** A response and its second word. */
  response(index: number): readonly [number, number] {
    const at = this.#responses + index * RIRB_ENTRY_BYTES;
    return [this.bench.memory.word(at), this.bench.memory.word(at + 4)];
  }

  /** Rings with an interrupt for each response; `RIRBCTL.RINTCTL` is what lets it out. */
  startInterruptingRings(): void {
    this.startRings(1, RIRBCTL.RIRBDMAEN | RIRBCTL.RINTCTL);
  }

  acknowledgeResponses(): void {
    this.write('RIRBSTS', RIRBSTS.RINTFL | RIRBSTS.RIRBOIS);
  }

  /** The codec's side of a stream: powered, unmuted at 0 dB, bound to the stream's number. */
  openPath(rateHz: number): void {
    const { converter, pin } = this.nodes;
    this.command(1, VERB.SET_POWER_STATE, 0);
    this.command(converter, VERB.SET_POWER_STATE, 0);
    this.setGain(ZERO_DB_GAIN);
    this.command(converter, VERB.SET_FORMAT, stereoFormat(rateHz));
    this.command(converter, VERB.SET_STREAM_CHANNEL, STREAM_TAG << 4);
    this.command(pin, VERB.SET_PIN_CONTROL, PIN_OUT);
    this.command(pin, VERB.SET_EAPD, EAPD_ON);
  }

  setGain(gain: number): void {
    const sides = SET_AMP.OUTPUT | SET_AMP.LEFT | SET_AMP.RIGHT;
    this.command(this.nodes.converter, VERB.SET_AMP, sides | gain);
  }

  /** Puts the stream's engine at the start of a list of buffers. */
  load(entries: readonly ListEntry[], rateHz: number): void {
    const { bench } = this;
    this.resetStream();
    const list = bench.memory.at(this.#list, DMA_PAGE_BYTES);
    const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
    for (const [index, { address, bytes, interrupts }] of entries.entries()) {
      writeU64(view, index * BDL_ENTRY_BYTES, address);
      view.setUint32(index * BDL_ENTRY_BYTES + 8, bytes, true);
      view.setUint32(index * BDL_ENTRY_BYTES + 12, interrupts ? BDL_IOC : 0, true);
    }
    bench.write(STREAM_TAG_BYTE, STREAM_TAG << 4);
    bench.write(streamPlace('FMT'), stereoFormat(rateHz));
    bench.write(streamPlace('BDPL'), this.#list % TWO_TO_32);
    bench.write(streamPlace('BDPU'), Math.floor(this.#list / TWO_TO_32));
    const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    bench.write(streamPlace('CBL'), total);
    bench.write(streamPlace('LVI'), entries.length - 1);
  }

  resetStream(): void {
    this.bench.write(STREAM_CONTROL, 0);
    this.bench.write(STREAM_CONTROL, SDCTL.SRST);
    this.bench.write(STREAM_CONTROL, 0);
  }

  run(bits: number = SDCTL.IOCE): void {
    this.bench.write(STREAM_CONTROL, SDCTL.RUN | bits);
  }

  stop(): void {
    this.bench.write(STREAM_CONTROL, 0);
  }

  /** Bytes that the engine has fetched and not yet sent; SDnFIFOS is one less (ICH6 datasheet). */
  get fifoBytes(): number {
    return this.bench.read(streamPlace('FIFOS')) + 1;
  }

  get linkPosition(): number {
    return this.bench.read(streamPlace('LPIB'));
  }

  /** From now on interrupts of the stream are served, and noted. */
  serveInterrupts(): void {
    this.bench.interrupted = () => this.#serve();
    this.write('INTCTL', (INTCTL.GIE | INTCTL.CIE | (1 << OUTPUT_STREAM)) >>> 0);
  }

  #serve(): void {
    if ((this.read('INTSTS') & (1 << OUTPUT_STREAM)) !== 0) {
      const status = this.bench.read(streamPlace('STS'));
      this.bench.write(streamPlace('STS'), SDSTS.BCIS | SDSTS.FIFOE | SDSTS.DESE);
      this.completions.push({ status, linkPosition: this.linkPosition });
    }
    if ((this.read('INTSTS') & INTSTS.CIS) !== 0) this.acknowledgeResponses();
  }
}

export function stereoFormat(rateHz: number): number {
  return encodeHdaFormat({ rateHz, bits: 16, channels: 2 });
}
