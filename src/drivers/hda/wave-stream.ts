/**
 * A WaveRT stream: one DMA engine, its cyclic buffer, and the codec's path while it is in use.
 * Memory and engine are set up before RUN; after that the client and the hardware meet in the
 * buffer, and this object is asked for nothing but the position.
 * Source: IMiniportWaveRTStream, KSSTATE, KSRTAUDIO_HWLATENCY, KSRTAUDIO_HWREGISTER.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { type Mdl, type MEMORY_CACHING_TYPE, MmWriteCombined } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  IID_IMiniportWaveRTStream,
  type IMiniportWaveRTStream,
  type IPortWaveRTStream,
  type KsAudioPosition,
  type KsRtAudioHwLatency,
  type KsRtAudioHwRegister,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  HDA_ALIAS_BASE,
  HDA_ALIAS_REGISTERS,
  HDA_WALL_CLOCK_HZ,
} from '../../standards/hda/index.ts';
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
import { CyclicBuffer } from './cyclic-buffer.ts';
import { type HdaAdapter, OWNER, type Playback } from './hda-adapter.ts';
import type { StreamEngine } from './stream-engine.ts';
import { type PlayableFormat, readPlayableFormat } from './stream-format.ts';
import { StreamPosition } from './stream-position.ts';

export interface WaveStreamParts {
  readonly adapter: HdaAdapter;
  readonly playback: Playback;
  readonly portStream: IPortWaveRTStream;
  /** Just reset; the stream gives it back. */
  readonly engine: StreamEngine;
}

/** 1 us in units of 100 ns: a bound for a PCI Express controller's way to memory. */
const CHIPSET_DELAY = 10;
const TICKS_PER_SECOND = 10_000_000;
const REGISTER_BITS = 32;

/** All methods but GetPosition at PASSIVE_LEVEL. */
export class HdaWaveStream extends ComObject implements IMiniportWaveRTStream {
  readonly #wdk: Wdk;
  readonly #parts: WaveStreamParts;
  readonly #engine: StreamEngine;
  readonly #position = new StreamPosition();
  #format: PlayableFormat;
  #buffer: CyclicBuffer | null = null;
  #state: KSSTATE = KSSTATE.STOP;

  constructor(wdk: Wdk, parts: WaveStreamParts, format: PlayableFormat) {
    super(wdk, OWNER, 'HD Audio wave stream', [IID_IMiniportWaveRTStream]);
    parts.adapter.addRef();
    parts.portStream.addRef();
    this.#wdk = wdk;
    this.#parts = parts;
    this.#engine = parts.engine;
    this.#format = format;
    this.#program();
  }

