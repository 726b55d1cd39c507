/** Buffers that notify: which streams have them, how they are allocated, and how they go back. */
import { expect } from 'vitest';
import { MmCached, MmWriteCombined } from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_RTAudio } from '../../src/standards/ks/guids.ts';
import {
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  STATUS_BUFFER_TOO_SMALL,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import { ANY_BYTES, bootPlain } from '../support/plain-machine.ts';
import { offering } from '../support/plain-streams.ts';

const { BUFFER_WITH_NOTIFICATION, QUERY_NOTIFICATION_SUPPORT } = KSPROPERTY_RTAUDIO;
const ASKED = KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION;

scenario('only a stream with the interface notifies [WRT-NTF-002 WRT-NTF-003]', (lab) => {
  const plain = bootPlain(lab).openPin();
  expect(plain.queryNotificationSupport()).toBe(false);
  expect(plain.bytesReturned).toBe(4);
  const refused = plain.tryAllocateBufferWithNotification(ANY_BYTES, 2);
  expect(refused).toEqual({ status: STATUS_NOT_SUPPORTED, buffer: null });
  const handle = plain.home.process.createEvent('synchronization');
  expect(plain.tryAllocateBuffer(ANY_BYTES).status).toBe(STATUS_SUCCESS);
  expect(plain.registerNotificationEvent(handle)).toBe(STATUS_NOT_SUPPORTED);
  expect(plain.unregisterNotificationEvent(handle)).toBe(STATUS_NOT_SUPPORTED);
  for (const id of [5, 6, 7]) {
    plain.identify(KSPROPSETID_RTAudio, id, KSPROPERTY_TYPE_BASICSUPPORT);
    expect(plain.send(ASKED.size, 4)).toBe(STATUS_NOT_SUPPORTED);
  }
  const able = bootPlain(lab, offering(['notification'])).openPin();
  expect(able.queryNotificationSupport()).toBe(true);
  expect(able.tryAllocateBufferWithNotification(ANY_BYTES, 2).status).toBe(STATUS_SUCCESS);
});

scenario('the question is read with four bytes, on a pin [WRT-NTF-003]', (lab) => {
  const machine = bootPlain(lab, offering(['notification']));
  const pin = machine.openPin();
  const ask = (bytes: number) => pin.get(KSPROPSETID_RTAudio, QUERY_NOTIFICATION_SUPPORT, bytes);
  expect([ask(3), ask(4)]).toEqual([STATUS_BUFFER_TOO_SMALL, STATUS_SUCCESS]);
  const set = pin.set(KSPROPSETID_RTAudio, QUERY_NOTIFICATION_SUPPORT, 4);
  expect(set).toBe(STATUS_INVALID_DEVICE_REQUEST);
  const ofFilter = machine.filter.get(KSPROPSETID_RTAudio, QUERY_NOTIFICATION_SUPPORT, 4);
  expect(ofFilter).toBe(STATUS_PROPSET_NOT_FOUND);
});

scenario(
  'size and count reach the miniport as asked [WRT-NTF-004 WRT-NTF-005 WRT-NTF-006]',
  (lab) => {
    for (const count of [1, 2]) {
      const machine = bootPlain(lab, offering(['notification']));
      const spied = machine.spy();
      const { status, buffer } = machine.openPin().tryAllocateBufferWithNotification(4096, count);
      expect([status, buffer?.actualBytes]).toEqual([STATUS_SUCCESS, 4096]);
      const name = 'IMiniportWaveRTStreamNotification.AllocateBufferWithNotification';
      const calls = spied.filter((call) => call.name === name);
      expect(calls.map(({ args, irql }) => [args.length, args[0], args[1], irql])).toEqual([
        [6, count, 4096, 0],
      ]);
      const bytes = machine.kernel.ram.bytes;
      const at = buffer?.address ?? 0;
      bytes[at] = 0x11;
      bytes[at + 4095] = 0x22;
      expect([bytes[at], bytes[at + 4095]]).toEqual([0x11, 0x22]);
    }
  },
);

scenario('no count but 1 and 2 is taken [WRT-NTF-005]', (lab) => {
  const machine = bootPlain(lab, offering(['notification']));
  const pin = machine.openPin();
  machine.takeCalls();
  for (const count of [0, 3, 16, 0xffff_ffff]) {
    machine.lab.expectFinding(new RegExp(`asked for ${count} notifications per buffer`));
    const { status } = pin.tryAllocateBufferWithNotification(ANY_BYTES, count);
    expect(status).toBe(STATUS_INVALID_PARAMETER);
  }
  expect(machine.takeCalls()).toEqual([]);
  expect(pin.tryAllocateBufferWithNotification(ANY_BYTES, 1).status).toBe(STATUS_SUCCESS);
});

scenario('the request is read whole, and is to be got, of a pin [WRT-NTF-004]', (lab) => {
  const machine = bootPlain(lab, offering(['notification']));
  const pin = machine.openPin();
  const get = (requestBytes: number, valueBytes: number) => {
    ASKED.write(pin.view, pin.requestAt, { RequestedBufferSize: 3840, NotificationCount: 2 });
    const id = BUFFER_WITH_NOTIFICATION;
    return pin.get(KSPROPSETID_RTAudio, id, valueBytes, requestBytes);
  };
  machine.takeCalls();
  expect(get(ASKED.size - 1, KSRTAUDIO_BUFFER.size)).toBe(STATUS_INVALID_BUFFER_SIZE);
  expect(get(ASKED.size, KSRTAUDIO_BUFFER.size - 1)).toBe(STATUS_BUFFER_TOO_SMALL);
  const set = pin.set(KSPROPSETID_RTAudio, BUFFER_WITH_NOTIFICATION, 16, ASKED.size);
  expect(set).toBe(STATUS_INVALID_DEVICE_REQUEST);
  const { filter } = machine;
  const ofFilter = filter.get(KSPROPSETID_RTAudio, BUFFER_WITH_NOTIFICATION, 16, ASKED.size);
  expect(ofFilter).toBe(STATUS_PROPSET_NOT_FOUND);
  expect(machine.takeCalls()).toEqual([]);
  expect(get(ASKED.size, KSRTAUDIO_BUFFER.size)).toBe(STATUS_SUCCESS);
});

scenario('a 32-bit client has its own layouts [WRT-NTF-004 WRT-NTF-011]', (lab) => {
  const machine = bootPlain(lab, offering(['notification']));
  const process = machine.kernel.createProcess('narrow', 4);
  const pin = machine.openPinAs({ process, ram: machine.kernel.ram });
  machine.takeCalls();
  const { status, buffer } = pin.tryAllocateBufferWithNotification(3840, 2);
  expect([status, buffer?.actualBytes, pin.bytesReturned]).toEqual([STATUS_SUCCESS, 3840, 12]);
  expect(buffer?.callMemoryBarrier).toBe(true);
  const handle = process.createEvent('synchronization');
  expect(pin.registerNotificationEvent(handle)).toBe(STATUS_SUCCESS);
  expect(pin.unregisterNotificationEvent(handle)).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls()[0]).toBe('AllocateBufferWithNotification 2 3840');
  process.terminate();
});

