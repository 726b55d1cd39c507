/**
 * A WaveRT stream: one channel and its cyclic buffer. Notification is offered only on a part that
 * interrupts at packets. While the stream runs the client is on its own, but for the position; a
 * channel that cannot loop is kept going by the adapter's service.
 * Source: IMiniportWaveRTStream, IMiniportWaveRTStreamNotification, IPowerNotify,
 * KSRTAUDIO_HWLATENCY.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import {
  type Kevent,
  type Mdl,
  type MEMORY_CACHING_TYPE,
  MmCached,
  type POWER_STATE,
  PowerDeviceD0,
} from '../../kernel/ddi/index.ts';
import {
  ComObject,
  IID_IMiniportWaveRTStream,
  IID_IMiniportWaveRTStreamNotification,
  IID_IPowerNotify,
  type IMiniportWaveRTStreamNotification,
  type InterfaceId,
  type IPortWaveRTStream,
  type IPowerNotify,
  type KsAudioPosition,
  type KsRtAudioHwLatency,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../../standards/pcm/format.ts';
import { CyclicBuffer } from './cyclic-buffer.ts';
import type { DmaChannel } from './dma-channel.ts';
import { NotificationEvents } from './notification-events.ts';
import { OWNER, type SimpleDmaAdapter, type StartedDevice } from './simple-dma-adapter.ts';
import { readFormat } from './wave-format.ts';

export interface WaveStreamParts {
  readonly adapter: SimpleDmaAdapter;
  readonly device: StartedDevice;
  readonly portStream: IPortWaveRTStream;
  /** Lent by the adapter; the stream gives it back. */
  readonly channel: DmaChannel;
}

/** "Mid-point and end" is the most that a client may ask for. */
const MOST_NOTIFICATIONS = 2;

