/**
 * One stream engine of the bus-master device: a queue of descriptors, each a run of bytes on the
 * bus, that it fetches or fills in order. A descriptor may begin and end on any byte. Time is the
 * converter's: bytes move when somebody looks, and an alarm stands only where an interrupt is due.
 * A queue that runs dry holds the stream up at its last byte; it goes on when more comes.
 */
import { framesIn, timeOfFrame } from '../../src/base/frame-time.ts';
import { type DeviceSlot, DMA_PAGE_BYTES } from '../../src/hardware/device.ts';
import type { LineIn } from '../../src/hardware/endpoint/line-in.ts';
import { type SoundFormat, soundFrameBytes } from '../../src/hardware/endpoint/sound-format.ts';
import type { Speaker } from '../../src/hardware/endpoint/speaker.ts';
import { Alarm } from '../../src/sim/clock.ts';

interface Descriptor {
  address: number;
  bytes: number;
  done: number;
  interrupts: boolean;
}

export interface EngineParts {
  readonly slot: DeviceSlot;
  readonly ear: Speaker | null;
  readonly mouth: LineIn | null;
  /** Frames that are fetched before they are heard; one at least. */
  readonly fifoFrames: number;
  readonly interruptDue: () => void;
}

export class BusMasterEngine {
  /** Descriptors that are queued and not done with. */
  readonly queue: Descriptor[] = [];
  /** Descriptors done with since the last reset. */
  doneCount = 0;
  /** Frame periods in RUN without data. */
  starvedFrames = 0;
  isRunning = false;
  /** A descriptor that asks for an interrupt was done with. */
  isInterrupting = false;
  readonly #parts: EngineParts;
  readonly #alarm: Alarm;
  #format: SoundFormat | null = null;
  #frameBytes = 1;
  #ring = new Uint8Array(0);
  #ringStart = 0;
  #ringBytes = 0;
  #dmaBytes = 0;
  #linkBytes = 0;
  #runSinceNs = 0;
  #runFrames = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.slot.clock, 'bus master engine', () => this.settle());
  }

  /** Bytes that the DAC has played or the ADC has taken since the last reset. */
  get position(): number {
    this.settle();
    return this.#linkBytes;
  }

  /** Bytes that DMA has moved since the last reset. */
  get dmaBytes(): number {
    this.settle();
    return this.#dmaBytes;
  }

  open(format: SoundFormat): void {
    this.#format = format;
    this.#frameBytes = soundFrameBytes(format);
    const frames = Math.max(1, this.#parts.fifoFrames);
    this.#ring = new Uint8Array(frames * this.#frameBytes);
    this.#parts.ear?.open(format);
  }

  push(address: number, bytes: number, interrupts: boolean): void {
    this.settle();
    this.queue.push({ address, bytes, done: 0, interrupts });
    this.#setAlarm();
  }

  /** Takes descriptors out; what was fetched of them is heard still. */
  remove(first: number, count: number): void {
    this.settle();
    this.queue.splice(first, count);
    this.#setAlarm();
  }

  run(): void {
    this.settle();
    this.isRunning = true;
    this.#runSinceNs = this.#parts.slot.clock.now;
    this.#runFrames = 0;
    if (this.#parts.ear !== null) this.#fill();
    this.#setAlarm();
  }

  pause(): void {
    this.settle();
    this.isRunning = false;
    this.#alarm.cancel();
  }

  reset(): void {
    this.pause();
    this.queue.length = 0;
    this.doneCount = 0;
    this.isInterrupting = false;
    this.#ringStart = 0;
    this.#ringBytes = 0;
    this.#dmaBytes = 0;
    this.#linkBytes = 0;
  }

  settle(): void {
    if (!this.isRunning || this.#format === null) return;
    const frames = framesIn(this.#parts.slot.clock.now - this.#runSinceNs, this.#format.rateHz);
    let due = frames - this.#runFrames;
    this.#runFrames = frames;
    while (due > 0) {
      const moved = this.#parts.ear === null ? this.#capture(due) : this.#play(due);
      if (moved === 0) break;
      due -= moved;
    }
    if (due > 0) this.#starve(due);
    this.#setAlarm();
    if (this.isInterrupting) this.#parts.interruptDue();
  }

  #starve(frames: number): void {
    this.starvedFrames += frames;
    this.#parts.ear?.silence(frames);
    const { mouth } = this.#parts;
    const lost = new Uint8Array(frames * this.#frameBytes);
    if (this.#format !== null) mouth?.take(lost, 0, frames, this.#format);
  }

  /** Plays whole frames out of the FIFO and fills it up again; returns how many. */
  #play(most: number): number {
    this.#fill();
    const ring = this.#ring;
    const whole = Math.floor(this.#ringBytes / this.#frameBytes);
    const toEnd = Math.floor((ring.length - this.#ringStart) / this.#frameBytes);
    const frames = Math.min(most, whole, toEnd);
    if (frames === 0) return 0;
    this.#parts.ear?.hear(ring, this.#ringStart, frames);
    const bytes = frames * this.#frameBytes;
    this.#ringStart = (this.#ringStart + bytes) % ring.length;
    this.#ringBytes -= bytes;
    this.#linkBytes += bytes;
    this.#fill();
    return frames;
  }

  #fill(): void {
    const ring = this.#ring;
    for (let next = this.queue[0]; next !== undefined && this.#ringBytes < ring.length; ) {
      const at = (this.#ringStart + this.#ringBytes) % ring.length;
      const room = Math.min(ring.length - this.#ringBytes, ring.length - at);
      const from = this.#resolve(next, 'read');
      const bytes = Math.min(room, untilPageEnd(next));
      ring.set(this.#parts.slot.memory.bytes.subarray(from, from + bytes), at);
      this.#ringBytes += bytes;
      next = this.#moved(next, bytes);
    }
  }

  /** Takes frames from the mouth; a frame may fall into two descriptors. */
  #capture(most: number): number {
    const format = this.#format;
    const { memory } = this.#parts.slot;
    if (format === null || this.#queuedBytes() < this.#frameBytes) return 0;
    const next = this.queue[0];
    if (next === undefined) return 0;
    const direct = Math.floor(untilPageEnd(next) / this.#frameBytes);
    if (direct > 0) {
      const frames = Math.min(most, direct);
      const at = this.#resolve(next, 'write');
      this.#parts.mouth?.take(memory.bytes, at, frames, format);
      this.#moved(next, frames * this.#frameBytes);
      this.#linkBytes += frames * this.#frameBytes;
      return frames;
    }
    this.#parts.mouth?.take(this.#ring, 0, 1, format);
    for (let taken = 0; taken < this.#frameBytes; ) {
      const into = this.queue[0];
      if (into === undefined) break;
      const bytes = Math.min(untilPageEnd(into), this.#frameBytes - taken);
      memory.bytes.set(this.#ring.subarray(taken, taken + bytes), this.#resolve(into, 'write'));
      taken += bytes;
      this.#moved(into, bytes);
    }
    this.#linkBytes += this.#frameBytes;
    return 1;
  }

  #queuedBytes(): number {
    return this.queue.reduce((sum, { bytes, done }) => sum + bytes - done, 0);
  }

  #resolve(at: Descriptor, access: 'read' | 'write'): number {
    return this.#parts.slot.memory.resolve(at.address + at.done, access);
  }

  /** The descriptor to go on with. */
  #moved(at: Descriptor, bytes: number): Descriptor | undefined {
    at.done += bytes;
    this.#dmaBytes += bytes;
    if (at.done < at.bytes) return at;
    this.queue.shift();
    this.doneCount++;
    if (at.interrupts) this.isInterrupting = true;
    return this.queue[0];
  }

  /** The alarm stands where the next descriptor that interrupts will be done with. */
  #setAlarm(): void {
    const { rateHz } = this.#format ?? { rateHz: 1 };
    let ahead = this.#parts.ear === null ? 0 : this.#ringBytes - this.#ring.length;
    let isDue = false;
    for (const { bytes, done, interrupts } of this.queue) {
      ahead += bytes - done;
      isDue = interrupts;
      if (isDue) break;
    }
    if (!this.isRunning || !isDue) {
      this.#alarm.cancel();
      return;
    }
    const frames = this.#runFrames + Math.max(1, Math.ceil(ahead / this.#frameBytes));
    this.#alarm.set(this.#runSinceNs + timeOfFrame(frames, rateHz));
  }
}

const untilPageEnd = ({ address, bytes, done }: Descriptor): number =>
  Math.min(bytes - done, DMA_PAGE_BYTES - ((address + done) % DMA_PAGE_BYTES));
