/**
 * Filters beside the one that the plain driver makes by itself: a topology miniport, a miniport
 * that counts pins, and the steps that create, bind and register a port for any miniport.
 */
import type { Guid } from '../../src/base/guid.ts';
import type { Out } from '../../src/base/out.ts';
import {
  CLSID_PortTopology,
  CLSID_PortWaveRT,
  ComObject,
  type DeviceObject,
  IID_IMiniportTopology,
  IID_IMiniportWaveRT,
  IID_IPinCount,
  IID_IUnknown,
  type IMiniportTopology,
  type InterfaceId,
  type IPinCount,
  type IPort,
  type IResourceList,
  type Irp,
  type IUnknown,
  Out as OutValue,
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_TOPOLOGY,
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_TYPE_AUDIO,
  KSNODETYPE_DAC,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../src/standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type PlainDriver, PlainMiniport } from './plain-driver.ts';

/** What StartDevice was given. */
export interface Start {
  readonly device: DeviceObject;
  readonly irp: Irp;
  readonly list: IResourceList;
}

const bridge = (dataFlow: KSPIN_DATAFLOW, category: Guid): PcPinDescriptor => ({
  maxGlobalInstanceCount: 0,
  maxFilterInstanceCount: 0,
  minFilterInstanceCount: 0,
  dataRanges: [
    {
      majorFormat: KSDATAFORMAT_TYPE_AUDIO,
      subFormat: KSDATAFORMAT_SUBTYPE_ANALOG,
      specifier: KSDATAFORMAT_SPECIFIER_NONE,
    },
  ],
  dataFlow,
  communication: KSPIN_COMMUNICATION.NONE,
  category,
});

/** Pin 0 takes what the wave filter plays, pin 1 leads to the speaker; one node between. */
export const topologyDescriptor: PcFilterDescriptor = {
  version: 0,
  pins: [
    bridge(KSPIN_DATAFLOW.IN, KSNODETYPE_LINE_CONNECTOR),
    bridge(KSPIN_DATAFLOW.OUT, KSNODETYPE_SPEAKER),
  ],
  nodes: [{ type: KSNODETYPE_DAC }],
  connections: [
    { fromNode: PCFILTER_NODE, fromNodePin: 0, toNode: 0, toNodePin: 1 },
    { fromNode: 0, fromNodePin: 0, toNode: PCFILTER_NODE, toNodePin: 1 },
  ],
  categories: [KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY],
};

export class PlainTopology extends ComObject implements IMiniportTopology {
  readonly #descriptor: PcFilterDescriptor;

  constructor(driver: PlainDriver, descriptor: PcFilterDescriptor = topologyDescriptor) {
    super(driver.wdk, 'plain', 'plain topology', [IID_IMiniportTopology]);
    this.#descriptor = descriptor;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = this.#descriptor;
    return STATUS_SUCCESS;
  }

  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }

  init(): NtStatus {
    return STATUS_SUCCESS;
  }
}

export type Counters = Record<
  'necessary' | 'current' | 'possible' | 'globalCurrent' | 'globalPossible',
  Out<number>
>;

/** A wave miniport that is asked for the instance counts of its pins. */
export class CountingMiniport extends PlainMiniport implements IPinCount {
  readonly #count: (pinId: number, counters: Counters) => void;

  constructor(driver: PlainDriver, count: (pinId: number, counters: Counters) => void) {
    super(driver);
    this.#count = count;
  }

  override queryInterface<T>(iid: InterfaceId<unknown>): T | null {
    const known: readonly Guid[] = [IID_IPinCount.iid, IID_IMiniportWaveRT.iid, IID_IUnknown.iid];
    if (!known.includes(iid.iid)) return null;
    this.addRef();
    return this as unknown as T;
  }

  pinCount(
    pinId: number,
    necessary: Out<number>,
    current: Out<number>,
    possible: Out<number>,
    globalCurrent: Out<number>,
    globalPossible: Out<number>,
  ): void {
    this.driver.calls.push(`PinCount ${pinId}`);
    this.#count(pinId, { necessary, current, possible, globalCurrent, globalPossible });
  }
}

export function newPort(driver: PlainDriver, classId: Guid): IPort {
  const out = new OutValue<IPort | null>(null);
  const status = driver.wdk.PcNewPort(out, classId);
  if (!ntSuccess(status) || out.value === null) throw new Error('no port');
  return out.value;
}

/** Binds and registers; the caller owns the port's reference, and the miniport's goes away. */
export function addFilter(
  driver: PlainDriver,
  start: Start,
  name: string,
  miniport: IUnknown,
  classId: Guid = CLSID_PortWaveRT,
): { status: NtStatus; port: IPort } {
  const port = newPort(driver, classId);
  let status = port.init(start.device, start.irp, miniport, null, start.list);
  miniport.release();
  if (ntSuccess(status)) status = driver.wdk.PcRegisterSubdevice(start.device, name, port);
  return { status, port };
}

/** A topology filter under `Topology`. */
export function addTopology(
  driver: PlainDriver,
  start: Start,
  descriptor?: PcFilterDescriptor,
): { status: NtStatus; port: IPort } {
  const miniport = new PlainTopology(driver, descriptor);
  return addFilter(driver, start, 'Topology', miniport, CLSID_PortTopology);
}
