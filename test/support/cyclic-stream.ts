/**
 * A WaveCyclic stream over one engine of the simple DMA device, a part that loops by itself and
 * interrupts at a threshold: the engine goes round the common buffer of the DMA channel and
 * notifies the port every interval. What a test may bend is in its answers.
 */
import type { VirtualAddress } from '../../src/base/brand.ts';
import type { Out } from '../../src/base/out.ts';
import type { DmaChannel } from '../../src/drivers/simple-dma/dma-channel.ts';
import type { SimpleDmaAdapter } from '../../src/drivers/simple-dma/simple-dma-adapter.ts';
import { readFormat } from '../../src/drivers/simple-dma/wave-format.ts';
import {
  ComObject,
  type IDmaChannel,
  IID_IMiniportWaveCyclicStream,
  IID_IPowerNotify,
  type IMiniportWaveCyclicStream,
  type InterfaceId,
  type IPowerNotify,
  type IServiceGroup,
  type POWER_STATE,
  PowerDeviceD0,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import { KSSTATE, ksStateName } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';

const MS_PER_SECOND = 1000;
const TICKS_PER_SECOND = 10_000_000;

/** What a test may have the stream answer instead. */
export interface CyclicStreamAnswers {
  setState?: (state: KSSTATE) => NtStatus;
  setFormat?: (format: VirtualAddress) => NtStatus;
  /** The offset as the hardware says, and what the stream tells instead. */
  position?: (offset: number) => number;
  frameSize?: (bytes: number) => number;
  /** Notifications are lost for as long as it says so. */
  isDeaf?: () => boolean;
}

export interface CyclicStreamParts {
  readonly adapter: SimpleDmaAdapter;
  readonly engine: DmaChannel;
  readonly channel: IDmaChannel;
  /** Null leaves the port to its own timer. */
  readonly group: IServiceGroup | null;
  readonly notify: (group: IServiceGroup) => void;
  readonly calls: string[];
  readonly answers: CyclicStreamAnswers;
}

export class CyclicStream extends ComObject implements IMiniportWaveCyclicStream, IPowerNotify {
  readonly parts: CyclicStreamParts;
  readonly #wdk: Wdk;
  #format: PcmFormat;
  #notificationBytes = 0;
  #state: KSSTATE = KSSTATE.STOP;
  /** Where the engine goes on when the device has its power back; null while it has it. */
  #sleptAt: number | null = null;

  constructor(wdk: Wdk, parts: CyclicStreamParts, format: PcmFormat) {
    super(wdk, 'cyclic', 'cyclic stream', [
      IID_IMiniportWaveCyclicStream as InterfaceId<unknown>,
      IID_IPowerNotify as InterfaceId<unknown>,
    ]);
    this.#wdk = wdk;
    this.parts = parts;
    this.#format = format;
    parts.adapter.addRef();
    parts.channel.addRef();
    parts.group?.addRef();
    parts.engine.listener = {
      packetsCompleted: () => {
        const isDeaf = parts.answers.isDeaf?.() === true;
        if (parts.group !== null && !isDeaf) parts.notify(parts.group);
      },
    };
  }

  setFormat(dataFormat: VirtualAddress): NtStatus {
    this.parts.calls.push('SetFormat');
    const { adapter, answers, engine } = this.parts;
    const refused = answers.setFormat?.(dataFormat);
    if (refused !== undefined && !ntSuccess(refused)) return refused;
    const capabilities = adapter.device?.capabilities;
    if (capabilities === undefined) return STATUS_INVALID_PARAMETER;
    const format = readFormat(this.#wdk, dataFormat, capabilities, engine.isCapture);
    if (format === null) return STATUS_INVALID_PARAMETER;
    this.#format = format;
    return STATUS_SUCCESS;
  }

  setNotificationFreq(interval: number, frameSize: Out<number>): number {
    this.parts.calls.push(`SetNotificationFreq ${interval}`);
    const frames = Math.floor((this.#format.rateHz * interval) / MS_PER_SECOND);
    const bytes = frames * frameBytes(this.#format);
    this.#notificationBytes = this.parts.answers.frameSize?.(bytes) ?? bytes;
    frameSize.value = this.#notificationBytes;
    // A port has no use for the value, so any will do.
    return 77;
  }

  setState(state: KSSTATE): NtStatus {
    this.parts.calls.push(`SetState ${ksStateName(state)}`);
    const { answers, engine } = this.parts;
    const status = answers.setState?.(state) ?? STATUS_SUCCESS;
    if (!ntSuccess(status)) return status;
    if (state === KSSTATE.ACQUIRE && this.#state === KSSTATE.STOP) this.#program();
    if (state === KSSTATE.RUN) engine.run();
    if (this.#state === KSSTATE.RUN) engine.pause();
    if (state === KSSTATE.STOP) engine.reset();
    this.#state = state;
    return STATUS_SUCCESS;
  }

  /** The converter is one FIFO behind memory (playback) or before it (capture). */
  getPosition(position: Out<number>): NtStatus {
    const { answers } = this.parts;
    position.value = answers.position?.(this.#offset) ?? this.#offset;
    return STATUS_SUCCESS;
  }

  get #offset(): number {
    const { channel, engine } = this.parts;
    const bufferBytes = channel.bufferSize();
    const fifoBytes = engine.fifoLevel * frameBytes(this.#format);
    const memory = engine.memoryOffset % bufferBytes;
    const converter = engine.isCapture ? memory + fifoBytes : memory + bufferBytes - fifoBytes;
    return converter % bufferBytes;
  }

  normalizePhysicalPosition(position: Out<number>): NtStatus {
    const frames = position.value / frameBytes(this.#format);
    position.value = Math.floor((frames * TICKS_PER_SECOND) / this.#format.rateHz);
    return STATUS_SUCCESS;
  }

  /** Samples of 16 bits and more: silence is zero. */
  silence(buffer: VirtualAddress, byteCount: number): void {
    this.parts.calls.push(`Silence ${byteCount}`);
    this.#wdk.RtlZeroMemory(buffer, byteCount);
  }

  /** An engine without power forgets everything, so the stream puts it back to where it stood. */
  powerChangeNotify(state: POWER_STATE): void {
    if (state !== PowerDeviceD0) {
      this.#sleptAt ??= this.#offset;
      return;
    }
    const offset = this.#sleptAt;
    this.#sleptAt = null;
    if (offset === null || this.#state === KSSTATE.STOP) return;
    this.#program();
    if (offset > 0) this.parts.engine.seek(offset);
  }

  #program(): void {
    const { channel, engine } = this.parts;
    engine.program(this.#format, {
      bytes: channel.bufferSize(),
      dmaAddress: channel.physicalAddress(),
      packetBytes: this.#notificationBytes,
    });
  }

  protected override destroy(): void {
    const { adapter, channel, engine, group } = this.parts;
    this.parts.calls.push('~stream');
    engine.listener = null;
    adapter.releaseChannel(engine);
    channel.release();
    group?.release();
    adapter.release();
  }
}
