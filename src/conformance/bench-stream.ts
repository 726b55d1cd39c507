/**
 * A stream on a bench: pin, cyclic buffer, and what a client keeps of them. Its pattern is placed by
 * the clock and never by the position that the driver reports, so a driver that lies about its
 * position does not spoil the sound, and each kind of fault shows in the cases about it alone.
 */
import { framesIn } from '../base/frame-time.ts';
import type { BufferView, KsPin } from '../client/ks-pin.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { Bench } from './bench.ts';
import { EventLog } from './event-log.ts';
import { type SampleShape, writePattern } from './sound-pattern.ts';
import type { FrameRun, TestStream } from './test-stream.ts';

/** Share of the buffer that a writer leaves free, and at most this much: what DMA may be late. */
const FREE_SHARE = 4;
const FREE_MS = 1;

export class BenchStream implements TestStream {
  /** What the device stores lies in the buffer at once. */
  readonly withheldFrames = 0;
  readonly bench: Bench;
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly notifications: number;
  readonly bufferFrames: number;
  readonly shape: SampleShape;
  /** When it entered RUN last. */
  runNs = 0;
  #framesBefore = 0;
  #isRunning = false;
  #written = 0;
  #events: EventLog | null = null;

  constructor(bench: Bench, pin: KsPin, buffer: BufferView, notifications: number) {
    this.bench = bench;
    this.pin = pin;
    this.buffer = buffer;
    this.notifications = notifications;
    this.bufferFrames = Math.floor(buffer.actualBytes / pin.frameBytes);
    const { channels, containerBits, float, validBits } = pin.format;
    this.shape = { channels, containerBytes: containerBits >> 3, validBits, float };
  }

  get format(): PcmFormat {
    return this.pin.format;
  }

  get frameBytes(): number {
    return this.pin.frameBytes;
  }

  get wrapFrames(): number {
    return this.bufferFrames;
  }

  get fifoFrames(): number {
    return this.pin.hardwareLatency().fifoBytes / this.frameBytes;
  }

  get declaredFrames(): number {
    const { chipsetDelay100ns, codecDelay100ns } = this.pin.hardwareLatency();
    return this.fifoFrames + ((chipsetDelay100ns + codecDelay100ns) * this.format.rateHz) / 1e7;
  }

  /** The buffer, which holds it all in the first pass. */
  get stored(): FrameRun {
    const { bench, buffer, bufferFrames } = this;
    return { bytes: bench.home.ram.bytes, at: buffer.address, frames: bufferFrames };
  }

  get memory(): readonly FrameRun[] {
    return [this.stored];
  }

  /** Frames of a packet; the whole buffer's where nothing divides it. */
  get packetFrames(): number {
    return this.bufferFrames / Math.max(1, this.notifications);
  }

  /** Frames that the stream should have moved by now: time in RUN at the format's rate. */
  get elapsedFrames(): number {
    if (!this.#isRunning) return this.#framesBefore;
    return this.#framesBefore + framesIn(this.bench.now - this.runNs, this.format.rateHz);
  }

  /** @throws KsError */
  setState(state: KSSTATE): void {
    const frames = this.elapsedFrames;
    this.pin.check('STATE', this.pin.setState(state));
    this.#framesBefore = state === KSSTATE.STOP ? 0 : frames;
    this.#isRunning = state === KSSTATE.RUN;
    if (this.#isRunning) this.runNs = this.bench.now;
    if (state === KSSTATE.STOP) this.#written = 0;
  }

  /** PAUSE, and RUN in the same moment. @throws KsError */
  run(): void {
    this.setState(KSSTATE.PAUSE);
    this.setState(KSSTATE.RUN);
  }

  /** The events of the stream's notifications, registered by the first call. @throws KsError */
  get events(): EventLog {
    this.#events ??= new EventLog(this);
    return this.#events;
  }

  /**
   * Fills the buffer with the pattern as far as the clock says that it is free. A capture stream's
   * buffer belongs to the device, and is left alone.
   */
  writeAhead(): void {
    if (this.bench.isCapture) return;
    const free = Math.min(
      Math.floor(this.bufferFrames / FREE_SHARE),
      Math.floor((this.format.rateHz * FREE_MS) / 1000),
    );
    const isFirst = this.#written === 0;
    this.writePatternUpTo(this.elapsedFrames + this.bufferFrames - (isFirst ? 0 : free));
  }

  /** Puts the pattern into the buffer up to that frame of the stream. */
  writePatternUpTo(end: number): void {
    this.bench.machine.device.settle();
    while (this.#written < end) {
      const place = this.#written % this.bufferFrames;
      const frames = Math.min(end - this.#written, this.bufferFrames - place);
      const at = this.buffer.address + place * this.frameBytes;
      writePattern(this.bench.home.ram.bytes, at, this.shape, this.#written, frames);
      this.#written += frames;
    }
  }

  /** Where frame `frame` of the stream lies in RAM. */
  addressOf(frame: number): number {
    return this.buffer.address + (frame % this.bufferFrames) * this.frameBytes;
  }

  close(): void {
    this.#events?.close();
    this.pin.close();
  }
}
