/**
 * The WaveRT miniport: tells what the wave filter looks like, which formats and modes its pins
 * take, and makes a stream for each open pin. Source: IMiniportWaveRT,
 * IMiniport::DataRangeIntersection, IMiniportAudioSignalProcessing.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Guid } from '../../base/guid.ts';
import type { Out } from '../../base/out.ts';
import {
  ComObject,
  type DeviceDescription,
  IID_IMiniportAudioSignalProcessing,
  IID_IMiniportWaveRT,
  type IMiniportAudioSignalProcessing,
  type IMiniportWaveRT,
  type IMiniportWaveRTStream,
  type IPortWaveRTStream,
  PCIBus,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { KSDATARANGE } from '../../standards/ks/formats.ts';
import {
  AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
  AUDIO_SIGNALPROCESSINGMODE_RAW,
} from '../../standards/ks/topology-controls.ts';
import { waveDataFormatBytes, writeWaveDataFormat } from '../../standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { LARGEST_BUFFER_BYTES } from './buffer-size.ts';
import { HdaCaptureStream } from './capture-stream.ts';
import type { CodecSide } from './codec-sides.ts';
import { waveFormatProposal } from './format-proposal.ts';
import type { HdaAdapter } from './hda-adapter.ts';
import { OWNER } from './owner.ts';
import { intersectRanges } from './range-intersection.ts';
import { HdaRenderStream } from './render-stream.ts';
import { readPlayableFormat } from './stream-format.ts';
import { describeWaveFilter, WAVE_PIN } from './wave-filter.ts';

/** Nothing here processes sound, so both modes are the same: what is written is played. */
const MODES: readonly Guid[] = [AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW];

/** All methods at PASSIVE_LEVEL. */
export class HdaWaveMiniport
  extends ComObject
  implements IMiniportWaveRT, IMiniportAudioSignalProcessing
{
  readonly #wdk: Wdk;
  readonly #adapter: HdaAdapter;
  readonly #playback: CodecSide;
  readonly #recording: CodecSide | null;
  readonly #description: PcFilterDescriptor;

  constructor(wdk: Wdk, adapter: HdaAdapter, playback: CodecSide, recording: CodecSide | null) {
    super(wdk, OWNER, 'HD Audio wave miniport', [
      IID_IMiniportWaveRT,
      IID_IMiniportAudioSignalProcessing,
    ]);
    adapter.addRef();
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#playback = playback;
    this.#recording = recording;
    const captured = recording?.capabilities ?? null;
    const proposal = waveFormatProposal(wdk, (pin) => this.#sideOf(pin)?.capabilities ?? null);
    this.#description = describeWaveFilter(playback.capabilities, captured, {
      properties: [proposal],
    });
  }

  /** The adapter came with the constructor, and neither resources nor port are needed later. */
  init(): NtStatus {
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = this.#description;
    return STATUS_SUCCESS;
  }

  /**
   * The best common format. STATUS_NO_MATCH when there is none, STATUS_BUFFER_OVERFLOW when only
   * the size is asked for, STATUS_BUFFER_TOO_SMALL when there is too little room.
   */
  dataRangeIntersection(
    pinId: number,
    dataRange: VirtualAddress,
    matchingDataRange: VirtualAddress,
    outputBufferLength: number,
    resultantFormat: VirtualAddress | null,
    resultantFormatLength: Out<number>,
  ): NtStatus {
    resultantFormatLength.value = 0;
    if (this.#sideOf(pinId) === null) return STATUS_NO_MATCH;
    const format = intersectRanges(this.#rangeAt(dataRange), this.#rangeAt(matchingDataRange));
    if (format === null) return STATUS_NO_MATCH;
    const bytes = waveDataFormatBytes(format);
    resultantFormatLength.value = bytes;
    if (outputBufferLength === 0) return STATUS_BUFFER_OVERFLOW;
    if (outputBufferLength < bytes || resultantFormat === null) return STATUS_BUFFER_TOO_SMALL;
    writeWaveDataFormat(this.#wdk.viewAt(resultantFormat, bytes), 0, format);
    return STATUS_SUCCESS;
  }

  /**
   * A stream in STOP. STATUS_NO_MATCH for a format that the hardware cannot play,
   * STATUS_INSUFFICIENT_RESOURCES when every engine is in use, STATUS_DEVICE_NOT_READY when the
   * engine does not reset.
   */
  newStream(
    stream: Out<IMiniportWaveRTStream | null>,
    portStream: IPortWaveRTStream,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
  ): NtStatus {
    stream.value = null;
    const side = this.#sideOf(pin);
    if (side === null || capture !== side.isCapture) return STATUS_INVALID_PARAMETER;
    const format = readPlayableFormat(this.#wdk, dataFormat, side.capabilities);
    if (format === null) return STATUS_NO_MATCH;
    const adapter = this.#adapter;
    const engine = adapter.acquireEngine(capture);
    if (engine === null) return STATUS_INSUFFICIENT_RESOURCES;
    if (!engine.reset()) {
      adapter.releaseEngine(engine);
      return STATUS_DEVICE_NOT_READY;
    }
    const Stream = capture ? HdaCaptureStream : HdaRenderStream;
    stream.value = new Stream(this.#wdk, { adapter, side, portStream, engine }, format);
    return STATUS_SUCCESS;
  }

  /**
   * The modes of a streaming pin. STATUS_INVALID_PARAMETER for a pin that is not there,
   * STATUS_NOT_SUPPORTED for a bridge pin, STATUS_BUFFER_TOO_SMALL with too little room.
   */
  getModes(pin: number, signalProcessingModes: Guid[] | null, count: Out<number>): NtStatus {
    if (pin >= this.#description.pins.length) return STATUS_INVALID_PARAMETER;
    if (this.#sideOf(pin) === null) return STATUS_NOT_SUPPORTED;
    const room = count.value;
    count.value = MODES.length;
    if (signalProcessingModes === null) return STATUS_SUCCESS;
    if (room < MODES.length) return STATUS_BUFFER_TOO_SMALL;
    for (const [index, mode] of MODES.entries()) signalProcessingModes[index] = mode;
    return STATUS_SUCCESS;
  }

  getDeviceDescription(description: DeviceDescription): NtStatus {
    description.master = true;
    description.scatterGather = true;
    description.dma32BitAddresses = true;
    description.dma64BitAddresses = this.#adapter.is64Bit;
    description.interfaceType = PCIBus;
    description.maximumLength = LARGEST_BUFFER_BYTES;
    return STATUS_SUCCESS;
  }

  protected override destroy(): void {
    this.#adapter.release();
  }

  /** The side that a streaming pin belongs to; null for any other pin. */
  #sideOf(pin: number): CodecSide | null {
    if (pin === WAVE_PIN.STREAM) return this.#playback;
    return pin === WAVE_PIN.CAPTURE ? this.#recording : null;
  }

  /** A range in memory ends where its first word says. */
  #rangeAt(address: VirtualAddress): DataView {
    const bytes = this.#wdk.viewAt(address, KSDATARANGE.size).getUint32(0, true);
    return this.#wdk.viewAt(address, Math.max(bytes, KSDATARANGE.size));
  }
}
