/** Events of kernel streaming out of a miniport's tables, and the methods that nobody reaches. */
import { expect } from 'vitest';
import { type Guid, guid } from '../../src/base/guid.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import { DISPATCH_LEVEL } from '../../src/kernel/irql.ts';
import {
  IID_IPortEvents,
  type IPortEvents,
  type IPortWaveRT,
  PCEVENT_ITEM_FLAG_BASICSUPPORT,
  PCEVENT_ITEM_FLAG_ENABLE,
  PCEVENT_ITEM_FLAG_ONESHOT,
  PCEVENT_VERB_ADD,
  PCEVENT_VERB_REMOVE,
  PCEVENT_VERB_SUPPORT,
  type PcAutomationTable,
  type PcEventItem,
  type PcEventRequest,
  type PcMethodItem,
} from '../../src/portcls/ddi/index.ts';
import { KSNODETYPE_DAC } from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_DISABLE_EVENT,
  IOCTL_KS_ENABLE_EVENT,
  IOCTL_KS_METHOD,
  KSEVENT_TYPE_BASICSUPPORT,
  KSEVENT_TYPE_ENABLE,
  KSEVENT_TYPE_ENABLEBUFFERED,
  KSEVENT_TYPE_ONESHOT,
  KSEVENT_TYPE_SETSUPPORT,
  KSEVENTDATA,
  KSEVENTF_EVENT_HANDLE,
  KSMETHOD_TYPE_SEND,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_PENDING,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { answered, send } from '../support/ks-requests.ts';
import { plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const SET = guid('{E85E9698-FA2F-11D1-95BD-00C04FB925D3}', 'events of the test');
const OTHER_SET = guid('{6F0A2B51-0C7B-4B52-8E5D-97F1A2C3D4E5}', 'other events of the test');
const TO_NODE = KSPROPERTY_TYPE_TOPOLOGY;
const ENABLE = KSEVENT_TYPE_ENABLE;
const ALL_FLAGS =
  PCEVENT_ITEM_FLAG_ENABLE | PCEVENT_ITEM_FLAG_ONESHOT | PCEVENT_ITEM_FLAG_BASICSUPPORT;
const DATA_BYTES = KSEVENTDATA.size;
const NONE = 0xffff_ffff;

type Answer = (request: PcEventRequest, events: IPortEvents) => NtStatus;

/** What a tidy miniport does: it puts the entry on the list. */
const add: Answer = (request, events) => {
  if (request.verb === PCEVENT_VERB_ADD && request.eventEntry !== null) {
    events.addEventToEventList(request.eventEntry);
  }
  return STATUS_SUCCESS;
};

interface Booted {
  readonly machine: PlainMachine;
  /** Table and verb of every call of a handler. */
  readonly seen: string[];
  readonly requests: PcEventRequest[];
  readonly events: IPortEvents;
}

/** A machine with events 0 and 1 of two sets on the filter, on the pin and on the node. */
function boot(lab: Lab, answer: Answer = add, flags = ALL_FLAGS): Booted {
  const seen: string[] = [];
  const requests: PcEventRequest[] = [];
  let events: IPortEvents | null = null;
  const table = (name: string): PcAutomationTable => {
    const handler = (request: PcEventRequest): NtStatus => {
      seen.push(`${name} ${request.verb}`);
      requests.push(request);
      if (events === null) throw new Error('no port yet');
      return answer(request, events);
    };
    const item = (set: Guid, id: number): PcEventItem => ({ set, id, flags, handler });
    return { properties: [], events: [item(SET, 0), item(SET, 1), item(OTHER_SET, 0)] };
  };
  const [render, ...others] = plainDescriptor.pins;
  const machine = bootPlain(lab, {
    descriptor: {
      ...plainDescriptor,
      automationTable: table('filter'),
      pins: [{ ...(render ?? plainRenderPin), automationTable: table('pin') }, ...others],
      nodes: [{ type: KSNODETYPE_DAC, automationTable: table('node') }],
    },
    init: (port: IPortWaveRT) => {
      events = port.queryInterface(IID_IPortEvents);
      events?.release();
      return STATUS_SUCCESS;
    },
  });
  const list = events as IPortEvents | null;
  if (list === null) throw new Error('no IPortEvents');
  return { machine, seen, requests, events: list };
}

interface Enabling {
  readonly set?: Guid;
  readonly id?: number;
  readonly flags?: number;
  /** Words behind the KSEVENT: a node or a pin, and the reserved word. */
  readonly words?: readonly number[];
  readonly notificationType?: number;
  readonly handle?: number;
  readonly dataBytes?: number;
}

/** One event of a client: its handle, and the KSEVENTDATA that stays where it is. */
class ClientEvent {
  readonly #object: KsObject;
  readonly handle: number;
  readonly dataAt;

  constructor(object: KsObject) {
    this.#object = object;
    const { process } = object.home;
    this.handle = process.createEvent('synchronization');
    this.dataAt = process.alloc(DATA_BYTES);
  }

  enable(asked: Enabling = {}): NtStatus {
    const { home, handle, requestAt, view } = this.#object;
    const { dataBytes = DATA_BYTES, flags = ENABLE, id = 0, set = SET, words = [] } = asked;
    this.#object.identify(set, id, flags);
    for (const [index, word] of words.entries())
      view.setUint32(requestAt + 24 + 4 * index, word, true);
    KSEVENTDATA.write(view, this.dataAt, {
      NotificationType: asked.notificationType ?? KSEVENTF_EVENT_HANDLE,
      Event: asked.handle ?? this.handle,
    });
    const bytes = 24 + 4 * words.length;
    const { process } = home;
    const code = IOCTL_KS_ENABLE_EVENT;
    return process.deviceIoControl(handle, code, requestAt, bytes, this.dataAt, dataBytes);
  }

  /** Disables by the address, or with `bytes` 0 all that the handle enabled. */
  disable(bytes = DATA_BYTES): NtStatus {
    const { handle, home, valueAt } = this.#object;
    const code = IOCTL_KS_DISABLE_EVENT;
    return home.process.deviceIoControl(handle, code, this.dataAt, bytes, valueAt, 0);
  }

  /** Whether it was set since the last look. */
  take(): boolean {
    return this.#object.home.process.event(this.handle)?.tryTake() ?? false;
  }
}

/** Generates event `id` of the set for any pin and node. */
const generate = (events: IPortEvents, id = 0, set: Guid | null = SET): void =>
  events.generateEventList(set, id, false, 0, false, 0);

scenario('an enabled event is set each time, until it is disabled [PCL-EVT-007]', (lab) => {
  const { events, machine, requests, seen } = boot(lab);
  const pin = machine.openPin();
  const event = new ClientEvent(pin);
  const query = { code: IOCTL_KS_ENABLE_EVENT, set: SET, id: 0, flags: KSEVENT_TYPE_BASICSUPPORT };
  expect(send(pin, query)).toBe(STATUS_SUCCESS);
  expect(event.enable()).toBe(STATUS_SUCCESS);
  expect(event.take()).toBe(false);
  for (const _time of [1, 2]) {
    generate(events);
    expect([event.take(), event.take()]).toEqual([true, false]);
  }
  expect(event.disable()).toBe(STATUS_SUCCESS);
  generate(events);
  expect(event.take()).toBe(false);
  expect(event.disable()).toBe(STATUS_UNSUCCESSFUL);
  expect([PCEVENT_VERB_ADD, PCEVENT_VERB_REMOVE, PCEVENT_VERB_SUPPORT]).toEqual([1, 2, 4]);
  expect(seen).toEqual(['pin 4', 'pin 1', 'pin 2']);
  const [support, added, removed] = requests;
  expect(support?.eventEntry).toBeNull();
  expect(removed?.eventEntry).toBe(added?.eventEntry);
  expect(added?.eventEntry).not.toBeNull();
  expect([added?.majorTarget, added?.minorTarget, added?.node, added?.eventItem.id]).toEqual([
    machine.stream.miniport,
    machine.stream,
    NONE,
    0,
  ]);
});

scenario('a handler that forgets the list, or breaks its word, is reported', (lab) => {
  const forgetful = boot(lab, () => STATUS_SUCCESS);
  const never = new ClientEvent(forgetful.machine.openPin());
  expect(never.enable()).toBe(STATUS_SUCCESS);
  generate(forgetful.events);
  expect(never.take()).toBe(false);
  forgetful.machine.lab.expectFinding(/enabled without AddEventToEventList, so it never fires/);
  const contrary = boot(lab, (request, events) => {
    add(request, events);
    return STATUS_NOT_SUPPORTED;
  });
  const refused = new ClientEvent(contrary.machine.openPin());
  expect(refused.enable()).toBe(STATUS_NOT_SUPPORTED);
  generate(contrary.events);
  expect(refused.take()).toBe(false);
  contrary.machine.lab.expectFinding(/refused after AddEventToEventList/);
  const pending = boot(lab, () => STATUS_PENDING);
  expect(new ClientEvent(pending.machine.openPin()).enable()).toBe(STATUS_UNSUCCESSFUL);
  pending.machine.lab.expectFinding(/the handler returned STATUS_PENDING/);
  pending.events.addEventToEventList({});
  pending.machine.lab.expectFinding(/was given no entry/);
});

scenario('an entry is set when set, id, pin and node match [PCL-EVT-004]', (lab) => {
  const { events, machine } = boot(lab);
  const pin = machine.openPin();
  const onNode = new ClientEvent(pin);
  const onPin = new ClientEvent(pin);
  const ofOther = new ClientEvent(pin);
  const second = new ClientEvent(pin);
  expect(onNode.enable({ flags: ENABLE | TO_NODE, words: [0, 0] })).toBe(STATUS_SUCCESS);
  expect(onPin.enable()).toBe(STATUS_SUCCESS);
  expect(ofOther.enable({ set: OTHER_SET })).toBe(STATUS_SUCCESS);
  expect(second.enable({ id: 1 })).toBe(STATUS_SUCCESS);
  const all = { onNode, onPin, ofOther, second };
  const set = (...call: Parameters<IPortEvents['generateEventList']>): string => {
    events.generateEventList(...call);
    const names = Object.entries(all).filter(([, event]) => event.take());
    return names.map(([name]) => name).join(' ');
  };
  expect(set(SET, 0, false, 0, false, 0)).toBe('onNode onPin');
  expect(set(null, 0, false, 0, false, 0)).toBe('onNode onPin ofOther');
  expect(set(SET, 1, false, 0, false, 0)).toBe('second');
  expect(set(SET, 2, false, 0, false, 0)).toBe('');
  expect(set(SET, 0, false, 0, true, 0)).toBe('onNode');
  expect(set(SET, 0, false, 0, true, 1)).toBe('');
  expect(set(SET, 0, true, 0, false, 0)).toBe('onNode onPin');
  expect(set(SET, 0, true, 1, false, 0)).toBe('');
  expect(set(OTHER_SET, 0, true, 0, false, 9)).toBe('ofOther');
});

scenario(
  'above DISPATCH_LEVEL one DPC delivers, and a second call is lost [PCL-EVT-005]',
  (lab) => {
    const { events, machine } = boot(lab);
    const pin = machine.openPin();
    const first = new ClientEvent(pin);
    const second = new ClientEvent(pin);
    first.enable();
    second.enable({ id: 1 });
    const { irql } = machine.kernel;
    irql.raise(DISPATCH_LEVEL);
    generate(events);
    expect(first.take()).toBe(true);
    irql.raise(5);
    generate(events);
    generate(events, 1);
    expect([first.take(), second.take()]).toEqual([false, false]);
    irql.lower(0);
    expect([first.take(), second.take()]).toEqual([true, false]);
    generate(events, 1);
    expect(second.take()).toBe(true);
  },
);

scenario('the flags of an item say which enables it takes [PCL-EVT-008]', (lab) => {
  const once = boot(lab, add, PCEVENT_ITEM_FLAG_ONESHOT);
  const event = new ClientEvent(once.machine.openPin());
  expect(event.enable()).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(event.enable({ flags: KSEVENT_TYPE_ONESHOT })).toBe(STATUS_SUCCESS);
  generate(once.events);
  generate(once.events);
  expect([event.take(), event.take()]).toEqual([true, false]);
  expect(event.disable()).toBe(STATUS_UNSUCCESSFUL);
  expect(once.seen).toEqual(['pin 1']);
  const recurring = boot(lab, add, PCEVENT_ITEM_FLAG_ENABLE);
  const pin = recurring.machine.openPin();
  const other = new ClientEvent(pin);
  expect(other.enable({ flags: KSEVENT_TYPE_ONESHOT })).toBe(STATUS_INVALID_DEVICE_REQUEST);
  const query = { code: IOCTL_KS_ENABLE_EVENT, set: SET, id: 0, flags: KSEVENT_TYPE_BASICSUPPORT };
  expect(send(pin, query)).toBe(STATUS_SUCCESS);
  expect(recurring.seen).toEqual([]);
  const deaf = boot(lab, () => STATUS_NOT_SUPPORTED, ALL_FLAGS);
  expect(send(deaf.machine.filter, query)).toBe(STATUS_NOT_SUPPORTED);
});

scenario('events go to pins and nodes; on a filter they name the pin [PCL-EVT-010]', (lab) => {
  const { events, machine, seen } = boot(lab);
  const { filter } = machine;
  const onNode = new ClientEvent(filter);
  expect(onNode.enable({ flags: ENABLE | TO_NODE, words: [0, 0] })).toBe(STATUS_SUCCESS);
  const plain = new ClientEvent(filter);
  expect(plain.enable()).toBe(STATUS_INVALID_BUFFER_SIZE);
  const named = new ClientEvent(filter);
  expect(named.enable({ words: [1, 0] })).toBe(STATUS_SUCCESS);
  expect(seen).toEqual(['node 1', 'filter 1']);
  events.generateEventList(SET, 0, true, 1, false, 0);
  expect([onNode.take(), plain.take(), named.take()]).toEqual([false, false, true]);
  events.generateEventList(SET, 0, false, 0, true, 0);
  expect([onNode.take(), named.take()]).toEqual([true, false]);
  const absent = new ClientEvent(filter);
  expect(absent.enable({ flags: ENABLE | TO_NODE, words: [4, 0] })).toBe(STATUS_PROPSET_NOT_FOUND);
});

scenario('an enable is checked before any handler sees it', (lab) => {
  const { machine, seen } = boot(lab);
  const pin = machine.openPin();
  const { home } = pin;
  const event = new ClientEvent(pin);
  const unknown = guid('{11111111-2222-3333-4444-555555555555}');
  expect(event.enable({ set: unknown })).toBe(STATUS_PROPSET_NOT_FOUND);
  expect(event.enable({ id: 2 })).toBe(STATUS_NOT_FOUND);
  expect(event.enable({ dataBytes: DATA_BYTES - 1 })).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(event.enable({ notificationType: 2 })).toBe(STATUS_INVALID_PARAMETER);
  expect(event.enable({ handle: 0x7ffc })).toBe(STATUS_INVALID_HANDLE);
  expect(event.enable({ handle: pin.handle })).toBe(STATUS_OBJECT_TYPE_MISMATCH);
  expect(event.enable({ flags: 0 })).toBe(STATUS_INVALID_PARAMETER);
  expect(event.enable({ flags: 3 })).toBe(STATUS_INVALID_PARAMETER);
  expect(event.enable({ flags: KSEVENT_TYPE_ENABLEBUFFERED })).toBe(STATUS_NOT_SUPPORTED);
  expect(seen).toEqual([]);
  expect(event.disable()).toBe(STATUS_UNSUCCESSFUL);
  expect(event.disable(DATA_BYTES - 1)).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(home.process.event(event.handle)?.references).toBe(1);
});

scenario('a client asks which event sets there are', (lab) => {
  const { machine } = boot(lab);
  const pin = machine.openPin();
  const query = { code: IOCTL_KS_ENABLE_EVENT, set: SET, id: 0, flags: KSEVENT_TYPE_SETSUPPORT };
  expect(send(pin, query)).toBe(STATUS_SUCCESS);
  const unknown = guid('{11111111-2222-3333-4444-555555555555}');
  expect(send(pin, { ...query, set: unknown })).toBe(STATUS_PROPSET_NOT_FOUND);
  const { handle, home, requestAt, valueAt } = pin;
  const code = IOCTL_KS_ENABLE_EVENT;
  expect(home.process.deviceIoControl(handle, code, requestAt, 0, valueAt, 64)).toBe(
    STATUS_SUCCESS,
  );
  expect(pin.bytesReturned).toBe(32);
  expect(answered(pin, 8)).toEqual([...SET.words, ...OTHER_SET.words]);
});

scenario('what a handle enabled ends with the handle, or all at once', (lab) => {
  const { events, machine, seen } = boot(lab);
  const [first, second] = [machine.openPin(), machine.openPin()];
  const mine = [new ClientEvent(first), new ClientEvent(first)];
  const theirs = new ClientEvent(second);
  for (const event of [...mine, theirs]) expect(event.enable()).toBe(STATUS_SUCCESS);
  expect(mine[0]?.disable(0)).toBe(STATUS_SUCCESS);
  expect(seen.slice(3)).toEqual(['pin 2', 'pin 2']);
  generate(events);
  expect([...mine, theirs].map((event) => event.take())).toEqual([false, false, true]);
  const { process } = second.home;
  const object = process.event(theirs.handle);
  process.closeHandle(theirs.handle);
  expect(object?.references).toBe(1);
  second.close();
  expect(object?.references).toBe(0);
  expect(seen.slice(5)).toEqual(['pin 2']);
  generate(events);
});

scenario('a method table is taken, and no request reaches it [PCL-METH-002]', (lab) => {
  let asked = 0;
  const handler: PcMethodItem['handler'] = () => {
    asked++;
    return STATUS_SUCCESS;
  };
  const methods: PcMethodItem[] = [{ set: SET, id: 0, flags: 0, handler }];
  const descriptor = { ...plainDescriptor, automationTable: { properties: [], methods } };
  const { filter } = bootPlain(lab, { descriptor });
  const method = { code: IOCTL_KS_METHOD, set: SET, id: 0, flags: KSMETHOD_TYPE_SEND };
  expect(send(filter, method)).toBe(STATUS_PROPSET_NOT_FOUND);
  expect(send(filter, { ...method, requestBytes: 20 })).toBe(STATUS_INVALID_BUFFER_SIZE);
  const sets = { ...method, set: guid('{00000000-0000-0000-0000-000000000000}'), flags: 0x100 };
  expect(send(filter, { ...sets, valueBytes: 64 })).toBe(STATUS_SUCCESS);
  expect(filter.bytesReturned).toBe(0);
  expect(asked).toBe(0);
});
