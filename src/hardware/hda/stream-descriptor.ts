/**
 * One stream descriptor, HDA 1.0a 3.3.35 to 3.3.43 and 4.5: registers, run control and status of a
 * DMA engine. RUN latches the format and the descriptors; SSYNC holds frames back; an alarm stands
 * at the nanosecond of the next buffer completion, and nothing else costs time.
 */
import { RegisterBank, type RegisterCell } from '../../base/registers.ts';
import { Alarm } from '../../sim/clock.ts';
import { decodeHdaFormat, hdaFrameBytes } from '../../standards/hda/stream-format.ts';
import {
  BDL_LEAST_LVI,
  HDA_INPUT_STREAM_REGISTERS,
  HDA_STREAM_BASE,
  HDA_STREAM_REGISTERS,
  HDA_STREAM_STRIDE,
  type HdaStreamRegisterMap,
  SDCTL,
  SDSTS,
} from '../../standards/hda/stream-registers.ts';
import type { DeviceSlot } from '../device.ts';
import { BufferDescriptorList } from './buffer-descriptor-list.ts';
import { DmaEngine, fifoFramesAt } from './dma-engine.ts';
import { TRACE_IOC, TRACE_RUN, TRACE_STOP } from './hda-trace.ts';
import type { LinkClock } from './link-clock.ts';
import { StreamPosition } from './stream-position.ts';

/** What a stream descriptor tells its controller. */
export interface StreamHost {
  readonly linkClock: LinkClock;
  /** A stream started, stopped or changed its number. */
  streamsChanged(): void;
  /** A buffer that asks for an interrupt is complete. */
  bufferCompleted(): void;
  interruptChanged(): void;
  /** SDnCTL was written: the stream may have stopped on its way, or be back at 0. */
  positionChanged(): void;
}

const INTERRUPT_ENABLES = SDCTL.IOCE | SDCTL.FEIE | SDCTL.DEIE;

export class StreamDescriptor {
  readonly registers: RegisterBank<HdaStreamRegisterMap>;
  readonly #ctl: RegisterCell;
  readonly #sts: RegisterCell;
  readonly engine: DmaEngine;
  readonly index: number;
  readonly isOutput: boolean;
  readonly #slot: DeviceSlot;
  readonly #host: StreamHost;
  readonly #list: BufferDescriptorList;
  readonly #position: StreamPosition;
  readonly #interruptAlarm: Alarm;
  /** Latched when RUN is set; -1 while the FIFO holds nothing. */
  #formatCode = -1;
  #stripe = 0;
  #isRunning = false;
  #isHeld = false;
  #isMoving = false;

