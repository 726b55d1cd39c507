/**
 * The WaveRT miniport: tells what the wave filter looks like and makes a stream for each open pin.
 * Source: IMiniportWaveRT.
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
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { Ac97Adapter, StartedDevice } from './ac97-adapter.ts';
import { LARGEST_BUFFER_BYTES } from './cyclic-buffer.ts';
import { OWNER } from './owner.ts';
import { describeWaveFilter, WAVE_PIN } from './wave-filter.ts';
import { readFormat, refuseMono } from './wave-format.ts';
import { Ac97WaveRtStream } from './wavert-stream.ts';

/** All methods at PASSIVE_LEVEL. */
export class Ac97WaveRtMiniport extends ComObject implements IMiniportWaveRT {
  readonly #wdk: Wdk;
  readonly #adapter: Ac97Adapter;
  readonly #device: StartedDevice;
  readonly #description: PcFilterDescriptor;

  constructor(wdk: Wdk, adapter: Ac97Adapter, device: StartedDevice) {
    super(wdk, OWNER, "AC'97 WaveRT miniport", [IID_IMiniportWaveRT]);
    adapter.addRef();
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#device = device;
    this.#description = describeWaveFilter(wdk, device.codec.hasVariableRate, true);
  }

  /** The adapter came with the constructor, and neither resources nor port are needed later. */
  init(): NtStatus {
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = this.#description;
    return STATUS_SUCCESS;
  }

  dataRangeIntersection(
    _pinId: number,
    dataRange: VirtualAddress,
    _matchingDataRange: VirtualAddress,
    _outputBufferLength: number,
    _resultantFormat: VirtualAddress | null,
    resultantFormatLength: Out<number>,
  ): NtStatus {
    return refuseMono(this.#wdk, dataRange, resultantFormatLength);
  }

  /**
   * A stream in STOP. STATUS_NO_MATCH for a format that the hardware does not take,
   * STATUS_INSUFFICIENT_RESOURCES when another stream has the engine.
   */
  newStream(
    stream: Out<IMiniportWaveRTStream | null>,
    portStream: IPortWaveRTStream,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
  ): NtStatus {
    stream.value = null;
    const ownPin = capture ? WAVE_PIN.CAPTURE : WAVE_PIN.PLAYBACK;
    if (pin !== ownPin) return STATUS_INVALID_PARAMETER;
    const { codec, playback, recording } = this.#device;
    const format = readFormat(this.#wdk, dataFormat, codec.hasVariableRate);
    if (format === null) return STATUS_NO_MATCH;
    const engine = capture ? recording : playback;
    const adapter = this.#adapter;
    if (!adapter.acquireEngine(engine)) return STATUS_INSUFFICIENT_RESOURCES;
    const parts = { adapter, codec, engine };
    stream.value = new Ac97WaveRtStream(this.#wdk, parts, portStream, format.rateHz);
    return STATUS_SUCCESS;
  }

  getDeviceDescription(description: DeviceDescription): NtStatus {
    description.master = true;
    description.scatterGather = true;
    description.dma32BitAddresses = true;
    description.dma64BitAddresses = false;
    description.interfaceType = PCIBus;
    description.maximumLength = LARGEST_BUFFER_BYTES;
    return STATUS_SUCCESS;
  }

  protected override destroy(): void {
    this.#adapter.release();
  }
}
