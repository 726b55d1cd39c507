/**
 * One engine in the driver's hands: programmed for a buffer, run, paused, served when it
 * interrupts or is polled, and armed again when it has come to the end of a buffer that it cannot
 * go round by itself. Source: "Developing a WaveRT Miniport Driver", which has the address set
 * back in the service routine or in a high-priority thread.
 */

import type { PcmFormat } from '../../standards/pcm/format.ts';
import {
  SIMPLE_DMA_CTL,
  SIMPLE_DMA_ENGINE,
  SIMPLE_DMA_FMT,
  SIMPLE_DMA_STS,
} from '../../standards/simple-dma/registers.ts';
import type { DmaCapabilities, DmaRegisters } from './dma-registers.ts';

const TWO_TO_32 = 0x1_0000_0000;

/** What an engine has to know of a buffer. */
export interface ChannelBuffer {
  readonly bytes: number;
  /** Of the run, or of the page list. */
  readonly dmaAddress: number;
  /** Bytes between two notifications; 0 for none. */
  readonly packetBytes: number;
}

/** Who is told, at DISPATCH_LEVEL, that packets were completed. */
export interface PacketListener {
  packetsCompleted(): void;
}

export class DmaChannel {
  readonly isCapture: boolean;
  /** The engine's bit in GIS. */
  readonly interruptBit: number;
  listener: PacketListener | null = null;
  /** Times that the FIFO ran empty or over, since the channel was programmed. */
  xruns = 0;
  readonly #registers: DmaRegisters;
  readonly #capabilities: DmaCapabilities;
  readonly #index: number;
  #dmaAddress = 0;
  #isRunning = false;
  /** The engine stands at the end of its buffer. */
  #hasEnded = false;
  #hasPackets = false;

  constructor(registers: DmaRegisters, capabilities: DmaCapabilities, isCapture: boolean) {
    this.#registers = registers;
    this.#capabilities = capabilities;
    this.isCapture = isCapture;
    this.#index = isCapture ? SIMPLE_DMA_ENGINE.CAPTURE : SIMPLE_DMA_ENGINE.PLAYBACK;
    this.interruptBit = 1 << this.#index;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Bytes of the buffer between memory and FIFO so far in this pass. Any IRQL. */
  get memoryOffset(): number {
    return this.#registers.readEngine(this.#index, 'CNT');
  }

  /** Frames that the FIFO holds now. Any IRQL. */
  get fifoLevel(): number {
    return this.#registers.readEngine(this.#index, 'LVL');
  }

  /** Frames lost since the channel was programmed. */
  get lostFrames(): number {
    return this.#registers.readEngine(this.#index, 'LOST');
  }

  /** Back to position 0, set up for a format and a buffer; armed, so that RUN is all it needs. */
  program(format: PcmFormat, buffer: ChannelBuffer | null): void {
    this.reset();
    const bits = format.validBits << SIMPLE_DMA_FMT.BITS_SHIFT;
    const container = (format.containerBits >> 3) << SIMPLE_DMA_FMT.CONTAINER_SHIFT;
    this.#write('FMT', bits | container | format.channels);
    this.#write('RATE', format.rateHz);
    if (buffer === null) return;
    this.#dmaAddress = buffer.dmaAddress;
    this.#write('LEN', buffer.bytes);
    this.#write('THR', buffer.packetBytes);
    this.#write('IEN', this.#enables(buffer));
    this.#armFromStart();
  }

  /** A channel that was programmed and has not run yet begins there in the buffer's first pass. */
  seek(offset: number): void {
    this.#write('CNT', offset);
  }

  run(): void {
    this.#isRunning = true;
    this.#write('CTL', SIMPLE_DMA_CTL.RUN);
  }

  pause(): void {
    this.#isRunning = false;
    this.#write('CTL', 0);
  }

  /** The engine forgets its buffer. What the FIFO held is lost. */
  reset(): void {
    this.#isRunning = false;
    this.#write('CTL', SIMPLE_DMA_CTL.RESET);
    this.#hasEnded = false;
    this.#hasPackets = false;
    this.xruns = 0;
  }

  /**
   * Takes note of what the engine reports, and clears it. At device level from the service routine,
   * at DISPATCH_LEVEL from the poll; allocates nothing.
   */
  service(): void {
    const status = this.#registers.readEngine(this.#index, 'STS');
    this.#write('STS', status);
    if ((status & SIMPLE_DMA_STS.XRUN) !== 0) this.xruns++;
    if ((status & SIMPLE_DMA_STS.THRESHOLD) !== 0) this.#hasPackets = true;
    if ((status & SIMPLE_DMA_STS.END) !== 0 && !this.#capabilities.loops) this.#hasEnded = true;
  }

  /** Arms an engine that stands at the end of its buffer; any other is left alone. Any IRQL. */
  rearmIfEnded(): void {
    if (!this.#hasEnded) return;
    this.#hasEnded = false;
    this.#armFromStart();
  }

  /** Tells the listener of packets completed since it was told last. DISPATCH_LEVEL. */
  announcePackets(): void {
    if (!this.#hasPackets) return;
    this.#hasPackets = false;
    if (this.#isRunning) this.listener?.packetsCompleted();
  }

  #armFromStart(): void {
    this.#write('ADRL', this.#dmaAddress % TWO_TO_32);
    this.#write('ADRH', Math.floor(this.#dmaAddress / TWO_TO_32));
    this.#write('ARM', 1);
  }

  /** A part that loops needs no service but for FIFO errors and packets. */
  #enables(buffer: ChannelBuffer): number {
    const { interrupts, loops } = this.#capabilities;
    if (!interrupts) return 0;
    const end = loops ? 0 : SIMPLE_DMA_STS.END;
    const threshold = buffer.packetBytes > 0 ? SIMPLE_DMA_STS.THRESHOLD : 0;
    return SIMPLE_DMA_STS.XRUN | end | threshold;
  }

  #write(name: Parameters<DmaRegisters['writeEngine']>[1], value: number): void {
    this.#registers.writeEngine(this.#index, name, value);
  }
}
