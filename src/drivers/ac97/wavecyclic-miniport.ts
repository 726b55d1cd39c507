/**
 * The WaveCyclic miniport: the same wave filter, and a stream with a common buffer below 4 GiB and a
 * service group for each open pin. Source: IMiniportWaveCyclic, IPortWaveCyclic.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import {
  ComObject,
  type IDmaChannel,
  IID_IMiniportWaveCyclic,
  type IMiniportWaveCyclic,
  type IMiniportWaveCyclicStream,
  type IPortWaveCyclic,
  type IResourceList,
  type IServiceGroup,
  type IUnknown,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { Ac97Adapter, StartedDevice } from './ac97-adapter.ts';
import { DescriptorPage } from './descriptor-page.ts';
import { OWNER } from './owner.ts';
import { describeWaveFilter, WAVE_PIN } from './wave-filter.ts';
import { readFormat, refuseMono } from './wave-format.ts';
import { Ac97WaveCyclicStream } from './wavecyclic-stream.ts';

/** 100 ms at 48 kHz, ten of the port's intervals; the port uses whole intervals of it. */
const BUFFER_BYTES = 19_200;
/** For a width or speed of DMA that does not matter: (DMA_WIDTH)(-1). */
const NOT_USED = -1;

/** All methods at PASSIVE_LEVEL. */
export class Ac97WaveCyclicMiniport extends ComObject implements IMiniportWaveCyclic {
  readonly #wdk: Wdk;
  readonly #adapter: Ac97Adapter;
  readonly #device: StartedDevice;
  readonly #description: PcFilterDescriptor;
  /** Without a reference: the port holds the miniport, and would never go. */
  #port: IPortWaveCyclic | null = null;

  constructor(wdk: Wdk, adapter: Ac97Adapter, device: StartedDevice) {
    super(wdk, OWNER, "AC'97 WaveCyclic miniport", [IID_IMiniportWaveCyclic]);
    adapter.addRef();
    this.#wdk = wdk;
    this.#adapter = adapter;
    this.#device = device;
    this.#description = describeWaveFilter(wdk, device.codec.hasVariableRate, false);
  }

  init(_adapter: IUnknown | null, _resources: IResourceList, port: IPortWaveCyclic): NtStatus {
    this.#port = port;
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
    stream: Out<IMiniportWaveCyclicStream | null>,
    _outerUnknown: IUnknown | null,
    _poolType: number,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
    dmaChannel: Out<IDmaChannel | null>,
    serviceGroup: Out<IServiceGroup | null>,
  ): NtStatus {
    const port = this.#port;
    if (port === null) return STATUS_UNSUCCESSFUL;
    if (pin !== (capture ? WAVE_PIN.CAPTURE : WAVE_PIN.PLAYBACK)) return STATUS_INVALID_PARAMETER;
    const { codec, playback, recording } = this.#device;
    const format = readFormat(this.#wdk, dataFormat, codec.hasVariableRate);
    if (format === null) return STATUS_NO_MATCH;
    const engine = capture ? recording : playback;
    const adapter = this.#adapter;
    if (!adapter.acquireEngine(engine)) return STATUS_INSUFFICIENT_RESOURCES;
    const memory = this.#allocate(port);
    if (memory === null) {
      adapter.releaseEngine(engine);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    // One reference of each for the stream, and one for the port.
    memory.channel.addRef();
    memory.group.addRef();
    dmaChannel.value = memory.channel;
    serviceGroup.value = memory.group;
    const parts = { adapter, codec, engine, port, ...memory };
    stream.value = new Ac97WaveCyclicStream(this.#wdk, parts, format.rateHz);
    return STATUS_SUCCESS;
  }

  protected override destroy(): void {
    this.#adapter.release();
  }

  /** All of it, or nothing. */
  #allocate(
    port: IPortWaveCyclic,
  ): { page: DescriptorPage; channel: IDmaChannel; group: IServiceGroup } | null {
    const page = DescriptorPage.allocate(this.#wdk);
    const channel = new Out<IDmaChannel | null>(null);
    port.newMasterDmaChannel(channel, null, null, BUFFER_BYTES, true, false, NOT_USED, NOT_USED);
    const group = new Out<IServiceGroup | null>(null);
    this.#wdk.PcNewServiceGroup(group, null);
    const isBuffered =
      channel.value !== null && ntSuccess(channel.value.allocateBuffer(BUFFER_BYTES, null));
    if (page !== null && channel.value !== null && isBuffered && group.value !== null) {
      return { page, channel: channel.value, group: group.value };
    }
    page?.free();
    channel.value?.release();
    group.value?.release();
    return null;
  }
}
