/**
 * Exclusive mode: the client has a pin of its own, in its own format, and writes and reads the
 * cyclic buffer itself; the engine takes no part. Event-driven, the buffer is two halves and the
 * driver sets the client's own event at the end of each; timer-driven, it is one piece that the
 * client keeps filled by the position. Source: "Exclusive-Mode Streams", IAudioClient::Initialize.
 */
import { timeOfFrame } from '../base/frame-time.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { AudioEndpoint, ExclusiveHold } from './audio-endpoint.ts';
import { StreamRefusal } from './client-stream.ts';
import type { HostPin } from './endpoint-walk.ts';
import { addGlitch, type EngineGlitch } from './engine-glitch.ts';
import { period100ns } from './engine-period.ts';
import type { EnginePin, StreamDrive } from './engine-pin.ts';
import { hasCyclicBuffer, openEnginePin } from './open-engine-pin.ts';

export interface ExclusiveRequest {
  readonly endpoint: AudioEndpoint;
  readonly host: HostPin;
  readonly format: PcmFormat;
  /** Frames of the whole buffer, or of one half when the stream is event-driven. */
  readonly bufferFrames: number;
  readonly isEventDriven: boolean;
  readonly drive: StreamDrive;
}

const TICKER_PRIORITY = 26;
/** A buffer that the device is at, and one that the client is at. */
const EVENT_BUFFERS = 2;
const NS_PER_TICK = 100;

/** What both directions share; the halves of it are exclusive-render.ts and exclusive-capture.ts. */
export class ExclusiveStream implements ExclusiveHold {
  readonly stream: EnginePin;
  readonly isEventDriven: boolean;
  readonly bufferFrames: number;
  /** Frames that the device passed while the client was away. */
  readonly glitches: EngineGlitch[] = [];
  isInvalidated = false;
  isRunning = false;
  /** Frames for which a device without packets stood, or stored nowhere, since position 0. */
  protected starvedFrames = 0;
  readonly #endpoint: AudioEndpoint;
  readonly #kernel: Kernel;
  readonly #home: ClientHome;
  /** Stands in for the driver's event where the driver has none. */
  #event: Kevent | null = null;
  #stopTicker: Kevent | null = null;
  #isClosed = false;

  /** @throws KsError, SmallBufferError, and StreamRefusal for a buffer that is not aligned */
  constructor(kernel: Kernel, home: ClientHome, request: ExclusiveRequest) {
    const { bufferFrames, drive, endpoint, format, host, isEventDriven } = request;
    this.#kernel = kernel;
    this.#home = home;
    this.#endpoint = endpoint;
    this.isEventDriven = isEventDriven;
    const takesPackets = !hasCyclicBuffer(host.filter);
    if (takesPackets && !isEventDriven) {
      const detail = 'a pin that takes stream packets has no buffer for a client with a timer';
      throw new StreamRefusal('exclusive mode not allowed', detail);
    }
    this.stream = openEnginePin(kernel, home, {
      symbolicLink: host.filter.symbolicLink,
      pinId: host.pin.id,
      isRender: endpoint.isRender,
      takesPackets,
      packetCount: EVENT_BUFFERS,
      format,
      periodFrames: bufferFrames,
      timerPeriods: isEventDriven ? EVENT_BUFFERS : 1,
      drive: isEventDriven ? drive : 'timer',
    });
    const halves = isEventDriven ? EVENT_BUFFERS : 1;
    this.bufferFrames = takesPackets ? this.stream.periodFrames : this.stream.bufferFrames / halves;
    if (isEventDriven && this.bufferFrames !== bufferFrames) {
      this.stream.close();
      const detail = `${bufferFrames} frames; the driver made it ${this.bufferFrames}`;
      throw new StreamRefusal('buffer not aligned', detail, Math.floor(this.bufferFrames));
    }
    this.stream.silence();
    endpoint.exclusive = this;
  }

  get latency100ns(): number {
    return period100ns(this.bufferFrames, this.stream.format.rateHz);
  }

  deviceFrames(): number {
    return this.stream.movedFrames();
  }

  notify(handle: number): void {
    if (this.stream.drive !== 'timer') {
      this.stream.notify(handle);
      return;
    }
    this.#event = this.#home.process.ObReferenceObjectByHandle(handle);
  }

  start(): void {
    this.isRunning = true;
    this.stream.run();
    if (this.#event !== null) this.#startTicker(this.#event);
  }

  stop(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#stopTicker?.set();
    this.stream.pause();
  }

  /** The buffer is silent, and the device at its start. */
  rewind(): void {
    this.stream.stop();
    this.stream.silence();
    this.starvedFrames = 0;
    this.glitches.length = 0;
  }

  invalidate(): void {
    this.isInvalidated = true;
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.isRunning = false;
    this.#stopTicker?.set();
    if (this.#event !== null) this.#home.process.ObDereferenceObject(this.#event);
    this.stream.close();
    if (this.#endpoint.exclusive === this) this.#endpoint.exclusive = null;
  }

  /** Asks a pin with packets for how long it was without, and adds that to the glitches. */
  protected countStarved(): boolean {
    const frames = this.stream.takeStarvedFrames();
    if (frames === 0) return false;
    addGlitch(this.glitches, this.stream.starvedAtFrame + this.starvedFrames, frames);
    this.starvedFrames += frames;
    return true;
  }

  /** Sets the client's event whenever the device is done with a half, by the clock. */
  #startTicker(event: Kevent): void {
    const stopped = this.#kernel.createEvent('exclusive stream stopped', 'synchronization');
    this.#stopTicker = stopped;
    this.#kernel.dispatcher.createThread('exclusive ticker', TICKER_PRIORITY, () =>
      this.#tick(event, stopped),
    );
  }

  *#tick(event: Kevent, stopped: Kevent): ThreadGenerator {
    const { rateHz } = this.stream.format;
    let half = Math.floor(this.stream.movedFrames() / this.bufferFrames);
    const startFrames = this.stream.movedFrames();
    const lagFrames = this.#endpoint.isRender ? 0 : this.stream.fifoFrames;
    while (this.isRunning && this.#stopTicker === stopped) {
      half++;
      const endFrame = half * this.bufferFrames;
      let dueNs = this.stream.runNs + timeOfFrame(endFrame + lagFrames - startFrames, rateHz);
      let isPast = false;
      while (!isPast) {
        const status = yield this.#kernel.waitFor(stopped, this.#ticksUntil(dueNs));
        if (status === STATUS_SUCCESS) return;
        // A device that slept meanwhile may be a little behind the clock.
        const missing = endFrame - this.stream.movedFrames();
        isPast = missing <= 0;
        dueNs = this.#kernel.clock.now + timeOfFrame(missing, rateHz);
      }
      event.set();
    }
  }

  /** Relative, as waits take it; 0 for a time that has passed. */
  #ticksUntil(dueNs: number): number {
    const ticks = Math.ceil((dueNs - this.#kernel.clock.now) / NS_PER_TICK);
    return ticks > 0 ? -ticks : 0;
  }
}
