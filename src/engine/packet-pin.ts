/**
 * A pin that takes stream packets, in the engine's hands: three packets of a period each, as
 * Windows' mixer keeps them under way, over memory of the engine's. What is mixed is written
 * straight into the packet that is sent; what comes back filled is moved to where the captured
 * stream goes on, since a port may send a packet back before it is full.
 * Source: IOCTL_KS_WRITE_STREAM, "Performance Issues for a WavePci Miniport Driver".
 */
import { virtual } from '../base/brand.ts';
import { timeOfFrame } from '../base/frame-time.ts';
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { BufferView, HardwareLatency } from '../client/ks-pin.ts';
import type { StreamPacket } from '../client/stream-packet.ts';
import { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from '../client/stream-render.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_REMOVED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { type EnginePin, type EnginePinRequest, fillSilence } from './engine-pin.ts';
import { StarvedTime } from './starved-time.ts';
import { StreamTime } from './stream-time.ts';

/** Such a pin tells nobody what the hardware behind it holds. */
const UNTOLD_LATENCY: HardwareLatency = { fifoBytes: 0, chipsetDelay100ns: 0, codecDelay100ns: 0 };
/** What is captured beyond whole periods waits in a further one. */
const CAPTURE_PERIODS = DEFAULT_STREAM_PACKETS + 1;
/** Part of a period by which an event may be late before the clock takes its place. */
const LATE_SHIFT = 3;

export class PacketPin implements EnginePin {
  readonly drive = 'irps';
  readonly isRender: boolean;
  readonly buffer: BufferView;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  readonly leadPeriods = DEFAULT_STREAM_PACKETS;
  readonly drainFrames: number;
  readonly latency = UNTOLD_LATENCY;
  readonly fifoFrames = 0;
  readonly heldFrames = 0;
  readonly hardwareDelay100ns = 0;
  undoneFrames = 0;
  nextPeriodNs = 0;
  starvedAtFrame = 0;
  readonly #kernel: Kernel;
  readonly #pin: StreamPin;
  readonly #filter: KsFilter;
  readonly #time: StreamTime;
  readonly #starved: StarvedTime;
  readonly #packets: readonly StreamPacket[];
  #event: Kevent | null = null;
  #isRunning = false;
  /** What comes back now was taken back. */
  #isStopping = false;
  /** Packets that were made ready, sent, and that came back, since position 0. */
  #readyCount = 0;
  #sentCount = 0;
  #returnedCount = 0;
  /** Packets that came back filled and were looked at, and the bytes that were in them. */
  #collectedCount = 0;
  #storedBytes = 0;
  #starvedFrames = 0;
  /** What a packet came back with that was not played or filled. */
  #failure: NtStatus = STATUS_SUCCESS;

  private constructor(
    kernel: Kernel,
    filter: KsFilter,
    pin: StreamPin,
    { isRender, periodFrames }: EnginePinRequest,
  ) {
    this.#kernel = kernel;
    this.#filter = filter;
    this.#pin = pin;
    this.isRender = isRender;
    this.periodFrames = periodFrames;
    this.bufferFrames = periodFrames * (isRender ? DEFAULT_STREAM_PACKETS : CAPTURE_PERIODS);
    // Sound that has left the packets is in the hardware for less than a period.
    this.drainFrames = (DEFAULT_STREAM_PACKETS + 1) * periodFrames;
    const bytes = this.bufferFrames * pin.frameBytes;
    this.buffer = {
      address: pin.home.process.alloc(bytes),
      requestedBytes: bytes,
      actualBytes: bytes,
      callMemoryBarrier: false,
    };
    this.#time = new StreamTime(kernel);
    this.#starved = new StarvedTime(this.#time, pin.format.rateHz);
    const slots = Array.from({ length: DEFAULT_STREAM_PACKETS }, (_, slot) => slot);
    this.#packets = slots.map((slot) => this.#makePacket(slot));
  }

  /** Opens filter, pin and packets. @throws KsError when the driver stack refuses */
  static open(kernel: Kernel, home: ClientHome, request: EnginePinRequest): PacketPin {
    const filter = KsFilter.open(home, request.symbolicLink);
    let pin: StreamPin | null = null;
    try {
      pin = StreamPin.open(filter, request.pinId, request.format);
      return new PacketPin(kernel, filter, pin, request);
    } catch (error) {
      pin?.close();
      filter.close();
      throw error;
    }
  }

  get format(): PcmFormat {
    return this.#pin.format;
  }

  get frameBytes(): number {
    return this.#pin.frameBytes;
  }

  get runNs(): number {
    return this.#time.runNs;
  }

  /** A reference keeps the event alive when the client closes its handle early. */
  notify(handle: number): void {
    this.#event = this.#pin.home.process.ObReferenceObjectByHandle(handle);
  }

  silence(): void {
    fillSilence(this.#pin.home.ram, this.format, this.buffer);
  }

  packetWritten(packet: number, isLast = false): boolean {
    this.#readyCount = packet + 1;
    if (this.#isRunning) this.#sendReady(isLast ? KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM : 0);
    return true;
  }

  run(): void {
    this.#pin.check('PAUSE', this.#pin.setState(KSSTATE.PAUSE));
    if (this.isRender) this.#sendReady(0);
    else this.#readAll();
    this.#pin.check('RUN', this.#pin.setState(KSSTATE.RUN));
    this.#isRunning = true;
    this.#time.run();
    if (this.#returnedCount === 0) this.#starved.start();
    this.#expectNext(0);
  }

  pause(): void {
    this.#pin.check('PAUSE', this.#pin.setState(KSSTATE.PAUSE));
    this.#isRunning = false;
    this.#time.pause();
  }

  /** The packets under way come back, and nothing of them is heard or kept. */
  stop(): void {
    this.#isStopping = true;
    const status = this.#pin.setState(KSSTATE.STOP);
    this.#isStopping = false;
    this.#isRunning = false;
    this.#time.pause();
    if (status !== STATUS_DEVICE_REMOVED) this.#pin.check('STOP', status);
    this.#readyCount = 0;
    this.#sentCount = 0;
    this.#returnedCount = 0;
    this.#collectedCount = 0;
    this.#storedBytes = 0;
    this.#starvedFrames = 0;
    this.#failure = STATUS_SUCCESS;
  }

  close(): void {
    if (this.#pin.isClosed) return;
    const { process } = this.#pin.home;
    this.#isStopping = true;
    this.#pin.setState(KSSTATE.STOP);
    // A packet that is under way still is cancelled when the last handle goes.
    this.#pin.close();
    for (const packet of this.#packets) packet.free();
    process.free(this.buffer.address);
    if (this.#event !== null) process.ObDereferenceObject(this.#event);
    this.#event = null;
    this.#filter.close();
  }

  packetCount(): number {
    return this.#returnedCount;
  }

  /** @throws KsError when a packet came back unplayed or unfilled */
  doneFrames(): number {
    this.#pin.check('stream packet', this.#failure);
    const endFrame = this.#sentFrames();
    const heard = this.heardFrames();
    this.starvedAtFrame = endFrame;
    const isInterrupted = this.#collect();
    // A port that stores what it has no packets for goes beyond them, and tells what it lost.
    const isStarved = heard === endFrame || isInterrupted;
    const starvedFrames = isStarved ? this.#starved.endedAt(heard) : 0;
    if (!isStarved) this.#starved.moved(heard);
    this.#starvedFrames += starvedFrames;
    const done = this.#doneFrames;
    this.undoneFrames = this.#undone(heard - done, starvedFrames);
    this.#expectNext(done + this.undoneFrames);
    if (!this.isRender) this.#readAll();
    return done;
  }

  /** A packet that came back before it was played was copied: then the position leads. */
  #undone(frames: number, starvedFrames: number): number {
    if (!this.isRender) return Math.max(0, frames) + starvedFrames;
    return frames > -this.periodFrames ? 0 : frames;
  }

  /** Later than an event for the same period would come. */
  #expectNext(fromFrame: number): void {
    const { periodFrames } = this;
    const frames = periodFrames - (fromFrame % periodFrames) + (periodFrames >> LATE_SHIFT);
    this.nextPeriodNs = this.#kernel.clock.now + timeOfFrame(frames, this.format.rateHz);
  }

  takeStarvedFrames(): number {
    const frames = this.#starvedFrames;
    this.#starvedFrames = 0;
    return frames;
  }

  /** The position counts frames at the endpoint, which a FIFO keeps behind the packets. */
  movedFrames(): number {
    if (this.#sentCount === 0) return 0;
    return Math.max(this.#doneFrames, this.heardFrames());
  }

  heardFrames(): number {
    if (this.#sentCount === 0) return 0;
    this.#pin.check('POSITION', this.#pin.readPosition());
    return Math.floor(this.#pin.playOffset / this.frameBytes);
  }

  get #doneFrames(): number {
    if (this.isRender) return this.#returnedCount * this.periodFrames;
    return Math.floor(this.#storedBytes / this.frameBytes);
  }

  /** Where the device comes to the end of the packets that it has. */
  #sentFrames(): number {
    if (this.isRender) return this.#sentCount * this.periodFrames;
    let bytes = (this.#sentCount - this.#returnedCount) * this.periodFrames * this.frameBytes;
    for (let packet = this.#collectedCount; packet < this.#returnedCount; packet++) {
      bytes += this.#packet(packet).usedBytes;
    }
    return Math.floor((this.#storedBytes + bytes) / this.frameBytes);
  }

  #sendReady(options: number): void {
    while (this.#sentCount < this.#readyCount) {
      const packet = this.#packet(this.#sentCount++);
      packet.write(packet.roomBytes, options);
    }
  }

  /** Sends every packet whose frames were taken out of it. */
  #readAll(): void {
    while (this.#sentCount - this.#collectedCount < this.#packets.length) {
      this.#packet(this.#sentCount++).read();
    }
  }

  /**
   * Moves what came back to where the stream goes on, oldest first. True when a packet says that
   * it does not follow on what came before.
   */
  #collect(): boolean {
    if (this.isRender) return false;
    let isInterrupted = false;
    const { bytes } = this.#pin.home.ram;
    const { address, actualBytes } = this.buffer;
    while (this.#collectedCount < this.#returnedCount) {
      const { dataAt, options, usedBytes } = this.#packet(this.#collectedCount++);
      if ((options & KSSTREAM_HEADER_OPTIONSF.DATADISCONTINUITY) !== 0) {
        isInterrupted = true;
        this.starvedAtFrame = this.#doneFrames;
      }
      const place = this.#storedBytes % actualBytes;
      const firstBytes = Math.min(usedBytes, actualBytes - place);
      bytes.copyWithin(address + place, dataAt, dataAt + firstBytes);
      bytes.copyWithin(address, dataAt + firstBytes, dataAt + usedBytes);
      this.#storedBytes += usedBytes;
    }
    return isInterrupted;
  }

  #returned(packet: StreamPacket): void {
    if (this.#isStopping) return;
    this.#returnedCount++;
    if (!ntSuccess(packet.request.status)) this.#failure = packet.request.status;
    this.#event?.set();
  }

  #packet(count: number): StreamPacket {
    return this.#packets[count % this.#packets.length] as StreamPacket;
  }

  #makePacket(slot: number): StreamPacket {
    const bytes = this.periodFrames * this.frameBytes;
    const returned = (packet: StreamPacket): void => this.#returned(packet);
    return this.isRender
      ? this.#pin.packetAt(virtual(this.buffer.address + slot * bytes), bytes, returned)
      : this.#pin.packet(bytes, returned);
  }
}
