/**
 * A timer-driven render client, as Windows' audio engine is one: it primes the cyclic buffer with
 * silence, starts the stream, and on every period reads the position and tops the buffer up to
 * the play position, keeping out of what FIFO and codec hold. So a frame written now has the same
 * distance before it as every other, and the latency is the same from the first to the last. A
 * buffer too small for that is topped up to the write offset, over frames already fetched.
 */
import { framesIn } from '../base/frame-time.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import type { BufferView, HardwareLatency, KsPin } from './ks-pin.ts';
import { type PositionSource, propertyPosition } from './position-source.ts';

/** Where the frames come from. */
export interface FrameSource {
  /** Puts up to `frames` frames at `into[offset]`; fewer only at the end. Returns how many. */
  read(into: Uint8Array, offset: number, frames: number): number;
}

/** Who is told what the client puts into the buffer. */
export interface RenderJournal {
  prime(frames: number): void;
  send(bytes: Uint8Array, offset: number, byteLength: number): void;
  stale(frames: number): void;
  endSending(): void;
}

/** Told when the stream enters and leaves KSSTATE_RUN. */
export interface RunObserver {
  entered(): void;
  leaving(): void;
}

export interface TimerRenderConfig {
  readonly kernel: Kernel;
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly latency: HardwareLatency;
  readonly source: FrameSource;
  readonly journal: RenderJournal;
  /** Time between wake-ups, in units of 100 ns. */
  readonly period100ns: number;
  /** Brings devices up to now, before the buffer changes under them. */
  readonly settle: () => void;
  /** Where positions come from; the property if absent. */
  readonly position?: PositionSource;
  readonly observer?: RunObserver;
  /** Extra nanoseconds of the n-th wake-up: a client that comes late. */
  readonly wakeDelayNs?: (wake: number) => number;
}

const ENGINE_PRIORITY = 24;
const NS_PER_TICK = 100;
/** A client that sees the end of its source waits this many frames more than the hardware holds. */
const SPARE_DRAIN_FRAMES = 2;
/** A client that wakes each period needs the period's frames ahead, and what rounding takes. */
const SPARE_LEAD_FRAMES = 2;

export class TimerRenderClient {
  readonly #config: TimerRenderConfig;
  readonly #bufferFrames: number;
  readonly #frameBytes: number;
  /** Frames to wait after the last one: what the hardware still holds. */
  readonly #drainFrames: number;
  /** Frames that the client keeps between its write position and the device's. */
  readonly #leadFrames: number;
  readonly #position: PositionSource;
  /** Frames of the buffer's time line that the device has fetched, and that the client has written. */
  #fetched = 0;
  #written = 0;
  #lastWriteOffset = 0;
  #lastReadNs = 0;
  /** Frame of the time line behind the last one of the source; Infinity until it is known. */
  #end = Number.POSITIVE_INFINITY;
  #wakes = 0;
  #isDone = false;

  constructor(config: TimerRenderConfig) {
    this.#config = config;
    this.#frameBytes = config.pin.frameBytes;
    this.#bufferFrames = config.buffer.actualBytes / this.#frameBytes;
    const { fifoBytes, chipsetDelay100ns, codecDelay100ns } = config.latency;
    const delayNs = (chipsetDelay100ns + codecDelay100ns) * NS_PER_TICK;
    const heldFrames = fifoBytes / this.#frameBytes + framesIn(delayNs, config.pin.format.rateHz);
    this.#drainFrames = heldFrames + SPARE_DRAIN_FRAMES;
    const periodNs = config.period100ns * NS_PER_TICK;
    const leastLead = framesIn(periodNs, config.pin.format.rateHz) + SPARE_LEAD_FRAMES;
    const room = this.#bufferFrames - heldFrames;
    this.#leadFrames = room >= leastLead ? room : this.#bufferFrames;
    this.#position = config.position ?? propertyPosition(config.pin);
  }

  get wakes(): number {
    return this.#wakes;
  }

  /** Frames kept between the client's write position and the device's. */
  get leadFrames(): number {
    return this.#leadFrames;
  }

  /** The source is played out and the stream is stopped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Frames between the client's write position and the device's, right after a wake-up's write. */
  get aheadFrames(): number {
    return this.#written - this.#fetched;
  }

  /** Starts the client's thread; it runs whenever the machine does. */
  start(): void {
    this.#config.kernel.dispatcher.createThread('render client', ENGINE_PRIORITY, () =>
      this.#run(),
    );
  }

  *#run(): ThreadGenerator {
    const { kernel, period100ns, pin, wakeDelayNs } = this.#config;
    this.#prime();
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    this.#config.observer?.entered();
    let due = kernel.clock.now as number;
    this.#lastReadNs = due;
    while (!this.#isDone) {
      due += period100ns * NS_PER_TICK;
      const wakeAt = due + (wakeDelayNs?.(this.#wakes) ?? 0);
      yield kernel.delay(Math.max(0, wakeAt - kernel.clock.now) / NS_PER_TICK);
      this.#wake();
    }
    this.#config.observer?.leaving();
    pin.check('STOP', pin.setState(KSSTATE.STOP));
  }

  #prime(): void {
    const { buffer, journal, pin } = this.#config;
    pin.home.ram.bytes.fill(0, buffer.address, buffer.address + buffer.actualBytes);
    this.#written = this.#leadFrames;
    journal.prime(this.#leadFrames);
  }

  #wake(): void {
    this.#wakes++;
    this.#readPosition();
    if (this.#written < this.#fetched) {
      this.#config.journal.stale(this.#fetched - this.#written);
      this.#written = this.#fetched;
    }
    this.#topUp(this.#fetched + this.#leadFrames - this.#written);
    this.#isDone = this.#fetched >= this.#end + this.#drainFrames;
  }

  /** The write offset wraps; time since the last reading tells how often it did. */
  #readPosition(): void {
    const { kernel, pin } = this.#config;
    const writeOffset = this.#position.readWriteOffset() / this.#frameBytes;
    const now = kernel.clock.now;
    const frames = this.#bufferFrames;
    const moved = (writeOffset - this.#lastWriteOffset + frames) % frames;
    const elapsed = framesIn(now - this.#lastReadNs, pin.format.rateHz);
    const laps = Math.max(0, Math.round((elapsed - moved) / frames));
    this.#fetched += moved + laps * frames;
    this.#lastWriteOffset = writeOffset;
    this.#lastReadNs = now;
  }

  #topUp(frames: number): void {
    if (frames <= 0) return;
    this.#config.settle();
    let left = frames;
    while (left > 0) {
      const place = this.#written % this.#bufferFrames;
      const part = Math.min(left, this.#bufferFrames - place);
      this.#fill(place, part);
      this.#written += part;
      left -= part;
    }
  }

  /** Sound while there is some, then silence, so that nothing is heard twice. */
  #fill(place: number, frames: number): void {
    const { buffer, journal, pin, source } = this.#config;
    const bytes = pin.home.ram.bytes;
    const at = buffer.address + place * this.#frameBytes;
    let filled = 0;
    if (this.#end === Number.POSITIVE_INFINITY) {
      filled = source.read(bytes, at, frames);
      journal.send(bytes, at, filled * this.#frameBytes);
      if (filled < frames) {
        this.#end = this.#written + filled;
        journal.endSending();
      }
    }
    if (filled < frames) {
      bytes.fill(0, at + filled * this.#frameBytes, at + frames * this.#frameBytes);
    }
  }
}
