/**
 * A timer-driven render client, as Windows' audio engine is one: it primes the cyclic buffer with
 * silence, starts the stream, and on every period reads the position and tops the buffer up to
 * the play position, keeping out of what FIFO and codec hold. So a frame written now has the same
 * distance before it as every other, and the latency is the same from the first to the last. A
 * buffer too small for that is topped up to the write offset, over frames already fetched.
 */
import { framesIn } from '../base/frame-time.ts';
import type { ThreadGenerator, WaitRequest } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { DeviceProgress } from './device-progress.ts';
import type { HardwareLatency } from './ks-pin.ts';
import { type PositionSource, propertyPosition } from './position-source.ts';
import { RenderBuffer, type RenderBufferParts } from './render-buffer.ts';

/** Told when the stream enters and leaves KSSTATE_RUN. */
export interface RunObserver {
  entered(): void;
  leaving(): void;
}

/** What every render client needs. */
export interface RenderClientConfig extends RenderBufferParts {
  readonly kernel: Kernel;
  readonly latency: HardwareLatency;
  /** Where positions come from; the property if absent. */
  readonly position?: PositionSource;
  readonly observer?: RunObserver;
  /** How much longer than it says the device takes from memory to ear; no time if absent. */
  readonly untoldDelayNs?: () => number;
  /** Extra nanoseconds of the n-th wake-up: a client that comes late. */
  readonly wakeDelayNs?: (wake: number) => number;
}

/** A client that plays its source to the end, on a thread of the machine. */
export interface RenderClient {
  readonly wakes: number;
  /** Frames between the client's write position and the device's, right after a wake-up's write. */
  readonly aheadFrames: number;
  /** The source is played out and the stream is stopped. */
  readonly isDone: boolean;
  /** Starts the client's thread; it runs whenever the machine does. */
  start(): void;
}

/** A client that writes into a cyclic buffer. */
export interface CyclicRenderClient extends RenderClient {
  /** Frames of the stream's time line that the client has written, the silence ahead included. */
  readonly writtenFrames: number;
}

export interface TimerRenderConfig extends RenderClientConfig {
  /** Time between wake-ups, in units of 100 ns. */
  readonly period100ns: number;
  /** What the client waits for each period in place of time, such as an event of the device. */
  readonly waitForPeriod?: () => WaitRequest;
}

export const ENGINE_PRIORITY = 24;
const NS_PER_TICK = 100;
/** A client that sees the end of its source waits this many frames more than the hardware holds. */
export const SPARE_DRAIN_FRAMES = 2;
/** A client that wakes each period needs the period's frames ahead, and what rounding takes. */
const SPARE_LEAD_FRAMES = 2;

/** Frames that FIFO, chipset and codec hold. */
export function heldFrames(
  { fifoBytes, chipsetDelay100ns, codecDelay100ns }: HardwareLatency,
  frameBytes: number,
  rateHz: number,
): number {
  const delayNs = (chipsetDelay100ns + codecDelay100ns) * NS_PER_TICK;
  return fifoBytes / frameBytes + framesIn(delayNs, rateHz);
}

/** Frames that the device holds and does not tell of, at present. */
export function untoldFrames({ pin, untoldDelayNs }: RenderClientConfig): number {
  return untoldDelayNs === undefined ? 0 : framesIn(untoldDelayNs(), pin.format.rateHz);
}

export class TimerRenderClient implements CyclicRenderClient {
  readonly #config: TimerRenderConfig;
  readonly #buffer: RenderBuffer;
  readonly #progress: DeviceProgress;
  /** Frames to wait after the last one: what the hardware still holds. */
  readonly #drainFrames: number;
  /** Frames that the client keeps between its write position and the device's. */
  readonly #leadFrames: number;
  #wakes = 0;
  #isDone = false;

  constructor(config: TimerRenderConfig) {
    const { kernel, latency, period100ns, pin, position = propertyPosition(pin) } = config;
    const { rateHz } = pin.format;
    this.#config = config;
    this.#buffer = new RenderBuffer(config);
    const { frames } = this.#buffer;
    this.#progress = new DeviceProgress(kernel.clock, position, rateHz, pin.frameBytes, frames);
    const held = heldFrames(latency, pin.frameBytes, rateHz);
    this.#drainFrames = held + SPARE_DRAIN_FRAMES;
    const leastLead = framesIn(period100ns * NS_PER_TICK, rateHz) + SPARE_LEAD_FRAMES;
    const room = frames - held;
    this.#leadFrames = room >= leastLead ? room : frames;
  }

  get wakes(): number {
    return this.#wakes;
  }

  /** Frames kept between the client's write position and the device's. */
  get leadFrames(): number {
    return this.#leadFrames;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get aheadFrames(): number {
    return this.#buffer.written - this.#progress.frames;
  }

  get writtenFrames(): number {
    return this.#buffer.written;
  }

  start(): void {
    this.#config.kernel.dispatcher.createThread('render client', ENGINE_PRIORITY, () =>
      this.#run(),
    );
  }

  *#run(): ThreadGenerator {
    const { kernel, period100ns, pin, waitForPeriod, wakeDelayNs } = this.#config;
    this.#buffer.prime(this.#leadFrames);
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    this.#config.observer?.entered();
    let due = kernel.clock.now as number;
    this.#progress.start();
    while (!this.#isDone) {
      due += period100ns * NS_PER_TICK;
      const wakeAt = due + (wakeDelayNs?.(this.#wakes) ?? 0);
      if (waitForPeriod !== undefined) yield waitForPeriod();
      else yield kernel.delay(Math.max(0, wakeAt - kernel.clock.now) / NS_PER_TICK);
      this.#wake();
    }
    this.#config.observer?.leaving();
    pin.check('STOP', pin.setState(KSSTATE.STOP));
  }

  #wake(): void {
    this.#wakes++;
    this.#progress.read();
    const fetched = this.#progress.frames;
    const buffer = this.#buffer;
    if (buffer.written < fetched) buffer.skipTo(fetched);
    buffer.write(fetched + this.#leadFrames - buffer.written);
    const untold = untoldFrames(this.#config);
    this.#isDone = fetched >= buffer.end + this.#drainFrames + untold;
  }
}
