/**
 * The description of the wave filter: for each direction a streaming pin, a converter, and a bridge
 * pin towards the topology filter. Source: PCFILTER_DESCRIPTOR, "Exposing Filter Topology".
 *
 *     streaming pin 0 -> DAC -> bridge pin 1 - - (physical) - -> topology pin 0 -> speaker pin 1
 *     streaming pin 2 <- ADC <- bridge pin 3 <- - (physical) - - topology pin 3 <- line in pin 2
 */
import {
  PCFILTER_NODE,
  type PcAutomationTable,
  type PcConnectionDescriptor,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../../portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
} from '../../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import { BRIDGE_RANGE, streamDataRanges } from './data-ranges.ts';
import type { StreamCapabilities } from './stream-format.ts';

export const WAVE_PIN = { STREAM: 0, BRIDGE: 1, CAPTURE: 2, CAPTURE_BRIDGE: 3 } as const;
const DAC_NODE = 0;
const ADC_NODE = 1;
/** Pins of a node, KSNODEPIN_STANDARD_IN and KSNODEPIN_STANDARD_OUT. */
export const NODE_PIN = { IN: 1, OUT: 0 } as const;
/** One converter plays or records one stream. */
const STREAMS = 1;

/** The counts of a pin that nobody can open. */
export const CLOSED_PIN = {
  maxGlobalInstanceCount: 0,
  maxFilterInstanceCount: 0,
  minFilterInstanceCount: 0,
} as const;

/** @param recording null where nothing records; then the filter has no capture pins */
export function describeWaveFilter(
  playback: StreamCapabilities,
  recording: StreamCapabilities | null,
  automationTable: PcAutomationTable,
): PcFilterDescriptor {
  const { IN, OUT } = KSPIN_DATAFLOW;
  const pins = [streamingPin(playback, IN), bridgePin(OUT)];
  const connections = through(WAVE_PIN.STREAM, DAC_NODE, WAVE_PIN.BRIDGE);
  const nodes = [{ type: KSNODETYPE_DAC }];
  const categories = [KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_REALTIME];
  if (recording !== null) {
    pins.push(streamingPin(recording, OUT), bridgePin(IN));
    connections.push(...through(WAVE_PIN.CAPTURE_BRIDGE, ADC_NODE, WAVE_PIN.CAPTURE));
    nodes.push({ type: KSNODETYPE_ADC });
    categories.push(KSCATEGORY_CAPTURE);
  }
  return { version: 0, automationTable, pins, nodes, connections, categories };
}

function streamingPin(
  capabilities: StreamCapabilities,
  dataFlow: PcPinDescriptor['dataFlow'],
): PcPinDescriptor {
  return {
    maxGlobalInstanceCount: STREAMS,
    maxFilterInstanceCount: STREAMS,
    minFilterInstanceCount: 0,
    dataRanges: streamDataRanges(capabilities),
    dataFlow,
    communication: KSPIN_COMMUNICATION.SINK,
    category: KSCATEGORY_AUDIO,
  };
}

/** A pin of either filter that leads to the other one. */
export function bridgePin(
  dataFlow: PcPinDescriptor['dataFlow'],
  category = KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
): PcPinDescriptor {
  return {
    ...CLOSED_PIN,
    dataRanges: [BRIDGE_RANGE],
    dataFlow,
    communication: KSPIN_COMMUNICATION.NONE,
    category,
  };
}

/** From a pin through a node to another pin. */
function through(fromPin: number, node: number, toPin: number): PcConnectionDescriptor[] {
  return [
    { fromNode: PCFILTER_NODE, fromNodePin: fromPin, toNode: node, toNodePin: NODE_PIN.IN },
    { fromNode: node, fromNodePin: NODE_PIN.OUT, toNode: PCFILTER_NODE, toNodePin: toPin },
  ];
}
