/**
 * A WaveRT stream: one DMA engine and its cyclic buffer. While it runs, the service routine keeps
 * the engine's list open, and sets the client's events where packets end. Source:
 * IMiniportWaveRTStream, IMiniportWaveRTStreamNotification, IPowerNotify, KSRTAUDIO_HWLATENCY.
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
  IID_IMiniportWaveRTStreamNotification,
  IID_IPowerNotify,
  type IMiniportWaveRTStreamNotification,
  type InterfaceId,
  type InterruptSyncRoutine,
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
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { CyclicBuffer } from './cyclic-buffer.ts';
import type { EngineListener } from './dma-engine.ts';
import { NotificationEvents } from './notification-events.ts';
import { OWNER } from './owner.ts';
import {
  CAPTURE_HOLD_FRAMES,
  converterBytes,
  FIFO_BYTES,
  FRAME_BYTES,
  readFormat,
} from './wave-format.ts';
import type { WaveStreamParts } from './wave-stream-parts.ts';

/** "Mid-point and end" is the most that a client may ask for. */
const MOST_NOTIFICATIONS = 2;

/** All methods but GetPosition at PASSIVE_LEVEL. */
export class Ac97WaveRtStream
  extends ComObject
  implements IMiniportWaveRTStreamNotification, IPowerNotify, EngineListener
{
  readonly #wdk: Wdk;
  readonly #parts: WaveStreamParts;
  readonly #portStream: IPortWaveRTStream;
  readonly #events: NotificationEvents;
  readonly #follow: InterruptSyncRoutine;
  #rateHz: number;
  #buffer: CyclicBuffer | null = null;
  #state: KSSTATE = KSSTATE.STOP;
  /** Packets that the events were set for. */
  #served = 0;
  /** Byte of the stream at which DMA goes on when the power is back; null while it is there. */
  #sleptAt: number | null = null;

  constructor(wdk: Wdk, parts: WaveStreamParts, portStream: IPortWaveRTStream, rateHz: number) {
    super(wdk, OWNER, "AC'97 WaveRT stream", [
      IID_IMiniportWaveRTStreamNotification,
      IID_IPowerNotify as InterfaceId<unknown>,
    ]);
    parts.adapter.addRef();
    portStream.addRef();
    this.#wdk = wdk;
    this.#parts = parts;
    this.#portStream = portStream;
    this.#rateHz = rateHz;
    this.#events = new NotificationEvents(wdk);
    this.#follow = () => {
      this.#buffer?.ring.follow();
      return STATUS_SUCCESS;
    };
    parts.engine.listener = this;
  }

  /** Changes the format in STOP. STATUS_INVALID_PARAMETER above STOP, and for one it has not. */
  setFormat(dataFormat: VirtualAddress): NtStatus {
    if (this.#state !== KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    const format = readFormat(this.#wdk, dataFormat, this.#parts.codec.hasVariableRate);
    if (format === null) return STATUS_INVALID_PARAMETER;
    this.#rateHz = format.rateHz;
    return STATUS_SUCCESS;
  }

  /**
   * Upwards one step at a time: STATUS_INVALID_DEVICE_STATE for more and for RUN without a buffer,
   * STATUS_DEVICE_NOT_READY when the codec does not take the rate. Downwards everything succeeds.
   */
  setState(state: KSSTATE): NtStatus {
    if (state > this.#state) {
      const status = this.#stepUp(state);
      if (!ntSuccess(status)) return status;
    }
    if (this.#state === KSSTATE.RUN && state !== KSSTATE.RUN) this.#parts.engine.pause();
    if (this.#state !== KSSTATE.STOP && state === KSSTATE.STOP) this.#load(0);
    this.#state = state;
    return STATUS_SUCCESS;
  }

  /**
   * Memory is where DMA is. The DAC is a FIFO behind it, once as much has been fetched; the ADC is
   * before it by what stays in the FIFO. Any IRQL up to DISPATCH_LEVEL; allocates nothing.
   */
  getPosition(position: KsAudioPosition): NtStatus {
    position.playOffset = 0;
    position.writeOffset = 0;
    const buffer = this.#buffer;
    if (buffer === null) return STATUS_SUCCESS;
    const { processedBytesNow, startByte } = buffer.ring;
    const converter = converterBytes(processedBytesNow, startByte, this.#parts.engine.isCapture);
    position.writeOffset = processedBytesNow % buffer.bytes;
    position.playOffset = converter % buffer.bytes;
    return STATUS_SUCCESS;
  }

  /**
   * An engine without power forgets everything, so the stream puts it back to where it stood. What
   * the FIFO held of a playback stream is fetched again; of a capture stream it is lost.
   */
  powerChangeNotify(state: POWER_STATE): void {
    const { engine } = this.#parts;
    if (state === PowerDeviceD0) {
      const start = this.#sleptAt ?? 0;
      this.#sleptAt = null;
      this.#load(start);
      return;
    }
    if (this.#sleptAt !== null || this.#buffer === null) return;
    this.#parts.adapter.synchronize(this.#follow);
    const { processedBytes, startByte } = this.#buffer.ring;
    this.#sleptAt = engine.isCapture
      ? processedBytes
      : converterBytes(processedBytes, startByte, false);
  }

  /** See CyclicBuffer.allocate; STATUS_INVALID_DEVICE_REQUEST while there is a buffer already. */
  allocateAudioBuffer(
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    const status = this.#allocate(requestedSize, 0);
    return this.#answer(status, audioBufferMdl, actualSize, offsetFromFirstPage, cacheType);
  }

  /** The same with packets. STATUS_UNSUCCESSFUL for a count that is neither 1 nor 2. */
  allocateBufferWithNotification(
    notificationCount: number,
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    const isCount = notificationCount >= 1 && notificationCount <= MOST_NOTIFICATIONS;
    const status = isCount ? this.#allocate(requestedSize, notificationCount) : STATUS_UNSUCCESSFUL;
    return this.#answer(status, audioBufferMdl, actualSize, offsetFromFirstPage, cacheType);
  }

  /** The engine forgets the buffer first: its pages are somebody else's from now on. */
  freeAudioBuffer(_audioBufferMdl: Mdl | null, _bufferSize: number): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    this.#parts.engine.reset();
    this.#buffer = null;
    buffer.free();
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

  /** What lies between memory and jack: converters without a pipeline, on a bus without packets. */
  getHWLatency(hwLatency: KsRtAudioHwLatency): void {
    const { isCapture } = this.#parts.engine;
    hwLatency.fifoSize = isCapture ? CAPTURE_HOLD_FRAMES * FRAME_BYTES : FIFO_BYTES;
    hwLatency.chipsetDelay = 0;
    hwLatency.codecDelay = 0;
  }

  /** CIV and PICB are no position that a client could read. */
  getPositionRegister(): NtStatus {
    return STATUS_NOT_SUPPORTED;
  }

  /** The controller has no clock register. */
  getClockRegister(): NtStatus {
    return STATUS_NOT_SUPPORTED;
  }

  /** The list stays open. At device level; allocates nothing. */
  interrupted(): void {
    const buffer = this.#buffer;
    if (buffer === null) return;
    buffer.ring.follow();
    buffer.ring.extend();
  }

  afterInterrupt(): void {
    const packets = this.#buffer?.ring.packets ?? 0;
    if (packets === this.#served) return;
    this.#served = packets;
    if (this.#state === KSSTATE.RUN) this.#events.signal();
  }

  protected override destroy(): void {
    this.setState(KSSTATE.STOP);
    this.freeAudioBuffer(null, 0);
    const { adapter, engine } = this.#parts;
    adapter.releaseEngine(engine);
    this.#portStream.release();
    adapter.release();
  }

  #stepUp(state: KSSTATE): NtStatus {
    if (state > this.#state + 1) return STATUS_INVALID_DEVICE_STATE;
    const { codec, engine } = this.#parts;
    if (state === KSSTATE.ACQUIRE && !codec.setRate(engine.isCapture, this.#rateHz)) {
      return STATUS_DEVICE_NOT_READY;
    }
    if (state === KSSTATE.RUN) {
      if (this.#buffer === null) return STATUS_INVALID_DEVICE_STATE;
      this.#buffer.ring.run();
    }
    return STATUS_SUCCESS;
  }

  #allocate(requestedSize: number, packets: number): NtStatus {
    if (this.#buffer !== null) return STATUS_INVALID_DEVICE_REQUEST;
    const out = new Out<CyclicBuffer | null>(null);
    const { engine } = this.#parts;
    const status = CyclicBuffer.allocate(
      out,
      this.#wdk,
      this.#portStream,
      engine,
      requestedSize,
      packets,
    );
    this.#buffer = out.value;
    if (ntSuccess(status)) this.#load(0);
    return status;
  }

  #answer(
    status: NtStatus,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    audioBufferMdl.value = null;
    if (!ntSuccess(status) || this.#buffer === null) return status;
    audioBufferMdl.value = this.#buffer.mdl;
    actualSize.value = this.#buffer.bytes;
    offsetFromFirstPage.value = 0;
    // Bus masters on PCI see what is in the processor's caches.
    cacheType.value = MmCached;
    return status;
  }

  /** Puts the engine where byte `start` of the stream comes next. */
  #load(start: number): void {
    this.#parts.engine.reset();
    const buffer = this.#buffer;
    if (buffer === null) return;
    buffer.ring.load(start, buffer.bytes);
    buffer.ring.packets = 0;
    this.#served = 0;
  }
}
