/** The events of a buffer that notifies, from a client's handle to what the miniport sets. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import type { KsPin } from '../../src/client/ks-pin.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import type { Kevent } from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_RTAudio } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_RTAUDIO,
  KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_HANDLE,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { ANY_BYTES, bootPlain, type PlainMachine } from '../support/plain-machine.ts';
import { FullStream, offering, type StreamAnswers } from '../support/plain-streams.ts';

const ASKED = KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY;
const { REGISTER_NOTIFICATION_EVENT } = KSPROPERTY_RTAUDIO;

const boot = (lab: Lab, answers: StreamAnswers = {}): PlainMachine =>
  bootPlain(lab, offering(['notification'], answers));

/** A pin with a buffer of two packets. */
function openNotifying(machine: PlainMachine): KsPin {
  const pin = machine.openPin();
  pin.check('BUFFER', pin.tryAllocateBufferWithNotification(ANY_BYTES, 2).status);
  return pin;
}

/** What the miniport of the pin that was opened last holds. */
function eventsOf(machine: PlainMachine): Kevent[] {
  const { stream } = machine;
  if (!(stream instanceof FullStream)) throw new Error('no stream with events');
  return stream.events;
}

/** By identity: two events that were never set look alike. */
function expectEvents(machine: PlainMachine, handles: readonly number[]): void {
  const { process } = machine.lab.client;
  const expected = handles.map((handle) => process.event(handle));
  const places = eventsOf(machine).map((event) => expected.indexOf(event));
  expect(places).toEqual([...expected.keys()]);
}

scenario('a client wakes when the miniport sets its event [WRT-NTF-011 WRT-NTF-015]', (lab) => {
  const machine = boot(lab);
  const spied = machine.spy();
  const pin = openNotifying(machine);
  const { process } = machine.lab.client;
  const handle = process.createEvent('synchronization');
  expect(pin.registerNotificationEvent(handle)).toBe(STATUS_SUCCESS);
  const event = process.event(handle);
  const name = 'IMiniportWaveRTStreamNotification.RegisterNotificationEvent';
  const calls = spied.filter((call) => call.name === name);
  expect(calls.map(({ args, irql }) => [args.length, args[0] === event, irql])).toEqual([
    [1, true, 0],
  ]);
  const woken: number[] = [];
  machine.kernel.dispatcher.createThread('client', 24, function* (): ThreadGenerator {
    for (let wakes = 0; wakes < 2; wakes++) {
      if (event === null) return;
      yield machine.kernel.waitFor(event, null);
      woken.push(machine.kernel.clock.now);
    }
  });
  machine.lab.runFor(ms(3));
  for (const registered of eventsOf(machine)) registered.set();
  machine.lab.runFor(ms(4));
  for (const registered of eventsOf(machine)) registered.set();
  machine.lab.runFor(ms(1));
  expect(woken).toEqual([3_000_000, 7_000_000]);
  expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
});

scenario('get and set register alike, and a value is ignored [WRT-NTF-011 WRT-NTF-012]', (lab) => {
  const machine = boot(lab);
  const { process } = machine.lab.client;
  for (const verb of ['get', 'set'] as const) {
    for (const valueBytes of [0, 40]) {
      const pin = openNotifying(machine);
      const handle = process.createEvent('notification');
      ASKED.write(pin.view, pin.requestAt, { NotificationEvent: handle });
      const send = (bytes: number) =>
        pin[verb](KSPROPSETID_RTAudio, REGISTER_NOTIFICATION_EVENT, valueBytes, bytes);
      expect(send(ASKED.size - 1)).toBe(STATUS_INVALID_BUFFER_SIZE);
      expectEvents(machine, []);
      expect(send(ASKED.size)).toBe(STATUS_SUCCESS);
      expectEvents(machine, [handle]);
      expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
      pin.close();
    }
  }
});

