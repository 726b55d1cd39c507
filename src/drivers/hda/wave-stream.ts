/**
 * A WaveRT stream: one DMA engine, its cyclic buffer, and the codec's path while it is in use.
 * Memory and engine are set up before RUN; after that the client and the hardware meet in the
 * buffer, and this object is asked for nothing but the position, and notifies where it was asked
 * to. Source: IMiniportWaveRTStream, IMiniportWaveRTStreamNotification, KSSTATE.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { roundUp } from '../../base/struct.ts';
import {
  type Kevent,
  type Mdl,
  type MEMORY_CACHING_TYPE,
  MmWriteCombined,
  type POWER_STATE,
  PowerDeviceD0,
} from '../../kernel/ddi/index.ts';
import {
  ComObject,
  IID_IMiniportWaveRTStreamNotification,
  IID_IPowerNotify,
  type IMiniportWaveRTStreamNotification,
  type InterfaceId,
  type IPortWaveRTStream,
  type IPowerNotify,
  type KsAudioPosition,
  type KsRtAudioHwLatency,
  type KsRtAudioHwRegister,
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
} from '../../standards/nt/ntstatus.ts';
import { frameBytes } from '../../standards/pcm/format.ts';
import { windEngine } from './adapter-power.ts';
import type { CodecSide } from './codec-sides.ts';
import { CyclicBuffer } from './cyclic-buffer.ts';
import type { HdaAdapter } from './hda-adapter.ts';
import { NotificationSink } from './notification-sink.ts';
import { OWNER } from './owner.ts';
import { PacketCounter } from './packet-counter.ts';
import type { StreamEngine } from './stream-engine.ts';
import { type PlayableFormat, readPlayableFormat } from './stream-format.ts';
import { StreamPosition } from './stream-position.ts';
import { describeClockRegister, describePositionRegister } from './stream-registers.ts';

export interface WaveStreamParts {
  readonly adapter: HdaAdapter;
  readonly side: CodecSide;
  readonly portStream: IPortWaveRTStream;
  /** Just reset; the stream gives it back. */
  readonly engine: StreamEngine;
}

/** 1 us in units of 100 ns: a bound for a PCI Express controller's way to memory. */
const CHIPSET_DELAY = 10;
const TICKS_PER_SECOND = 10_000_000;
/** One signal at the end of the buffer, or one at its middle too. */
const MOST_NOTIFICATIONS = 2;

