/**
 * The description of the wave filter: a streaming pin, a D/A converter, and a bridge pin towards
 * the topology filter. Source: PCFILTER_DESCRIPTOR, "Exposing Filter Topology".
 *
 *     streaming pin 0 -> DAC -> bridge pin 1 - - (physical) - -> topology pin 0 -> speaker pin 1
 */
import { PCFILTER_NODE, type PcFilterDescriptor } from '../../portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSNODETYPE_DAC,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
} from '../../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import { BRIDGE_RANGE, streamDataRanges } from './data-ranges.ts';
import type { StreamCapabilities } from './stream-format.ts';

export const WAVE_PIN = { STREAM: 0, BRIDGE: 1 } as const;
const DAC_NODE = 0;
/** Pins of a node, KSNODEPIN_STANDARD_IN and KSNODEPIN_STANDARD_OUT. */
const NODE_PIN = { IN: 1, OUT: 0 } as const;
/** One converter plays one stream. */
const STREAMS = 1;

/** The counts of a pin that nobody can open. */
export const CLOSED_PIN = {
  maxGlobalInstanceCount: 0,
  maxFilterInstanceCount: 0,
  minFilterInstanceCount: 0,
} as const;

export function describeWaveFilter(capabilities: StreamCapabilities): PcFilterDescriptor {
  return {
    version: 0,
    pins: [
      {
        maxGlobalInstanceCount: STREAMS,
        maxFilterInstanceCount: STREAMS,
        minFilterInstanceCount: 0,
        dataRanges: streamDataRanges(capabilities),
        dataFlow: KSPIN_DATAFLOW.IN,
        communication: KSPIN_COMMUNICATION.SINK,
        category: KSCATEGORY_AUDIO,
      },
      {
        ...CLOSED_PIN,
        dataRanges: [BRIDGE_RANGE],
        dataFlow: KSPIN_DATAFLOW.OUT,
        communication: KSPIN_COMMUNICATION.NONE,
        category: KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
      },
    ],
    nodes: [{ type: KSNODETYPE_DAC }],
    connections: [
      {
        fromNode: PCFILTER_NODE,
        fromNodePin: WAVE_PIN.STREAM,
        toNode: DAC_NODE,
        toNodePin: NODE_PIN.IN,
      },
      {
        fromNode: DAC_NODE,
        fromNodePin: NODE_PIN.OUT,
        toNode: PCFILTER_NODE,
        toNodePin: WAVE_PIN.BRIDGE,
      },
    ],
    categories: [KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_REALTIME],
  };
}
