/**
 * One DMA engine of the bus master with its box of registers: ICH datasheet 12.2.1 to 12.2.7 and
 * AC'97 Programmer's Reference Manual (ICH5) 3.2. Frame periods pass as the converter's rate has
 * it. Samples move in blocks, when somebody looks; an alarm stands at the nanosecond at which the
 * current buffer is processed, since the engine then fetches a descriptor, and maybe interrupts.
 */
import { RegisterBank, type RegisterCell } from '../../base/registers.ts';
import { Alarm } from '../../sim/clock.ts';
import {
  AC97_BOX_BYTES,
  AC97_BOX_REGISTERS,
  AC97_CR,
  AC97_SR,
  type Ac97BoxRegisterMap,
} from '../../standards/ac97/bus-master-registers.ts';
import type { DeviceSlot } from '../device.ts';
import type { LinkClock } from '../hda/link-clock.ts';
import {
  TRACE_HALT,
  TRACE_IOC,
  TRACE_PAUSE,
  TRACE_RESET_BOX,
  TRACE_RUN,
  TRACE_SPLIT,
  TRACE_STRAY,
} from './ac97-trace.ts';
import type { DataPath } from './data-path.ts';
import { DescriptorList } from './descriptor-list.ts';

export interface BoxParts {
  readonly index: number;
  readonly name: string;
  readonly slot: DeviceSlot;
  /** BIT_CLK, from which every rate is made. */
  readonly linkClock: LinkClock;
  readonly path: DataPath;
  readonly interruptChanged: () => void;
}

const ENABLES = AC97_CR.IOCE | AC97_CR.FEIE | AC97_CR.LVBIE;
const EVENTS = AC97_SR.BCIS | AC97_SR.LVBCI | AC97_SR.FIFOE;

export class BusMasterBox {
  readonly registers: RegisterBank<Ac97BoxRegisterMap>;
  readonly #sr: RegisterCell;
  readonly #cr: RegisterCell;
  readonly #lvi: RegisterCell;
  readonly #parts: BoxParts;
  readonly #list: DescriptorList;
  readonly #alarm: Alarm;
  #isRunning = false;
  /** The current descriptor was fetched. */
  #isLoaded = false;
  /** The last valid buffer is processed: the engine waits for LVI. */
  #isAtEnd = false;
  /** The link's clock runs. */
  #isLinkUp = false;
  /** Frame periods in which memory does not answer in time. */
  #missing = 0;
  /** 0 until RUN was set for the first time. */
  #rateHz = 0;
  #sinceNs = 0;
  #countedFrames = 0;
  /** Events of a settling that is under way. */
  #events = 0;

