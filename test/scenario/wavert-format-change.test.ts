/** A driver that tells a client of a new format, and the client that negotiates again. */
import { expect } from 'vitest';
import type { KsPin } from '../../src/client/ks-pin.ts';
import {
  IID_IPortEvents,
  type IPortEvents,
  type IPortWaveRT,
  PCEVENT_ITEM_FLAG_BASICSUPPORT,
  PCEVENT_ITEM_FLAG_ENABLE,
  PCEVENT_VERB_ADD,
  type PcEventRequest,
} from '../../src/portcls/ddi/index.ts';
import {
  KSEVENTSETID_PinCapsChange,
  KSPROPSETID_Connection,
} from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_DISABLE_EVENT,
  IOCTL_KS_ENABLE_EVENT,
  KSEVENT,
  KSEVENT_PINCAPS,
  KSEVENT_TYPE_BASICSUPPORT,
  KSEVENT_TYPE_ENABLE,
  KSEVENTDATA,
  KSEVENTF_EVENT_HANDLE,
  KSPROPERTY_CONNECTION,
} from '../../src/standards/ks/requests.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import { type NtStatus, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, scenario } from '../../src/testing/index.ts';
import { plainDescriptor, plainRenderPin } from '../support/plain-driver.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const SET = KSEVENTSETID_PinCapsChange;
const { FORMATCHANGE } = KSEVENT_PINCAPS;
const CD = formatOf({ sampleRate: 44_100 });

/** A machine whose pin declares the event; `adds` tells whether its handler lists entries. */
function boot(lab: Lab, adds: boolean): { machine: PlainMachine; announce: () => void } {
  const ports: IPortEvents[] = [];
  const handler = (request: PcEventRequest): NtStatus => {
    const isAdd = adds && request.verb === PCEVENT_VERB_ADD;
    if (isAdd && request.eventEntry !== null) ports[0]?.addEventToEventList(request.eventEntry);
    return STATUS_SUCCESS;
  };
  const flags = PCEVENT_ITEM_FLAG_ENABLE | PCEVENT_ITEM_FLAG_BASICSUPPORT;
  const events = [{ set: SET, id: FORMATCHANGE, flags, handler }];
  const pin = { ...plainRenderPin, automationTable: { properties: [], events } };
  const machine = bootPlain(lab, {
    descriptor: { ...plainDescriptor, pins: [pin, ...plainDescriptor.pins.slice(1)] },
    setFormat: () => STATUS_SUCCESS,
    init: (port: IPortWaveRT) => {
      const list = port.queryInterface(IID_IPortEvents);
      if (list !== null) ports.push(list);
      list?.release();
      return STATUS_SUCCESS;
    },
  });
  const announce = () => ports[0]?.generateEventList(SET, FORMATCHANGE, true, 0, false, 0);
  return { machine, announce };
}

function control(pin: KsPin, code: number, flags: number, handle: number): NtStatus {
  const { home, requestAt, valueAt, view } = pin;
  const data = { NotificationType: KSEVENTF_EVENT_HANDLE, Event: handle };
  KSEVENTDATA.write(view, valueAt, data);
  pin.identify(SET, FORMATCHANGE, flags);
  const { process } = home;
  const bytes = KSEVENT.size;
  return process.deviceIoControl(pin.handle, code, requestAt, bytes, valueAt, KSEVENTDATA.size);
}

scenario('a client hears once of a new format, and takes it [WRT-EVT-002]', (lab) => {
  const { announce, machine } = boot(lab, true);
  const pin = machine.openPin();
  const { process } = machine.lab.client;
  const handle = process.createEvent('synchronization');
  const take = () => process.event(handle)?.tryTake();
  announce();
  expect(take()).toBe(false);
  const query = control(pin, IOCTL_KS_ENABLE_EVENT, KSEVENT_TYPE_BASICSUPPORT, handle);
  expect(query).toBe(STATUS_SUCCESS);
  const enabled = control(pin, IOCTL_KS_ENABLE_EVENT, KSEVENT_TYPE_ENABLE, handle);
  expect(enabled).toBe(STATUS_SUCCESS);
  expect(take()).toBe(false);
  announce();
  expect([take(), take()]).toEqual([true, false]);
  expect(machine.filter.proposeFormat(0, CD)).toBe(STATUS_SUCCESS);
  writeWaveDataFormat(pin.view, pin.valueAt, CD);
  const bytes = waveDataFormatBytes(CD);
  const { DATAFORMAT } = KSPROPERTY_CONNECTION;
  expect(pin.set(KSPROPSETID_Connection, DATAFORMAT, bytes)).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls().at(-1)).toBe('SetFormat');
  const all = process.deviceIoControl(
    pin.handle,
    IOCTL_KS_DISABLE_EVENT,
    pin.requestAt,
    0,
    pin.valueAt,
    0,
  );
  expect(all).toBe(STATUS_SUCCESS);
  announce();
  expect(take()).toBe(false);
});

scenario('without AddEventToEventList the news is lost, and noted [WRT-EVT-002]', (lab) => {
  const { announce, machine } = boot(lab, false);
  const pin = machine.openPin();
  const { process } = machine.lab.client;
  const handle = process.createEvent('synchronization');
  control(pin, IOCTL_KS_ENABLE_EVENT, KSEVENT_TYPE_ENABLE, handle);
  announce();
  expect(process.event(handle)?.isSet).toBe(false);
  machine.lab.expectFinding(/enabled without AddEventToEventList, so it never fires/);
});
