/**
 * An event-driven render client, as an application in exclusive mode is one: the buffer is two
 * packets, the device signals an event when it has fetched one, and the client fills that one while
 * the device fetches the other. In packet mode it says so with SETWRITEPACKET, counts events, and
 * asks for the packet count when it may have missed one; otherwise the position tells its place.
 * Source: "Low Latency Audio", KSPROPERTY_RTAUDIO_SETWRITEPACKET, wave streams with notification.
 */
import { framesIn } from '../base/frame-time.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../standards/ks/stream-packets.ts';
import {
  STATUS_DATA_LATE_ERROR,
  STATUS_DATA_OVERRUN,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { DeviceProgress } from './device-progress.ts';
import { propertyPosition } from './position-source.ts';
import { RenderBuffer } from './render-buffer.ts';
import {
  type CyclicRenderClient,
  ENGINE_PRIORITY,
  heldFrames,
  type RenderClientConfig,
  SPARE_DRAIN_FRAMES,
  untoldFrames,
} from './timer-render.ts';

/** Notifications per pass through the buffer. */
export const PACKETS = 2;

export interface EventRenderConfig extends RenderClientConfig {
  /** Tells the driver which packet was written, and asks it how many were fetched. */
  readonly usesPackets: boolean;
}

export class EventRenderClient implements CyclicRenderClient {
  readonly #config: EventRenderConfig;
  readonly #buffer: RenderBuffer;
  readonly #progress: DeviceProgress;
  readonly #packetFrames: number;
  readonly #drainFrames: number;
  /** Packets that the device has fetched, as far as the client knows. */
  #fetchedPackets = 0;
  #hasSentEnd = false;
  /** The driver said that the last packet came too late or too early. */
  #isRefused = false;
  #lastWakeNs = 0;
  #wakes = 0;
  #isDone = false;

  constructor(config: EventRenderConfig) {
    const { kernel, latency, pin, position = propertyPosition(pin) } = config;
    const { rateHz } = pin.format;
    this.#config = config;
    this.#buffer = new RenderBuffer(config);
    const { frames } = this.#buffer;
    this.#packetFrames = frames / PACKETS;
    this.#progress = new DeviceProgress(kernel.clock, position, rateHz, pin.frameBytes, frames);
    this.#drainFrames = heldFrames(latency, pin.frameBytes, rateHz) + SPARE_DRAIN_FRAMES;
  }

  get wakes(): number {
    return this.#wakes;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get aheadFrames(): number {
    return this.#buffer.written - this.#fetchedPackets * this.#packetFrames;
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
    const { kernel, observer, pin, wakeDelayNs } = this.#config;
    const { process } = pin.home;
    const handle = process.createEvent('synchronization');
    const event = process.event(handle) as Kevent;
    pin.check('REGISTER_NOTIFICATION_EVENT', pin.registerNotificationEvent(handle));
    this.#prime();
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    observer?.entered();
    this.#progress.start();
    this.#lastWakeNs = kernel.clock.now;
    while (!this.#isDone) {
      yield kernel.dispatcher.waitFor(event, null);
      const lateNs = wakeDelayNs?.(this.#wakes) ?? 0;
      if (lateNs > 0) yield kernel.delay(lateNs / 100);
      this.#wake();
    }
    observer?.leaving();
    pin.check('STOP', pin.setState(KSSTATE.STOP));
    pin.check('UNREGISTER_NOTIFICATION_EVENT', pin.unregisterNotificationEvent(handle));
    process.closeHandle(handle);
  }

  /** Silence in every packet, so that the first sound has the same latency as all that follows. */
  #prime(): void {
    this.#buffer.prime(PACKETS * this.#packetFrames);
    if (!this.#config.usesPackets) return;
    const { pin } = this.#config;
    for (let packet = 0; packet < PACKETS; packet++) {
      pin.check('SETWRITEPACKET', pin.setWritePacket(packet, 0, 0));
    }
  }

  #wake(): void {
    this.#wakes++;
    this.#fetchedPackets = this.#countFetched();
    const buffer = this.#buffer;
    // The packet after the last that was fetched is being fetched.
    const firstFree = (this.#fetchedPackets + 1) * this.#packetFrames;
    if (buffer.written < firstFree) buffer.skipTo(firstFree);
    const limit = (this.#fetchedPackets + PACKETS) * this.#packetFrames;
    while (buffer.written < limit) this.#writePacket();
    const fetched = this.#fetchedPackets * this.#packetFrames;
    const drain = this.#drainFrames + untoldFrames(this.#config);
    this.#isDone = fetched >= buffer.end + drain;
  }

  /** An event carries no number: a client that comes late, or was told so, has to ask. */
  #countFetched(): number {
    if (!this.#config.usesPackets) {
      this.#progress.read();
      return Math.floor(this.#progress.frames / this.#packetFrames);
    }
    const { kernel, pin } = this.#config;
    const elapsedNs = kernel.clock.now - this.#lastWakeNs;
    this.#lastWakeNs = kernel.clock.now;
    const elapsed = framesIn(elapsedNs, pin.format.rateHz);
    if (!this.#isRefused && elapsed < 1.5 * this.#packetFrames) return this.#fetchedPackets + 1;
    this.#isRefused = false;
    const { status, count } = pin.tryPacketCount();
    pin.check('PACKETCOUNT', status);
    return count;
  }

  #writePacket(): void {
    const { pin, usesPackets } = this.#config;
    const buffer = this.#buffer;
    const packet = buffer.written / this.#packetFrames;
    const before = buffer.written;
    buffer.write(this.#packetFrames);
    // Behind the end of the stream the driver takes no packet and plays silence.
    if (!usesPackets || this.#hasSentEnd) return;
    const isEnd = buffer.end <= buffer.written;
    const flags = isEnd ? KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM : 0;
    const endBytes = isEnd ? Math.max(0, buffer.end - before) * pin.frameBytes : 0;
    const status = pin.setWritePacket(packet, flags, endBytes);
    this.#hasSentEnd = isEnd && status === STATUS_SUCCESS;
    this.#isRefused = status === STATUS_DATA_LATE_ERROR || status === STATUS_DATA_OVERRUN;
    if (!this.#isRefused) pin.check('SETWRITEPACKET', status);
  }
}
