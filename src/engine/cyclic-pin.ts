/**
 * A WaveRT pin in the engine's hands: opened with the device's format, with a cyclic
 * buffer of the best class that the driver offers (packets, then notification events, then a plain
 * buffer and a timer), its hardware latency, and the count of frames that the device has moved.
 * Source: "Low Latency Audio", KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION, _PACKETCOUNT.
 */
import { DeviceProgress } from '../client/device-progress.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import type { BufferView, HardwareLatency, KsPin } from '../client/ks-pin.ts';
import { SmallBufferError } from '../client/open-stream.ts';
import {
  type PositionSource,
  propertyPosition,
  registerPosition,
} from '../client/position-source.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KSSTATE } from '../standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_DATA_LATE_ERROR,
  STATUS_DATA_OVERRUN,
  STATUS_DEVICE_REMOVED,
} from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import {
  type EnginePin,
  type EnginePinRequest,
  fillSilence,
  type StreamDrive,
} from './engine-pin.ts';
import { StreamTime } from './stream-time.ts';

const NS_PER_TICK = 100;
/** Mid-point and end: the buffer is two packets. */
const NOTIFICATIONS = 2;
/** The period that the device is at, and the next one. */
const LEAD_PERIODS = 2;

export class CyclicPin implements EnginePin {
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly latency: HardwareLatency;
  readonly drive: StreamDrive;
  readonly isRender: boolean;
  readonly frameBytes: number;
  readonly bufferFrames: number;
  /** Frames of one packet, or of one timer period. */
  readonly periodFrames: number;
  /** Frames in the controller's FIFO, and in it and the codec together. */
  readonly fifoFrames: number;
  readonly heldFrames: number;
  readonly leadPeriods = LEAD_PERIODS;
  readonly drainFrames: number;
  /** Every frame that was moved is done with. */
  readonly undoneFrames = 0;
  readonly starvedAtFrame = 0;
  readonly #time: StreamTime;
  readonly #filter: KsFilter;
  readonly #position: PositionSource;
  #progress: DeviceProgress;
  #eventHandle = 0;

  private constructor(
    kernel: Kernel,
    filter: KsFilter,
    pin: KsPin,
    request: EnginePinRequest,
    buffer: BufferView,
    drive: StreamDrive,
  ) {
    this.#time = new StreamTime(kernel);
    this.#filter = filter;
    this.pin = pin;
    this.buffer = buffer;
    this.drive = drive;
    this.isRender = request.isRender;
    this.frameBytes = pin.frameBytes;
    this.bufferFrames = Math.floor(buffer.actualBytes / pin.frameBytes);
    this.periodFrames = drive === 'timer' ? request.periodFrames : this.bufferFrames / 2;
    this.latency = pin.hardwareLatency();
    const { fifoBytes, chipsetDelay100ns, codecDelay100ns } = this.latency;
    const delayNs = (chipsetDelay100ns + codecDelay100ns) * NS_PER_TICK;
    this.fifoFrames = Math.ceil(fifoBytes / pin.frameBytes);
    this.heldFrames = this.fifoFrames + Math.round((delayNs * pin.format.rateHz) / 1e9);
    this.drainFrames = LEAD_PERIODS * this.periodFrames + this.heldFrames;
    this.#position = request.isRender
      ? registerPosition(pin, kernel.ioSpace, buffer.actualBytes, fifoBytes)
      : propertyPosition(pin);
    this.#progress = this.#fromStart();
  }

  /**
   * Opens filter, pin and buffer. @throws KsError when the driver stack refuses, SmallBufferError
   * when it returns a buffer smaller than it was asked for
   */
  static open(kernel: Kernel, home: ClientHome, request: EnginePinRequest): CyclicPin {
    const filter = KsFilter.open(home, request.symbolicLink);
    let pin: KsPin | null = null;
    try {
      pin = filter.openPin(request.pinId, request.format);
      const { buffer, drive } = allocate(pin, request);
      return new CyclicPin(kernel, filter, pin, request, buffer, drive);
    } catch (error) {
      pin?.close();
      filter.close();
      throw error;
    }
  }

  get format(): PcmFormat {
    return this.pin.format;
  }