scenario(
  'events come after the buffer, and the buffer must notify [WRT-NTF-009 WRT-NTF-013]',
  (lab) => {
    const machine = boot(lab);
    const pin = machine.openPin();
    const handle = machine.lab.client.process.createEvent('synchronization');
    machine.lab.expectFinding(/registered a notification event before the cyclic buffer/);
    expect(pin.registerNotificationEvent(handle)).toBe(STATUS_DEVICE_NOT_READY);
    expect(pin.tryAllocateBuffer(ANY_BYTES).status).toBe(STATUS_SUCCESS);
    machine.takeCalls();
    expect(pin.registerNotificationEvent(handle)).toBe(STATUS_NOT_SUPPORTED);
    expect(machine.takeCalls()).toEqual([]);
    pin.close();
    const other = openNotifying(machine);
    expect(other.registerNotificationEvent(handle)).toBe(STATUS_SUCCESS);
    expect(other.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
  },
);

scenario('the miniport’s refusals reach the client [WRT-NTF-014]', (lab) => {
  for (const failure of [STATUS_INSUFFICIENT_RESOURCES, STATUS_DEVICE_NOT_READY]) {
    const machine = boot(lab, { register: () => failure });
    const pin = openNotifying(machine);
    const { process } = machine.lab.client;
    const handle = process.createEvent('synchronization');
    expect(pin.registerNotificationEvent(handle)).toBe(failure);
    expect(process.event(handle)?.references).toBe(1);
  }
  const plain = bootPlain(lab).openPin();
  const handle = plain.home.process.createEvent('synchronization');
  expect(plain.registerNotificationEvent(handle)).toBe(STATUS_NOT_SUPPORTED);
});

scenario('a handle that is no event is refused', (lab) => {
  const machine = boot(lab);
  const pin = openNotifying(machine);
  machine.takeCalls();
  expect(pin.registerNotificationEvent(pin.handle)).toBe(STATUS_OBJECT_TYPE_MISMATCH);
  expect(pin.registerNotificationEvent(0x7ffc)).toBe(STATUS_INVALID_HANDLE);
  expect(pin.registerNotificationEvent(0)).toBe(STATUS_INVALID_HANDLE);
  expect(pin.unregisterNotificationEvent(0)).toBe(STATUS_INVALID_HANDLE);
  expect(machine.takeCalls()).toEqual([]);
});

scenario('an event outlives its handle until it is unregistered [WRT-NTF-016]', (lab) => {
  const machine = boot(lab);
  const pin = openNotifying(machine);
  const { process } = machine.lab.client;
  const handle = process.createEvent('notification');
  const event = process.event(handle);
  pin.registerNotificationEvent(handle);
  expect(event?.references).toBe(2);
  process.closeHandle(handle);
  expect(event?.references).toBe(1);
  for (const registered of eventsOf(machine)) expect(registered.set()).toBe(false);
  expect(event?.isSet).toBe(true);
  expect(machine.kernel.objects.outstanding().join()).toContain('event');
  expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_INVALID_HANDLE);
  machine.lab.expectFinding(/closed a pin with 1 notification events registered/);
  pin.close();
  expect(event?.references).toBe(0);
});

scenario('unregistering names the same event, and gives it back [WRT-NTF-020]', (lab) => {
  const machine = boot(lab);
  const spied = machine.spy();
  const pin = openNotifying(machine);
  const { process } = machine.lab.client;
  const [kept, gone, unknown] = [1, 2, 3].map(() => process.createEvent('synchronization'));
  if (kept === undefined || gone === undefined || unknown === undefined) throw new Error('handles');
  expect(pin.registerNotificationEvent(kept)).toBe(STATUS_SUCCESS);
  expect(pin.registerNotificationEvent(gone)).toBe(STATUS_SUCCESS);
  spied.splice(0);
  expect(pin.unregisterNotificationEvent(gone)).toBe(STATUS_SUCCESS);
  expect(spied.at(-1)?.args[0] === process.event(gone)).toBe(true);
  expect(spied.at(-1)?.irql).toBe(0);
  expectEvents(machine, [kept]);
  expect(pin.unregisterNotificationEvent(unknown)).toBe(STATUS_NOT_FOUND);
  expect(pin.unregisterNotificationEvent(gone)).toBe(STATUS_NOT_FOUND);
  const references = [kept, gone, unknown].map((handle) => process.event(handle)?.references);
  expect(references).toEqual([2, 1, 1]);
  expect(pin.unregisterNotificationEvent(kept)).toBe(STATUS_SUCCESS);
});

