/**
 * Whom a client asks of a node: a mixing filter whose driver answers each node only where it
 * exists, for one stream or for all of them. Source: "Audio Property Requests".
 */
import { expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { enumerateFilters } from '../../src/client/endpoints.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import type { KsPin } from '../../src/client/ks-pin.ts';
import { type NodeTarget, nodeTarget } from '../../src/client/node-target.ts';
import { readVolume } from '../../src/machine/endpoint-controls.ts';
import { nodesOfEndpoint } from '../../src/machine/endpoint-path.ts';
import {
  PCFILTER_NODE,
  type PcFilterDescriptor,
  type PcPropertyRequest,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_CAPTURE,
  KSNODETYPE_LINE_CONNECTOR,
  KSPROPSETID_Audio,
} from '../../src/standards/ks/guids.ts';
import {
  KSAUDFNAME_LINE_VOLUME,
  KSAUDFNAME_MASTER_VOLUME,
  KSAUDFNAME_WAVE_IN_VOLUME,
  KSAUDFNAME_WAVE_VOLUME,
  KSNODETYPE_MUX,
  KSNODETYPE_SUM,
} from '../../src/standards/ks/mixer-controls.ts';
import {
  KSPIN_DATAFLOW,
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../../src/standards/ks/requests.ts';
import { KSNODETYPE_VOLUME, LEVELS_PER_DB } from '../../src/standards/ks/topology-controls.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { send } from '../support/ks-requests.ts';
import { type PlainStream, plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const PIN = { PLAY: 0, SPEAKER: 1, LINE: 2, RECORD: 3 } as const;
const NODE = { STREAM: 0, SUM: 1, MASTER: 2, LINE: 3, MUX: 4, RECORDING: 5 } as const;
const ALL = 0xffff_ffff;

interface Asked {
  readonly node: number;
  readonly ofStream: boolean;
}

/** Streams are turned, summed and turned together; a line is turned, chosen, and turned again. */
function mixer(answer: (request: PcPropertyRequest) => NtStatus, instances = ALL) {
  const [, speaker = plainRenderPin] = plainDescriptor.pins;
  const open = { maxGlobalInstanceCount: instances, maxFilterInstanceCount: instances };
  const volume = {
    type: KSNODETYPE_VOLUME,
    automationTable: {
      properties: [
        {
          set: KSPROPSETID_Audio,
          id: KSPROPERTY_AUDIO.VOLUMELEVEL,
          flags: KSPROPERTY_TYPE_GET,
          handler: answer,
        },
      ],
    },
  };
  const path = (fromPin: number, nodes: readonly number[], toPin: number) => {
    const places = [null, ...nodes, null];
    return places.slice(1).map((to, index) => {
      const from = places[index] ?? null;
      return {
        fromNode: from ?? PCFILTER_NODE,
        fromNodePin: from === null ? fromPin : 0,
        toNode: to ?? PCFILTER_NODE,
        toNodePin: to === null ? toPin : 1,
      };
    });
  };
  const descriptor: PcFilterDescriptor = {
    ...plainDescriptor,
    pins: [
      { ...plainRenderPin, ...open },
      speaker,
      { ...speaker, dataFlow: KSPIN_DATAFLOW.IN, category: KSNODETYPE_LINE_CONNECTOR },
      {
        ...plainRenderPin,
        ...open,
        dataFlow: KSPIN_DATAFLOW.OUT,
        category: KSCATEGORY_CAPTURE,
      },
    ],
    nodes: [
      { ...volume, name: KSAUDFNAME_WAVE_VOLUME },
      { type: KSNODETYPE_SUM },
      { ...volume, name: KSAUDFNAME_MASTER_VOLUME },
      { ...volume, name: KSAUDFNAME_LINE_VOLUME },
      { type: KSNODETYPE_MUX },
      { ...volume, name: KSAUDFNAME_WAVE_IN_VOLUME },
    ],
    connections: [
      ...path(PIN.PLAY, [NODE.STREAM, NODE.SUM, NODE.MASTER], PIN.SPEAKER),
      ...path(PIN.LINE, [NODE.LINE, NODE.MUX, NODE.RECORDING], PIN.RECORD),
    ],
  };
  return descriptor;
}

/** The driver has a level for each stream in two nodes, and one level in the two others. */
function bootMixer(lab: Lab): { machine: PlainMachine; asked: Asked[] } {
  const asked: Asked[] = [];
  const answer = (request: PcPropertyRequest): NtStatus => {
    const { minorTarget, node, value, valueSize } = request;
    const ofStream = minorTarget !== null;
    asked.push({ node, ofStream });
    const isOfStreams = node === NODE.STREAM || node === NODE.RECORDING;
    if (ofStream !== isOfStreams) return STATUS_INVALID_DEVICE_REQUEST;
    if (value === null || valueSize < 4) return STATUS_INVALID_PARAMETER;
    const { driver, kernel } = machine;
    const stream = driver.streams.indexOf(minorTarget as PlainStream);
    kernel.ram.view.setInt32(value, -(10 * node + stream + 1) * LEVELS_PER_DB, true);
    request.valueSize = 4;
    return STATUS_SUCCESS;
  };
  const machine: PlainMachine = bootPlain(lab, { descriptor: mixer(answer) });
  return { machine, asked };
}

/** The level of a node in dB; null when the driver has none there. */
function level(object: KsObject, node: number): number | null {
  const flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
  const id = KSPROPERTY_AUDIO.VOLUMELEVEL;
  const request = { set: KSPROPSETID_Audio, id, flags, words: [node, 0, 0, 0], valueBytes: 4 };
  const status = send(object, request);
  return status === STATUS_SUCCESS
    ? object.view.getInt32(object.valueAt, true) / LEVELS_PER_DB
    : null;
}

const factsOf = (machine: PlainMachine) =>
  defined(enumerateFilters(machine.lab.client, machine.kernel.interfaces)[0], 'filter');

scenario(
  'nodes before a join are a sink’s, behind it a source’s, or all’s [PCL-PROP-031]',
  (lab) => {
    const { machine } = bootMixer(lab);
    const facts = factsOf(machine);
    const targets = facts.nodes.map((_, node) => nodeTarget(facts, node));
    expect(targets).toEqual([PIN.PLAY, 'filter', 'filter', 'filter', PIN.RECORD, PIN.RECORD]);
    const openOf = (pinId: number): KsPin => machine.openPin(STEREO_48, pinId);
    const players = [openOf(PIN.PLAY), openOf(PIN.PLAY)];
    const recorder = openOf(PIN.RECORD);
    const instances = new Map<NodeTarget, readonly KsObject[]>([
      ['filter', [machine.filter]],
      [PIN.PLAY, players],
      [PIN.RECORD, [recorder]],
    ]);
    const levels = (node: number): (number | null)[] =>
      (instances.get(nodeTarget(facts, node)) ?? []).map((object) => level(object, node));
    expect(levels(NODE.STREAM)).toEqual([-1, -2]);
    expect(levels(NODE.RECORDING)).toEqual([-53]);
    expect([levels(NODE.MASTER), levels(NODE.LINE)]).toEqual([[-20], [-30]]);
    // Whoever else is asked has no answer.
    expect(level(machine.filter, NODE.STREAM)).toBeNull();
    expect(level(recorder, NODE.LINE)).toBeNull();
  },
);

scenario('a pin that is open once at most leaves its nodes to the filter [PCL-PROP-031]', (lab) => {
  const machine = bootPlain(lab, { descriptor: mixer(() => STATUS_SUCCESS, 1) });
  const facts = factsOf(machine);
  const targets = facts.nodes.map((_, node) => nodeTarget(facts, node));
  expect(targets).toEqual(Array(6).fill('filter'));
});

scenario('the volume of an endpoint is none of one stream’s [PCL-PROP-031]', (lab) => {
  const { asked, machine } = bootMixer(lab);
  const { client } = machine.lab;
  const filters = enumerateFilters(client, machine.kernel.interfaces);
  const facts = defined(filters[0], 'filter');
  const host = { filter: facts, pin: defined(facts.pins[PIN.PLAY], 'pin') };
  const bridge = { bridgeLink: facts.symbolicLink, bridgePinId: PIN.SPEAKER };
  const path = nodesOfEndpoint(filters, { ...bridge, host, isRender: true });
  expect(path.map(({ node }) => node)).toEqual([NODE.MASTER, NODE.SUM, NODE.STREAM]);
  const { levelsDb } = defined(readVolume(client, path), 'volume');
  expect(levelsDb[0]).toBe(-10 * NODE.MASTER);
  expect(readVolume(client, path.slice(1))).toBeNull();
  expect(asked.filter(({ node }) => node === NODE.STREAM)).toEqual([]);
});
