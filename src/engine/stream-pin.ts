/**
 * A WaveRT pin as the audio engine holds one: opened with the device's format, with a cyclic
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
import { StreamTime } from './stream-time.ts';

/** What tells a client that a period is over, the best first. */
export type StreamDrive = 'packets' | 'events' | 'timer';

export interface StreamPinRequest {
  readonly symbolicLink: string;
  readonly pinId: number;
  readonly isRender: boolean;
  readonly format: PcmFormat;
  readonly periodFrames: number;
  /** Periods in the cyclic buffer of a timer-driven stream; notifying ones have two. */
  readonly timerPeriods: number;
  /** The best drive to use; the driver may offer less. */
  readonly drive: StreamDrive;
}

const NS_PER_TICK = 100;
/** Mid-point and end: the buffer is two packets. */
const NOTIFICATIONS = 2;
const UNSIGNED_SILENCE = 0x80;

export class StreamPin {
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
  readonly #time: StreamTime;
  readonly #filter: KsFilter;
  readonly #position: PositionSource;
  #progress: DeviceProgress;
  #eventHandle = 0;

  private constructor(
    kernel: Kernel,
    filter: KsFilter,
    pin: KsPin,
    request: StreamPinRequest,
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
    this.#position = request.isRender
      ? registerPosition(pin, kernel.ioSpace, buffer.actualBytes, fifoBytes)
      : propertyPosition(pin);
    this.#progress = this.#fromStart();
  }

  /**
   * Opens filter, pin and buffer. @throws KsError when the driver stack refuses, SmallBufferError
   * when it returns a buffer smaller than it was asked for
   */
  static open(kernel: Kernel, home: ClientHome, request: StreamPinRequest): StreamPin {
    const filter = KsFilter.open(home, request.symbolicLink);
    let pin: KsPin | null = null;
    try {
      pin = filter.openPin(request.pinId, request.format);
      const { buffer, drive } = allocate(pin, request);
      return new StreamPin(kernel, filter, pin, request, buffer, drive);
    } catch (error) {
      pin?.close();
      filter.close();
      throw error;
    }
  }

  /** When the stream entered RUN; later by as long as the machine has slept since. */
  get runNs(): number {
    return this.#time.runNs;
  }

  /** Time of the hardware between memory and endpoint, in 100 ns. */
  get hardwareDelay100ns(): number {
    const { fifoBytes, chipsetDelay100ns, codecDelay100ns } = this.latency;
    const fifo100ns = (fifoBytes * 1e7) / (this.frameBytes * this.pin.format.rateHz);
    return Math.round(fifo100ns) + chipsetDelay100ns + codecDelay100ns;
  }

  /** From now on the driver sets the event behind `handle` at the end of each packet. */
  notify(handle: number): void {
    if (this.drive === 'timer') return;
    this.pin.check('REGISTER_NOTIFICATION_EVENT', this.pin.registerNotificationEvent(handle));
    this.#eventHandle = handle;
  }

  /** Fills the buffer with silence: nothing of an earlier run is heard again. */
  silence(): void {
    const { address, actualBytes } = this.buffer;
    const silentByte = this.pin.format.containerBits === 8 ? UNSIGNED_SILENCE : 0;
    this.pin.home.ram.bytes.fill(silentByte, address, address + actualBytes);
  }

  /**
   * Tells a packet stream which packet lies in the buffer; other streams need no telling. False
   * when the driver found it too late or too early, so that the packet count has to be asked.
   */
  packetWritten(packet: number): boolean {
    if (this.drive !== 'packets' || !this.isRender) return true;
    const status = this.pin.setWritePacket(packet, 0, 0);
    if (status === STATUS_DATA_LATE_ERROR || status === STATUS_DATA_OVERRUN) return false;
    this.pin.check('SETWRITEPACKET', status);
    return true;
  }

  /** @throws KsError when the device does not run */
  run(): void {
    const { pin } = this;
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
    this.#time.run();
    this.#progress.start();
  }

  /** The position freezes; `run` goes on from there. @throws KsError */
  pause(): void {
    this.pin.check('PAUSE', this.pin.setState(KSSTATE.PAUSE));
    this.#progress.read();
    this.#time.pause();
  }

  /** The position is 0 again. A device that is gone has nothing to stop. */
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

  /** Packets that the device is done with, from PACKETCOUNT. @throws KsError */
  packetCount(): number {
    const answer = this.pin.tryPacketCount();
    this.pin.check('PACKETCOUNT', answer.status);
    return answer.count;
  }

  /** Frames that the device has fetched from the buffer, or stored in it, since position 0. */
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
  request: StreamPinRequest,
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
