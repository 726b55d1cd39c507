/**
 * A render client over stream packets, as Windows' software mixer is one: it keeps a fixed number
 * of packets under way, three of 10 ms by habit, and whenever the oldest comes back it fills it
 * and sends it again. The last one carries the end-of-stream mark. The stream is stopped when the
 * device's position has reached the last byte. In steady state it allocates nothing.
 * Source: IOCTL_KS_WRITE_STREAM, "Performance Issues for a WavePci Miniport Driver".
 */
import { timeOfFrame } from '../base/frame-time.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../standards/ks/stream-packets.ts';
import type { FrameSource, RenderJournal } from './render-buffer.ts';
import type { StreamPacket } from './stream-packet.ts';
import type { StreamPin } from './stream-pin.ts';
import {
  ENGINE_PRIORITY,
  type RenderClient,
  type RunObserver,
  SPARE_DRAIN_FRAMES,
} from './timer-render.ts';

export const DEFAULT_STREAM_PACKETS = 3;

export interface StreamRenderConfig {
  readonly kernel: Kernel;
  readonly pin: StreamPin;
  readonly source: FrameSource;
  readonly journal: RenderJournal;
  readonly packetFrames: number;
  /** Packets under way at once; 3 if absent. */
  readonly packetCount?: number;
  readonly observer?: RunObserver;
  /** Extra nanoseconds of the n-th wake-up: a client that comes late. */
  readonly wakeDelayNs?: (wake: number) => number;
  /** Time that the sound takes behind the position that the driver tells. */
  readonly untoldDelayNs?: () => number;
}

const NS_PER_TICK = 100;
/** No port keeps more than some tens of milliseconds; one that keeps nothing ends here. */
const MOST_PRIMING_ROUNDS = 1_000;
const { ENDOFSTREAM } = KSSTREAM_HEADER_OPTIONSF;

export class StreamRenderClient implements RenderClient {
  readonly #config: StreamRenderConfig;
  readonly #packets: StreamPacket[] = [];
  /** The packet that was sent first of those under way, or will be sent next. */
  #oldest = 0;
  #underWay = 0;
  #sentBytes = 0;
  #hasEnded = false;
  #wakes = 0;
  #isDone = false;

  constructor(config: StreamRenderConfig) {
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

  get writtenFrames(): number {
    return this.#sentBytes / this.#config.pin.frameBytes;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Frames sent and, at the last wake-up, not yet at the DAC. */
  get aheadFrames(): number {
    const { pin } = this.#config;
    return (this.#sentBytes - pin.playOffset) / pin.frameBytes;
  }

  start(): void {
    const { dispatcher } = this.#config.kernel;
    dispatcher.createThread('stream render client', ENGINE_PRIORITY, () => this.#run());
  }

  *#run(): ThreadGenerator {
    const { journal, kernel, observer, pin, wakeDelayNs } = this.#config;
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    journal.prime(0);
    this.#prime();
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    observer?.entered();
    for (let packet = this.#waiting(); packet !== null; packet = this.#waiting()) {
      yield kernel.waitFor(packet.request.event, null);
      const lateNs = wakeDelayNs?.(this.#wakes) ?? 0;
      if (lateNs > 0) yield kernel.delay(lateNs / NS_PER_TICK);
      this.#wakes++;
      this.#takeBack();
      this.#sendAll();
      pin.check('POSITION', pin.readPosition());
    }
    for (let left = this.#framesLeft(); left > 0; left = this.#framesLeft()) {
      yield kernel.delay(timeOfFrame(left, pin.format.rateHz) / NS_PER_TICK);
    }
    yield kernel.delay(this.#drainNs() / NS_PER_TICK);
    observer?.leaving();
    pin.check('STOP', pin.setState(KSSTATE.STOP));
    for (const packet of this.#packets) packet.free();
    this.#isDone = true;
  }

  /**
   * Sends until the pin keeps what it is sent: a port that copies gives packets back before RUN, as
   * long as its own buffer has room, and stays no further ahead of the device than that is filled.
   */
  #prime(): void {
    for (let rounds = 0; rounds < MOST_PRIMING_ROUNDS; rounds++) {
      this.#sendAll();
      const sent = this.#underWay;
      this.#takeBack();
      if (this.#underWay === sent) return;
    }
  }

  /** The packet to wait for; null when none is under way. */
  #waiting(): StreamPacket | null {
    return this.#underWay === 0 ? null : (this.#packets[this.#oldest] ?? null);
  }

  /** Takes back what has come, oldest first. @throws KsError when one was not played */
  #takeBack(): void {
    for (let packet = this.#waiting(); packet !== null && !packet.isSent; ) {
      this.#config.pin.check('WRITE_STREAM', packet.request.status);
      this.#underWay--;
      this.#oldest = (this.#oldest + 1) % this.#packets.length;
      packet = this.#waiting();
    }
  }

  /** Fills and sends the packets that are back, for as long as there is sound. */
  #sendAll(): void {
    const { journal, packetFrames, pin, source } = this.#config;
    const { bytes } = pin.home.ram;
    while (!this.#hasEnded && this.#underWay < this.#packets.length) {
      const index = (this.#oldest + this.#underWay) % this.#packets.length;
      const packet = this.#packets[index];
      if (packet === undefined) return;
      const frames = source.read(bytes, packet.dataAt, packetFrames);
      const byteLength = frames * pin.frameBytes;
      this.#hasEnded = frames < packetFrames;
      this.#sentBytes += byteLength;
      this.#underWay++;
      packet.write(byteLength, this.#hasEnded ? ENDOFSTREAM : 0);
      // What the port found out when it took the packet is about the sound before it.
      journal.send(bytes, packet.dataAt, byteLength);
      if (this.#hasEnded) journal.endSending();
    }
  }

  #framesLeft(): number {
    const { pin } = this.#config;
    pin.check('POSITION', pin.readPosition());
    return Math.ceil(this.aheadFrames);
  }

  #drainNs(): number {
    const { pin, untoldDelayNs } = this.#config;
    return (untoldDelayNs?.() ?? 0) + timeOfFrame(SPARE_DRAIN_FRAMES, pin.format.rateHz);
  }
}
