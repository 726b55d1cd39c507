/**
 * A WaveRT driver whose every answer a test can replace: it streams nothing, and is there to see
 * what the port asks and in which order. `calls` holds the names of the calls as they came.
 */

import { type PhysicalAddress, physical, type VirtualAddress } from '../../src/base/brand.ts';
import type { Out } from '../../src/base/out.ts';
import {
  CLSID_PortWaveRT,
  ComObject,
  type DataRange,
  type DeviceDescription,
  type DeviceObject,
  type DriverModule,
  type DriverObject,
  defineDriver,
  IID_IMiniportWaveRT,
  IID_IMiniportWaveRTStream,
  type IMiniportWaveRT,
  type IMiniportWaveRTStream,
  type InterfaceId,
  type IPort,
  type IPortWaveRT,
  type IPortWaveRTStream,
  type IResourceList,
  type Irp,
  type IUnknown,
  type KsAudioPosition,
  type KsRtAudioHwLatency,
  type KsRtAudioHwRegister,
  type Mdl,
  type MEMORY_CACHING_TYPE,
  MmWriteCombined,
  Out as OutValue,
  PCFILTER_NODE,
  PCIBus,
  type PcFilterDescriptor,
  type PcPinDescriptor,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_RENDER,
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSNODETYPE_DAC,
  KSNODETYPE_SPEAKER,
} from '../../src/standards/ks/guids.ts';
import {
  KSPIN_COMMUNICATION,
  KSPIN_DATAFLOW,
  type KSSTATE,
  ksStateName,
} from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NOT_IMPLEMENTED,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';

export const PLAIN_PCM_RANGE: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_PCM,
  specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  audio: {
    maximumChannels: 2,
    minimumBitsPerSample: 8,
    maximumBitsPerSample: 16,
    minimumSampleFrequency: 8_000,
    maximumSampleFrequency: 48_000,
  },
};

export const ANALOG_RANGE: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_ANALOG,
  specifier: KSDATAFORMAT_SPECIFIER_NONE,
};

export const plainRenderPin: PcPinDescriptor = {
  maxGlobalInstanceCount: 2,
  maxFilterInstanceCount: 2,
  minFilterInstanceCount: 0,
  dataRanges: [PLAIN_PCM_RANGE],
  dataFlow: KSPIN_DATAFLOW.IN,
  communication: KSPIN_COMMUNICATION.SINK,
  category: KSCATEGORY_AUDIO,
};

const bridgePin: PcPinDescriptor = {
  maxGlobalInstanceCount: 0,
  maxFilterInstanceCount: 0,
  minFilterInstanceCount: 0,
  dataRanges: [ANALOG_RANGE],
  dataFlow: KSPIN_DATAFLOW.OUT,
  communication: KSPIN_COMMUNICATION.NONE,
  category: KSNODETYPE_SPEAKER,
};

export const plainDescriptor: PcFilterDescriptor = {
  version: 0,
  pins: [plainRenderPin, bridgePin],
  nodes: [{ type: KSNODETYPE_DAC }],
  connections: [
    { fromNode: PCFILTER_NODE, fromNodePin: 0, toNode: 0, toNodePin: 1 },
    { fromNode: 0, fromNodePin: 0, toNode: PCFILTER_NODE, toNodePin: 1 },
  ],
  categories: [KSCATEGORY_AUDIO, KSCATEGORY_RENDER],
};

/** What a test may replace. A stream method is called with the stream as `this` is not. */
export interface PlainAnswers {
  descriptor?: PcFilterDescriptor;
  /** Runs in StartDevice in place of creating the one wave filter. */
  startDevice?: (
    driver: PlainDriver,
    device: DeviceObject,
    irp: Irp,
    list: IResourceList,
  ) => NtStatus;
  init?: (port: IPortWaveRT, list: IResourceList) => NtStatus;
  maxObjects?: number;
  deviceExtensionSize?: number;
  newStream?: (stream: PlainStream, capture: boolean, format: VirtualAddress) => NtStatus;
  /** Makes a stream that offers more than IMiniportWaveRTStream. */
  makeStream?: (miniport: PlainMiniport, portStream: IPortWaveRTStream) => PlainStream;
  intersect?: (output: VirtualAddress | null, length: number, result: Out<number>) => NtStatus;
  allocate?: (stream: PlainStream, requested: number, grant: BufferGrant) => NtStatus;
  free?: (stream: PlainStream, mdl: Mdl | null, bytes: number) => void;
  setState?: (state: KSSTATE) => NtStatus;
  setFormat?: (format: VirtualAddress) => NtStatus;
  position?: (position: KsAudioPosition) => NtStatus;
  latency?: Partial<KsRtAudioHwLatency>;
  positionRegister?: (register: KsRtAudioHwRegister) => NtStatus;
  clockRegister?: (register: KsRtAudioHwRegister) => NtStatus;
  deviceDescription?: (description: DeviceDescription) => NtStatus;
  queryInterface?: (name: string) => IUnknown | null;
}

