/**
 * The WavePci driver of the bus-master device: one filter with two render pins, a capture pin and
 * the bridges behind them. Each stream gets the engine of its pin; an interrupt notifies the
 * groups that the options ask for. `calls` holds what the port asked, in order.
 */

import type { VirtualAddress } from '../../src/base/brand.ts';
import type { Guid } from '../../src/base/guid.ts';
import {
  CLSID_PortWavePci,
  ComObject,
  type DataRange,
  type IDmaChannel,
  IID_IMiniportWavePci,
  IID_IPinCount,
  type IInterruptSync,
  type IMiniportWavePci,
  type IMiniportWavePciStream,
  type InterfaceId,
  InterruptSyncMode,
  type IPinCount,
  type IPortWavePci,
  type IPortWavePciStream,
  type IResourceList,
  type IServiceGroup,
  type IUnknown,
  type KsAllocatorFraming,
  Out,
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPinDescriptor,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_RENDER,
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../src/standards/ks/guids.ts';
import {
  KSPIN_COMMUNICATION,
  KSPIN_DATAFLOW,
  type KSSTATE,
} from '../../src/standards/ks/requests.ts';
import { readWaveDataFormat } from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import type { BusMasterDevice } from './bus-master-device.ts';
import type { BusMasterEngine } from './bus-master-engine.ts';
import { BusMasterStream } from './bus-master-stream.ts';
import { ANALOG_RANGE, PLAIN_PCM_RANGE, type PlainDriver } from './plain-driver.ts';
import { addFilter, type Start } from './plain-filters.ts';

export const RENDER_PIN = 0;
export const SECOND_PIN = 1;
export const CAPTURE_PIN = 2;

/** What a test may replace or choose. */
export interface BusMasterOptions {
  /** Mappings that a stream keeps; 16 if absent. */
  depth?: number;
  /** A group per stream, one for all, or the port's timer; per stream if absent. */
  groups?: 'stream' | 'shared' | 'none';
  /** A group of the filter's own. */
  filterGroup?: boolean;
  /** Which descriptors interrupt: ends of packets if absent. */
  interrupts?: 'flag' | 'each' | 'none';
  /** The test acquires and releases; Service and MappingAvailable only tell that they came. */
  isManual?: boolean;
  framing?: Partial<KsAllocatorFraming>;
  /** Interfaces that streams have beside their own. */
  further?: readonly InterfaceId<unknown>[];
  descriptor?: PcFilterDescriptor;
  /** IPinCount: the possible instances of a pin on one filter, and over all. */
  possibleInstances?: (pinId: number) => number;
  init?: (port: IPortWavePci, group: Out<IServiceGroup | null>) => NtStatus;
  newStream?: (stream: BusMasterStream) => NtStatus;
  makeStream?: (...args: ConstructorParameters<typeof BusMasterStream>) => BusMasterStream;
  channel?: IDmaChannel;
  /** A group of the driver's own making. */
  newGroup?: (wdk: Wdk) => IServiceGroup;
  setState?: (state: KSSTATE, stream: BusMasterStream) => NtStatus;
  setFormat?: (format: PcmFormat) => NtStatus;
  position?: (stream: BusMasterStream) => number;
  mappingAvailable?: (stream: BusMasterStream) => void;
  revoke?: (
    stream: BusMasterStream,
    firstTag: unknown,
    lastTag: unknown,
    revoked: Out<number>,
  ) => NtStatus;
  interrupted?: (miniport: BusMasterMiniport) => void;
}

const range: DataRange = {
  ...PLAIN_PCM_RANGE,
  audio: {
    maximumChannels: 6,
    minimumBitsPerSample: 8,
    maximumBitsPerSample: 16,
    minimumSampleFrequency: 8_000,
    maximumSampleFrequency: 96_000,
  },
};

const sink = (dataFlow: KSPIN_DATAFLOW, name: Guid | null): PcPinDescriptor => ({
  maxGlobalInstanceCount: 1,
  maxFilterInstanceCount: 1,
  minFilterInstanceCount: 0,
  dataRanges: [range],
  dataFlow,
  communication: KSPIN_COMMUNICATION.SINK,
  category: KSCATEGORY_AUDIO,
  name,
});

const bridge = (dataFlow: KSPIN_DATAFLOW, category: Guid): PcPinDescriptor => ({
  maxGlobalInstanceCount: 0,
  maxFilterInstanceCount: 0,
  minFilterInstanceCount: 0,
  dataRanges: [ANALOG_RANGE],
  dataFlow,
  communication: KSPIN_COMMUNICATION.NONE,
  category,
});

export const busMasterDescriptor: PcFilterDescriptor = {
  version: 0,
  pins: [
    sink(KSPIN_DATAFLOW.IN, null),
    sink(KSPIN_DATAFLOW.IN, KSNODETYPE_SPEAKER),
    sink(KSPIN_DATAFLOW.OUT, null),
    bridge(KSPIN_DATAFLOW.OUT, KSNODETYPE_SPEAKER),
    bridge(KSPIN_DATAFLOW.IN, KSNODETYPE_LINE_CONNECTOR),
  ],
  nodes: [{ type: KSNODETYPE_DAC }, { type: KSNODETYPE_ADC }],
  connections: [
    { fromNode: PCFILTER_NODE, fromNodePin: 0, toNode: 0, toNodePin: 1 },
    { fromNode: 0, fromNodePin: 0, toNode: PCFILTER_NODE, toNodePin: 3 },
    { fromNode: PCFILTER_NODE, fromNodePin: 4, toNode: 1, toNodePin: 1 },
    { fromNode: 1, fromNodePin: 0, toNode: PCFILTER_NODE, toNodePin: 2 },
  ],
  categories: [KSCATEGORY_AUDIO, KSCATEGORY_RENDER],
};

export class BusMasterMiniport extends ComObject implements IMiniportWavePci, IPinCount {
  readonly wdk: Wdk;
  readonly calls: string[];
  readonly options: BusMasterOptions;
  readonly device: BusMasterDevice;
  readonly streams: BusMasterStream[] = [];
  port: IPortWavePci | null = null;
  /** What Init was given. */
  adapter: IUnknown | null = null;
  resources: IResourceList | null = null;
  /** The groups that an interrupt notifies. */
  readonly groups = new Set<IServiceGroup>();
  #shared: IServiceGroup | null = null;
  #sync: IInterruptSync | null = null;

  constructor(driver: PlainDriver, options: BusMasterOptions, device: BusMasterDevice) {
    super(driver.wdk, 'busmaster', 'bus master miniport', [
      IID_IMiniportWavePci as InterfaceId<unknown>,
      ...(options.possibleInstances === undefined ? [] : [IID_IPinCount as InterfaceId<unknown>]),
    ]);
    this.wdk = driver.wdk;
    this.calls = driver.calls;
    this.options = options;
    this.device = device;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    this.calls.push('GetDescription');
    description.value = this.options.descriptor ?? busMasterDescriptor;
    return STATUS_SUCCESS;
  }

  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }

  init(
    adapter: IUnknown | null,
    resources: IResourceList,
    port: IPortWavePci,
    serviceGroup: Out<IServiceGroup | null>,
  ): NtStatus {
    this.calls.push('Init');
    this.port = port;
    this.adapter = adapter;
    this.resources = resources;
    const connected = this.#connect(resources);
    if (!ntSuccess(connected)) return connected;
    if (this.options.init !== undefined) return this.options.init(port, serviceGroup);
    if (this.options.groups === 'shared') this.#shared = this.newGroup();
    if (this.options.filterGroup === true) {
      serviceGroup.value = this.newGroup();
      this.groups.add(serviceGroup.value);
    }
    return STATUS_SUCCESS;
  }

  #connect(resources: IResourceList): NtStatus {
    const out = new Out<IInterruptSync | null>(null);
    const { Normal } = InterruptSyncMode;
    const status = this.wdk.PcNewInterruptSync(out, null, resources, 0, Normal);
    const sync = out.value;
    if (!ntSuccess(status) || sync === null) return status;
    this.#sync = sync;
    sync.registerServiceRoutine(() => this.#interrupted(), null, false);
    return sync.connect();
  }

  /** The source is cleared before anybody is told. */
  #interrupted(): NtStatus {
    if (this.device.registers.read(0, 4) === 0) return STATUS_UNSUCCESSFUL;
    this.device.registers.write(0, 4, 1);
    this.options.interrupted?.(this);
    for (const group of this.groups) this.port?.notify(group);
    return STATUS_SUCCESS;
  }

  newGroup(): IServiceGroup {
    if (this.options.newGroup !== undefined) return this.options.newGroup(this.wdk);
    const out = new Out<IServiceGroup | null>(null);
    this.wdk.PcNewServiceGroup(out, null);
    if (out.value === null) throw new Error('no service group');
    return out.value;
  }

  newStream(
    stream: Out<IMiniportWavePciStream | null>,
    _outer: IUnknown | null,
    poolType: number,
    portStream: IPortWavePciStream,
    pin: number,
    capture: boolean,
    dataFormat: VirtualAddress,
    dmaChannel: Out<IDmaChannel | null>,
    serviceGroup: Out<IServiceGroup | null>,
  ): NtStatus {
    this.calls.push(`NewStream ${pin} ${capture ? 'capture' : 'render'} pool ${poolType}`);
    const bytes = this.wdk.viewAt(dataFormat, 4).getUint32(0, true);
    const format = readWaveDataFormat(this.wdk.viewAt(dataFormat, bytes), 0);
    if (format === null) return STATUS_INVALID_PARAMETER;
    const engine = this.#engineFor(pin, capture);
    const make = this.options.makeStream ?? ((...args) => new BusMasterStream(...args));
    const made = make(this, portStream, engine, capture, format);
    const status = this.options.newStream?.(made) ?? STATUS_SUCCESS;
    if (!ntSuccess(status)) {
      made.release();
      return status;
    }
    made.openEngine();
    this.streams.push(made);
    stream.value = made;
    dmaChannel.value = this.options.channel ?? null;
    if (this.options.groups !== 'none') {
      const group = this.#shared ?? this.newGroup();
      if (group === this.#shared) group.addRef();
      else made.group = group;
      this.groups.add(group);
      serviceGroup.value = group;
    }
    return STATUS_SUCCESS;
  }

  /** The pin's engine; a device with voices has one for every stream of the first pin. */
  #engineFor(pin: number, capture: boolean): BusMasterEngine {
    const { device } = this;
    if (capture) return device.capture;
    if (pin === SECOND_PIN) return device.second;
    return device.voices[this.streams.length]?.engine ?? device.render;
  }

  pinCount(
    pinId: number,
    _filterNecessary: Out<number>,
    _filterCurrent: Out<number>,
    filterPossible: Out<number>,
    _globalCurrent: Out<number>,
    globalPossible: Out<number>,
  ): void {
    const possible = this.options.possibleInstances?.(pinId) ?? filterPossible.value;
    filterPossible.value = possible;
    globalPossible.value = possible;
  }

  service(): void {
    this.calls.push(`filter Service ${this.wdk.KeGetCurrentIrql()}`);
  }

  protected override destroy(): void {
    this.calls.push('~miniport');
    this.#sync?.disconnect();
    this.#sync?.release();
    this.#shared?.release();
  }
}

/** Binds the miniport to a WavePci port and registers it as `Wave`. */
export function addBusMaster(
  driver: PlainDriver,
  start: Start,
  options: BusMasterOptions,
  device: BusMasterDevice,
): { status: NtStatus; miniport: BusMasterMiniport } {
  const miniport = new BusMasterMiniport(driver, options, device);
  const { port, status } = addFilter(driver, start, 'Wave', miniport, CLSID_PortWavePci);
  port.release();
  return { status, miniport };
}
