/** Properties of nodes: what their basic support describes, clamping, and whom they are asked of. */
import { expect } from 'vitest';
import type { PcPropertyRequest } from '../../src/portcls/ddi/index.ts';
import { KSNODETYPE_DAC, KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_AUDIO,
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_MEMBER_STEPPEDRANGES,
  KSPROPERTY_MEMBERSHEADER,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../../src/standards/ks/requests.ts';
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { send } from '../support/ks-requests.ts';
import { plainDescriptor } from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';
import type { Answer } from '../support/property-tables.ts';

const GET = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
const SET = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
const SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY;
const VT_I4 = 3;
const VT_BOOL = 11;
const STEPPING_BYTES = 16;
const DB = 65536;
const volume = { set: KSPROPSETID_Audio, id: KSPROPERTY_AUDIO.VOLUMELEVEL };
/** Node 0, its reserved word, a channel and its reserved word. */
const onChannel = (channel: number): readonly number[] => [0, 0, channel, 0];

/** A machine whose only node answers the volume with `answer`. */
function bootNode(lab: Lab, answer: (machine: PlainMachine) => Answer): PlainMachine {
  const flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
  const handler: Answer = (request) => answer(machine)(request);
  const automationTable = { properties: [{ ...volume, flags, handler }] };
  const nodes = [{ type: KSNODETYPE_DAC, automationTable }];
  const machine: PlainMachine = bootPlain(lab, { descriptor: { ...plainDescriptor, nodes } });
  return machine;
}

interface Members {
  readonly type: number;
  readonly lists?: number;
  readonly size: number;
  readonly count?: number;
  readonly bytes: number;
}

/** Describes a property with one list of members, which takes `bytes` behind the description. */
const describes =
  ({ bytes, count = 1, lists = 1, size, type }: Members) =>
  ({ kernel }: PlainMachine): Answer =>
  (request) => {
    const { view } = kernel.ram;
    const whole = KSPROPERTY_DESCRIPTION.size + bytes;
    if (request.value === null || request.valueSize < whole) return STATUS_INVALID_PARAMETER;
    KSPROPERTY_DESCRIPTION.write(view, request.value, {
      AccessFlags: KSPROPERTY_TYPE_GET,
      DescriptionSize: whole,
      PropTypeId: type,
      MembersListCount: lists,
    });
    KSPROPERTY_MEMBERSHEADER.write(view, request.value + KSPROPERTY_DESCRIPTION.size, {
      MembersFlags: KSPROPERTY_MEMBER_STEPPEDRANGES,
      MembersSize: size,
      MembersCount: count,
    });
    request.valueSize = whole;
    return STATUS_SUCCESS;
  };

scenario(
  'basic support has ranges for a volume, and none for a BOOL; another answer is reported [PCL-PROP-023]',
  (lab) => {
    const head = KSPROPERTY_MEMBERSHEADER.size;
    const ask = (members: Members, finding?: RegExp): void => {
      const machine = bootNode(lab, describes(members));
      const query = { ...volume, flags: SUPPORT, words: [0, 0], valueBytes: 128 };
      expect(send(machine.filter, query)).toBe(STATUS_SUCCESS);
      if (finding !== undefined) machine.lab.expectFinding(finding);
    };
    ask({ type: VT_I4, size: STEPPING_BYTES, bytes: head + STEPPING_BYTES });
    ask({ type: VT_I4, size: STEPPING_BYTES, count: 2, bytes: head + 2 * STEPPING_BYTES });
    ask({ type: VT_BOOL, size: 0, bytes: head });
    ask({ type: VT_BOOL, size: 8, bytes: head + 8 }, /of a BOOL has MembersSize 8/);
    ask({ type: VT_I4, size: 0, bytes: head }, /has ranges of MembersSize 0/);
    ask({ type: VT_I4, size: STEPPING_BYTES, bytes: head }, /members past the end/);
    const two = { type: VT_I4, size: STEPPING_BYTES, lists: 2, bytes: head + STEPPING_BYTES };
    ask(two, /announces 2 member lists, and has 1/);
  },
);

/** The level in the request's value, which a GET fills and a SET brings. */
function exchange({ kernel }: PlainMachine, request: PcPropertyRequest, level: number): number {
  const { view } = kernel.ram;
  if (request.value === null) throw new Error('no value');
  if (request.verb === KSPROPERTY_TYPE_SET) return view.getInt32(request.value, true);
  view.setInt32(request.value, level, true);
  request.valueSize = 4;
  return level;
}

scenario(
  'a volume out of range is clamped, and read back so; to refuse it is reported [PCL-PROP-024]',
  (lab) => {
    let level = 0;
    const clamping = bootNode(lab, (machine) => (request) => {
      level = Math.max(-96 * DB, Math.min(0, exchange(machine, request, level)));
      return STATUS_SUCCESS;
    });
    const set = { ...volume, flags: SET, words: onChannel(0), valueBytes: 4 };
    const { filter } = clamping;
    for (const [asked, kept] of [
      [100, 0],
      [-120, -96],
      [-6, -6],
    ] as const) {
      filter.view.setInt32(filter.valueAt, asked * DB, true);
      expect(send(filter, set)).toBe(STATUS_SUCCESS);
      expect(send(filter, { ...set, flags: GET })).toBe(STATUS_SUCCESS);
      expect(filter.view.getInt32(filter.valueAt, true)).toBe(kept * DB);
    }
    const refusing = bootNode(lab, () => () => STATUS_INVALID_PARAMETER);
    refusing.filter.view.setInt32(refusing.filter.valueAt, 100 * DB, true);
    // A channel that is not there, or a value that is too short, is refused with good reason.
    send(refusing.filter, { ...set, words: onChannel(7) });
    send(refusing.filter, { ...set, valueBytes: 2 });
    expect(refusing.lab.findings).toEqual([]);
    expect(send(refusing.filter, set)).toBe(STATUS_INVALID_PARAMETER);
    refusing.lab.expectFinding(/a volume of 100 dB was refused, not clamped/);
  },
);

scenario(
  'a property of pins is told of no pin when its filter is asked: GET fails, SET is for later ones [PCL-PROP-030]',
  (lab) => {
    const levels = new Map<unknown, number>();
    let preset = 0;
    const machine = bootNode(lab, (booted) => (request) => {
      const stream = request.minorTarget;
      if (stream !== null) {
        levels.set(stream, exchange(booted, request, levels.get(stream) ?? 0));
      } else {
        if (request.verb === KSPROPERTY_TYPE_GET) return STATUS_INVALID_DEVICE_REQUEST;
        preset = exchange(booted, request, 0);
      }
      return STATUS_SUCCESS;
    });
    const { filter } = machine;
    const open = () => {
      const pin = machine.openPin();
      levels.set(machine.stream, preset);
      return pin;
    };
    const first = open();
    const get = { ...volume, flags: GET, words: onChannel(0), valueBytes: 4 };
    expect(send(filter, get)).toBe(STATUS_INVALID_DEVICE_REQUEST);
    filter.view.setInt32(filter.valueAt, -3 * DB, true);
    expect(send(filter, { ...get, flags: SET })).toBe(STATUS_SUCCESS);
    const second = open();
    expect(send(filter, get)).toBe(STATUS_INVALID_DEVICE_REQUEST);
    const heard = [first, second].map((pin) => {
      expect(send(pin, get)).toBe(STATUS_SUCCESS);
      return pin.view.getInt32(pin.valueAt, true) / DB;
    });
    expect(heard).toEqual([0, -3]);
  },
);