/** All methods but GetPosition at PASSIVE_LEVEL. */
export abstract class HdaWaveStream
  extends ComObject
  implements IMiniportWaveRTStreamNotification, IPowerNotify
{
  protected readonly wdk: Wdk;
  protected readonly parts: WaveStreamParts;
  protected readonly packets = new PacketCounter();
  protected readonly sink: NotificationSink;
  protected buffer: CyclicBuffer | null = null;
  /** Whether the stream ran since it stood at 0. */
  protected hasRun = false;
  readonly #engine: StreamEngine;
  readonly #position: StreamPosition;
  #format: PlayableFormat;
  #state: KSSTATE = KSSTATE.STOP;
  /** Where the engine stood when the device lost its power; null while it has some. */
  #sleptAt: number | null = null;

  /** @param packetInterface the packet interface of the stream's direction */
  constructor(
    wdk: Wdk,
    parts: WaveStreamParts,
    format: PlayableFormat,
    packetInterface: InterfaceId<unknown>,
  ) {
    super(wdk, OWNER, 'HD Audio wave stream', [
      IID_IMiniportWaveRTStreamNotification,
      packetInterface,
      IID_IPowerNotify as InterfaceId<unknown>,
    ]);
    parts.adapter.addRef();
    parts.portStream.addRef();
    this.wdk = wdk;
    this.parts = parts;
    this.sink = new NotificationSink(wdk, this.packets);
    this.#engine = parts.engine;
    this.#engine.packets = this.packets;
    this.#position = new StreamPosition(parts.side.isCapture);
    this.#format = format;
    this.#program();
  }

  /**
   * Changes the format in STOP. STATUS_INVALID_PARAMETER above STOP, for a format that the
   * hardware has not, and for one whose frames do not divide the buffer's packets.
   */
  setFormat(dataFormat: VirtualAddress): NtStatus {
    if (this.#state !== KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    const format = readPlayableFormat(this.wdk, dataFormat, this.parts.side.capabilities);
    if (format === null) return STATUS_INVALID_PARAMETER;
    const { bytes = 0, packets = 0 } = this.buffer ?? {};
    const packetBytes = bytes / Math.max(1, packets);
    if (packetBytes % frameBytes(format.pcm) !== 0) return STATUS_INVALID_PARAMETER;
    const previous = this.#format;
    this.#format = format;
    this.#program();
    if (packets === 0 || packetBytes >= this.#fifoBytes) return STATUS_SUCCESS;
    this.#format = previous;
    this.#program();
    return STATUS_INVALID_PARAMETER;
  }

  /**
   * Upwards one step at a time: STATUS_INVALID_DEVICE_STATE for more and for RUN without a buffer,
   * STATUS_DEVICE_NOT_READY when the codec does not answer. Downwards everything succeeds.
   */
  setState(state: KSSTATE): NtStatus {
    if (state > this.#state) {
      const status = this.#stepUp(state);
      if (!ntSuccess(status)) return status;
    } else {
      if (this.#state === KSSTATE.RUN && state !== KSSTATE.RUN) this.#halt();
      if (this.#state !== KSSTATE.STOP && state === KSSTATE.STOP) this.#stop();
    }
    this.#state = state;
    return STATUS_SUCCESS;
  }

  /**
   * Before the device sleeps, the codec plays what it holds; afterwards engine and codec are put
   * where they were, with the events and the packets that are counted left alone. PASSIVE_LEVEL.
   */
  powerChangeNotify(state: POWER_STATE): void {
    const { delayFrames, path } = this.parts.side;
    const { rateHz } = this.#format.pcm;
    if (state !== PowerDeviceD0) {
      if (this.#sleptAt !== null) return;
      this.wdk.KeStallExecutionProcessor(Math.ceil((delayFrames * 1_000_000) / rateHz));
      this.#sleptAt = this.linkPosition;
      return;
    }
    const position = this.#sleptAt ?? 0;
    this.#sleptAt = null;
    this.#load();
    // A wound capture engine stores silence over what the client may not have read yet.
    const restore = this.parts.side.isCapture ? this.buffer?.keepSound(this.wdk) : undefined;
    const bytesPerSecond = rateHz * frameBytes(this.#format.pcm);
    if (!windEngine(this.wdk, this.#engine, position, bytesPerSecond)) this.#position.restart();
    restore?.();
    this.#engine.forgetCompleted();
    if (this.#state !== KSSTATE.STOP) path.open(this.#settings());
  }

  /** Any IRQL up to DISPATCH_LEVEL; reads at most one register and allocates nothing. */
  getPosition(position: KsAudioPosition): NtStatus {
    this.#position.report(this.linkPosition, position);
    return STATUS_SUCCESS;
  }

  /** A buffer that notifies nobody. See `#allocate`. */
  allocateAudioBuffer(
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    const status = this.#allocate(0, requestedSize);
    return this.#answer(status, audioBufferMdl, actualSize, offsetFromFirstPage, cacheType);
  }

  /** A buffer of one or two packets; STATUS_INVALID_PARAMETER for more. See `#allocate`. */
  allocateBufferWithNotification(
    notificationCount: number,
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    const isCount = notificationCount >= 1 && notificationCount <= MOST_NOTIFICATIONS;
    const status = isCount
      ? this.#allocate(notificationCount, requestedSize)
      : STATUS_INVALID_PARAMETER;
    return this.#answer(status, audioBufferMdl, actualSize, offsetFromFirstPage, cacheType);
  }

  /**
   * The engine is stopped first, in case the port is out of order, and reset, so that it does not
   * name pages that are somebody else's from now on.
   */
  freeAudioBuffer(_audioBufferMdl: Mdl | null, _bufferSize: number): void {
    if (this.#state === KSSTATE.RUN) this.#halt();
    const { buffer } = this;
    if (buffer === null) return;
    this.stopped();
    this.buffer = null;
    if (buffer.packets > 0) this.parts.adapter.serviceGroup?.removeMember(this.sink);
    if (this.#sleptAt === null) this.#engine.reset();
    buffer.free();
    this.#program();
  }

  freeBufferWithNotification(audioBufferMdl: Mdl | null, bufferSize: number): void {
    this.freeAudioBuffer(audioBufferMdl, bufferSize);
  }

  /** STATUS_NOT_SUPPORTED with a buffer that does not notify. See NotificationSink.register. */
  registerNotificationEvent(notificationEvent: Kevent): NtStatus {
    if (this.packets.packets === 0) return STATUS_NOT_SUPPORTED;
    return this.sink.register(notificationEvent);
  }

  unregisterNotificationEvent(notificationEvent: Kevent): NtStatus {
    return this.sink.unregister(notificationEvent);
  }

  getHWLatency(hwLatency: KsRtAudioHwLatency): void {
    const { delayFrames } = this.parts.side;
    hwLatency.fifoSize = this.#fifoBytes;
    hwLatency.chipsetDelay = CHIPSET_DELAY;
    hwLatency.codecDelay = Math.round((delayFrames * TICKS_PER_SECOND) / this.#format.pcm.rateHz);
  }

  getPositionRegister(register: KsRtAudioHwRegister): NtStatus {
    const { registers } = this.parts.adapter;
    const bytes = frameBytes(this.#format.pcm);
    return describePositionRegister(register, registers, this.#engine, bytes);
  }

  getClockRegister(register: KsRtAudioHwRegister): NtStatus {
    return describeClockRegister(register, this.parts.adapter.registers);
  }

  /**
   * Where the engine is in the buffer. One that has not run since its reset is not asked: there are
   * controllers whose SDnLPIB keeps the place of the last stream until RUN is set. Any IRQL.
   */
  protected get linkPosition(): number {
    return this.hasRun ? this.#engine.linkPosition : 0;
  }

  /** The stream goes back to 0: what a direction keeps of its own ends. PASSIVE_LEVEL. */
  protected stopped(): void {}

  protected override destroy(): void {
    this.setState(KSSTATE.STOP);
    this.freeAudioBuffer(null, 0);
    const { adapter, portStream } = this.parts;
    this.#engine.packets = null;
    adapter.releaseEngine(this.#engine);
    this.sink.release();
    portStream.release();
    adapter.release();
  }

  /** A FIFO need not hold whole frames (3.3.40); positions are told in whole ones. */
  get #fifoBytes(): number {
    return roundUp(this.#engine.fifoBytes, frameBytes(this.#format.pcm));
  }

  /** See CyclicBuffer.allocate; STATUS_INVALID_DEVICE_REQUEST while there is a buffer already. */
  #allocate(packets: number, requestedBytes: number): NtStatus {
    if (this.buffer !== null) return STATUS_INVALID_DEVICE_REQUEST;
    const { adapter, portStream } = this.parts;
    const fifoBytes = this.#fifoBytes;
    const shape = { frameBytes: frameBytes(this.#format.pcm), packets, fifoBytes };
    const out = new Out<CyclicBuffer | null>(null);
    const { highAddress, serviceGroup } = adapter;
    const status = CyclicBuffer.allocate(
      out,
      this.wdk,
      portStream,
      requestedBytes,
      shape,
      highAddress,
    );
    if (!ntSuccess(status)) return status;
    this.buffer = out.value;
    if (packets > 0) serviceGroup?.addMember(this.sink);
    this.#program();
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
    if (!ntSuccess(status) || this.buffer === null) return status;
    audioBufferMdl.value = this.buffer.mdl;
    actualSize.value = this.buffer.bytes;
    offsetFromFirstPage.value = 0;
    // The controller may read memory past the processor's caches (KSRTAUDIO_BUFFER).
    cacheType.value = MmWriteCombined;
    return status;
  }

  #stepUp(state: KSSTATE): NtStatus {
    if (state > this.#state + 1) return STATUS_INVALID_DEVICE_STATE;
    if (state === KSSTATE.ACQUIRE) {
      const isOpen = this.parts.side.path.open(this.#settings());
      return isOpen ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
    }
    if (state === KSSTATE.RUN) {
      if (this.buffer === null) return STATUS_INVALID_DEVICE_STATE;
      this.hasRun = true;
      this.sink.arm();
      this.packets.running(this.linkPosition, this.wdk.KeQueryPerformanceCounter());
      this.#engine.run(this.packets.packets > 0);
    }
    return STATUS_SUCCESS;
  }

  /** DMA ends. An engine that does not say so is reset, which costs the position but ends it. */
  #halt(): void {
    this.sink.disarm();
    if (this.#sleptAt !== null) return;
    if (this.#engine.pause()) {
      this.packets.paused(this.#engine.linkPosition, this.wdk.KeQueryPerformanceCounter());
      return;
    }
    this.#engine.reset();
    this.#program();
  }

  /** Back to where a new stream is: position 0, and the converter free. */
  #stop(): void {
    this.stopped();
    if (this.#sleptAt === null) {
      this.#engine.reset();
      this.parts.side.path.close();
    }
    this.#program();
  }

  #settings() {
    const { converter, stripe } = this.#format.words;
    const { channels } = this.#format.pcm;
    return { converterFormat: converter, stripe, tag: this.#engine.tag, channels };
  }

  /** Puts format and buffer into the registers of an engine that stands at 0. */
  #load(): void {
    this.#engine.setFormat(this.#format.words.link, this.#format.words.stripe);
    if (this.buffer !== null) this.#engine.setBuffer(this.buffer);
  }

  /** The same, for a stream that begins anew; without power it only ends, and needs no engine. */
  #program(): void {
    if (this.#sleptAt !== null) return;
    this.#load();
    const { delayFrames, isCapture } = this.parts.side;
    const fifoBytes = this.#fifoBytes;
    const oneFrame = frameBytes(this.#format.pcm);
    const codecBytes = delayFrames * oneFrame;
    const { bytes: bufferBytes = 0, packets = 0 } = this.buffer ?? {};
    const { rateHz } = this.#format.pcm;
    const layout = { bufferBytes, packets, frameBytes: oneFrame, rateHz, fifoBytes };
    this.#position.reset(bufferBytes, fifoBytes, codecBytes);
    this.packets.reset({ ...layout, codecBytes, isCapture });
    this.hasRun = false;
  }
}
