/**
 * The WavePci miniport: the same wave filter, and a stream with a service group of its own for each
 * open pin. The engines have 32 bits of address; what lies above is copied through bounce slots, so
 * no DMA channel is asked for. Source: IMiniportWavePci.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import {
  ComObject,
  type IDmaChannel,
  IID_IMiniportWavePci,
  type IMiniportWavePci,
  type IMiniportWavePciStream,
  type IPortWavePci,
  type IPortWavePciStream,
  type IResourceList,
  type IServiceGroup,
  type IUnknown,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { Ac97Adapter, StartedDevice } from './ac97-adapter.ts';
import { BounceSlots } from './bounce-slots.ts';
import { DescriptorPage } from './descriptor-page.ts';
import { OWNER } from './owner.ts';
import { describeWaveFilter, WAVE_PIN } from './wave-filter.ts';
import { readFormat, refuseMono } from './wave-format.ts';
import { Ac97WavePciStream } from './wavepci-stream.ts';

/** All methods but Service at PASSIVE_LEVEL. */
export class Ac97WavePciMiniport extends ComObject implements IMiniportWavePci {
  readonly #wdk: Wdk;
  readonly #adapter: Ac97Adapter;
  readonly #device: StartedDevice;
  readonly #description: PcFilterDescriptor;
  /** Without a reference: the port holds the miniport, and would never go. */
  #port: IPortWavePci | null = null;

  constructor(wdk: Wdk, adapter: Ac97Adapter, device: StartedDevice) {
    super(wdk, OWNER, "AC'97 WavePci miniport", [IID_IMiniportWavePci]);
    adapter.addRef();
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#device = device;
    this.#description = describeWaveFilter(wdk, device.codec.hasVariableRate, false);
  }

  /** The filter itself needs no service; its streams have groups of their own. */
  init(
    _adapter: IUnknown | null,
    _resources: IResourceList,
    port: IPortWavePci,
    serviceGroup: Out<IServiceGroup | null>,
  ): NtStatus {
    this.#port = port;
    serviceGroup.value = null;
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
   * STATUS_INSUFFICIENT_RESOURCES when another stream has the engine, or memory is short.
   */
  newStream(
    stream: Out<IMiniportWavePciStream | null>,
    _outerUnknown: IUnknown | null,
    _poolType: number,
    portStream: IPortWavePciStream,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
    dmaChannel: Out<IDmaChannel | null>,
    serviceGroup: Out<IServiceGroup | null>,
  ): NtStatus {
    stream.value = null;
    dmaChannel.value = null;
    serviceGroup.value = null;
    const ownPin = capture ? WAVE_PIN.CAPTURE : WAVE_PIN.PLAYBACK;
    const port = this.#port;
    if (port === null) return STATUS_UNSUCCESSFUL;
    if (pin !== ownPin) return STATUS_INVALID_PARAMETER;
    const { codec, playback, recording } = this.#device;
    const format = readFormat(this.#wdk, dataFormat, codec.hasVariableRate);
    if (format === null) return STATUS_NO_MATCH;
    const engine = capture ? recording : playback;
    const adapter = this.#adapter;
    if (!adapter.acquireEngine(engine)) return STATUS_INSUFFICIENT_RESOURCES;
    const memory = this.#allocate();
    if (memory === null) {
      adapter.releaseEngine(engine);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    const parts = { adapter, codec, engine, port, portStream, ...memory };
    // One reference for the stream, and one for the port.
    memory.group.addRef();
    serviceGroup.value = memory.group;
    stream.value = new Ac97WavePciStream(this.#wdk, parts, format.rateHz);
    return STATUS_SUCCESS;
  }

  /** The filter gave no group, so nobody asks. */
  service(): void {}

  protected override destroy(): void {
    this.#adapter.release();
  }

  /** All of it, or nothing. */
  #allocate(): { page: DescriptorPage; slots: BounceSlots; group: IServiceGroup } | null {
    const page = DescriptorPage.allocate(this.#wdk);
    const slots = BounceSlots.allocate(this.#wdk);
    const out = new Out<IServiceGroup | null>(null);
    this.#wdk.PcNewServiceGroup(out, null);
    const group = out.value;
    if (page !== null && slots !== null && group !== null) return { page, slots, group };
    page?.free();
    slots?.free();
    group?.release();
    return null;
  }
}
