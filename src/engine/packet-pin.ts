/**
 * A pin that takes stream packets, in the engine's hands: packets of a period each, three of them
 * under way as Windows' mixer has them, over memory of the engine's. What is mixed is written
 * straight into the packet that is sent; what comes back filled is moved to where the captured
 * stream goes on, since a port may send a packet back before it is full.
 * Source: IOCTL_KS_WRITE_STREAM, "Performance Issues for a WavePci Miniport Driver".
 */
import { timeOfFrame } from '../base/frame-time.ts';
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { BufferView, HardwareLatency } from '../client/ks-pin.ts';
import { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from '../client/stream-render.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../standards/ks/stream-packets.ts';
import { STATUS_DEVICE_REMOVED } from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { type EnginePin, type EnginePinRequest, fillSilence } from './engine-pin.ts';
import { PacketsUnderWay } from './packets-under-way.ts';
import { StarvedTime } from './starved-time.ts';
import { StreamTime } from './stream-time.ts';

/** Such a pin tells nobody what the hardware behind it holds. */
const UNTOLD_LATENCY: HardwareLatency = { fifoBytes: 0, chipsetDelay100ns: 0, codecDelay100ns: 0 };
/** Part of a period by which an event may be late before the clock takes its place. */
const LATE_SHIFT = 3;

export class PacketPin implements EnginePin {
  readonly drive = 'irps';
  readonly isRender: boolean;
  readonly buffer: BufferView;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  readonly leadPeriods: number;
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
  readonly #packets: PacketsUnderWay;
  #event: Kevent | null = null;
  #isRunning = false;
  #hasRun = false;
  /** Packets that were made ready since position 0. */
  #readyCount = 0;
  /** Bytes that packets came back with. */
  #storedBytes = 0;
  #starvedFrames = 0;

  private constructor(
    kernel: Kernel,
    filter: KsFilter,
    pin: StreamPin,
    { isRender, packetCount = DEFAULT_STREAM_PACKETS, periodFrames }: EnginePinRequest,
  ) {
    this.#kernel = kernel;
    this.#filter = filter;
    this.#pin = pin;
    this.isRender = isRender;
    this.periodFrames = periodFrames;
    this.leadPeriods = packetCount;
    // What is captured beyond whole periods waits in a further one.
    this.bufferFrames = periodFrames * (isRender ? packetCount : packetCount + 1);
    // Sound that has left the packets is in the hardware for less than a period.
    this.drainFrames = (packetCount + 1) * periodFrames;
    const bytes = this.bufferFrames * pin.frameBytes;
    this.buffer = {
      address: pin.home.process.alloc(bytes),
      requestedBytes: bytes,
      actualBytes: bytes,
      callMemoryBarrier: false,
    };
    this.#time = new StreamTime(kernel);
    this.#starved = new StarvedTime(this.#time, pin.format.rateHz);
    const packetBytes = periodFrames * pin.frameBytes;
    const ringAt = isRender ? this.buffer.address : null;
    this.#packets = new PacketsUnderWay(pin, packetCount, packetBytes, ringAt);
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
    this.#packets.event = this.#event;
  }

  silence(): void {
    fillSilence(this.#pin.home.ram, this.format, this.buffer);
  }

  packetWritten(packet: number, isLast = false): boolean {
    this.#readyCount = Math.max(this.#readyCount, packet + 1);
    const options = isLast ? KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM : 0;
    if (this.#isRunning) this.#packets.writeUntil(this.#readyCount, options);
    return true;
  }

  run(): void {
    this.#pin.check('PAUSE', this.#pin.setState(KSSTATE.PAUSE));
    if (this.isRender) this.#packets.writeUntil(this.#readyCount, 0);
    else this.#packets.readAll();
    this.#pin.check('RUN', this.#pin.setState(KSSTATE.RUN));
    this.#isRunning = true;
    this.#time.run();
    if (!this.#hasRun) this.#starved.start();
    this.#hasRun = true;
    this.#expectNext(0);
  }

  pause(): void {
    this.#pin.check('PAUSE', this.#pin.setState(KSSTATE.PAUSE));
    this.#isRunning = false;
    this.#time.pause();
  }

  /** The packets under way come back, and nothing of them is heard or kept. */
  stop(): void {
    const status = this.#pin.setState(KSSTATE.STOP);
    this.#packets.restart();
    this.#isRunning = false;
    this.#hasRun = false;
    this.#time.pause();
    this.#readyCount = 0;
    this.#storedBytes = 0;
    this.#starvedFrames = 0;
    if (status !== STATUS_DEVICE_REMOVED) this.#pin.check('STOP', status);
  }

  close(): void {
    if (this.#pin.isClosed) return;
    const { process } = this.#pin.home;
    this.#pin.setState(KSSTATE.STOP);
    this.#packets.restart();
    this.#pin.close();
    this.#packets.free();
    process.free(this.buffer.address);
    if (this.#event !== null) process.ObDereferenceObject(this.#event);
    this.#filter.close();
  }

  packetCount(): number {
    return this.#packets.returnedCount;
  }

  /** @throws KsError when a packet came back unplayed or unfilled */
  doneFrames(): number {
    this.#packets.check();
    if (!this.#isRunning) {
      this.#collect();
      return this.#doneFrames;
    }
    const endFrame = this.#endFrame;
    const heard = this.heardFrames();
    const isAllBack = this.#packets.isAllBack;
    const isInterrupted = this.#collect();
    // A port that stores what it has no packets for goes beyond them, and tells what it lost.
    const isStarved = heard === endFrame || isInterrupted;
    if (heard === endFrame) this.starvedAtFrame = endFrame;
    // Whether a device that stored without packets lost anything, the next packet tells.
    const isKnown = !isStarved && (this.isRender || !isAllBack);
    let starvedFrames = isKnown ? this.#starved.moved(heard) : 0;
    const { expectedFrame } = this.#starved;
    if (isStarved) starvedFrames = this.#starved.endedAt(heard);
    this.#starvedFrames += starvedFrames;
    const done = this.#doneFrames;
    const moved = this.isRender ? this.#fetchedFrames(heard) : Math.max(done, expectedFrame);
    this.undoneFrames = moved - done;
    this.#expectNext(done + this.undoneFrames);
    if (!this.isRender) this.#packets.readAll();
    return done;
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

  movedFrames(): number {
    const heard = this.heardFrames();
    return this.isRender ? this.#fetchedFrames(heard) : Math.max(this.#doneFrames, heard);
  }

  heardFrames(): number {
    if (this.#packets.sentCount === 0) return 0;
    this.#pin.check('POSITION', this.#pin.readPosition());
    return Math.floor(this.#pin.playOffset / this.frameBytes);
  }

  /**
   * The position counts frames at the endpoint, which a FIFO keeps behind the packets. One that
   * came back a whole period before that was only copied: then the position is all there is.
   */
  #fetchedFrames(heard: number): number {
    const done = this.#doneFrames;
    return done - heard < this.periodFrames ? Math.max(done, heard) : heard;
  }

  get #doneFrames(): number {
    if (this.isRender) return this.#packets.returnedCount * this.periodFrames;
    return Math.floor(this.#storedBytes / this.frameBytes);
  }

  /** Where the device comes to the end of the packets that it has. */
  get #endFrame(): number {
    if (this.isRender) return this.#packets.sentCount * this.periodFrames;
    return Math.floor((this.#storedBytes + this.#packets.uncollectedBytes) / this.frameBytes);
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
    for (let packet = this.#packets.collect(); packet !== null; packet = this.#packets.collect()) {
      const { dataAt, options, usedBytes } = packet;
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
}
