/**
 * A WaveCyclic stream: the engine goes round the common buffer of a DMA channel, which the port
 * fills and empties, and notifies it whenever an interval has passed. Source:
 * IMiniportWaveCyclicStream, IDmaChannel, IPowerNotify.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import { type POWER_STATE, PowerDeviceD0 } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  type IDmaChannel,
  IID_IMiniportWaveCyclicStream,
  IID_IPowerNotify,
  type IMiniportWaveCyclicStream,
  type InterfaceId,
  type InterruptSyncRoutine,
  type IPortWaveCyclic,
  type IPowerNotify,
  type IServiceGroup,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { cutRun } from './buffer-pieces.ts';
import type { DescriptorPage } from './descriptor-page.ts';
import { DescriptorRing } from './descriptor-ring.ts';
import type { EngineListener } from './dma-engine.ts';
import { OWNER } from './owner.ts';
import { bytesAsTicks, converterBytes, FRAME_BYTES, readFormat } from './wave-format.ts';
import type { WaveStreamParts } from './wave-stream-parts.ts';

const MS_PER_SECOND = 1_000;

/** What a WaveCyclic stream has beside adapter, codec and engine. References go to the stream. */
export interface WaveCyclicStreamParts extends WaveStreamParts {
  readonly port: IPortWaveCyclic;
  readonly channel: IDmaChannel;
  readonly group: IServiceGroup;
  readonly page: DescriptorPage;
}

export class Ac97WaveCyclicStream
  extends ComObject
  implements IMiniportWaveCyclicStream, IPowerNotify, EngineListener
{
  readonly #wdk: Wdk;
  readonly #parts: WaveCyclicStreamParts;
  readonly #follow: InterruptSyncRoutine;
  #rateHz: number;
  #intervalBytes = 0;
  /** Null in STOP: until then the port may change the size of the buffer. */
  #ring: DescriptorRing | null = null;
  #bufferBytes = 0;
  #state: KSSTATE = KSSTATE.STOP;
  /** Byte of the stream at which DMA goes on when the power is back; null while it is there. */
  #sleptAt: number | null = null;

  constructor(wdk: Wdk, parts: WaveCyclicStreamParts, rateHz: number) {
    super(wdk, OWNER, "AC'97 WaveCyclic stream", [
      IID_IMiniportWaveCyclicStream as InterfaceId<unknown>,
      IID_IPowerNotify as InterfaceId<unknown>,
    ]);
    parts.adapter.addRef();
    this.#wdk = wdk;
    this.#parts = parts;
    this.#rateHz = rateHz;
    this.#follow = () => {
      this.#ring?.follow();
      return STATUS_SUCCESS;
    };
    parts.engine.listener = this;
  }

  /** STATUS_INVALID_PARAMETER above STOP, and for a format that the hardware has not. */
  setFormat(dataFormat: VirtualAddress): NtStatus {
    if (this.#state !== KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    const format = readFormat(this.#wdk, dataFormat, this.#parts.codec.hasVariableRate);
    if (format === null) return STATUS_INVALID_PARAMETER;
    this.#rateHz = format.rateHz;
    return STATUS_SUCCESS;
  }

  /** The interval in milliseconds, as it is; FrameSize is its whole frames. PASSIVE_LEVEL. */
  setNotificationFreq(interval: number, frameSize: Out<number>): number {
    const frames = Math.max(1, Math.floor((this.#rateHz * interval) / MS_PER_SECOND));
    this.#intervalBytes = frames * FRAME_BYTES;
    frameSize.value = this.#intervalBytes;
    return interval;
  }

  /**
   * Upwards one step at a time: STATUS_INVALID_DEVICE_STATE for more, STATUS_DEVICE_NOT_READY when
   * the codec does not take the rate. Downwards everything succeeds. PASSIVE_LEVEL.
   */
  setState(state: KSSTATE): NtStatus {
    if (state > this.#state) {
      const status = this.#stepUp(state);
      if (!ntSuccess(status)) return status;
    }
    const { engine } = this.#parts;
    if (this.#state === KSSTATE.RUN && state !== KSSTATE.RUN) engine.pause();
    if (this.#state !== KSSTATE.STOP && state === KSSTATE.STOP) {
      engine.reset();
      this.#ring = null;
    }
    this.#state = state;
    return STATUS_SUCCESS;
  }

  /** Where in the buffer the converter is. IRQL <= DISPATCH_LEVEL; allocates nothing. */
  getPosition(position: Out<number>): NtStatus {
    position.value = this.#bufferBytes === 0 ? 0 : this.#position % this.#bufferBytes;
    return STATUS_SUCCESS;
  }

  normalizePhysicalPosition(physicalPosition: Out<number>): NtStatus {
    physicalPosition.value = bytesAsTicks(physicalPosition.value, this.#rateHz);
    return STATUS_SUCCESS;
  }

  /** Samples of 16 bits: silence is zero. Any IRQL. */
  silence(buffer: VirtualAddress, byteCount: number): void {
    this.#wdk.RtlZeroMemory(buffer, byteCount);
  }

  /** An engine without power forgets everything, so the stream puts it back to where it stood. */
  powerChangeNotify(state: POWER_STATE): void {
    if (state !== PowerDeviceD0) {
      if (this.#ring !== null) this.#sleptAt ??= this.#restartByte;
      return;
    }
    const start = this.#sleptAt;
    this.#sleptAt = null;
    if (start === null || this.#ring === null) return;
    this.#parts.engine.reset();
    this.#ring.load(start, this.#bufferBytes);
  }

  /** The list stays open, and the port copies. At device level; allocates nothing. */
  interrupted(): void {
    const ring = this.#ring;
    if (ring === null) return;
    const before = ring.packets;
    ring.follow();
    ring.extend();
    if (ring.packets !== before) this.#parts.port.notify(this.#parts.group);
  }

  afterInterrupt(): void {}

  protected override destroy(): void {
    this.setState(KSSTATE.STOP);
    const { adapter, channel, engine, group, page } = this.#parts;
    engine.reset();
    adapter.releaseEngine(engine);
    page.free();
    channel.release();
    group.release();
    adapter.release();
  }

  #stepUp(state: KSSTATE): NtStatus {
    if (state > this.#state + 1) return STATUS_INVALID_DEVICE_STATE;
    const { codec, engine } = this.#parts;
    if (state === KSSTATE.ACQUIRE) {
      if (!codec.setRate(engine.isCapture, this.#rateHz)) return STATUS_DEVICE_NOT_READY;
      this.#program();
    }
    if (state === KSSTATE.RUN) this.#ring?.run();
    return STATUS_SUCCESS;
  }

  #program(): void {
    const { channel, engine, page } = this.#parts;
    this.#bufferBytes = channel.bufferSize();
    const pieces = cutRun(channel.physicalAddress(), this.#bufferBytes, this.#intervalBytes);
    this.#ring = new DescriptorRing(engine, page, pieces);
    engine.reset();
    this.#ring.load(0, this.#bufferBytes);
  }

  get #position(): number {
    const ring = this.#ring;
    if (ring === null) return 0;
    const { adapter, engine } = this.#parts;
    adapter.synchronize(this.#follow);
    return converterBytes(ring.processedBytes, ring.startByte, engine.isCapture);
  }

  /** What a playback FIFO held is fetched again; what one of a recording held is lost. */
  get #restartByte(): number {
    const position = this.#position;
    if (!this.#parts.engine.isCapture) return position;
    return this.#ring?.processedBytes ?? 0;
  }
}