/** All methods but GetPosition at PASSIVE_LEVEL. */
export class SimpleDmaWaveStream
  extends ComObject
  implements IMiniportWaveRTStreamNotification, IPowerNotify
{
  readonly #wdk: Wdk;
  readonly #parts: WaveStreamParts;
  readonly #events: NotificationEvents;
  #format: PcmFormat;
  #frameBytes: number;
  #buffer: CyclicBuffer | null = null;
  #state: KSSTATE = KSSTATE.STOP;
  /** Where DMA goes on when the device has its power back; null while it has it. */
  #sleptAt: number | null = null;
  /** Where the stream stood before its FIFO lost what it held: what is told until it runs again. */
  readonly #before: KsAudioPosition = { playOffset: 0, writeOffset: 0 };
  #tellsBefore = false;

  constructor(wdk: Wdk, parts: WaveStreamParts, format: PcmFormat) {
    const { interruptsAtPackets } = parts.device.capabilities;
    const iid = interruptsAtPackets
      ? IID_IMiniportWaveRTStreamNotification
      : IID_IMiniportWaveRTStream;
    super(wdk, OWNER, 'simple DMA wave stream', [iid, IID_IPowerNotify as InterfaceId<unknown>]);
    parts.adapter.addRef();
    parts.portStream.addRef();
    this.#wdk = wdk;
    this.#parts = parts;
    this.#events = new NotificationEvents(wdk);
    this.#format = format;
    this.#frameBytes = frameBytes(format);
    parts.channel.listener = { packetsCompleted: () => this.#events.signal() };
    this.#program();
  }

  /**
   * Changes the format in STOP. STATUS_INVALID_PARAMETER above STOP, for a format that the channel
   * does not take, and for one whose frames do not divide the buffer.
   */
  setFormat(dataFormat: VirtualAddress): NtStatus {
    if (this.#state !== KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    const { channel, device } = this.#parts;
    const format = readFormat(this.#wdk, dataFormat, device.capabilities, channel.isCapture);
    if (format === null) return STATUS_INVALID_PARAMETER;
    const bytes = frameBytes(format);
    const { bytes: bufferBytes, packetBytes } = this.#buffer ?? { bytes: 0, packetBytes: 0 };
    if (bufferBytes % bytes !== 0 || packetBytes % bytes !== 0) return STATUS_INVALID_PARAMETER;
    this.#format = format;
    this.#frameBytes = bytes;
    this.#program();
    return STATUS_SUCCESS;
  }

  /**
   * Upwards one step at a time: STATUS_INVALID_DEVICE_STATE for more and for RUN without a buffer.
   * Downwards everything succeeds.
   */
  setState(state: KSSTATE): NtStatus {
    if (state > this.#state + 1) return STATUS_INVALID_DEVICE_STATE;
    if (state > this.#state && state === KSSTATE.RUN) {
      if (this.#buffer === null) return STATUS_INVALID_DEVICE_STATE;
      this.#tellsBefore = false;
      this.#parts.channel.run();
      this.#parts.device.service.channelsChanged();
    }
    if (this.#state === KSSTATE.RUN && state !== KSSTATE.RUN) this.#halt();
    if (this.#state !== KSSTATE.STOP && state === KSSTATE.STOP) this.#stop();
    this.#state = state;
    return STATUS_SUCCESS;
  }

  /**
   * Memory is where DMA is; the converter is one FIFO behind it (playback) or before it (capture),
   * and the FIFO tells how much it holds. Any IRQL up to DISPATCH_LEVEL; allocates nothing.
   */
  getPosition(position: KsAudioPosition): NtStatus {
    if (this.#tellsBefore) {
      position.playOffset = this.#before.playOffset;
      position.writeOffset = this.#before.writeOffset;
      return STATUS_SUCCESS;
    }
    position.playOffset = 0;
    position.writeOffset = 0;
    const bufferBytes = this.#buffer?.bytes ?? 0;
    if (bufferBytes === 0) return STATUS_SUCCESS;
    const { channel } = this.#parts;
    const fifoBytes = channel.fifoLevel * this.#frameBytes;
    const memory = channel.memoryOffset % bufferBytes;
    // A FIFO may hold more than one lap of a very small buffer.
    const behind = bufferBytes - (fifoBytes % bufferBytes);
    const converter = channel.isCapture ? memory + fifoBytes : memory + behind;
    position.playOffset = converter % bufferBytes;
    position.writeOffset = memory;
    return STATUS_SUCCESS;
  }

  /**
   * An engine without power forgets everything, so the stream puts it back to where it stood. What
   * the FIFO held of a playback stream is fetched again; of a capture stream it is lost.
   */
  powerChangeNotify(state: POWER_STATE): void {
    if (state !== PowerDeviceD0) {
      if (this.#sleptAt !== null) return;
      this.getPosition(this.#before);
      this.#tellsBefore = true;
      const { playOffset, writeOffset } = this.#before;
      this.#sleptAt = this.#parts.channel.isCapture ? writeOffset : playOffset;
      return;
    }
    const offset = this.#sleptAt ?? 0;
    this.#sleptAt = null;
    this.#program();
    if (offset > 0) this.#parts.channel.seek(offset);
  }

  /** See CyclicBuffer.allocate; STATUS_INVALID_DEVICE_REQUEST while there is a buffer already. */
  allocateAudioBuffer(
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    const status = this.#allocate(requestedSize, 0, audioBufferMdl, actualSize);
    if (!ntSuccess(status)) return status;
    offsetFromFirstPage.value = 0;
    // Bus masters on PCI see what is in the processor's caches.
    cacheType.value = MmCached;
    return STATUS_SUCCESS;
  }

  /** The engine forgets the buffer first: its pages are somebody else's from now on. */
  freeAudioBuffer(_audioBufferMdl: Mdl | null, _bufferSize: number): void {
    if (this.#state === KSSTATE.RUN) this.#halt();
    const buffer = this.#buffer;
    if (buffer === null) return;
    this.#buffer = null;
    this.#program();
    buffer.free();
  }

  /**
   * The same with `notificationCount` packets in the buffer. STATUS_UNSUCCESSFUL for a count that
   * is neither 1 nor 2.
   */
  allocateBufferWithNotification(
    notificationCount: number,
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    audioBufferMdl.value = null;
    if (notificationCount < 1 || notificationCount > MOST_NOTIFICATIONS) return STATUS_UNSUCCESSFUL;
    const status = this.#allocate(requestedSize, notificationCount, audioBufferMdl, actualSize);
    if (!ntSuccess(status)) return status;
    offsetFromFirstPage.value = 0;
    cacheType.value = MmCached;
    return STATUS_SUCCESS;
  }

  freeBufferWithNotification(audioBufferMdl: Mdl | null, bufferSize: number): void {
    this.freeAudioBuffer(audioBufferMdl, bufferSize);
  }

  registerNotificationEvent(notificationEvent: Kevent): NtStatus {
    return this.#events.add(notificationEvent);
  }

  unregisterNotificationEvent(notificationEvent: Kevent): NtStatus {
    return this.#events.remove(notificationEvent);
  }

  /** What lies between memory and jack. Converters without a pipeline, on a bus without packets. */
  getHWLatency(hwLatency: KsRtAudioHwLatency): void {
    const { channel, device } = this.#parts;
    const { captureHoldFrames, fifoFrames } = device.capabilities;
    const frames = channel.isCapture ? captureHoldFrames : fifoFrames;
    hwLatency.fifoSize = frames * this.#frameBytes;
    hwLatency.chipsetDelay = 0;
    hwLatency.codecDelay = 0;
  }

  /** The registers lie on one page with those that a client must not reach. */
  getPositionRegister(): NtStatus {
    return STATUS_NOT_SUPPORTED;
  }

  /** The part has no clock register. */
  getClockRegister(): NtStatus {
    return STATUS_NOT_SUPPORTED;
  }

  protected override destroy(): void {
    this.setState(KSSTATE.STOP);
    this.freeAudioBuffer(null, 0);
    const { adapter, channel, portStream } = this.#parts;
    channel.listener = null;
    adapter.releaseChannel(channel);
    portStream.release();
    adapter.release();
  }

  #allocate(
    requestedSize: number,
    notificationCount: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
  ): NtStatus {
    audioBufferMdl.value = null;
    if (this.#buffer !== null) return STATUS_INVALID_DEVICE_REQUEST;
    const { device, portStream } = this.#parts;
    const out = new Out<CyclicBuffer | null>(null);
    const status = CyclicBuffer.allocate(out, this.#wdk, portStream, device.capabilities, {
      bytes: requestedSize,
      frameBytes: this.#frameBytes,
      notificationCount,
    });
    const buffer = out.value;
    if (!ntSuccess(status) || buffer === null) return status;
    this.#buffer = buffer;
    this.#program();
    audioBufferMdl.value = buffer.mdl;
    actualSize.value = buffer.bytes;
    return STATUS_SUCCESS;
  }

  #halt(): void {
    const { channel, device } = this.#parts;
    channel.pause();
    device.service.channelsChanged();
  }

  /** Back to where a new stream is. What was lost is worth a line. */
  #stop(): void {
    const { channel } = this.#parts;
    if (channel.xruns > 0) {
      const what = channel.isCapture ? 'overruns' : 'underruns';
      this.#wdk.DbgPrint(`${OWNER}: ${channel.xruns} ${what}, ${channel.lostFrames} frames lost`);
    }
    this.#tellsBefore = false;
    // A stream that stops in its sleep wakes at the beginning.
    if (this.#sleptAt !== null) this.#sleptAt = 0;
    this.#program();
  }

  #program(): void {
    this.#parts.channel.program(this.#format, this.#buffer);
  }
}
