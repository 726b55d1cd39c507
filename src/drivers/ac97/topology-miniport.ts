/**
 * The topology miniport: the codec's mixer between the converters and ear and mouth. It tells
 * clients of changes through the port's event list. Source: IMiniportTopology, IPortEvents,
 * "Topology Miniport Driver".
 */
import type { Out } from '../../base/out.ts';
import {
  ComObject,
  IID_IMiniportTopology,
  IID_IPortEvents,
  type IMiniportTopology,
  type IPortEvents,
  type IPortTopology,
  type IResourceList,
  type IUnknown,
  PCEVENT_VERB_ADD,
  type PcEventRequest,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  KSEVENT_CONTROL_CHANGE,
  KSEVENTSETID_AudioControlChange,
} from '../../standards/ks/topology-controls.ts';
import {
  type NtStatus,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { Ac97Adapter, StartedDevice } from './ac97-adapter.ts';
import { OWNER } from './owner.ts';
import { describeTopologyFilter } from './topology-filter.ts';

/** All methods at PASSIVE_LEVEL. */
export class Ac97TopologyMiniport extends ComObject implements IMiniportTopology {
  readonly #adapter: Ac97Adapter;
  readonly #description: PcFilterDescriptor;
  #portEvents: IPortEvents | null = null;

  constructor(wdk: Wdk, adapter: Ac97Adapter, device: StartedDevice) {
    super(wdk, OWNER, "AC'97 topology miniport", [IID_IMiniportTopology]);
    adapter.addRef();
    this.#adapter = adapter;
    const home = {
      wdk,
      handleEvent: (request: PcEventRequest): NtStatus => this.#handleEvent(request),
      controlChanged: (node: number): void => this.#controlChanged(node),
    };
    this.#description = describeTopologyFilter(home, device.codec);
  }

  /** From here on clients can hear of changes. */
  init(_adapter: IUnknown | null, _resources: IResourceList, port: IPortTopology): NtStatus {
    this.#portEvents = port.queryInterface(IID_IPortEvents);
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = this.#description;
    return STATUS_SUCCESS;
  }

  /** The port's default handler finds that an analog pin has no format. */
  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }

  protected override destroy(): void {
    this.#portEvents?.release();
    this.#adapter.release();
  }

  /** Every event of this filter is an entry of the port's list; nothing else is kept for it. */
  #handleEvent({ eventEntry, verb }: PcEventRequest): NtStatus {
    if (verb !== PCEVENT_VERB_ADD) return STATUS_SUCCESS;
    if (eventEntry === null || this.#portEvents === null) return STATUS_UNSUCCESSFUL;
    this.#portEvents.addEventToEventList(eventEntry);
    return STATUS_SUCCESS;
  }

  #controlChanged(node: number): void {
    const set = KSEVENTSETID_AudioControlChange;
    this.#portEvents?.generateEventList(set, KSEVENT_CONTROL_CHANGE, false, 0, true, node);
  }
}
