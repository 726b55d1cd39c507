/**
 * A capture client: it wakes by its own timer or by the stream's events, and takes out of the cyclic
 * buffer what the device has stored since. In packet mode the driver says which packet is new;
 * otherwise the client reads up to the write offset and never beyond. Frames that were overwritten
 * before it came are told as lost.
 * Source: "Wave Capture", KSPROPERTY_AUDIO_POSITION, KSPROPERTY_RTAUDIO_GETREADPACKET.
 */
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { STATUS_DEVICE_NOT_READY, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import { DeviceProgress } from './device-progress.ts';
import { PACKETS } from './event-render.ts';
import type { BufferView, KsPin } from './ks-pin.ts';
import { type PositionSource, propertyPosition } from './position-source.ts';
import { ENGINE_PRIORITY, type RunObserver } from './timer-render.ts';

/** Takes what was captured, in order. */
export interface CaptureJournal {
  take(bytes: Uint8Array, offset: number, byteLength: number): void;
  /** Frames that the device stored and the client never read. */
  lose(frames: number): void;
}

export interface CaptureConfig {
  readonly kernel: Kernel;
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly journal: CaptureJournal;
  readonly kind: 'timer' | 'event' | 'packet';
  /** Time between wake-ups of a timer-driven client, in units of 100 ns. */
  readonly period100ns: number;
  /** Frames after which the client stops. */
  readonly frames: number;
  /** Frames that pass through the device's FIFO before the first one is stored; none if absent. */
  readonly fifoFrames?: number;
  /** Brings devices up to now, before the buffer is read. */
  readonly settle: () => void;
  readonly position?: PositionSource;
  readonly observer?: RunObserver;
  /** Extra nanoseconds of the n-th wake-up: a client that comes late. */
  readonly wakeDelayNs?: (wake: number) => number;
}

const NS_PER_TICK = 100;

export class CaptureClient {
  readonly #config: CaptureConfig;
  readonly #progress: DeviceProgress;
  readonly #frameBytes: number;
  readonly #bufferFrames: number;
  #read = 0;
  #lost = 0;
  #wakes = 0;
  #isDone = false;

  constructor(config: CaptureConfig) {
    const { buffer, kernel, pin, position = propertyPosition(pin) } = config;
    this.#config = config;
    this.#frameBytes = pin.frameBytes;
    this.#bufferFrames = buffer.actualBytes / pin.frameBytes;
    this.#progress = new DeviceProgress(
      kernel.clock,
      position,
      pin.format.rateHz,
      pin.frameBytes,
      this.#bufferFrames,
    );
  }

  get wakes(): number {
    return this.#wakes;
  }

  /** Frames of the stream's time line up to which the client has read, lost ones included. */
  get readFrames(): number {
    return this.#read;
  }

  get lostFrames(): number {
    return this.#lost;
  }

  /** So many frames were read as it was asked for, and the stream is stopped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Starts the client's thread; it runs whenever the machine does. */
  start(): void {
    const body =
      this.#config.kind === 'timer' ? () => this.#runByTimer() : () => this.#runByEvents();
    this.#config.kernel.dispatcher.createThread('capture client', ENGINE_PRIORITY, body);
  }

  *#runByTimer(): ThreadGenerator {
    const { kernel, period100ns, wakeDelayNs } = this.#config;
    this.#enterRun();
    let due = kernel.clock.now as number;
    while (!this.#isDone) {
      due += period100ns * NS_PER_TICK;
      const wakeAt = due + (wakeDelayNs?.(this.#wakes) ?? 0);
      yield kernel.delay(Math.max(0, wakeAt - kernel.clock.now) / NS_PER_TICK);
      this.#wake();
    }
    this.#leaveRun();
  }

  *#runByEvents(): ThreadGenerator {
    const { kernel, pin, wakeDelayNs } = this.#config;
    const { process } = pin.home;
    const handle = process.createEvent('synchronization');
    const event = process.event(handle) as Kevent;
    pin.check('REGISTER_NOTIFICATION_EVENT', pin.registerNotificationEvent(handle));
    this.#enterRun();
    while (!this.#isDone) {
      yield kernel.dispatcher.waitFor(event, null);
      const lateNs = wakeDelayNs?.(this.#wakes) ?? 0;
      if (lateNs > 0) yield kernel.delay(lateNs / NS_PER_TICK);
      this.#wake();
    }
    this.#leaveRun();
    pin.check('UNREGISTER_NOTIFICATION_EVENT', pin.unregisterNotificationEvent(handle));
    process.closeHandle(handle);
  }

  #enterRun(): void {
    const { fifoFrames = 0, observer, pin } = this.#config;
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    observer?.entered();
    this.#progress.start(fifoFrames);
  }

  #leaveRun(): void {
    const { observer, pin } = this.#config;
    observer?.leaving();
    pin.check('STOP', pin.setState(KSSTATE.STOP));
  }

  #wake(): void {
    this.#wakes++;
    this.#config.settle();
    if (this.#config.kind === 'packet') this.#readPackets();
    else this.#readToPosition();
    this.#isDone = this.#read - this.#lost >= this.#config.frames;
  }

  #readToPosition(): void {
    this.#progress.read();
    const stored = this.#progress.frames;
    this.#skipTo(stored - this.#bufferFrames);
    this.#take(stored);
  }

  #readPackets(): void {
    const { pin } = this.#config;
    const packetFrames = this.#bufferFrames / PACKETS;
    for (;;) {
      const packet = pin.tryReadPacket();
      if (packet.status === STATUS_DEVICE_NOT_READY) return;
      if (packet.status !== STATUS_SUCCESS) pin.check('GETREADPACKET', packet.status);
      const { moreData, packetNumber } = packet;
      this.#skipTo(packetNumber * packetFrames);
      this.#take((packetNumber + 1) * packetFrames);
      if (!moreData) return;
    }
  }

  /** What lies before `frame` was overwritten. */
  #skipTo(frame: number): void {
    const lost = frame - this.#read;
    if (lost <= 0) return;
    this.#lost += lost;
    this.#read = frame;
    this.#config.journal.lose(lost);
  }

  /** Hands on the frames up to `end`, around the end of the buffer if need be. */
  #take(end: number): void {
    const { buffer, frames, journal, pin } = this.#config;
    const { bytes } = pin.home.ram;
    const limit = Math.min(end, frames + this.#lost);
    while (this.#read < limit) {
      const place = this.#read % this.#bufferFrames;
      const part = Math.min(limit - this.#read, this.#bufferFrames - place);
      const at = buffer.address + place * this.#frameBytes;
      journal.take(bytes, at, part * this.#frameBytes);
      this.#read += part;
    }
  }
}
