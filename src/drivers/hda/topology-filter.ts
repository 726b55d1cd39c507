/**
 * The description of the topology filter: for each direction a bridge pin towards the wave filter,
 * the volume and mute nodes that the path's amplifier gives, and the pin that is the jack. Source:
 * PCFILTER_DESCRIPTOR, "Exposing Filter Topology", "Topology Miniport Driver".
 *
 *     pin 0 (wave) -> volume -> mute -> pin 1 (speaker)
 *     pin 3 (wave) <- mute <- volume <- pin 2 (line in or microphone)
 */
import {
  PCFILTER_NODE,
  type PcAutomationTable,
  type PcConnectionDescriptor,
  type PcFilterDescriptor,
  type PcNodeDescriptor,
  type PcPinDescriptor,
} from '../../portcls/ddi/index.ts';
import { DEFAULT_DEVICE } from '../../standards/hda/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_TOPOLOGY,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../standards/ks/guids.ts';
import { KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import {
  KSAUDFNAME_LINE_IN_VOLUME,
  KSAUDFNAME_LINE_MUTE,
  KSNODETYPE_MICROPHONE,
  KSNODETYPE_MUTE,
  KSNODETYPE_VOLUME,
} from '../../standards/ks/topology-controls.ts';
import { muteTable, type NodeHome, volumeTable } from './amplifier-nodes.ts';
import type { CodecSide } from './codec-sides.ts';
import { bridgePin, NODE_PIN } from './wave-filter.ts';

export const TOPOLOGY_PIN = { BRIDGE: 0, SPEAKER: 1, LINE_IN: 2, CAPTURE_BRIDGE: 3 } as const;

/** @param recording null where nothing records; then the filter has two pins */
export function describeTopologyFilter(
  home: NodeHome,
  automationTable: PcAutomationTable,
  playback: CodecSide,
  recording: CodecSide | null,
): PcFilterDescriptor {
  const { IN, OUT } = KSPIN_DATAFLOW;
  const pins: PcPinDescriptor[] = [bridgePin(IN), bridgePin(OUT, KSNODETYPE_SPEAKER)];
  const nodes: PcNodeDescriptor[] = [];
  const connections: PcConnectionDescriptor[] = [];
  const { BRIDGE, CAPTURE_BRIDGE, LINE_IN, SPEAKER } = TOPOLOGY_PIN;
  lead(home, playback, nodes, connections, BRIDGE, SPEAKER);
  if (recording !== null) {
    pins.push(bridgePin(IN, inputCategory(recording)), bridgePin(OUT));
    lead(home, recording, nodes, connections, LINE_IN, CAPTURE_BRIDGE);
  }
  const categories = [KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY];
  return { version: 0, automationTable, pins, nodes, connections, categories };
}

/** From a pin through the nodes of a side to another pin. */
function lead(
  home: NodeHome,
  side: CodecSide,
  nodes: PcNodeDescriptor[],
  connections: PcConnectionDescriptor[],
  fromPin: number,
  toPin: number,
): void {
  let fromNode = PCFILTER_NODE;
  let fromNodePin = fromPin;
  for (const node of nodesOf(home, side)) {
    const toNode = nodes.push(node) - 1;
    connections.push({ fromNode, fromNodePin, toNode, toNodePin: NODE_PIN.IN });
    fromNode = toNode;
    fromNodePin = NODE_PIN.OUT;
  }
  connections.push({ fromNode, fromNodePin, toNode: PCFILTER_NODE, toNodePin: toPin });
}

/** Nodes of one type need names that differ, so those of the recording side have one. */
function nodesOf(home: NodeHome, { isCapture, volume }: CodecSide): readonly PcNodeDescriptor[] {
  if (volume === null) return [];
  const nodes: PcNodeDescriptor[] = [
    {
      type: KSNODETYPE_VOLUME,
      automationTable: volumeTable(home, volume),
      name: isCapture ? KSAUDFNAME_LINE_IN_VOLUME : null,
    },
  ];
  if (!volume.canMute) return nodes;
  nodes.push({
    type: KSNODETYPE_MUTE,
    automationTable: muteTable(home, volume),
    name: isCapture ? KSAUDFNAME_LINE_MUTE : null,
  });
  return nodes;
}

function inputCategory({ jack }: CodecSide): typeof KSNODETYPE_MICROPHONE {
  const isMicrophone = jack.config?.device === DEFAULT_DEVICE.MICROPHONE;
  return isMicrophone ? KSNODETYPE_MICROPHONE : KSNODETYPE_LINE_CONNECTOR;
}
