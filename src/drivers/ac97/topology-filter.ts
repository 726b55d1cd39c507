/**
 * The description of the topology filter. Source: PCFILTER_DESCRIPTOR, "Exposing Filter Topology".
 *
 *     pin 0 (wave) -> PCM volume -> PCM mute -> master volume -> master mute -> pin 1 (speaker)
 *
 *     pin 2 (line in) ----------------------------> MUX 1
 *     pin 3 (microphone) -------------------------> MUX 2 -> record volume -> mute -> pin 4 (wave)
 *     line volume, mute; mic volume, mute -> SUM -> MUX 3
 */
import type { Guid } from '../../base/guid.ts';
import {
  PCFILTER_NODE,
  type PcAutomationTable,
  type PcConnectionDescriptor,
  type PcFilterDescriptor,
  type PcNodeDescriptor,
} from '../../portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_TOPOLOGY,
  KSNODETYPE_LINE_CONNECTOR,
  KSNODETYPE_SPEAKER,
} from '../../standards/ks/guids.ts';
import * as names from '../../standards/ks/mixer-controls.ts';
import { KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import {
  KSAUDFNAME_LINE_MUTE,
  KSNODETYPE_MICROPHONE,
  KSNODETYPE_MUTE,
  KSNODETYPE_VOLUME,
} from '../../standards/ks/topology-controls.ts';
import type { Codec } from './codec.ts';
import {
  type ControlScale,
  LINE_SCALE,
  MASTER_SCALE,
  MIC_SCALE,
  MixerControl,
  PCM_SCALE,
  RECORD_SCALE,
} from './mixer-control.ts';
import { muteTable, muxTable, type NodeHome, volumeTable } from './mixer-nodes.ts';
import { MUX_PIN, RecordSource } from './record-source.ts';
import { bridgePin, connection, NODE_PIN } from './wave-filter.ts';

export const TOPOLOGY_PIN = {
  PLAYBACK_BRIDGE: 0,
  SPEAKER: 1,
  LINE_IN: 2,
  MICROPHONE: 3,
  CAPTURE_BRIDGE: 4,
} as const;

/** Nodes in the order in which the filter lists them. */
export const TOPOLOGY_NODE = {
  PCM_VOLUME: 0,
  PCM_MUTE: 1,
  MASTER_VOLUME: 2,
  MASTER_MUTE: 3,
  LINE_VOLUME: 4,
  LINE_MUTE: 5,
  MIC_VOLUME: 6,
  MIC_MUTE: 7,
  SUM: 8,
  MUX: 9,
  RECORD_VOLUME: 10,
  RECORD_MUTE: 11,
} as const;

/** Nodes of one type need names that differ. */
export function describeTopologyFilter(home: NodeHome, codec: Codec): PcFilterDescriptor {
  const { IN, OUT } = KSPIN_DATAFLOW;
  const pair = (scale: ControlScale, volumeName: Guid, muteName: Guid): PcNodeDescriptor[] => {
    const control = new MixerControl(codec, scale);
    const node = (type: Guid, name: Guid, automationTable: PcAutomationTable) => {
      return { type, name, automationTable };
    };
    return [
      node(KSNODETYPE_VOLUME, volumeName, volumeTable(home, control)),
      node(KSNODETYPE_MUTE, muteName, muteTable(home, control)),
    ];
  };
  return {
    version: 0,
    pins: [
      bridgePin(IN),
      bridgePin(OUT, KSNODETYPE_SPEAKER),
      bridgePin(IN, KSNODETYPE_LINE_CONNECTOR),
      bridgePin(IN, KSNODETYPE_MICROPHONE),
      bridgePin(OUT),
    ],
    nodes: [
      ...pair(PCM_SCALE, names.KSAUDFNAME_WAVE_VOLUME, names.KSAUDFNAME_WAVE_MUTE),
      ...pair(MASTER_SCALE, names.KSAUDFNAME_MASTER_VOLUME, names.KSAUDFNAME_MASTER_MUTE),
      ...pair(LINE_SCALE, names.KSAUDFNAME_LINE_VOLUME, KSAUDFNAME_LINE_MUTE),
      ...pair(MIC_SCALE, names.KSAUDFNAME_MIC_VOLUME, names.KSAUDFNAME_MIC_MUTE),
      { type: names.KSNODETYPE_SUM },
      {
        type: names.KSNODETYPE_MUX,
        name: names.KSAUDFNAME_RECORDING_SOURCE,
        automationTable: muxTable(home, new RecordSource(codec)),
      },
      ...pair(RECORD_SCALE, names.KSAUDFNAME_WAVE_IN_VOLUME, names.KSAUDFNAME_RECORDING_CONTROL),
    ],
    connections: connections(),
    categories: [KSCATEGORY_AUDIO, KSCATEGORY_TOPOLOGY],
  };
}

function connections(): PcConnectionDescriptor[] {
  const P = TOPOLOGY_PIN;
  const N = TOPOLOGY_NODE;
  const { IN, OUT } = NODE_PIN;
  const join = (from: number, to: number, toPin: number = IN) => connection(from, OUT, to, toPin);
  return [
    connection(PCFILTER_NODE, P.PLAYBACK_BRIDGE, N.PCM_VOLUME, IN),
    join(N.PCM_VOLUME, N.PCM_MUTE),
    join(N.PCM_MUTE, N.MASTER_VOLUME),
    join(N.MASTER_VOLUME, N.MASTER_MUTE),
    connection(N.MASTER_MUTE, OUT, PCFILTER_NODE, P.SPEAKER),
    connection(PCFILTER_NODE, P.LINE_IN, N.MUX, MUX_PIN.LINE_IN),
    connection(PCFILTER_NODE, P.MICROPHONE, N.MUX, MUX_PIN.MIC),
    connection(PCFILTER_NODE, P.LINE_IN, N.LINE_VOLUME, IN),
    join(N.LINE_VOLUME, N.LINE_MUTE),
    join(N.LINE_MUTE, N.SUM, 1),
    connection(PCFILTER_NODE, P.MICROPHONE, N.MIC_VOLUME, IN),
    join(N.MIC_VOLUME, N.MIC_MUTE),
    join(N.MIC_MUTE, N.SUM, 2),
    join(N.SUM, N.MUX, MUX_PIN.MIX),
    join(N.MUX, N.RECORD_VOLUME),
    join(N.RECORD_VOLUME, N.RECORD_MUTE),
    connection(N.RECORD_MUTE, OUT, PCFILTER_NODE, P.CAPTURE_BRIDGE),
  ];
}
