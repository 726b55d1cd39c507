/** Filter descriptors: what a port makes of them, and what they get wrong. */
import { expect } from 'vitest';
import { readGuid } from '../../src/base/guid.ts';
import { KsFilter } from '../../src/client/ks-filter.ts';
import type {
  DataRange,
  PcFilterDescriptor,
  PcPinDescriptor,
} from '../../src/portcls/ddi/index.ts';
import {
  KSCATEGORY_AUDIO,
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_TYPE_WILDCARD,
  KSINTERFACESETID_Standard,
  KSMEDIUMSETID_Standard,
  KSNODETYPE_ADC,
  KSNODETYPE_DAC,
  KSNODETYPE_SPEAKER,
  KSPROPSETID_Pin,
} from '../../src/standards/ks/guids.ts';
import {
  KSMULTIPLE_ITEM,
  KSPIN_COMMUNICATION,
  KSPIN_DATAFLOW,
  KSPROPERTY_PIN,
  KSPROPERTY_TYPE_GET,
} from '../../src/standards/ks/requests.ts';
import { ntSuccess, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { send } from '../support/ks-requests.ts';
import { plainDevice } from '../support/plain-device.ts';
import {
  PLAIN_PCM_RANGE,
  plainDescriptor,
  plainDriver,
  plainRenderPin,
} from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const [, bridge] = plainDescriptor.pins as readonly [PcPinDescriptor, PcPinDescriptor];
const audio = {
  maximumChannels: 2,
  minimumBitsPerSample: 8,
  maximumBitsPerSample: 16,
  minimumSampleFrequency: 8_000,
  maximumSampleFrequency: 48_000,
};

/** Starts a filter with the descriptor, which is to be reported; whether it starts is not asked. */
function report(lab: Lab, changes: Partial<PcFilterDescriptor>, finding: RegExp): void {
  const { module } = plainDriver({ descriptor: { ...plainDescriptor, ...changes } });
  const machine = lab.build({ device: plainDevice, driver: module });
  machine.machine.loadDriver();
  machine.machine.kernel.pnp.startDevice(machine.machine.node);
  machine.expectFinding(finding);
}

const withPin = (pin: Partial<PcPinDescriptor>): Partial<PcFilterDescriptor> => ({
  pins: [{ ...plainRenderPin, ...pin }, bridge],
});
const withRange = (range: Partial<DataRange>): Partial<PcFilterDescriptor> =>
  withPin({ dataRanges: [{ ...PLAIN_PCM_RANGE, ...range }] });

/** A list of identifiers that a pin answers with. */
function identifiers({ filter }: PlainMachine, id: number): [string, number][] {
  const get = { set: KSPROPSETID_Pin, id, flags: KSPROPERTY_TYPE_GET, words: [0, 0] };
  expect(send(filter, { ...get, valueBytes: 512 })).toBe(STATUS_SUCCESS);
  const { Count, Size } = KSMULTIPLE_ITEM.read(filter.view, filter.valueAt);
  expect(Size).toBe(8 + 24 * Count);
  return Array.from({ length: Count }, (_, index) => {
    const at = filter.valueAt + 8 + 24 * index;
    return [readGuid(filter.view, at).name, filter.view.getUint32(at + 16, true)];
  });
}

scenario('pin and node ids are places in the descriptor [PCL-DESC-012]', (lab) => {
  const machine = bootPlain(lab, {
    descriptor: {
      ...plainDescriptor,
      pins: [bridge, plainRenderPin],
      nodes: [{ type: KSNODETYPE_ADC }, { type: KSNODETYPE_DAC }],
      connections: [],
    },
  });
  const { filter } = machine;
  expect(filter.pinCount).toBe(2);
  expect([filter.pin(0).dataFlow, filter.pin(1).dataFlow]).toEqual([
    KSPIN_DATAFLOW.OUT,
    KSPIN_DATAFLOW.IN,
  ]);
  expect(filter.nodes.map((node) => node.name)).toEqual(['KSNODETYPE_ADC', 'KSNODETYPE_DAC']);
  expect(() => filter.pin(2)).toThrow(/INVALID_PARAMETER/);
  expect(ntSuccess(filter.tryOpenPin(0, STEREO_48).status)).toBe(false);
  expect(ntSuccess(filter.tryOpenPin(1, STEREO_48).status)).toBe(true);
});

scenario('a bridge pin has no counts and no table, and is never opened [PCL-DESC-013]', (lab) => {
  const { filter } = bootPlain(lab);
  expect(ntSuccess(filter.tryOpenPin(1, STEREO_48).status)).toBe(false);
  for (const count of [
    { maxGlobalInstanceCount: 1 },
    { maxFilterInstanceCount: 1 },
    { minFilterInstanceCount: 1 },
  ]) {
    const pins = [plainRenderPin, { ...bridge, ...count }];
    report(lab, { pins }, /a bridge pin has instance counts above 0/);
  }
  const pins = [plainRenderPin, { ...bridge, automationTable: { properties: [] } }];
  report(lab, { pins }, /a bridge pin has an automation table/);
});

scenario('category and name together tell factories apart [PCL-DESC-014]', (lab) => {
  const twins = [plainRenderPin, plainRenderPin];
  report(lab, { pins: twins, connections: [] }, /pins 0 and 1 have the same category and name/);
  const named = [plainRenderPin, { ...plainRenderPin, name: KSNODETYPE_SPEAKER }];
  bootPlain(lab, { descriptor: { ...plainDescriptor, pins: named, connections: [] } });
});

scenario('nodes of one type have names that differ [PCL-DESC-015]', (lab) => {
  const dac = { type: KSNODETYPE_DAC };
  report(lab, { nodes: [dac, dac] }, /nodes 0 and 1 have the same type and name/);
  const nodes = [dac, { ...dac, name: KSNODETYPE_SPEAKER }];
  bootPlain(lab, { descriptor: { ...plainDescriptor, nodes } });
});

scenario('the port names the interface, and a standard medium for none [PCL-DESC-016]', (lab) => {
  const machine = bootPlain(lab);
  const { INTERFACES, MEDIUMS } = KSPROPERTY_PIN;
  expect(identifiers(machine, INTERFACES)).toEqual([[KSINTERFACESETID_Standard.name, 1]]);
  expect(identifiers(machine, MEDIUMS)).toEqual([[KSMEDIUMSETID_Standard.name, 0]]);
  const mediums = [{ set: KSNODETYPE_SPEAKER, id: 4 }];
  const own = bootPlain(lab, { descriptor: { ...plainDescriptor, ...withPin({ mediums }) } });
  expect(identifiers(own, MEDIUMS)).toEqual([['KSNODETYPE_SPEAKER', 4]]);
});

scenario('both ends of a connection exist [PCL-DESC-017]', (lab) => {
  const FILTER = 0xffffffff;
  const [first] = plainDescriptor.connections;
  if (first === undefined) throw new Error('no connection');
  const fanOut = [first, { ...first, toNodePin: 2 }];
  bootPlain(lab, { descriptor: { ...plainDescriptor, connections: fanOut } });
  for (const [change, finding] of [
    [{ toNode: 1 }, /connection 0: there is no node 1/],
    [{ fromNode: 7 }, /connection 0: there is no node 7/],
    [{ fromNodePin: 2 }, /connection 0: there is no pin 2/],
    [{ toNode: FILTER, toNodePin: 9 }, /connection 0: there is no pin 9/],
  ] as const) {
    report(lab, { connections: [{ ...first, ...change }] }, finding);
  }
});

scenario("the categories of the descriptor are the filter's [PCL-DESC-018]", (lab) => {
  const categories = [KSNODETYPE_SPEAKER, KSCATEGORY_AUDIO];
  const { filter } = bootPlain(lab, { descriptor: { ...plainDescriptor, categories } });
  expect(filter.categories).toEqual(categories);
  const empty = bootPlain(lab, { descriptor: { ...plainDescriptor, categories: [] } });
  expect(empty.filter.categories).toEqual([]);
});

scenario('a pin publishes its data ranges, none of them wild [PCL-DI-015 PCL-DI-018]', (lab) => {
  const { filter } = bootPlain(lab);
  expect(filter.pin(0).dataRanges).toEqual([PLAIN_PCM_RANGE]);
  report(lab, withPin({ dataRanges: [] }), /pin 0 has no data ranges/);
  const wild = KSDATAFORMAT_TYPE_WILDCARD;
  for (const range of [{ majorFormat: wild }, { subFormat: wild }, { specifier: wild }]) {
    report(lab, withRange(range), /pin 0 has a data range with a wild card/);
  }
  const anything = { majorFormat: wild, subFormat: wild, specifier: wild };
  expect(filter.intersect(0, [anything])).not.toBeNull();
});

scenario('the least of a range is not above its most [PCL-KS-020]', (lab) => {
  const bits = { ...audio, minimumBitsPerSample: 24 };
  report(lab, withRange({ audio: bits }), /MinimumBitsPerSample above MaximumBitsPerSample/);
  const rate = { ...audio, minimumSampleFrequency: 96_000 };
  report(lab, withRange({ audio: rate }), /MinimumSampleFrequency above MaximumSampleFrequency/);
  const single = { ...audio, minimumBitsPerSample: 16, minimumSampleFrequency: 48_000 };
  bootPlain(lab, { descriptor: { ...plainDescriptor, ...withRange({ audio: single }) } });
});

scenario('a DSOUND range tells the container, a whole number of bytes [PCL-KS-021]', (lab) => {
  const specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
  const odd = { ...audio, maximumBitsPerSample: 20 };
  report(lab, withRange({ specifier, audio: odd }), /20 bits, which is no container size/);
  const whole = { ...audio, maximumBitsPerSample: 24 };
  const range = withRange({ specifier, audio: whole });
  bootPlain(lab, { descriptor: { ...plainDescriptor, ...range } });
});

scenario('a client sees SINK pins as the descriptor has them', (lab) => {
  const machine = bootPlain(lab);
  const [link = ''] = machine.kernel.interfaces.enumerate(KSCATEGORY_AUDIO);
  const filter = KsFilter.open(machine.lab.client, link);
  expect(filter.pin(0).communication).toBe(KSPIN_COMMUNICATION.SINK);
  expect(filter.pin(1).communication).toBe(KSPIN_COMMUNICATION.NONE);
  expect(filter.pin(1).category).toBe(KSNODETYPE_SPEAKER);
  filter.close();
});