  get runNs(): number {
    return this.#time.runNs;
  }

  get hardwareDelay100ns(): number {
    const { fifoBytes, chipsetDelay100ns, codecDelay100ns } = this.latency;
    const fifo100ns = (fifoBytes * 1e7) / (this.frameBytes * this.pin.format.rateHz);
    return Math.round(fifo100ns) + chipsetDelay100ns + codecDelay100ns;
  }

  notify(handle: number): void {
    if (this.drive === 'timer') return;
    this.pin.check('REGISTER_NOTIFICATION_EVENT', this.pin.registerNotificationEvent(handle));
    this.#eventHandle = handle;
  }

  silence(): void {
    fillSilence(this.pin.home.ram, this.format, this.buffer);
  }

  /** Only a stream with packets needs telling. */
  packetWritten(packet: number): boolean {
    if (this.drive !== 'packets' || !this.isRender) return true;
    const status = this.pin.setWritePacket(packet, 0, 0);
    if (status === STATUS_DATA_LATE_ERROR || status === STATUS_DATA_OVERRUN) return false;
    this.pin.check('SETWRITEPACKET', status);
    return true;
  }

  run(): void {
    const { pin } = this;
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    this.#time.run();
    this.#progress.start();
  }

  pause(): void {
    this.pin.check('PAUSE', this.pin.setState(KSSTATE.PAUSE));
    this.#progress.read();
    this.#time.pause();
  }

  stop(): void {
    const status = this.pin.setState(KSSTATE.STOP);
    if (status !== STATUS_DEVICE_REMOVED) this.pin.check('STOP', status);
    this.#time.pause();
    this.#progress = this.#fromStart();
  }

  close(): void {
    if (this.pin.isClosed) return;
    // Events are unregistered from a stopped stream; one that is gone has stopped already.
    this.pin.setState(KSSTATE.STOP);
    if (this.#eventHandle !== 0) this.pin.unregisterNotificationEvent(this.#eventHandle);
    this.pin.close();
    this.#filter.close();
  }

  /** From PACKETCOUNT. */
  packetCount(): number {
    const answer = this.pin.tryPacketCount();
    this.pin.check('PACKETCOUNT', answer.status);
    return answer.count;
  }

  doneFrames(): number {
    return this.movedFrames();
  }

  /** The buffer is never empty: a client that is late finds its position overtaken instead. */
  takeStarvedFrames(): number {
    return 0;
  }

  heardFrames(): number {
    return this.movedFrames() - this.heldFrames;
  }

  movedFrames(): number {
    this.#progress.read();
    return Math.floor(this.#progress.frames);
  }

  #fromStart(): DeviceProgress {
    const { rateHz } = this.pin.format;
    const { bufferFrames, frameBytes } = this;
    return new DeviceProgress(this.#time, this.#position, rateHz, frameBytes, bufferFrames);
  }
}

function allocate(
  pin: KsPin,
  request: EnginePinRequest,
): { buffer: BufferView; drive: StreamDrive } {
  const periodBytes = request.periodFrames * pin.frameBytes;
  const canNotify = request.drive !== 'timer' && notifies(pin);
  const bytes = periodBytes * (canNotify ? NOTIFICATIONS : request.timerPeriods);
  const { status, buffer } = canNotify
    ? pin.tryAllocateBufferWithNotification(bytes, NOTIFICATIONS)
    : pin.tryAllocateBuffer(bytes);
  if (!ntSuccess(status) || buffer === null) {
    throw new KsError(`requesting a cyclic buffer of ${bytes} bytes`, status);
  }
  if (buffer.actualBytes < bytes) throw new SmallBufferError(bytes, buffer.actualBytes);
  if (!canNotify) return { buffer, drive: 'timer' };
  const hasPackets =
    request.drive === 'packets' && request.isRender && ntSuccess(pin.tryPacketCount().status);
  return { buffer, drive: hasPackets ? 'packets' : 'events' };
}

/** A driver that knows no such property cannot notify either. */
function notifies(pin: KsPin): boolean {
  try {
    return pin.queryNotificationSupport();
  } catch (error) {
    if (error instanceof KsError) return false;
    throw error;
  }
}