  constructor(parts: BoxParts) {
    this.#parts = parts;
    this.#list = new DescriptorList(parts.slot.memory);
    this.#alarm = new Alarm(parts.slot.clock, `ac97 ${parts.name} buffer`, () => this.settle());
    const list = this.#list;
    this.registers = new RegisterBank<Ac97BoxRegisterMap>(
      AC97_BOX_REGISTERS,
      {
        read: {
          CIV: () => list.current,
          PICB: () => list.samplesLeft,
          PIV: () => list.prefetched,
          SR: () => (this.#sr.value & EVENTS) | this.#state(),
        },
        write: {
          BDBAR: (value) => {
            list.base = value;
          },
          LVI: () => this.#lastValidWritten(),
          SR: () => this.#parts.interruptChanged(),
          CR: (value) => this.#control(value),
        },
      },
      parts.index * AC97_BOX_BYTES,
    );
    this.#sr = this.registers.cell('SR');
    this.#cr = this.registers.cell('CR');
    this.#lvi = this.registers.cell('LVI');
  }

  /** Whether an event is pending that CR enables (12.2.7). */
  get isInterrupting(): boolean {
    const status = this.#sr.value;
    const control = this.#cr.value;
    return (
      ((status & AC97_SR.BCIS) !== 0 && (control & AC97_CR.IOCE) !== 0) ||
      ((status & AC97_SR.LVBCI) !== 0 && (control & AC97_CR.LVBIE) !== 0) ||
      ((status & AC97_SR.FIFOE) !== 0 && (control & AC97_CR.FEIE) !== 0)
    );
  }

  /** Moves what is due by now. */
  settle(): void {
    if (this.#rateHz === 0) return;
    const { linkClock, slot } = this.#parts;
    const due = linkClock.periodsIn(slot.clock.now - this.#sinceNs, this.#rateHz);
    const frames = due - this.#countedFrames;
    if (frames === 0) return;
    this.#countedFrames = due;
    if (this.#isLinkUp) this.#advance(frames);
    else this.#parts.path.hush(frames);
    this.#tellEvents();
  }

  /** The AC-link came up or went down, or a rate of the codec changed. Settle before. */
  linkChanged(isUp: boolean): void {
    this.#isLinkUp = isUp;
    if (this.#rateHz === 0) return;
    if (this.#isRunning) this.#setRate(this.#parts.path.refresh());
    this.#setAlarm();
  }

  /** Memory is late by so many frame periods. @throws Error unless samples are moving */
  injectFifoError(frames = 1): void {
    if (!this.#isMoving) throw new Error(`${this.#parts.name} does not run: no FIFO error`);
    this.settle();
    this.#missing += frames;
    this.#events |= AC97_SR.FIFOE;
    this.#setAlarm();
    this.#tellEvents();
  }

  /** Cold reset, or power off: registers and FIFO as after power on. The endpoint's time goes on. */
  reset(): void {
    this.#isRunning = false;
    this.#resetEngine();
    this.registers.reset();
  }

  get #isMoving(): boolean {
    return this.#isRunning && !this.#isAtEnd && this.#isLinkUp;
  }

  /** DCH and CELV are states, not events (12.2.4). */
  #state(): number {
    const halted = !this.#isRunning || this.#isAtEnd ? AC97_SR.DCH : 0;
    return this.#isAtEnd ? halted | AC97_SR.CELV : halted;
  }

  /** The bus master settled the box before, under the old value. */
  #control(value: number): void {
    const runs = (value & AC97_CR.RPBM) !== 0;
    if ((value & AC97_CR.RR) !== 0) {
      // RR clears itself; while the engine runs its effect is undefined (12.2.7), here nothing.
      this.registers.set('CR', value & ~AC97_CR.RR);
      if (this.#isRunning || runs) {
        const { index, slot } = this.#parts;
        const offset = index * AC97_BOX_BYTES + AC97_BOX_REGISTERS.CR.offset;
        slot.trace.write(TRACE_STRAY, 1, offset, 1, 1);
      } else {
        this.#resetRegisters(value);
      }
    }
    if (runs && !this.#isRunning) this.#run();
    else if (!runs && this.#isRunning) this.#pause();
    this.#tellEvents();
    this.#parts.interruptChanged();
  }

  /** RR: everything but the interrupt enables. */
  #resetRegisters(control: number): void {
    this.#resetEngine();
    this.registers.reset();
    this.registers.set('CR', control & ENABLES);
    this.#parts.slot.trace.write(TRACE_RESET_BOX, this.#parts.index);
  }

  #resetEngine(): void {
    this.#list.reset();
    this.#parts.path.clear();
    this.#isLoaded = false;
    this.#isAtEnd = false;
    this.#missing = 0;
    this.#events = 0;
    this.#alarm.cancel();
  }

  #run(): void {
    const { index, path, slot } = this.#parts;
    this.#isRunning = true;
    this.#setRate(path.open());
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      this.#list.loadCurrent();
      this.#prefetch();
    }
    const { current, samplesLeft } = this.#list;
    slot.trace.write(TRACE_RUN, index, current, samplesLeft, this.#rateHz);
    if (this.#isMoving) this.#advance(0);
    this.#setAlarm();
  }

  #pause(): void {
    const { index, slot } = this.#parts;
    this.#isRunning = false;
    this.#missing = 0;
    this.#alarm.cancel();
    slot.trace.write(TRACE_PAUSE, index, this.#list.current, this.#list.samplesLeft);
  }

  /**
   * Any write of LVI, be it of the same value, tells of new buffers: an engine at its end goes on
   * with the next one (3.2.4); one that runs may now prefetch.
   */
  #lastValidWritten(): void {
    if (!this.#isLoaded) return;
    if (!this.#isAtEnd) {
      if (this.#list.samplesLeft > 0) this.#prefetch();
      return;
    }
    this.#isAtEnd = false;
    this.#list.advance();
    this.#prefetch();
    if (this.#isMoving) this.#advance(0);
    this.#setAlarm();
    this.#tellEvents();
  }

  #prefetch(): void {
    if (this.#list.current === this.#lvi.value) {
      this.#list.expectNext();
    } else {
      this.#list.prefetch();
    }
  }

  #setRate(rateHz: number): void {
    if (rateHz === this.#rateHz) return;
    this.#rateHz = rateHz;
    this.#sinceNs = this.#parts.slot.clock.now;
    this.#countedFrames = 0;
  }

  /** Frame periods pass; and what memory is behind with is made up. */
  #advance(frames: number): void {
    const { path } = this.#parts;
    let left = frames;
    if (this.#isMoving && this.#missing > 0) {
      const missed = Math.min(left, this.#missing);
      path.miss(missed);
      this.#missing -= missed;
      left -= missed;
    }
    while (this.#isMoving && (left > 0 || path.isBehind || this.#isUsedUp)) {
      if (this.#isUsedUp) this.#complete();
      else left -= path.advance(left, this.#list, this.#availableFrames);
    }
    if (left === 0) return;
    if (this.#isRunning) path.starve(left, this.#list.endsInZeros);
    else path.idle(left);
  }

  get #availableFrames(): number {
    return Math.floor(this.#list.samplesLeft / this.#parts.path.frameSamples);
  }

  get #isUsedUp(): boolean {
    return this.#list.samplesLeft < this.#parts.path.frameSamples;
  }

  /** The current buffer is processed. */
  #complete(): void {
    const { index, slot } = this.#parts;
    const list = this.#list;
    if (list.samplesLeft > 0) {
      slot.trace.write(TRACE_SPLIT, index, list.current, list.samplesLeft);
      list.samplesLeft = 0;
    }
    if (list.interrupts) {
      this.#events |= AC97_SR.BCIS;
      slot.trace.write(TRACE_IOC, index, list.current);
    }
    if (list.current === this.#lvi.value) {
      this.#events |= AC97_SR.LVBCI;
      this.#isAtEnd = true;
      slot.trace.write(TRACE_HALT, index, list.current);
    } else {
      list.advance();
      this.#prefetch();
    }
    this.#setAlarm();
  }

  /** The alarm is set before the interrupt, whose handler may change everything. */
  #tellEvents(): void {
    if (this.#events === 0) return;
    this.#sr.value |= this.#events & EVENTS;
    this.#events = 0;
    this.#parts.interruptChanged();
  }

  #setAlarm(): void {
    if (!this.#isMoving) {
      this.#alarm.cancel();
      return;
    }
    const waiting = this.#missing + this.#parts.path.framesUntilMoving;
    const frames = this.#countedFrames + waiting + this.#availableFrames;
    this.#alarm.set(this.#sinceNs + this.#parts.linkClock.timeOf(frames, this.#rateHz));
  }
}