scenario('the buffer rules hold for a buffer that notifies [WRT-NTF-007]', (lab) => {
  for (const failure of [
    STATUS_UNSUCCESSFUL,
    STATUS_INSUFFICIENT_RESOURCES,
    STATUS_DEVICE_NOT_READY,
  ]) {
    const pin = bootPlain(lab, offering(['notification'], { allocate: () => failure })).openPin();
    expect(pin.tryAllocateBufferWithNotification(3840, 2).status).toBe(failure);
  }
  const machine = bootPlain(
    lab,
    offering(['notification'], {
      allocate: (stream, requested, grant) => {
        const status = stream.grantPages(requested, grant);
        grant.offset.value = 128;
        grant.cacheType.value = MmCached;
        return status;
      },
    }),
  );
  const pin = machine.openPin();
  const { buffer } = pin.tryAllocateBufferWithNotification(3840, 2);
  expect([(buffer?.address ?? 0) % 4096, buffer?.callMemoryBarrier]).toEqual([128, false]);
  machine.lab.expectFinding(/second cyclic buffer/);
  const second = pin.tryAllocateBufferWithNotification(3840, 2);
  expect(second.status).toBe(STATUS_INVALID_DEVICE_REQUEST);
  expect(pin.tryAllocateBuffer(3840).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
});

scenario(
  'what a miniport gets wrong is refused or noted by name [WRT-NTF-007 WRT-NTF-008]',
  (lab) => {
    const machine = bootPlain(
      lab,
      offering(['notification'], {
        allocate: (stream, requested, grant) => {
          const status = stream.grantPages(requested, grant);
          grant.cacheType.value = MmWriteCombined;
          if (requested === 5000) grant.offset.value = 4095;
          return status;
        },
      }),
    );
    machine.lab.expectFinding(/^AllocateBufferWithNotification: offset 4095 and size 5000 reach/);
    const first = machine.openPin();
    machine.takeCalls();
    expect(first.tryAllocateBufferWithNotification(5000, 2).status).toBe(STATUS_UNSUCCESSFUL);
    expect(machine.takeCalls().at(-1)).toBe('FreeBufferWithNotification 5000');
    machine.lab.expectFinding(
      /^AllocateBufferWithNotification: ActualSize 4100 is not 2 packets of whole blocks/,
    );
    expect(first.tryAllocateBufferWithNotification(4100, 2).status).toBe(STATUS_SUCCESS);
  },
);

scenario('each buffer goes back by its own method, at STOP [WRT-NTF-010 WRT-PIN-009]', (lab) => {
  const machine = bootPlain(lab, offering(['notification']));
  const spied = machine.spy();
  const freed = () =>
    spied
      .splice(0)
      .filter(({ name }) => name.includes('.Free') && name.includes('IMiniport'))
      .map(({ args, irql, name }) => [name.split('.')[1], args[1], irql]);
  const notifying = machine.openPin();
  notifying.tryAllocateBufferWithNotification(3840, 2);
  notifying.setState(KSSTATE.RUN);
  notifying.close();
  expect(freed()).toEqual([['FreeBufferWithNotification', 3840, 0]]);
  expect(machine.takeCalls().slice(-5)).toEqual([
    'SetState PAUSE',
    'SetState ACQUIRE',
    'SetState STOP',
    'FreeBufferWithNotification 3840',
    '~stream',
  ]);
  const plain = machine.openPin();
  plain.tryAllocateBuffer(3840);
  plain.close();
  expect(freed()).toEqual([['FreeAudioBuffer', 3840, 0]]);
});