export interface BufferGrant {
  readonly mdl: Out<Mdl | null>;
  readonly actualSize: Out<number>;
  readonly offset: Out<number>;
  readonly cacheType: Out<MEMORY_CACHING_TYPE>;
}

export const ANYWHERE: PhysicalAddress = physical(2 ** 52 - 1);

export class PlainStream extends ComObject implements IMiniportWaveRTStream {
  readonly miniport: PlainMiniport;
  readonly portStream: IPortWaveRTStream;
  state: KSSTATE = 0;

  constructor(
    miniport: PlainMiniport,
    portStream: IPortWaveRTStream,
    interfaces: readonly InterfaceId<unknown>[] = [
      IID_IMiniportWaveRTStream as InterfaceId<unknown>,
    ],
  ) {
    super(miniport.driver.wdk, 'plain', 'plain stream', interfaces);
    this.miniport = miniport;
    this.portStream = portStream;
    portStream.addRef();
  }

  get answers(): PlainAnswers {
    return this.miniport.driver.answers;
  }

  protected called(name: string): void {
    this.miniport.driver.calls.push(name);
  }

  setFormat(format: VirtualAddress): NtStatus {
    this.called('SetFormat');
    return this.answers.setFormat?.(format) ?? STATUS_NOT_SUPPORTED;
  }

  setState(state: KSSTATE): NtStatus {
    this.called(`SetState ${ksStateName(state)}`);
    const status = this.answers.setState?.(state) ?? STATUS_SUCCESS;
    if (ntSuccess(status)) this.state = state;
    return status;
  }

  getPosition(position: KsAudioPosition): NtStatus {
    this.called('GetPosition');
    return this.answers.position?.(position) ?? STATUS_SUCCESS;
  }

  allocateAudioBuffer(
    requested: number,
    mdl: Out<Mdl | null>,
    actualSize: Out<number>,
    offset: Out<number>,
    cacheType: Out<MEMORY_CACHING_TYPE>,
  ): NtStatus {
    this.called(`AllocateAudioBuffer ${requested}`);
    const grant = { mdl, actualSize, offset, cacheType };
    if (this.answers.allocate !== undefined) return this.answers.allocate(this, requested, grant);
    return this.grantPages(requested, grant);
  }

  /** What a plain driver does: pages anywhere, the size as asked, write-combined. */
  grantPages(requested: number, grant: BufferGrant): NtStatus {
    grant.mdl.value = this.portStream.allocatePagesForMdl(ANYWHERE, requested);
    if (grant.mdl.value === null) return STATUS_INSUFFICIENT_RESOURCES;
    grant.actualSize.value = requested;
    grant.offset.value = 0;
    grant.cacheType.value = MmWriteCombined;
    return STATUS_SUCCESS;
  }

  freeAudioBuffer(mdl: Mdl | null, bytes: number): void {
    this.called(`FreeAudioBuffer ${bytes}`);
    if (this.answers.free !== undefined) this.answers.free(this, mdl, bytes);
    else if (mdl !== null) this.portStream.freePagesFromMdl(mdl);
  }

  getHWLatency(latency: KsRtAudioHwLatency): void {
    this.called('GetHWLatency');
    const silent = { fifoSize: 0, chipsetDelay: 0, codecDelay: 0 };
    Object.assign(latency, this.answers.latency ?? silent);
  }

  getPositionRegister(register: KsRtAudioHwRegister): NtStatus {
    this.called('GetPositionRegister');
    return this.answers.positionRegister?.(register) ?? STATUS_NOT_SUPPORTED;
  }

  getClockRegister(register: KsRtAudioHwRegister): NtStatus {
    this.called('GetClockRegister');
    return this.answers.clockRegister?.(register) ?? STATUS_NOT_SUPPORTED;
  }

  protected override destroy(): void {
    this.called('~stream');
    this.portStream.release();
  }
}

export class PlainMiniport extends ComObject implements IMiniportWaveRT {
  readonly driver: PlainDriver;
  port: IPortWaveRT | null = null;

  constructor(driver: PlainDriver) {
    super(driver.wdk, 'plain', 'plain miniport', [IID_IMiniportWaveRT]);
    this.driver = driver;
  }

