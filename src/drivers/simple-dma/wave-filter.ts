/**
 * The description of the wave filter, and of the topology filter behind it. Source:
 * PCFILTER_DESCRIPTOR, "Exposing Filter Topology".
 *
 *     pin 0 -> DAC -> bridge pin 1 - - (physical) - -> topology pin 0 -> speaker pin 1
 *     pin 2 <- ADC <- bridge pin 3 <- - (physical) - - topology pin 3 <- line in pin 2
 */
import type { Guid } from '../../base/guid.ts';
import {
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../../portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSCATEGORY_TOPOLOGY,
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_LEGACY_AUDIO_CONNECTOR,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import type { DmaCapabilities } from './dma-registers.ts';
import { BRIDGE_RANGE, dataRanges } from './wave-format.ts';

export const WAVE_PIN = { PLAYBACK: 0, PLAYBACK_BRIDGE: 1, CAPTURE: 2, CAPTURE_BRIDGE: 3 } as const;
export const TOPOLOGY_PIN = { PLAYBACK_BRIDGE: 0, SPEAKER: 1, LINE_IN: 2, CAPTURE_BRIDGE: 3 };
const NODE = { DAC: 0, ADC: 1 } as const;
/** Pins of a node, KSNODEPIN_STANDARD_IN and KSNODEPIN_STANDARD_OUT. */
const NODE_PIN = { IN: 1, OUT: 0 } as const;
/** One engine moves one stream. */
const STREAMS = 1;

export function describeWaveFilter(capabilities: DmaCapabilities): PcFilterDescriptor {
  const streaming = (isCapture: boolean): PcPinDescriptor => ({
    maxGlobalInstanceCount: STREAMS,
    maxFilterInstanceCount: STREAMS,
    minFilterInstanceCount: 0,
    dataRanges: dataRanges(capabilities, isCapture),
    dataFlow: isCapture ? KSPIN_DATAFLOW.OUT : KSPIN_DATAFLOW.IN,
    communication: KSPIN_COMMUNICATION.SINK,
    category: KSCATEGORY_AUDIO,
  });
  return {
    version: 0,
    pins: [
      streaming(false),
      closedPin(KSPIN_DATAFLOW.OUT, KSNODETYPE_LEGACY_AUDIO_CONNECTOR),
      streaming(true),
      closedPin(KSPIN_DATAFLOW.IN, KSNODETYPE_LEGACY_AUDIO_CONNECTOR),
    ],
    nodes: [{ type: KSNODETYPE_DAC }, { type: KSNODETYPE_ADC }],
    connections: [
      connection(PCFILTER_NODE, WAVE_PIN.PLAYBACK, NODE.DAC, NODE_PIN.IN),
      connection(NODE.DAC, NODE_PIN.OUT, PCFILTER_NODE, WAVE_PIN.PLAYBACK_BRIDGE),
      connection(PCFILTER_NODE, WAVE_PIN.CAPTURE_BRIDGE, NODE.ADC, NODE_PIN.IN),
      connection(NODE.ADC, NODE_PIN.OUT, PCFILTER_NODE, WAVE_PIN.CAPTURE),
    ],
    categories: [KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_CAPTURE, KSCATEGORY_REALTIME],
  };
}

export const TOPOLOGY_FILTER: PcFilterDescriptor = {
  version: 0,
  pins: [
    closedPin(KSPIN_DATAFLOW.IN, KSNODETYPE_LEGACY_AUDIO_CONNECTOR),
    closedPin(KSPIN_DATAFLOW.OUT, KSNODETYPE_SPEAKER),
    closedPin(KSPIN_DATAFLOW.IN, KSNODETYPE_LINE_CONNECTOR),
    closedPin(KSPIN_DATAFLOW.OUT, KSNODETYPE_LEGACY_AUDIO_CONNECTOR),
  ],
  nodes: [],
  connections: [
    connection(PCFILTER_NODE, TOPOLOGY_PIN.PLAYBACK_BRIDGE, PCFILTER_NODE, TOPOLOGY_PIN.SPEAKER),
    connection(PCFILTER_NODE, TOPOLOGY_PIN.LINE_IN, PCFILTER_NODE, TOPOLOGY_PIN.CAPTURE_BRIDGE),
  ],
  categories: [KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY],
};

/** A pin that nobody can open. */
function closedPin(dataFlow: KSPIN_DATAFLOW, category: Guid): PcPinDescriptor {
  return {
    maxGlobalInstanceCount: 0,
    maxFilterInstanceCount: 0,
    minFilterInstanceCount: 0,
    dataRanges: [BRIDGE_RANGE],
    dataFlow,
    communication: KSPIN_COMMUNICATION.NONE,
    category,
  };
}

function connection(fromNode: number, fromNodePin: number, toNode: number, toNodePin: number) {
  return { fromNode, fromNodePin, toNode, toNodePin };
}
