/**
 * One engine of the simple DMA device: its registers, and what they start and stop. Frames move
 * in blocks, when somebody looks; an alarm stands only at the nanosecond of the next thing that
 * IEN asks an interrupt for. The register table says what each register means.
 */
import { framesIn } from '../../base/frame-time.ts';
import { RegisterBank, type RegisterHandlers } from '../../base/registers.ts';
import { Alarm } from '../../sim/clock.ts';
import {
  SIMPLE_DMA_CTL,
  SIMPLE_DMA_ENGINE_BASE,
  SIMPLE_DMA_ENGINE_STRIDE,
  SIMPLE_DMA_STS,
  type SimpleDmaEngineMap,
} from '../../standards/simple-dma/registers.ts';
import type { DeviceSlot } from '../device.ts';
import { isSameSound, type SoundFormat, soundFrameBytes } from '../endpoint/sound-format.ts';
import type { DataPath } from './data-path.ts';
import { DmaBuffer } from './dma-buffer.ts';
import { FifoTimeline } from './fifo-timeline.ts';
import { decodeFormat } from './link-format.ts';
import { TRACE_ARM, TRACE_END, TRACE_RUN, TRACE_XRUN } from './simple-dma-trace.ts';
import { engineRegisters, type SimpleDmaTraits } from './traits.ts';

export interface EngineParts {
  readonly index: number;
  readonly slot: DeviceSlot;
  readonly traits: SimpleDmaTraits;
  readonly path: DataPath;
  /** Frames that stay in the FIFO although memory could take them. */
  readonly holdFrames: number;
  readonly interruptChanged: () => void;
}

const TWO_TO_32 = 0x1_0000_0000;

export class SimpleDmaEngine {
  readonly registers: RegisterBank<SimpleDmaEngineMap>;
  readonly #parts: EngineParts;
  readonly #buffer: DmaBuffer;
  readonly #timeline: FifoTimeline;
  readonly #alarm: Alarm;
  /** Latched by the first ARM or RUN after RESET. */
  #sound: SoundFormat | null = null;
  /** What the endpoint was opened with last: its time goes on between streams. */
  #endpointSound: SoundFormat | null = null;
  #isRunning = false;
  #isArmed = false;
  /** The FIFO ran empty or over, and nothing was armed since. */
  #isDry = false;
  #dryCount = 0;
  /** Frames moved before this pass, or on a part that loops before the first. */
  #passStartFrames = 0;
  #endsSeen = 0;
  #thresholdsSeen = 0;
  #idleSinceNs = 0;
  #idleFrames = 0;

  constructor(parts: EngineParts) {
    const { index, slot, traits } = parts;
    this.#parts = parts;
    this.#buffer = new DmaBuffer(slot.memory, traits);
    this.#timeline = new FifoTimeline(traits.fifoFrames, parts.holdFrames);
    this.#alarm = new Alarm(slot.clock, `simple dma engine ${index}`, () => this.settle());
    const base = SIMPLE_DMA_ENGINE_BASE + index * SIMPLE_DMA_ENGINE_STRIDE;
    this.registers = new RegisterBank<SimpleDmaEngineMap>(
      engineRegisters(traits),
      this.#handlers(),
      base,
    );
  }

  get isInterrupting(): boolean {
    return (this.registers.get('STS') & this.registers.get('IEN')) !== 0;
  }

  /** How often the FIFO ran empty or over, since power-on. */
  get dryCount(): number {
    return this.#dryCount;
  }

