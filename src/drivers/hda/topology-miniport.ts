/**
 * The topology miniport: what lies between the converters and ear and mouth. Its nodes turn the
 * codec's amplifiers, its pins describe the jacks, and it tells clients of changes through the
 * port's event list. Source: IMiniportTopology, IPortEvents, "Topology Miniport Driver",
 * KSEVENT_PINCAPS_JACKINFOCHANGE.
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
  PCEVENT_ITEM_FLAG_BASICSUPPORT,
  PCEVENT_ITEM_FLAG_ENABLE,
  PCEVENT_ITEM_FLAG_ONESHOT,
  PCEVENT_VERB_ADD,
  type PcEventRequest,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  KSEVENT_CONTROL_CHANGE,
  KSEVENT_PINCAPS,
  KSEVENTSETID_AudioControlChange,
  KSEVENTSETID_PinCapsChange,
} from '../../standards/ks/topology-controls.ts';
import {
  type NtStatus,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { CodecSide } from './codec-sides.ts';
import type { HdaAdapter } from './hda-adapter.ts';
import { type JackPin, jackProperties } from './jack-property.ts';
import { OWNER } from './owner.ts';
import { describeTopologyFilter, TOPOLOGY_PIN } from './topology-filter.ts';

/** All methods at PASSIVE_LEVEL. */
export class HdaTopologyMiniport extends ComObject implements IMiniportTopology {
  readonly #adapter: HdaAdapter;
  readonly #jacks: ReadonlyMap<number, JackPin>;
  readonly #description: PcFilterDescriptor;
  #portEvents: IPortEvents | null = null;

  constructor(wdk: Wdk, adapter: HdaAdapter, playback: CodecSide, recording: CodecSide | null) {
    super(wdk, OWNER, 'HD Audio topology miniport', [IID_IMiniportTopology]);
    adapter.addRef();
    this.#adapter = adapter;
    const jacks = new Map<number, JackPin>([[TOPOLOGY_PIN.SPEAKER, playback]]);
    if (recording !== null) jacks.set(TOPOLOGY_PIN.LINE_IN, recording);
    this.#jacks = jacks;
    const handleEvent = (request: PcEventRequest): NtStatus => this.#handleEvent(request);
    const controlChanged = (node: number): void => this.#controlChanged(node);
    const table = {
      properties: jackProperties(wdk, (pin) => jacks.get(pin) ?? null),
      events: [
        {
          set: KSEVENTSETID_PinCapsChange,
          id: KSEVENT_PINCAPS.JACKINFOCHANGE,
          flags:
            PCEVENT_ITEM_FLAG_ENABLE | PCEVENT_ITEM_FLAG_ONESHOT | PCEVENT_ITEM_FLAG_BASICSUPPORT,
          handler: handleEvent,
        },
      ],
    };
    const home = { wdk, handleEvent, controlChanged };
    this.#description = describeTopologyFilter(home, table, playback, recording);
  }

  /** From here on clients can hear of changes. */
  init(_adapter: IUnknown | null, _resources: IResourceList, port: IPortTopology): NtStatus {
    this.#portEvents = port.queryInterface(IID_IPortEvents);
    const { jackMonitor } = this.#adapter;
    if (jackMonitor !== null) jackMonitor.listener = (tag) => this.#jackChanged(tag);
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
    const { jackMonitor } = this.#adapter;
    if (jackMonitor !== null) jackMonitor.listener = null;
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

  #jackChanged(tag: number): void {
    const set = KSEVENTSETID_PinCapsChange;
    for (const [pin, { jack }] of this.#jacks) {
      if (jack.tag !== tag) continue;
      const id = KSEVENT_PINCAPS.JACKINFOCHANGE;
      this.#portEvents?.generateEventList(set, id, true, pin, false, 0);
    }
  }
}