  /**
   * Changes the format in STOP. STATUS_INVALID_PARAMETER above STOP, for a format that cannot be
   * played, and for one whose frames do not divide the buffer.
   */
  setFormat(dataFormat: VirtualAddress): NtStatus {
    if (this.#state !== KSSTATE.STOP) return STATUS_INVALID_PARAMETER;
    const { capabilities } = this.#parts.playback;
    const format = readPlayableFormat(this.#wdk, dataFormat, capabilities);
    if (format === null) return STATUS_INVALID_PARAMETER;
    const bufferBytes = this.#buffer?.bytes ?? 0;
    if (bufferBytes % frameBytes(format.pcm) !== 0) return STATUS_INVALID_PARAMETER;
    this.#format = format;
    this.#program();
    return STATUS_SUCCESS;
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

  /** Any IRQL up to DISPATCH_LEVEL; reads one register and allocates nothing. */
  getPosition(position: KsAudioPosition): NtStatus {
    this.#position.report(this.#engine.linkPosition, position);
    return STATUS_SUCCESS;
  }

  /** See CyclicBuffer.allocate; STATUS_INVALID_DEVICE_REQUEST while there is a buffer already. */
  allocateAudioBuffer(
    requestedSize: number,
    audioBufferMdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offsetFromFirstPage: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    audioBufferMdl.value = null;
    if (this.#buffer !== null) return STATUS_INVALID_DEVICE_REQUEST;
    const { adapter, portStream } = this.#parts;
    const out = new Out<CyclicBuffer | null>(null);
    const status = CyclicBuffer.allocate(
      out,
      this.#wdk,
      portStream,
      requestedSize,
      frameBytes(this.#format.pcm),
      adapter.highAddress,
    );
    const buffer = out.value;
    if (!ntSuccess(status) || buffer === null) return status;
    this.#buffer = buffer;
    this.#program();
    audioBufferMdl.value = buffer.mdl;
    actualSize.value = buffer.bytes;
    offsetFromFirstPage.value = 0;
    // The controller may read memory past the processor's caches (KSRTAUDIO_BUFFER).
    cacheType.value = MmWriteCombined;
    return STATUS_SUCCESS;
  }

  /**
   * The engine is stopped first, in case the port is out of order, and reset, so that it does not
   * name pages that are somebody else's from now on.
   */
  freeAudioBuffer(_audioBufferMdl: Mdl | null, _bufferSize: number): void {
    if (this.#state === KSSTATE.RUN) this.#halt();
    const buffer = this.#buffer;
    if (buffer === null) return;
    this.#buffer = null;
    this.#engine.reset();
    buffer.free();
    this.#program();
  }

  getHWLatency(hwLatency: KsRtAudioHwLatency): void {
    const { delayFrames } = this.#parts.playback;
    hwLatency.fifoSize = this.#engine.fifoBytes;
    hwLatency.chipsetDelay = CHIPSET_DELAY;
    hwLatency.codecDelay = Math.round((delayFrames * TICKS_PER_SECOND) / this.#format.pcm.rateHz);
  }

  /**
   * The copy of SDnLPIB on the page that holds nothing else. It counts whole frames, so a reading
   * is never wrong by more than one. STATUS_NOT_SUPPORTED when the BAR has no such page.
   */
  getPositionRegister(register: KsRtAudioHwRegister): NtStatus {
    if (this.#parts.adapter.registers?.hasAliasPage !== true) return STATUS_NOT_SUPPORTED;
    register.register = this.#engine.linkPositionAlias;
    register.width = REGISTER_BITS;
    register.accuracy = frameBytes(this.#format.pcm);
    return STATUS_SUCCESS;
  }

  /**
   * The copy of WALCLK: the link's bit clock, which the converters' sample clocks are made from,
   * so position and clock never drift apart. Every tick of it is counted, hence accuracy 1.
   */
  getClockRegister(register: KsRtAudioHwRegister): NtStatus {
    const { registers } = this.#parts.adapter;
    if (registers?.hasAliasPage !== true) return STATUS_NOT_SUPPORTED;
    const offset = HDA_ALIAS_BASE + HDA_ALIAS_REGISTERS.WALCLKA.offset;
    register.register = registers.addressOf(offset);
    register.width = REGISTER_BITS;
    register.numerator = HDA_WALL_CLOCK_HZ;
    register.denominator = 1;
    register.accuracy = 1;
    return STATUS_SUCCESS;
  }

  protected override destroy(): void {
    this.setState(KSSTATE.STOP);
    this.freeAudioBuffer(null, 0);
    const { adapter, portStream, engine } = this.#parts;
    adapter.releaseEngine(engine);
    portStream.release();
    adapter.release();
  }

  #stepUp(state: KSSTATE): NtStatus {
    if (state > this.#state + 1) return STATUS_INVALID_DEVICE_STATE;
    if (state === KSSTATE.ACQUIRE) {
      const { converter, stripe } = this.#format.words;
      const { channels } = this.#format.pcm;
      const { tag } = this.#engine;
      const { path } = this.#parts.playback;
      const isOpen = path.open({ converterFormat: converter, stripe, tag, channels });
      return isOpen ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
    }
    if (state === KSSTATE.RUN) {
      if (this.#buffer === null) return STATUS_INVALID_DEVICE_STATE;
      this.#engine.run();
    }
    return STATUS_SUCCESS;
  }

  /** DMA ends. An engine that does not say so is reset, which costs the position but ends it. */
  #halt(): void {
    if (this.#engine.pause()) return;
    this.#engine.reset();
    this.#program();
  }

  /** Back to where a new stream is: position 0, and the converter free. */
  #stop(): void {
    this.#engine.reset();
    this.#program();
    this.#parts.playback.path.close();
  }

  /** Puts format and buffer into an engine that stands at 0. */
  #program(): void {
    const engine = this.#engine;
    engine.setFormat(this.#format.words.link, this.#format.words.stripe);
    if (this.#buffer !== null) engine.setBuffer(this.#buffer);
    const codecBytes = this.#parts.playback.delayFrames * frameBytes(this.#format.pcm);
    this.#position.reset(this.#buffer?.bytes ?? 0, engine.fifoBytes, codecBytes);
  }
}
