/**
 * A capture client over stream packets: it keeps a fixed number of empty packets under way, takes
 * what is in the oldest whenever it comes back, and sends it again. A packet may come back with
 * less than it has room for. In steady state it allocates nothing.
 * Source: IOCTL_KS_READ_STREAM, KSSTREAM_HEADER.
 */
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import type { CaptureJournal } from './capture-client.ts';
import type { StreamPacket } from './stream-packet.ts';
import type { StreamPin } from './stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from './stream-render.ts';
import { ENGINE_PRIORITY, type RunObserver } from './timer-render.ts';

export interface StreamCaptureConfig {
  readonly kernel: Kernel;
  readonly pin: StreamPin;
  readonly journal: CaptureJournal;
  readonly packetFrames: number;
  /** Packets under way at once; 3 if absent. */
  readonly packetCount?: number;
  /** Frames after which the client stops. */
  readonly frames: number;
  readonly observer?: RunObserver;
  /** Extra nanoseconds of the n-th wake-up: a client that comes late. */
  readonly wakeDelayNs?: (wake: number) => number;
}

const NS_PER_TICK = 100;

export class StreamCaptureClient {
  readonly #config: StreamCaptureConfig;
  readonly #packets: StreamPacket[] = [];
  #oldest = 0;
  #readBytes = 0;
  #wakes = 0;
  #isDone = false;

  constructor(config: StreamCaptureConfig) {
    const { packetCount = DEFAULT_STREAM_PACKETS, packetFrames, pin } = config;
    this.#config = config;
    for (let index = 0; index < packetCount; index++) {
      this.#packets.push(pin.packet(packetFrames * pin.frameBytes));
    }
  }

  /** The packets that it sends again and again. */
  get packets(): readonly StreamPacket[] {
    return this.#packets;
  }

  get wakes(): number {
    return this.#wakes;
  }

  get readFrames(): number {
    return this.#readBytes / this.#config.pin.frameBytes;
  }

  /** So many frames were read as it was asked for, and the stream is stopped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Starts the client's thread; it runs whenever the machine does. */
  start(): void {
    const { dispatcher } = this.#config.kernel;
    dispatcher.createThread('stream capture client', ENGINE_PRIORITY, () => this.#run());
  }

  *#run(): ThreadGenerator {
    const { frames, kernel, observer, pin, wakeDelayNs } = this.#config;
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    for (const packet of this.#packets) packet.read();
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    observer?.entered();
    while (this.readFrames < frames) {
      const packet = this.#packets[this.#oldest];
      if (packet === undefined) break;
      yield kernel.waitFor(packet.request.event, null);
      const lateNs = wakeDelayNs?.(this.#wakes) ?? 0;
      if (lateNs > 0) yield kernel.delay(lateNs / NS_PER_TICK);
      this.#wakes++;
      this.#takeBack();
    }
    observer?.leaving();
    // What is under way comes back cancelled, or with the last bytes before the stop.
    pin.check('STOP', pin.setState(KSSTATE.STOP));
    for (const packet of this.#packets) packet.free();
    this.#isDone = true;
  }

  /** Hands on what has come back, oldest first, and sends the packets again. @throws KsError */
  #takeBack(): void {
    const { frames, journal, pin } = this.#config;
    const wantedBytes = frames * pin.frameBytes;
    for (;;) {
      const packet = this.#packets[this.#oldest];
      if (packet === undefined || packet.isSent || this.#readBytes >= wantedBytes) return;
      pin.check('READ_STREAM', packet.request.status);
      const bytes = Math.min(packet.usedBytes, wantedBytes - this.#readBytes);
      journal.take(pin.home.ram.bytes, packet.dataAt, bytes);
      this.#readBytes += bytes;
      this.#oldest = (this.#oldest + 1) % this.#packets.length;
      if (this.#readBytes < wantedBytes) packet.read();
    }
  }
}