  override queryInterface<T>(iid: Parameters<IUnknown['queryInterface']>[0]): T | null {
    this.driver.calls.push(`QueryInterface ${iid.name}`);
    const replaced = this.driver.answers.queryInterface;
    return replaced === undefined
      ? (super.queryInterface(iid) as T | null)
      : (replaced(iid.name) as T | null);
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    this.driver.calls.push('GetDescription');
    description.value = this.driver.answers.descriptor ?? plainDescriptor;
    return STATUS_SUCCESS;
  }

  dataRangeIntersection(
    _pin: number,
    _range: VirtualAddress,
    _matching: VirtualAddress,
    length: number,
    output: VirtualAddress | null,
    result: Out<number>,
  ): NtStatus {
    this.driver.calls.push('DataRangeIntersection');
    return this.driver.answers.intersect?.(output, length, result) ?? STATUS_NOT_IMPLEMENTED;
  }

  init(_adapter: IUnknown | null, list: IResourceList, port: IPortWaveRT): NtStatus {
    this.driver.calls.push('Init');
    return this.driver.answers.init?.(port, list) ?? STATUS_SUCCESS;
  }

  newStream(
    stream: Out<IMiniportWaveRTStream | null>,
    portStream: IPortWaveRTStream,
    pin: number,
    capture: boolean,
    format: VirtualAddress,
  ): NtStatus {
    this.driver.calls.push(`NewStream ${pin} ${capture ? 'capture' : 'render'}`);
    const { makeStream, newStream } = this.driver.answers;
    const made = makeStream?.(this, portStream) ?? new PlainStream(this, portStream);
    const status = newStream?.(made, capture, format) ?? STATUS_SUCCESS;
    if (ntSuccess(status)) {
      this.driver.streams.push(made);
      stream.value = made;
    } else {
      made.release();
    }
    return status;
  }

  getDeviceDescription(description: DeviceDescription): NtStatus {
    const replaced = this.driver.answers.deviceDescription;
    if (replaced !== undefined) return replaced(description);
    description.master = true;
    description.scatterGather = true;
    description.interfaceType = PCIBus;
    return STATUS_SUCCESS;
  }

  protected override destroy(): void {
    this.driver.calls.push('~miniport');
  }
}

export class PlainDriver {
  readonly wdk: Wdk;
  readonly answers: PlainAnswers;
  readonly calls: string[] = [];
  readonly streams: PlainStream[] = [];
  driverObject: DriverObject | null = null;
  physicalDevice: DeviceObject | null = null;
  functionalDevice: DeviceObject | null = null;

  constructor(wdk: Wdk, answers: PlainAnswers) {
    this.wdk = wdk;
    this.answers = answers;
  }

  entry(driverObject: DriverObject, registryPath: string): NtStatus {
    this.driverObject = driverObject;
    return this.wdk.PcInitializeAdapterDriver(driverObject, registryPath, (driver, pdo) => {
      this.physicalDevice = pdo;
      return this.wdk.PcAddAdapterDevice(
        driver,
        pdo,
        (device, irp, list) => this.#start(device, irp, list),
        this.answers.maxObjects ?? 2,
        this.answers.deviceExtensionSize ?? 0,
      );
    });
  }

  #start(device: DeviceObject, irp: Irp, list: IResourceList): NtStatus {
    this.functionalDevice = device;
    this.calls.push('StartDevice');
    if (this.answers.startDevice !== undefined) {
      return this.answers.startDevice(this, device, irp, list);
    }
    return this.addWave('Wave', device, irp, list);
  }

  /** Creates a WaveRT filter of this driver and registers it under `name`. */
  addWave(name: string, device: DeviceObject, irp: Irp, list: IResourceList): NtStatus {
    const out = new OutValue<IPort | null>(null);
    let status = this.wdk.PcNewPort(out, CLSID_PortWaveRT);
    const port = out.value;
    if (!ntSuccess(status) || port === null) return status;
    const miniport = new PlainMiniport(this);
    status = port.init(device, irp, miniport, null, list);
    miniport.release();
    if (ntSuccess(status)) status = this.wdk.PcRegisterSubdevice(device, name, port);
    port.release();
    return status;
  }
}

/** The driver module, and the driver it becomes once it is loaded. */
export function plainDriver(answers: PlainAnswers = {}): {
  module: DriverModule;
  driver: () => PlainDriver;
} {
  let loaded: PlainDriver | null = null;
  const module = defineDriver({
    name: 'plain',
    hardwareIds: ['PCI\\VEN_1234&DEV_5678'],
    load: (wdk) => {
      const driver = new PlainDriver(wdk, answers);
      loaded = driver;
      return (driverObject, path) => driver.entry(driverObject, path);
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
