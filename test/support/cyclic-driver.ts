/**
 * A WaveCyclic driver for the simple DMA device: one filter with a playback and a capture pin. Each
 * stream gets a DMA channel with a common buffer of its own, and a service group that the
 * interrupt notifies.
 */
import type { VirtualAddress } from '../../src/base/brand.ts';
import { OWNER, SimpleDmaAdapter } from '../../src/drivers/simple-dma/simple-dma-adapter.ts';
import { describeWaveFilter } from '../../src/drivers/simple-dma/wave-filter.ts';
import { readFormat } from '../../src/drivers/simple-dma/wave-format.ts';
import {
  CLSID_PortWaveCyclic,
  ComObject,
  type DeviceObject,
  type DriverModule,
  defineDriver,
  type IDmaChannel,
  IID_IMiniportWaveCyclic,
  type IMiniportWaveCyclic,
  type IMiniportWaveCyclicStream,
  type IPort,
  type IPortWaveCyclic,
  type IResourceList,
  type Irp,
  type IServiceGroup,
  type IUnknown,
  Out,
  type PcFilterDescriptor,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NO_MATCH,
  STATUS_NO_SUCH_DEVICE,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { CyclicStream, type CyclicStreamAnswers } from './cyclic-stream.ts';

const NOT_USED = -1;
const LARGEST_BUFFER = 0x4_0000;
const DEFAULT_BUFFER = 19_200;

export interface CyclicAnswers extends CyclicStreamAnswers {
  /** 100 ms at 48 kHz stereo if absent. */
  bufferBytes?: number;
  hasGroup?: boolean;
  /** Replaces the outputs of a NewStream that succeeds. */
  newStream?: (outputs: StreamOutputs) => NtStatus;
}

export interface StreamOutputs {
  readonly stream: Out<IMiniportWaveCyclicStream | null>;
  readonly channel: Out<IDmaChannel | null>;
  readonly group: Out<IServiceGroup | null>;
}

export class CyclicDriver {
  readonly wdk: Wdk;
  readonly answers: CyclicAnswers;
  readonly calls: string[] = [];
  port: IPortWaveCyclic | null = null;
  stream: CyclicStream | null = null;
  device: DeviceObject | null = null;

  constructor(wdk: Wdk, answers: CyclicAnswers) {
    this.wdk = wdk;
    this.answers = answers;
  }

  start(device: DeviceObject, irp: Irp, resources: IResourceList): NtStatus {
    this.device = device;
    const adapter = new SimpleDmaAdapter(this.wdk, 'interrupt');
    let status = adapter.start(resources);
    const out = new Out<IPort | null>(null);
    if (ntSuccess(status)) status = this.wdk.PcNewPort(out, CLSID_PortWaveCyclic);
    const port = out.value;
    if (port !== null) {
      const miniport = new CyclicMiniport(this, adapter);
      status = port.init(device, irp, miniport, adapter, resources);
      miniport.release();
      if (ntSuccess(status)) status = this.wdk.PcRegisterSubdevice(device, 'Wave', port);
      port.release();
    }
    adapter.release();
    return status;
  }
}

export class CyclicMiniport extends ComObject implements IMiniportWaveCyclic {
  readonly #driver: CyclicDriver;
  readonly #adapter: SimpleDmaAdapter;
  #port: IPortWaveCyclic | null = null;

  constructor(driver: CyclicDriver, adapter: SimpleDmaAdapter) {
    super(driver.wdk, OWNER, 'cyclic miniport', [IID_IMiniportWaveCyclic]);
    adapter.addRef();
    this.#driver = driver;
    this.#adapter = adapter;
  }

  init(_adapter: IUnknown | null, _resources: IResourceList, port: IPortWaveCyclic): NtStatus {
    this.#driver.calls.push('Init');
    this.#driver.port = port;
    this.#port = port;
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    const { device } = this.#adapter;
    if (device === null) return STATUS_NO_SUCH_DEVICE;
    const described = describeWaveFilter(device.capabilities);
    const categories = described.categories?.filter((each) => each !== KSCATEGORY_REALTIME) ?? [];
    description.value = { ...described, categories };
    return STATUS_SUCCESS;
  }

  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }

  newStream(
    stream: Out<IMiniportWaveCyclicStream | null>,
    _outerUnknown: IUnknown | null,
    poolType: number,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
    dmaChannel: Out<IDmaChannel | null>,
    serviceGroup: Out<IServiceGroup | null>,
  ): NtStatus {
    const direction = capture ? 'capture' : 'render';
    this.#driver.calls.push(`NewStream ${pin} ${direction} pool ${poolType}`);
    const { device } = this.#adapter;
    if (device === null) return STATUS_NO_SUCH_DEVICE;
    const format = readFormat(this.#driver.wdk, dataFormat, device.capabilities, capture);
    if (format === null) return STATUS_NO_MATCH;
    const engine = capture ? device.capture : device.playback;
    if (!this.#adapter.acquireChannel(engine)) return STATUS_INSUFFICIENT_RESOURCES;
    const channel = this.#newChannel();
    if (channel === null) {
      this.#adapter.releaseChannel(engine);
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    const { answers, calls } = this.#driver;
    const group = answers.hasGroup === false ? null : this.#newGroup();
    const notify = (each: IServiceGroup): void => this.#port?.notify(each);
    const parts = { adapter: this.#adapter, engine, channel, group, notify, calls, answers };
    const made = new CyclicStream(this.#driver.wdk, parts, format);
    this.#driver.stream = made;
    stream.value = made;
    // The stream has references of its own on both; these are the port's.
    dmaChannel.value = channel;
    serviceGroup.value = group;
    const outputs = { stream, channel: dmaChannel, group: serviceGroup };
    return answers.newStream?.(outputs) ?? STATUS_SUCCESS;
  }

  #newChannel(): IDmaChannel | null {
    const out = new Out<IDmaChannel | null>(null);
    this.#port?.newMasterDmaChannel(
      out,
      null,
      null,
      LARGEST_BUFFER,
      true,
      false,
      NOT_USED,
      NOT_USED,
    );
    const channel = out.value;
    const bytes = this.#driver.answers.bufferBytes ?? DEFAULT_BUFFER;
    if (channel === null || bytes === 0) return channel;
    if (ntSuccess(channel.allocateBuffer(bytes, null))) return channel;
    channel.release();
    return null;
  }

  #newGroup(): IServiceGroup | null {
    const out = new Out<IServiceGroup | null>(null);
    this.#driver.wdk.PcNewServiceGroup(out, null);
    return out.value;
  }

  protected override destroy(): void {
    this.#driver.calls.push('~miniport');
    this.#adapter.release();
  }
}

/** The driver module, and the driver it becomes once it is loaded. */
export function cyclicDriver(answers: CyclicAnswers = {}): {
  module: DriverModule;
  driver: () => CyclicDriver;
} {
  let loaded: CyclicDriver | null = null;
  const module = defineDriver({
    name: 'cyclic',
    hardwareIds: ['PCI\\VEN_FFFE&DEV_5D3A'],
    load: (wdk) => {
      const driver = new CyclicDriver(wdk, answers);
      loaded = driver;
      return (driverObject, path) =>
        wdk.PcInitializeAdapterDriver(driverObject, path, (object, pdo) =>
          wdk.PcAddAdapterDevice(
            object,
            pdo,
            (device, irp, resources) => driver.start(device, irp, resources),
            1,
            0,
          ),
        );
    },
  });
  return {
    module,
    driver: () => {
      if (loaded === null) throw new Error('the driver is not loaded yet');
      return loaded;
    },
  };
}
