/**
 * The WaveRT miniport: tells what the wave filter looks like, which formats its pin takes, and
 * makes a stream for each open pin. Source: IMiniportWaveRT, IMiniport::DataRangeIntersection.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import {
  ComObject,
  type DeviceDescription,
  IID_IMiniportWaveRT,
  type IMiniportWaveRT,
  type IMiniportWaveRTStream,
  type IPortWaveRTStream,
  PCIBus,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { KSDATARANGE } from '../../standards/ks/formats.ts';
import { waveDataFormatBytes, writeWaveDataFormat } from '../../standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { LARGEST_BUFFER_BYTES } from './buffer-size.ts';
import { type HdaAdapter, OWNER, type Playback } from './hda-adapter.ts';
import { intersectRanges } from './range-intersection.ts';
import { readPlayableFormat } from './stream-format.ts';
import { describeWaveFilter, WAVE_PIN } from './wave-filter.ts';
import { HdaWaveStream } from './wave-stream.ts';

/** All methods at PASSIVE_LEVEL. */
export class HdaWaveMiniport extends ComObject implements IMiniportWaveRT {
  readonly #wdk: Wdk;
  readonly #adapter: HdaAdapter;
  readonly #playback: Playback;
  readonly #description: PcFilterDescriptor;

  constructor(wdk: Wdk, adapter: HdaAdapter, playback: Playback) {
    super(wdk, OWNER, 'HD Audio wave miniport', [IID_IMiniportWaveRT]);
    adapter.addRef();
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#playback = playback;
    this.#description = describeWaveFilter(playback.capabilities);
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
    if (pinId !== WAVE_PIN.STREAM) return STATUS_NO_MATCH;
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
    if (pin !== WAVE_PIN.STREAM || capture) return STATUS_INVALID_PARAMETER;
    const format = readPlayableFormat(this.#wdk, dataFormat, this.#playback.capabilities);
    if (format === null) return STATUS_NO_MATCH;
    const engine = this.#adapter.acquireEngine();
    if (engine === null) return STATUS_INSUFFICIENT_RESOURCES;
    if (!engine.reset()) {
      this.#adapter.releaseEngine(engine);
      return STATUS_DEVICE_NOT_READY;
    }
    const parts = { adapter: this.#adapter, playback: this.#playback, portStream, engine };
    stream.value = new HdaWaveStream(this.#wdk, parts, format);
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

  /** A range in memory ends where its first word says. */
  #rangeAt(address: VirtualAddress): DataView {
    const bytes = this.#wdk.viewAt(address, KSDATARANGE.size).getUint32(0, true);
    return this.#wdk.viewAt(address, Math.max(bytes, KSDATARANGE.size));
  }
}