  /** Moves what is due by now. */
  settle(): void {
    if (this.#isRunning) this.#advance();
    else this.#passIdleTime();
  }

  /** RESET, or power off. The endpoint's time goes on. */
  reset(): void {
    this.#setRunning(false);
    this.registers.reset();
    this.#timeline.clear();
    this.#parts.path.clear();
    this.#sound = null;
    this.#isArmed = false;
    this.#isDry = false;
    this.#alarm.cancel();
    this.#parts.interruptChanged();
  }

  #handlers(): RegisterHandlers<SimpleDmaEngineMap> {
    const unlessArmed =
      (name: 'ADRL' | 'ADRH') =>
      (_value: number, previous: number): void => {
        if (this.#isArmed) this.registers.set(name, previous);
      };
    const unlessOpen =
      (name: 'FMT' | 'RATE') =>
      (_value: number, previous: number): void => {
        if (this.#sound !== null) this.registers.set(name, previous);
      };
    return {
      read: {
        ARM: () => (this.#isArmed ? 1 : 0),
        ADRL: () =>
          (this.#isArmed ? this.#buffer.runningAddress : this.registers.get('ADRL')) >>> 0,
        ADRH: () => this.#addressHigh(),
        CNT: () => this.#buffer.offset,
        LVL: () => this.#parts.path.heldFrames,
        LNK: () => this.#timeline.linkFrames >>> 0,
        LOST: () => this.#timeline.lostFrames >>> 0,
      },
      write: {
        CTL: (value) => this.#control(value),
        STS: () => this.#parts.interruptChanged(),
        IEN: () => this.#interruptsEnabled(),
        ARM: (value) => this.#arm(value),
        CNT: (value) => this.#seek(value),
        ADRL: unlessArmed('ADRL'),
        ADRH: unlessArmed('ADRH'),
        FMT: unlessOpen('FMT'),
        RATE: unlessOpen('RATE'),
      },
    };
  }

  #addressHigh(): number {
    if (!this.#isArmed) return this.registers.get('ADRH');
    return Math.floor(this.#buffer.runningAddress / TWO_TO_32);
  }

  /** Under the old value everything due by now has happened: the device settles before. */
  #control(value: number): void {
    if ((value & SIMPLE_DMA_CTL.RESET) !== 0) {
      this.reset();
      return;
    }
    const runs = (value & SIMPLE_DMA_CTL.RUN) !== 0;
    if (runs === this.#isRunning) return;
    const sound = runs ? this.#open() : null;
    if (runs && sound === null) {
      this.registers.set('CTL', 0);
      this.#raise(SIMPLE_DMA_STS.CONFIG);
      return;
    }
    if (sound !== null && !isSameSound(sound, this.#endpointSound)) {
      this.#endpointSound = sound;
      this.#parts.path.open(sound);
    }
    this.#setRunning(runs);
    this.#setAlarm();
  }

  #interruptsEnabled(): void {
    this.#setAlarm();
    this.#parts.interruptChanged();
  }

  /** Latches the link's format; null when FMT or RATE says none. */
  #open(): SoundFormat | null {
    this.#sound ??= decodeFormat(this.registers.get('FMT'), this.registers.get('RATE'));
    return this.#sound;
  }

  /** A buffer from its start on. Armed already, or without bit 0, nothing happens. */
  #arm(value: number): void {
    this.registers.set('ARM', 0);
    if (value === 0 || this.#isArmed) return;
    const sound = this.#open();
    const length = this.registers.get('LEN');
    const address = this.registers.get('ADRH') * TWO_TO_32 + this.registers.get('ADRL');
    const frameBytes = sound === null ? 0 : soundFrameBytes(sound);
    const threshold = this.registers.get('THR');
    const isWhole = length > 0 && length % frameBytes === 0;
    const isSpaced = threshold === 0 || (threshold % frameBytes === 0 && length % threshold === 0);
    if (!isWhole || !isSpaced || !this.#buffer.load(address, length)) {
      this.#raise(SIMPLE_DMA_STS.CONFIG);
      return;
    }
    const timeline = this.#timeline;
    const frames = length / frameBytes;
    this.#isArmed = true;
    this.#isDry = false;
    this.#endsSeen = 0;
    this.#thresholdsSeen = 0;
    this.#passStartFrames = timeline.movedFrames;
    timeline.armedFrames = this.#parts.traits.loops
      ? Number.POSITIVE_INFINITY
      : timeline.movedFrames + frames;
    this.#parts.slot.trace.write(TRACE_ARM, this.#parts.index, timeline.movedFrames, frames);
    // DMA makes up at once for what the FIFO has given out; whoever looks next sees it so.
    this.#setAlarm();
  }

  /** DMA that is armed and stands goes on from another place of its pass. */
  #seek(offset: number): void {
    const frameBytes = this.#frameBytes;
    const { length } = this.#buffer;
    if (!this.#isArmed || this.#isRunning || offset >= length || offset % frameBytes !== 0) return;
    this.#buffer.seek(offset);
    const timeline = this.#timeline;
    const threshold = this.registers.get('THR');
    this.#thresholdsSeen = threshold === 0 ? 0 : Math.floor(offset / threshold);
    this.#passStartFrames = timeline.movedFrames - offset / frameBytes;
    if (!this.#parts.traits.loops) {
      timeline.armedFrames = this.#passStartFrames + length / frameBytes;
    }
  }

  #setRunning(runs: boolean): void {
    if (runs === this.#isRunning) return;
    const { index, slot } = this.#parts;
    this.#isRunning = runs;
    if (runs) this.#timeline.start(slot.clock.now, this.#sound?.rateHz ?? 1);
    this.#idleSinceNs = slot.clock.now;
    this.#idleFrames = 0;
    slot.trace.write(TRACE_RUN, index, runs ? 1 : 0, this.#timeline.linkFrames);
  }

  #advance(): void {
    const timeline = this.#timeline;
    timeline.advanceTo(this.#parts.slot.clock.now);
    const { lostNow, movedNow, passedNow } = timeline;
    if (passedNow === 0 && movedNow === 0) return;
    this.#parts.path.move(timeline, this.#buffer);
    let events = movedNow === 0 ? 0 : this.#bufferEvents();
    if (lostNow > 0 && !this.#isDry) {
      this.#isDry = true;
      this.#dryCount++;
      const lostAt = timeline.linkFrames - lostNow;
      this.registers.set('LOSTAT', lostAt >>> 0);
      this.#parts.slot.trace.write(TRACE_XRUN, this.#parts.index, lostAt);
      events |= SIMPLE_DMA_STS.XRUN;
    }
    if (events !== 0) this.#raise(events);
  }

  /** What frames moved just now have reached. */
  #bufferEvents(): number {
    const { index, slot, traits } = this.#parts;
    const frameBytes = this.#frameBytes;
    const bytes = (this.#timeline.movedFrames - this.#passStartFrames) * frameBytes;
    const threshold = this.registers.get('THR');
    const thresholds = threshold === 0 ? 0 : Math.floor(bytes / threshold);
    const ends = Math.floor(bytes / this.#buffer.length);
    let events = 0;
    if (thresholds > this.#thresholdsSeen) events |= SIMPLE_DMA_STS.THRESHOLD;
    if (ends > this.#endsSeen) {
      events |= SIMPLE_DMA_STS.END;
      slot.trace.write(TRACE_END, index, this.#timeline.movedFrames);
      if (!traits.loops) this.#disarm();
    }
    this.#thresholdsSeen = thresholds;
    this.#endsSeen = ends;
    return events;
  }

  /** The end of a pass: the address registers stay where DMA has come to. */
  #disarm(): void {
    const address = this.#buffer.runningAddress;
    this.#isArmed = false;
    this.registers.set('ADRL', address % TWO_TO_32);
    this.registers.set('ADRH', Math.floor(address / TWO_TO_32));
  }

  /** Between streams the converter's own clock passes the endpoint's time. */
  #passIdleTime(): void {
    const sound = this.#endpointSound;
    if (sound === null) return;
    const due = framesIn(this.#parts.slot.clock.now - this.#idleSinceNs, sound.rateHz);
    const frames = due - this.#idleFrames;
    this.#idleFrames = due;
    if (frames > 0) this.#parts.path.idle(frames);
  }

  /** The alarm is set before the interrupt, whose handler may change everything. */
  #raise(events: number): void {
    this.registers.set('STS', this.registers.get('STS') | events);
    this.#setAlarm();
    this.#parts.interruptChanged();
  }

  #setAlarm(): void {
    const due = this.#isRunning ? this.#nextInterruptNs() : Number.POSITIVE_INFINITY;
    if (due === Number.POSITIVE_INFINITY) this.#alarm.cancel();
    else this.#alarm.set(due);
  }

  #nextInterruptNs(): number {
    const enabled = this.registers.get('IEN');
    let due = Number.POSITIVE_INFINITY;
    if ((enabled & SIMPLE_DMA_STS.XRUN) !== 0 && !this.#isDry) due = this.#timeline.timeOfLoss();
    if (!this.#isArmed) return due;
    const frameBytes = this.#frameBytes;
    let nextBytes = Number.POSITIVE_INFINITY;
    if ((enabled & SIMPLE_DMA_STS.END) !== 0) {
      nextBytes = (this.#endsSeen + 1) * this.#buffer.length;
    }
    const threshold = this.registers.get('THR');
    if ((enabled & SIMPLE_DMA_STS.THRESHOLD) !== 0 && threshold > 0) {
      nextBytes = Math.min(nextBytes, (this.#thresholdsSeen + 1) * threshold);
    }
    if (nextBytes === Number.POSITIVE_INFINITY) return due;
    const nextFrames = this.#passStartFrames + nextBytes / frameBytes;
    return Math.min(due, this.#timeline.timeOfMoved(nextFrames));
  }

  get #frameBytes(): number {
    return this.#sound === null ? 1 : soundFrameBytes(this.#sound);
  }
}
