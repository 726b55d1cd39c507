/**
 * How a filter that mixes in hardware has to be wired, held against what a WavePci driver
 * describes. Source: "Pin Factories", "DirectSound Node-Ordering Requirements", "Supporting a
 * Mixture of 2D and 3D Pins".
 */
import { describe, expect } from 'vitest';
import {
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPinDescriptor,
} from '../../src/portcls/ddi/index.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSNODETYPE_3D_EFFECTS,
  KSNODETYPE_DAC,
  KSNODETYPE_SPEAKER,
  KSNODETYPE_SRC,
  KSNODETYPE_SUPERMIX,
} from '../../src/standards/ks/guids.ts';
import {
  KSAUDFNAME_LINE_VOLUME,
  KSAUDFNAME_MIC_VOLUME,
  KSAUDFNAME_RECORDING_CONTROL,
  KSAUDFNAME_WAVE_VOLUME,
  KSNODETYPE_SUM,
} from '../../src/standards/ks/mixer-controls.ts';
import { KSNODETYPE_VOLUME } from '../../src/standards/ks/topology-controls.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { busMasterDescriptor } from '../support/bus-master-driver.ts';
import { bootBusMaster } from '../support/bus-master-machine.ts';

const TYPES = {
  volume: KSNODETYPE_VOLUME,
  '3D': KSNODETYPE_3D_EFFECTS,
  supermix: KSNODETYPE_SUPERMIX,
  SRC: KSNODETYPE_SRC,
  SUM: KSNODETYPE_SUM,
  DAC: KSNODETYPE_DAC,
} as const;
type NodeName = keyof typeof TYPES;
/** Two nodes of one type need names to tell them apart; any will do. */
const NAMES = [
  KSAUDFNAME_WAVE_VOLUME,
  KSAUDFNAME_LINE_VOLUME,
  KSAUDFNAME_MIC_VOLUME,
  KSAUDFNAME_RECORDING_CONTROL,
];
const [PLAY, SISTER, SPEAKER] = [0, 1, 3];

interface MixedPin {
  readonly instances?: number;
  readonly isDirectSound?: boolean;
  readonly nodes: readonly NodeName[];
}

/** A filter whose first two pins lead through these nodes to the speaker. */
function filterOf(play: MixedPin, sister: MixedPin = { instances: 1, nodes: ['DAC'] }) {
  const [first, second, ...others] = busMasterDescriptor.pins as [
    PcPinDescriptor,
    PcPinDescriptor,
    ...PcPinDescriptor[],
  ];
  const pinOf = (pin: PcPinDescriptor, { instances = 4, isDirectSound = true }: MixedPin) => ({
    ...pin,
    maxGlobalInstanceCount: instances,
    maxFilterInstanceCount: instances,
    dataRanges: isDirectSound
      ? pin.dataRanges.map((range) => ({ ...range, specifier: KSDATAFORMAT_SPECIFIER_DSOUND }))
      : pin.dataRanges,
  });
  const nodes: PcFilterDescriptor['nodes'][number][] = [];
  const connections: PcFilterDescriptor['connections'][number][] = [];
  for (const [pinId, way] of [play.nodes, sister.nodes].entries()) {
    let from = { fromNode: PCFILTER_NODE, fromNodePin: pinId === 0 ? PLAY : SISTER };
    for (const name of way) {
      connections.push({ ...from, toNode: nodes.length, toNodePin: 1 });
      from = { fromNode: nodes.length, fromNodePin: 0 };
      const type = TYPES[name];
      const twins = nodes.filter((node) => node.type === type).length;
      nodes.push(twins === 0 ? { type } : { type, name: NAMES[twins - 1] ?? KSNODETYPE_SPEAKER });
    }
    connections.push({ ...from, toNode: PCFILTER_NODE, toNodePin: SPEAKER });
  }
  const pins = [pinOf(first, play), pinOf(second, sister), ...others];
  return { ...busMasterDescriptor, pins, nodes, connections } as PcFilterDescriptor;
}

/** What is noted of such a filter. */
function noted(lab: Lab, play: MixedPin, sister?: MixedPin): string[] {
  const machine = bootBusMaster(lab, { descriptor: filterOf(play, sister) });
  const findings = machine.lab.findings.map((text) => text.replace(/^.*descriptor: /, ''));
  for (const text of machine.lab.findings) {
    machine.lab.expectFinding(new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  }
  return findings;
}

const IN_ORDER: readonly NodeName[] = ['volume', 'supermix', 'volume', 'SRC', 'SUM', 'DAC'];
const IN_3D: readonly NodeName[] = ['volume', '3D', 'supermix', 'volume', 'SRC', 'SUM', 'DAC'];

describe('a pin that may be open several times', () => {
  scenario('has a SUM behind it, or is noted [WPC-MIX-001]', (lab) => {
    const pin = { isDirectSound: false, instances: 2 };
    expect(noted(lab, { ...pin, nodes: ['volume', 'SUM', 'DAC'] })).toEqual([]);
    expect(noted(lab, { ...pin, instances: 1, nodes: ['volume', 'DAC'] })).toEqual([]);
    expect(noted(lab, { ...pin, nodes: ['volume', 'DAC'] })).toEqual([
      'pin 0 may be open several times, and no SUM is behind it',
    ]);
  });
});

describe('a pin that DirectSound accelerates', () => {
  scenario('has its nodes in order, with others between [WPC-MIX-004]', (lab) => {
    expect(noted(lab, { nodes: IN_ORDER })).toEqual([]);
    expect(noted(lab, { nodes: IN_3D })).toEqual([]);
    const between: NodeName[] = ['volume', 'DAC', 'supermix', 'volume', 'SRC', 'SUM'];
    expect(noted(lab, { nodes: between })).toEqual([]);
  });

  for (const [nodes, fault] of [
    [['supermix', 'volume', 'SRC', 'SUM'], 'has no volume node where one belongs'],
    [['volume', 'supermix', 'SRC', 'SUM'], 'has no pan volume node where one belongs'],
    [['volume', 'supermix', 'volume', 'SUM', 'SRC'], 'has no SRC node where one belongs'],
    [['volume', 'supermix', 'SRC', 'volume', 'SUM'], 'has its pan volume node too late'],
    [['volume', 'supermix', '3D', 'volume', 'SRC', 'SUM'], 'has its 3D node too late'],
  ] as const) {
    scenario(`with ${nodes.join(', ')} ${fault} [WPC-MIX-004]`, (lab) => {
      expect(noted(lab, { nodes })).toEqual([`pin 0 of DirectSound ${fault}`]);
    });
  }

  scenario('stands before its 3D sister, or is noted [WPC-MIX-007]', (lab) => {
    expect(noted(lab, { nodes: IN_ORDER }, { nodes: IN_3D })).toEqual([]);
    expect(noted(lab, { nodes: IN_3D }, { nodes: IN_ORDER })).toEqual([
      'pin 1, which is 2D, is listed behind the 3D pin 0',
    ]);
    expect(noted(lab, { nodes: IN_3D }, { nodes: IN_3D })).toEqual([]);
  });
});