scenario('what a client forgets, the port unregisters and notes [WRT-NTF-021]', (lab) => {
  const machine = boot(lab);
  const pin = openNotifying(machine);
  const { process } = machine.lab.client;
  const handles = [process.createEvent('notification'), process.createEvent('notification')];
  for (const handle of handles) pin.registerNotificationEvent(handle);
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  machine.lab.expectFinding(/closed a pin with 2 notification events registered/);
  pin.close();
  expect(machine.takeCalls()).toEqual([
    'SetState PAUSE',
    'SetState ACQUIRE',
    'SetState STOP',
    'UnregisterNotificationEvent',
    'UnregisterNotificationEvent',
    `FreeBufferWithNotification ${ANY_BYTES}`,
    '~stream',
  ]);
  expect(handles.map((handle) => process.event(handle)?.references)).toEqual([1, 1]);
});

scenario(
  'an event is given back of a stream that stands, not of one that runs [WRT-NTF-021]',
  (lab) => {
    const machine = boot(lab);
    const pin = openNotifying(machine);
    const { process } = machine.lab.client;
    const [first, second] = [
      process.createEvent('notification'),
      process.createEvent('notification'),
    ];
    pin.registerNotificationEvent(first);
    pin.registerNotificationEvent(second);
    pin.setState(KSSTATE.RUN);
    pin.setState(KSSTATE.STOP);
    expect(pin.unregisterNotificationEvent(first)).toBe(STATUS_SUCCESS);
    expect(machine.lab.findings).toEqual([]);
    machine.lab.expectFinding(/unregistered a notification event of a running stream/);
    pin.setState(KSSTATE.RUN);
    expect(pin.unregisterNotificationEvent(second)).toBe(STATUS_SUCCESS);
  },
);

scenario('a client that dies leaves no event behind, and is not blamed', (lab) => {
  const machine = boot(lab);
  const client = machine.lab.newClient('doomed');
  const pin = machine.openPinAs(client);
  pin.check('BUFFER', pin.tryAllocateBufferWithNotification(ANY_BYTES, 2).status);
  const handle = client.process.createEvent('synchronization');
  const event = client.process.event(handle);
  pin.registerNotificationEvent(handle);
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  client.process.terminate();
  expect(machine.takeCalls()).toContain('UnregisterNotificationEvent');
  expect(event?.references).toBe(0);
});

scenario('the same event twice is refused, and signals once [WRT-NTF-022]', (lab) => {
  const machine = boot(lab);
  const pin = openNotifying(machine);
  const { process } = machine.lab.client;
  const handle = process.createEvent('notification');
  expect(pin.registerNotificationEvent(handle)).toBe(STATUS_SUCCESS);
  expect(pin.registerNotificationEvent(handle)).toBe(STATUS_UNSUCCESSFUL);
  expect(process.event(handle)?.references).toBe(2);
  expect(eventsOf(machine)).toHaveLength(1);
  expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
});

scenario(
  'a miniport that takes an event twice, or gives back another, is noted [WRT-NTF-022]',
  (lab) => {
    const machine = boot(lab, { register: () => STATUS_SUCCESS, unregister: () => STATUS_SUCCESS });
    const pin = openNotifying(machine);
    const { process } = machine.lab.client;
    const handle = process.createEvent('notification');
    machine.lab.expectFinding(/RegisterNotificationEvent took the same event twice/);
    pin.registerNotificationEvent(handle);
    pin.registerNotificationEvent(handle);
    expect(process.event(handle)?.references).toBe(3);
    machine.lab.expectFinding(
      /UnregisterNotificationEvent took an event that was never registered/,
    );
    for (let times = 0; times < 3; times++) {
      expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
    }
    expect(process.event(handle)?.references).toBe(1);
  },
);
