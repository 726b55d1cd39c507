/** Property requests that reach a miniport's handlers: verbs, routing, targets and buffers. */
import { expect } from 'vitest';
import type { PcPropertyItem } from '../../src/portcls/ddi/index.ts';
import {
  KSPROPSETID_Audio,
  KSPROPSETID_Pin,
  KSPROPSETID_Topology,
} from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_PIN,
  KSPROPERTY_TOPOLOGY,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_DEFAULTVALUES,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SERIALIZERAW,
  KSPROPERTY_TYPE_SERIALIZESIZE,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
  KSPROPERTY_TYPE_UNSERIALIZERAW,
} from '../../src/standards/ks/requests.ts';
import {
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_FOUND,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { answered, send } from '../support/ks-requests.ts';
import { plainDescriptor } from '../support/plain-driver.ts';
import { bootPlain } from '../support/plain-machine.ts';
import { answerUlong, bootTabled, SET, sizeAnswer, succeed } from '../support/property-tables.ts';

const GET = KSPROPERTY_TYPE_GET;
const TO_NODE = KSPROPERTY_TYPE_TOPOLOGY;
const SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT;
const NOTHING = 0xffff_ffff;
const ALL_VERBS = [
  GET,
  KSPROPERTY_TYPE_SET,
  SUPPORT,
  KSPROPERTY_TYPE_DEFAULTVALUES,
  KSPROPERTY_TYPE_SERIALIZERAW,
  KSPROPERTY_TYPE_UNSERIALIZERAW,
  KSPROPERTY_TYPE_SERIALIZESIZE,
];
const ULONG = 4;

scenario(
  'the handler of a property takes one request and returns a status [PCL-PROP-002]',
  (lab) => {
    const { filter, machine, seen } = bootTabled(lab, (request) =>
      answerUlong(() => machine, 77)(request),
    );
    expect(send(filter, { set: SET, id: 1, flags: GET, valueBytes: 4 })).toBe(STATUS_SUCCESS);
    expect(answered(filter, 1)).toEqual([77]);
    expect(seen.map(({ request }) => [request.propertyItem.id, request.verb])).toEqual([[1, GET]]);
    const refusing = bootTabled(lab, () => STATUS_NO_MATCH);
    expect(send(refusing.filter, { set: SET, id: 1, flags: GET, valueBytes: 4 })).toBe(
      STATUS_NO_MATCH,
    );
  },
);

scenario('a verb that the flags leave out is refused before the handler [PCL-PROP-005]', (lab) => {
  const { filter, seen } = bootTabled(lab, succeed, GET);
  const set = { set: SET, id: 0, flags: KSPROPERTY_TYPE_SET, valueBytes: 4 };
  expect(send(filter, set)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(send(filter, { ...set, flags: TO_NODE | 2, words: [0, 0] })).toBe(
    STATUS_INVALID_DEVICE_REQUEST,
  );
  expect(seen).toEqual([]);
  expect(send(filter, { ...set, flags: GET })).toBe(STATUS_SUCCESS);
  const writing = bootTabled(lab, succeed, KSPROPERTY_TYPE_SET);
  expect(send(writing.filter, set)).toBe(STATUS_SUCCESS);
  expect(send(writing.filter, { ...set, flags: GET })).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(send(writing.filter, { ...set, flags: SUPPORT })).toBe(STATUS_SUCCESS);
  expect(answered(writing.filter, 1)).toEqual([SUPPORT | KSPROPERTY_TYPE_SET]);
  expect(writing.seen).toHaveLength(1);
});

scenario('the flags of an item are the verbs of a request [PCL-PROP-004]', (lab) => {
  for (const flag of ALL_VERBS) {
    const { filter, seen } = bootTabled(
      lab,
      (request) => {
        request.valueSize = request.verb === SUPPORT ? ULONG : 0;
        return STATUS_SUCCESS;
      },
      flag,
    );
    for (const flags of ALL_VERBS) {
      send(filter, { set: SET, id: 0, flags, valueBytes: 4 });
    }
    expect(seen.map(({ request }) => request.verb)).toEqual([flag]);
  }
});

scenario(
  'a handler gets the miniport given to Init and the stream that NewStream gave, or no stream ' +
    'on a filter [PCL-PROP-006 PCL-PROP-007]',
  (lab) => {
    const { filter, machine, seen } = bootTabled(lab, succeed);
    const pin = machine.openPin();
    const miniport = machine.stream.miniport;
    for (const object of [filter, pin] as const) {
      send(object, { set: SET, id: 0, flags: GET, valueBytes: 4 });
      send(object, { set: SET, id: 0, flags: GET | TO_NODE, words: [0, 0], valueBytes: 4 });
    }
    const targets = seen.map(({ request }) => [
      request.majorTarget === miniport,
      request.minorTarget === null ? null : request.minorTarget === machine.stream,
    ]);
    expect(targets).toEqual([
      [true, null],
      [true, null],
      [true, true],
      [true, true],
    ]);
  },
);

scenario('the node is -1 unless the topology bit names one [PCL-PROP-008 PCL-PROP-011]', (lab) => {
  const { filter, machine, seen } = bootTabled(lab, succeed);
  const pin = machine.openPin();
  const plain = { set: SET, id: 0, flags: GET, words: [0, 0], valueBytes: 4 };
  for (const object of [filter, pin] as const) {
    expect(send(object, plain)).toBe(STATUS_SUCCESS);
    expect(send(object, { ...plain, flags: GET | TO_NODE })).toBe(STATUS_SUCCESS);
  }
  expect(seen.map(({ request, table }) => [table, request.node])).toEqual([
    ['filter', NOTHING],
    ['node', 0],
    ['pin', NOTHING],
    ['node', 0],
  ]);
  const absent = { ...plain, flags: GET | TO_NODE, words: [1, 0] };
  expect(send(filter, absent)).toBe(STATUS_PROPSET_NOT_FOUND);
  const unnamed = { ...plain, flags: GET | TO_NODE, words: [] };
  expect(send(filter, unnamed)).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(seen).toHaveLength(4);
});

scenario('the instance is what lies behind the identifier [PCL-PROP-009]', (lab) => {
  const { filter, machine, seen } = bootTabled(lab, (request) => {
    const { instance, instanceSize } = request;
    const bytes = machine.kernel.ram.view;
    instances.push([instanceSize, instance === null ? null : bytes.getUint32(instance, true)]);
    return succeed(request);
  });
  const instances: (number | null)[][] = [];
  const plain = { set: SET, id: 0, flags: GET, valueBytes: 4 };
  send(filter, plain);
  send(filter, { ...plain, words: [0xaa, 0xbb] });
  send(filter, { ...plain, flags: GET | TO_NODE, words: [0, 0] });
  send(filter, { ...plain, flags: GET | TO_NODE, words: [0, 0, 0xcc, 0xdd] });
  expect(instances).toEqual([
    [0, null],
    [8, 0xaa],
    [0, null],
    [8, 0xcc],
  ]);
  expect(seen).toHaveLength(4);
});

scenario('the value is the whole output buffer [PCL-PROP-010]', (lab) => {
  const values: unknown[] = [];
  const { filter, machine } = bootTabled(lab, (request) => {
    const { value, valueSize } = request;
    const first = value === null ? null : machine.kernel.ram.view.getUint32(value, true);
    values.push([valueSize, first]);
    return valueSize === 0 ? sizeAnswer(request, 4) : succeed(request);
  });
  filter.view.setUint32(filter.valueAt, 0xfeed, true);
  for (const valueBytes of [4, 20, 0]) send(filter, { set: SET, id: 0, flags: GET, valueBytes });
  expect(values).toEqual([
    [4, 0xfeed],
    [20, 0xfeed],
    [0, null],
  ]);
});

scenario('where port and miniport have a property, the port answers it [PCL-PROP-012]', (lab) => {
  let asked = 0;
  const item = (id: number): PcPropertyItem => ({
    set: KSPROPSETID_Pin,
    id,
    flags: GET,
    handler: (request) => {
      asked++;
      return succeed(request);
    },
  });
  const automationTable = { properties: [item(KSPROPERTY_PIN.CINSTANCES), item(4000)] };
  const { filter } = bootPlain(lab, { descriptor: { ...plainDescriptor, automationTable } });
  expect(filter.pin(0).possibleInstances).toBe(2);
  expect(asked).toBe(0);
  const own = { set: KSPROPSETID_Pin, id: 4000, flags: GET, valueBytes: 4 };
  expect(send(filter, own)).toBe(STATUS_SUCCESS);
  expect(asked).toBe(1);
  expect(send(filter, { ...own, id: 4001 })).toBe(STATUS_NOT_FOUND);
  expect(send(filter, { ...own, set: SET })).toBe(STATUS_PROPSET_NOT_FOUND);
});

scenario('the port serves the name of a node, and nothing else of it [PCL-PROP-014]', (lab) => {
  const { filter } = bootPlain(lab);
  const toNode = { flags: GET | TO_NODE, words: [0, 0], valueBytes: 64 };
  const name = { ...toNode, set: KSPROPSETID_Topology, id: KSPROPERTY_TOPOLOGY.NAME };
  expect(send(filter, name)).toBe(STATUS_SUCCESS);
  expect(filter.bytesReturned).toBe(2 * 'D/A Converter\0'.length);
  expect(send(filter, { ...name, words: [1, 0] })).toBe(STATUS_INVALID_PARAMETER);
  const volume = { ...toNode, set: KSPROPSETID_Audio, id: 4 };
  expect(send(filter, volume)).toBe(STATUS_PROPSET_NOT_FOUND);
  const types = { ...toNode, set: KSPROPSETID_Pin, id: KSPROPERTY_PIN.CTYPES };
  expect(send(filter, types)).toBe(STATUS_PROPSET_NOT_FOUND);
  const categories = { ...toNode, set: KSPROPSETID_Topology, id: KSPROPERTY_TOPOLOGY.CATEGORIES };
  expect(send(filter, categories)).toBe(STATUS_NOT_FOUND);
});
