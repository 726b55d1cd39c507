/**
 * One stream descriptor, HDA 1.0a 3.3.35 to 3.3.43 and 4.5: the registers of a DMA engine.
 * SDnCTL is written by bytes, because its top byte is SDnSTS, where a written one clears a status
 * that the service routine has not seen yet.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  HDA_ALIAS_BASE,
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
  SDCTL,
  SDSTS,
} from '../../standards/hda/index.ts';
import type { HdaRegisters } from './hda-registers.ts';
import type { PacketCounter } from './packet-counter.ts';
import { HANDSHAKE_TIMEOUT_US, pollUntil } from './register-poll.ts';

const { CTL, STS, LPIB, CBL, LVI, FIFOS, FMT, BDPL, BDPU } = HDA_STREAM_REGISTERS;
const TWO_TO_32 = 0x1_0000_0000;
/** The stream's number is in the top half of SDnCTL's third byte. */
const TAG_BYTE = CTL.offset + 2;
const TAG_SHIFT = SDCTL.TAG_SHIFT - 16;
/** In the same byte: STRIPE in the low bits, and the traffic priority, which stays as it is. */
const PRIORITY = SDCTL.TP >>> 16;
/** Errors interrupt always; completed buffers only where somebody waits for them. */
const RUN_BITS = SDCTL.RUN | SDCTL.FEIE | SDCTL.DEIE;

/** What an engine has to know of a buffer. */
export interface EngineBuffer {
  readonly bytes: number;
  readonly listAddress: number;
  readonly lastEntry: number;
}

export class StreamEngine {
  /** The number on the link, 1 to 15, that the converter listens for. */
  readonly tag: number;
  /** The engine's bit in INTSTS. */
  readonly interruptBit: number;
  /** Errors since the engine was made: frames lost on the link, descriptors not read. */
  fifoErrors = 0;
  descriptorErrors = 0;
  /** Who counts the buffers that complete. */
  packets: PacketCounter | null = null;
  readonly #wdk: KernelDdi;
  readonly #registers: HdaRegisters;
  readonly #base: number;
  readonly #linkPosition: VirtualAddress;

  /** @param index place among all stream descriptors, input engines first */
  constructor(wdk: KernelDdi, registers: HdaRegisters, index: number, tag: number) {
    this.#wdk = wdk;
    this.#registers = registers;
    this.#base = HDA_STREAM_BASE + index * HDA_STREAM_STRIDE;
    this.#linkPosition = registers.addressOf(this.#base + LPIB.offset);
    this.tag = tag;
    this.interruptBit = 1 << index;
  }

  /**
   * SDnLPIB: place in the buffer of the next byte that goes to the codec, or that comes from it
   * into memory. Any IRQL.
   */
  get linkPosition(): number {
    return this.#wdk.READ_REGISTER_ULONG(this.#linkPosition);
  }

  /** A read is answered when what the engine did before it is done: memory is as it left it. */
  synchronize(): void {
    this.#wdk.READ_REGISTER_ULONG(this.#linkPosition);
  }

  /** The copy of SDnLPIB that a client may see, 3.3.45. */
  get linkPositionAlias(): VirtualAddress {
    return this.#registers.addressOf(HDA_ALIAS_BASE + this.#base + LPIB.offset);
  }

  /** Bytes between memory and link. SDnFIFOS is one less, and follows the format (3.3.40). */
  get fifoBytes(): number {
    return this.#read(FIFOS) + 1;
  }

  /**
   * Sets the stream's number, format, and data lines (coded as SDnCTL.STRIPE is). The engine does
   * not run.
   */
  setFormat(linkFormat: number, stripe: number): void {
    const priority = this.#registers.readAt(this.#base + TAG_BYTE, 1) & PRIORITY;
    const bits = (this.tag << TAG_SHIFT) | priority | stripe;
    this.#registers.writeAt(this.#base + TAG_BYTE, 1, bits);
    this.#write(FMT, linkFormat);
  }

  /** Leads the engine to a buffer. It does not run. */
  setBuffer(buffer: EngineBuffer): void {
    this.#write(BDPL, buffer.listAddress % TWO_TO_32);
    this.#write(BDPU, Math.floor(buffer.listAddress / TWO_TO_32));
    this.#write(CBL, buffer.bytes);
    this.#write(LVI, buffer.lastEntry);
  }

  /** DMA begins. @param notifies whether entries of the list that ask for it interrupt */
  run(notifies: boolean): void {
    const bits = notifies ? RUN_BITS | SDCTL.IOCE : RUN_BITS;
    this.#registers.writeAt(this.#base + CTL.offset, 1, bits);
  }

  /** DMA ends where it is; the engine says when it has (4.5.4). False when it does not. */
  pause(): boolean {
    this.#registers.writeAt(this.#base + CTL.offset, 1, 0);
    return pollUntil(this.#wdk, HANDSHAKE_TIMEOUT_US, () => (this.#control() & SDCTL.RUN) === 0);
  }

  /** Buffers that completed up to now interrupt nobody any more. The engine does not run. */
  forgetCompleted(): void {
    this.#write(STS, SDSTS.BCIS);
  }

  /**
   * Stream reset: position 0, every register at its reset value. SRST is set until it reads 1 and
   * cleared until it reads 0 (3.3.35). False when the engine does not follow.
   */
  reset(): boolean {
    this.pause();
    this.#registers.writeAt(this.#base + CTL.offset, 1, SDCTL.SRST);
    const isIn = pollUntil(this.#wdk, HANDSHAKE_TIMEOUT_US, () => this.#isInReset());
    this.#registers.writeAt(this.#base + CTL.offset, 1, 0);
    return isIn && pollUntil(this.#wdk, HANDSHAKE_TIMEOUT_US, () => !this.#isInReset());
  }

  /**
   * Counts and clears what interrupted; true when buffers completed that somebody waits for. At
   * the interrupt's level; allocates nothing.
   */
  serviceInterrupt(): boolean {
    const status = this.#read(STS);
    if ((status & SDSTS.FIFOE) !== 0) this.fifoErrors++;
    if ((status & SDSTS.DESE) !== 0) this.descriptorErrors++;
    // Status first: what completes from here on interrupts again.
    this.#write(STS, status & (SDSTS.BCIS | SDSTS.FIFOE | SDSTS.DESE));
    if ((status & SDSTS.BCIS) === 0 || this.packets === null) return false;
    this.packets.completed(this.linkPosition, this.#wdk.KeQueryPerformanceCounter());
    return true;
  }

  #isInReset(): boolean {
    return (this.#control() & SDCTL.SRST) !== 0;
  }

  /** The byte of SDnCTL that holds RUN and SRST. */
  #control(): number {
    return this.#registers.readAt(this.#base + CTL.offset, 1);
  }

  #read(row: { readonly offset: number; readonly bytes: 1 | 2 | 4 }): number {
    return this.#registers.readAt(this.#base + row.offset, row.bytes);
  }

  #write(row: { readonly offset: number; readonly bytes: 1 | 2 | 4 }, value: number): void {
    this.#registers.writeAt(this.#base + row.offset, row.bytes, value);
  }
}