  constructor(index: number, isOutput: boolean, slot: DeviceSlot, host: StreamHost) {
    this.index = index;
    this.isOutput = isOutput;
    this.#slot = slot;
    this.#host = host;
    this.#list = new BufferDescriptorList(slot.memory);
    this.#position = new StreamPosition(isOutput, host.linkClock);
    this.engine = new DmaEngine(isOutput, this.#list);
    this.#interruptAlarm = new Alarm(slot.clock, `hda stream ${index} buffer`, () => this.settle());
    this.registers = new RegisterBank<HdaStreamRegisterMap>(
      isOutput ? HDA_STREAM_REGISTERS : HDA_INPUT_STREAM_REGISTERS,
      {
        read: {
          STS: () => this.#status(),
          LPIB: () => this.linkPosition(),
          FIFOS: () => this.#fifoSize(),
        },
        write: {
          CTL: (value, previous) => this.#control(value, previous),
          STS: () => host.interruptChanged(),
        },
      },
      HDA_STREAM_BASE + index * HDA_STREAM_STRIDE,
    );
    this.#ctl = this.registers.cell('CTL');
    this.#sts = this.registers.cell('STS');
  }

  /** The stream number; 0 when unused. */
  get tag(): number {
    return this.#ctl.value >>> SDCTL.TAG_SHIFT;
  }

  /** The format word that the engine runs with. */
  get formatCode(): number {
    return this.#formatCode;
  }

  /** SDnCTL.STRIPE, the SDO lines that the engine runs with; latched with the format. */
  get stripe(): number {
    return this.#stripe;
  }

  /** Whether frames pass: RUN is set, the descriptors are loaded and SSYNC does not hold it. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  /** Whether a status bit is set that SDnCTL enables; IOCE, FEIE, DEIE lie as BCIS, FIFOE, DESE. */
  get isInterrupting(): boolean {
    const status = this.#sts.value;
    return status !== 0 && (status & this.#ctl.value & INTERRUPT_ENABLES) !== 0;
  }

  /** SDnLPIB now: bytes past the link, for input as far as they reached memory; modulo CBL. */
  linkPosition(): number {
    this.settle();
    return this.#position.linkOffset;
  }

  /** What goes into the DMA position buffer (3.6.1): bytes moved from or to memory, modulo CBL. */
  get memoryPosition(): number {
    return this.#position.memoryOffset;
  }

  /** Moves what is due by now. */
  settle(): void {
    if (!this.#isMoving) return;
    const frames = this.#position.advanceTo(this.#slot.clock.now);
    if (frames === 0) return;
    const completed = this.engine.advance(frames);
    if (completed > 0) this.#complete(completed);
  }

  /** SSYNC, 3.3.17: a held stream has its descriptors, but no frame passes. Settle before. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#updateMoving();
  }

  /** A FIFO error in the next frame period. @throws Error unless the stream is moving */
  injectFifoError(): void {
    if (!this.#isMoving) throw new Error(`stream ${this.index} is not running: no FIFO error`);
    this.settle();
    this.engine.loseFrame();
    this.#sts.value |= SDSTS.FIFOE;
    this.#host.interruptChanged();
  }

  /** Controller reset. */
  reset(): void {
    this.#resetEngine();
    this.#isHeld = false;
    this.registers.reset();
  }

  #status(): number {
    this.settle();
    return this.#sts.value | (this.#formatCode >= 0 ? SDSTS.FIFORDY : 0);
  }

  /** 3.3.40: most bytes in memory's place but not yet on the link, less one as on ICH6. */
  #fifoSize(): number {
    const format = decodeHdaFormat(this.registers.get('FMT'));
    return format === null ? 0 : fifoFramesAt(format.rateHz) * hdaFrameBytes(format) - 1;
  }

  /** Somebody wrote SDnCTL. The controller settled the stream before, under the old value. */
  #control(value: number, previous: number): void {
    if (((value | previous) & SDCTL.SRST) !== 0) {
      // Software holds SRST, checks that it reads 1, and clears it again. What is written in
      // between does not stick.
      this.#resetEngine();
      this.registers.reset();
      const isInReset = (value & SDCTL.SRST) !== 0;
      this.#ctl.value = isInReset ? SDCTL.SRST | SDCTL.TP : value & ~SDCTL.RUN;
    } else if ((value & SDCTL.RUN) === 0) {
      this.#isRunning = false;
    } else if (!this.#isRunning) {
      this.#isRunning = this.#load();
    }
    const hasNewTag = value >>> SDCTL.TAG_SHIFT !== previous >>> SDCTL.TAG_SHIFT;
    if (!this.#updateMoving() && hasNewTag) this.#host.streamsChanged();
    this.#setInterruptAlarm();
    this.#host.positionChanged();
    this.#host.interruptChanged();
  }

  #resetEngine(): void {
    this.#isRunning = false;
    this.#updateMoving();
    this.#formatCode = -1;
    this.#position.clear();
  }

  /** RUN was set: latches the format and fetches the descriptors. False when it cannot run. */
  #load(): boolean {
    const code = this.registers.get('FMT');
    const format = decodeHdaFormat(code);
    // A reserved format has no frame to count: the engine stands still.
    if (format === null) return false;
    const lvi = this.registers.get('LVI');
    const address = this.registers.get('BDPU') * 0x1_0000_0000 + this.registers.get('BDPL');
    if (lvi < BDL_LEAST_LVI || !this.#list.load(address, lvi + 1)) {
      this.#sts.value |= SDSTS.DESE;
      this.#ctl.value &= ~SDCTL.RUN;
      return false;
    }
    this.#stripe = (this.#ctl.value & SDCTL.STRIPE_MASK) >>> SDCTL.STRIPE_SHIFT;
    if (code !== this.#formatCode) {
      this.#formatCode = code;
      this.#position.open(format);
      this.engine.open(format);
    }
    this.#position.setCyclicBytes(this.registers.get('CBL'));
    this.#list.locate(this.#position.memoryBytes);
    return true;
  }

  /** Starts or stops the flow of frames if that changed; true when it did. */
  #updateMoving(): boolean {
    const isMoving = this.#isRunning && !this.#isHeld;
    if (isMoving === this.#isMoving) return false;
    this.#isMoving = isMoving;
    const { trace, clock } = this.#slot;
    const frame = this.#position.leadingFrames;
    if (isMoving) {
      this.#position.start(clock.now);
      trace.write(TRACE_RUN, this.index, this.tag, this.#formatCode, frame);
    } else {
      trace.write(TRACE_STOP, this.index, frame);
    }
    this.#setInterruptAlarm();
    this.#host.streamsChanged();
    return true;
  }

  /**
   * An alarm at the nanosecond at which the next buffer that asks for an interrupt is complete in
   * memory (3.6.3: its last byte fetched, for input stored). Without IOCE nobody is told: then the
   * status bit appears when somebody looks.
   */
  #setInterruptAlarm(): void {
    const bytes =
      this.#isMoving && (this.#ctl.value & SDCTL.IOCE) !== 0
        ? this.#list.bytesToInterrupt()
        : Number.POSITIVE_INFINITY;
    if (bytes === Number.POSITIVE_INFINITY) this.#interruptAlarm.cancel();
    else this.#interruptAlarm.set(this.#position.timeOfMemoryBytes(bytes));
  }

  /** Sets BCIS. The alarm is set before the interrupt, whose handler may stop the stream. */
  #complete(buffers: number): void {
    this.#sts.value |= SDSTS.BCIS;
    this.#slot.trace.write(TRACE_IOC, this.index, buffers, this.#position.memoryFrames);
    this.#setInterruptAlarm();
    this.#host.bufferCompleted();
  }
}
