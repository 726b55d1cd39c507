/**
 * The topology miniport: what lies between the converter and the ear, without a node of its own
 * yet. It is there so that endpoint discovery finds a way from the wave filter to a speaker.
 * Source: IMiniportTopology, "Topology Miniport Driver".
 */
import type { Out } from '../../base/out.ts';
import {
  ComObject,
  IID_IMiniportTopology,
  type IMiniportTopology,
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_TOPOLOGY,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_NOT_IMPLEMENTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { BRIDGE_RANGE } from './data-ranges.ts';
import { OWNER } from './hda-adapter.ts';
import { CLOSED_PIN } from './wave-filter.ts';

export const TOPOLOGY_PIN = { BRIDGE: 0, SPEAKER: 1 } as const;

const FILTER: PcFilterDescriptor = {
  version: 0,
  pins: [
    {
      ...CLOSED_PIN,
      dataRanges: [BRIDGE_RANGE],
      dataFlow: KSPIN_DATAFLOW.IN,
      communication: KSPIN_COMMUNICATION.NONE,
      category: KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
    },
    {
      ...CLOSED_PIN,
      dataRanges: [BRIDGE_RANGE],
      dataFlow: KSPIN_DATAFLOW.OUT,
      communication: KSPIN_COMMUNICATION.NONE,
      category: KSNODETYPE_SPEAKER,
    },
  ],
  nodes: [],
  connections: [
    {
      fromNode: PCFILTER_NODE,
      fromNodePin: TOPOLOGY_PIN.BRIDGE,
      toNode: PCFILTER_NODE,
      toNodePin: TOPOLOGY_PIN.SPEAKER,
    },
  ],
  categories: [KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY],
};

/** All methods at PASSIVE_LEVEL. */
export class HdaTopologyMiniport extends ComObject implements IMiniportTopology {
  constructor(wdk: Wdk) {
    super(wdk, OWNER, 'HD Audio topology miniport', [IID_IMiniportTopology]);
  }

  init(): NtStatus {
    return STATUS_SUCCESS;
  }

  getDescription(description: Out<PcFilterDescriptor | null>): NtStatus {
    description.value = FILTER;
    return STATUS_SUCCESS;
  }

  /** The port's default handler finds that an analog pin has no format. */
  dataRangeIntersection(): NtStatus {
    return STATUS_NOT_IMPLEMENTED;
  }
}
