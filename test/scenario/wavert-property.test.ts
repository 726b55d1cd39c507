/** Property requests on a WaveRT pin, and what a running stream asks of anybody. */
import { expect } from 'vitest';
import { ms, seconds } from '../../src/base/brand.ts';
import { guid } from '../../src/base/guid.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import type { DataRange, Mdl, PcFilterDescriptor } from '../../src/portcls/ddi/index.ts';
import {
  KSDATAFORMAT_SPECIFIER_NONE,
  KSEVENTSETID_LoopedStreaming,
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_RTAudio,
  KSPROPSETID_Stream,
} from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_ENABLE_EVENT,
  IOCTL_KS_READ_STREAM,
  IOCTL_KS_WRITE_STREAM,
  KSEVENT_LOOPEDSTREAMING_POSITION,
  KSEVENT_TYPE_ENABLE,
  KSEVENTDATA,
  KSPIN_DATAFLOW,
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_DESCRIPTION,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_STREAM,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_NOT_FOUND,
  STATUS_NOT_SUPPORTED,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { plainDevice } from '../support/plain-device.ts';
import { plainDescriptor, plainDriver, plainRenderPin } from '../support/plain-driver.ts';
import { ANY_BYTES, bootMoving, bootPlain, STEREO_48 } from '../support/plain-machine.ts';
import { offering } from '../support/plain-streams.ts';

type SetGuid = typeof KSPROPSETID_Audio;

const LARGE = 40;
const { GETPOSITIONFUNCTION, PACKETVREGISTER, SETWRITEPACKET } = KSPROPERTY_RTAUDIO;
const { BUFFER, HWLATENCY, POSITIONREGISTER, CLOCKREGISTER, QUERY_NOTIFICATION_SUPPORT } =
  KSPROPERTY_RTAUDIO;
const { REGISTER_NOTIFICATION_EVENT, UNREGISTER_NOTIFICATION_EVENT } = KSPROPERTY_RTAUDIO;
/** What every stream answers, and what two kinds of stream add. */
const SERVED: number[] = [
  BUFFER,
  HWLATENCY,
  POSITIONREGISTER,
  CLOCKREGISTER,
  QUERY_NOTIFICATION_SUPPORT,
];
const NOTIFYING = [5, REGISTER_NOTIFICATION_EVENT, UNREGISTER_NOTIFICATION_EVENT];
const WRITING = [9, 10, SETWRITEPACKET];
const BOTH_WAYS: number[] = [REGISTER_NOTIFICATION_EVENT, UNREGISTER_NOTIFICATION_EVENT];
const GET_ONLY = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;
const GET_AND_SET = GET_ONLY | KSPROPERTY_TYPE_SET;

function basicSupport(object: KsObject, set: SetGuid, id: number, valueBytes = 4) {
  object.identify(set, id, KSPROPERTY_TYPE_BASICSUPPORT);
  const status = object.send(LARGE, valueBytes);
  return { status, flags: object.view.getUint32(object.valueAt, true) };
}

scenario('a pin knows the ids of KSPROPSETID_RTAudio and no others [WRT-PRP-001]', (lab) => {
  const plain = bootPlain(lab).openPin();
  const full = bootPlain(lab, offering(['notification', 'output'])).openPin();
  const served = [...SERVED, ...NOTIFYING, ...WRITING];
  for (let id = 0; id <= 14; id++) {
    const other = id <= PACKETVREGISTER ? STATUS_NOT_SUPPORTED : STATUS_NOT_FOUND;
    const ofPlain = basicSupport(plain, KSPROPSETID_RTAudio, id).status;
    expect(ofPlain, `id ${id}`).toBe(SERVED.includes(id) ? STATUS_SUCCESS : other);
    const ofFull = basicSupport(full, KSPROPSETID_RTAudio, id).status;
    expect(ofFull, `id ${id}`).toBe(served.includes(id) ? STATUS_SUCCESS : other);
  }
});

scenario('a filter never answers KSPROPSETID_RTAudio [WRT-PRP-002]', (lab) => {
  const { filter } = bootPlain(lab);
  for (let id = 0; id <= 14; id++) {
    expect(filter.get(KSPROPSETID_RTAudio, id, LARGE, LARGE)).toBe(STATUS_PROPSET_NOT_FOUND);
    const { status } = basicSupport(filter, KSPROPSETID_RTAudio, id);
    expect(status).toBe(STATUS_PROPSET_NOT_FOUND);
  }
});

scenario('of the real-time properties three can be set [WRT-PRP-003]', (lab) => {
  const set = (pin: KsObject, id: number) => pin.set(KSPROPSETID_RTAudio, id, LARGE, LARGE);
  const plain = bootPlain(lab).openPin();
  const machine = bootPlain(lab, offering(['notification', 'output']));
  const full = machine.openPin();
  machine.lab.expectFinding(/registered a notification event before the cyclic buffer/);
  const settable = [...BOTH_WAYS, SETWRITEPACKET];
  for (let id = 0; id <= PACKETVREGISTER; id++) {
    const isSettable = settable.includes(id);
    const refused = isSettable ? STATUS_NOT_SUPPORTED : STATUS_INVALID_DEVICE_REQUEST;
    expect(set(plain, id), `id ${id}`).toBe(refused);
    const isRefused = set(full, id) === STATUS_INVALID_DEVICE_REQUEST;
    expect(isRefused, `id ${id}`).toBe(!isSettable);
  }
  expect(set(plain, PACKETVREGISTER + 1)).toBe(STATUS_NOT_FOUND);
  const get = full.get(KSPROPSETID_RTAudio, SETWRITEPACKET, LARGE, LARGE);
  expect(get).toBe(STATUS_INVALID_DEVICE_REQUEST);
});

scenario('a position function is named and not supported [WRT-PRP-004]', (lab) => {
  const pin = bootPlain(lab).openPin();
  for (const bytes of [0, 8, LARGE]) {
    const status = pin.get(KSPROPSETID_RTAudio, GETPOSITIONFUNCTION, bytes);
    expect(status).toBe(STATUS_NOT_SUPPORTED);
  }
});

scenario('a request shorter than its header is refused [WRT-PRP-005]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  for (let bytes = 0; bytes < KSPROPERTY.size; bytes++) {
    const status = pin.get(KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITION, 16, bytes);
    expect(status, `${bytes} bytes`).toBe(STATUS_INVALID_BUFFER_SIZE);
  }
  const status = pin.get(KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITION, 16, KSPROPERTY.size);
  expect(status).toBe(STATUS_SUCCESS);
});

scenario('BASICSUPPORT tells what can be done, in both forms [WRT-PRP-006]', (lab) => {
  const machine = bootPlain(lab, { setFormat: () => STATUS_SUCCESS });
  const { pin } = machine.openBuffer();
  const served: [SetGuid, number, number][] = [
    [KSPROPSETID_Connection, KSPROPERTY_CONNECTION.STATE, GET_AND_SET],
    [KSPROPSETID_Connection, KSPROPERTY_CONNECTION.DATAFORMAT, GET_AND_SET],
    [
      KSPROPSETID_Connection,
      KSPROPERTY_CONNECTION.PROPOSEDATAFORMAT,
      KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT,
    ],
    [KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITION, GET_ONLY],
    [KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITIONEX, GET_ONLY],
    ...SERVED.map((id): [SetGuid, number, number] => [KSPROPSETID_RTAudio, id, GET_ONLY]),
  ];
  const refusals = [STATUS_INVALID_DEVICE_REQUEST, STATUS_NOT_SUPPORTED];
  for (const [set, id, flags] of served) {
    const what = `${set.name} ${id}`;
    expect(basicSupport(pin, set, id), what).toEqual({ status: STATUS_SUCCESS, flags });
    expect(pin.bytesReturned).toBe(4);
    const size = KSPROPERTY_DESCRIPTION.size;
    expect(basicSupport(pin, set, id, size), what).toEqual({ status: STATUS_SUCCESS, flags });
    const { DescriptionSize } = KSPROPERTY_DESCRIPTION.read(pin.view, pin.valueAt);
    expect([DescriptionSize, pin.bytesReturned]).toEqual([size, size]);
    pin.view.setUint32(pin.valueAt, KSSTATE.STOP, true);
    const isSettable = (flags & KSPROPERTY_TYPE_SET) !== 0;
    expect(refusals.includes(pin.set(set, id, LARGE, LARGE)), what).toBe(!isSettable);
  }
});

scenario('BASICSUPPORT knows what an optional interface adds [WRT-PRP-006]', (lab) => {
  const pin = bootPlain(lab, offering(['notification', 'output'])).openPin();
  for (const id of [...NOTIFYING, ...WRITING]) {
    const isSet = id === SETWRITEPACKET;
    const flags = BOTH_WAYS.includes(id)
      ? GET_AND_SET
      : isSet
        ? GET_AND_SET & ~KSPROPERTY_TYPE_GET
        : GET_ONLY;
    const answer = basicSupport(pin, KSPROPSETID_RTAudio, id);
    expect(answer, `id ${id}`).toEqual({ status: STATUS_SUCCESS, flags });
  }
});

scenario('of KSPROPSETID_Connection a pin has three ids, no allocator’s [WRT-PRP-008]', (lab) => {
  const pin = bootPlain(lab).openPin();
  const answered = Object.entries(KSPROPERTY_CONNECTION).filter(([, id]) =>
    ntSuccess(basicSupport(pin, KSPROPSETID_Connection, id).status),
  );
  expect(answered.map(([name]) => name)).toEqual(['STATE', 'DATAFORMAT', 'PROPOSEDATAFORMAT']);
});

scenario('a pin has neither allocator nor master clock to give [WRT-PRP-009]', (lab) => {
  const pin = bootPlain(lab).openPin();
  for (const id of Object.values(KSPROPERTY_STREAM)) {
    expect(ntSuccess(pin.get(KSPROPSETID_Stream, id, 8))).toBe(false);
  }
});

scenario('a position event cannot be enabled [WRT-EVT-001]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  pin.identify(KSEVENTSETID_LoopedStreaming, KSEVENT_LOOPEDSTREAMING_POSITION, KSEVENT_TYPE_ENABLE);
  const status = machine.lab.client.process.deviceIoControl(
    pin.handle,
    IOCTL_KS_ENABLE_EVENT,
    pin.requestAt,
    KSPROPERTY.size,
    pin.valueAt,
    KSEVENTDATA.size,
  );
  expect(ntSuccess(status)).toBe(false);
});

scenario('a running stream has its buffer to itself [WRT-OVR-001]', (lab) => {
  const machine = bootMoving(lab);
  const { pin, buffer } = machine.openBuffer();
  const { memory, ram } = machine.kernel;
  const sound = noise(STEREO_48, ANY_BYTES / 4);
  ram.bytes.set(sound, buffer.address);
  pin.setState(KSSTATE.RUN);
  const before = memory.outstanding();
  const copied = memory.copies.bytes;
  machine.takeCalls();
  for (let tick = 0; tick < 100; tick++) {
    machine.lab.runFor(ms(10));
    pin.readPosition();
  }
  expect(machine.takeCalls()).toEqual(Array.from({ length: 100 }, () => 'GetPosition'));
  expect(memory.copies.bytes).toBe(copied);
  expect(memory.outstanding()).toEqual(before);
  const at = buffer.address;
  expect(ram.bytes.slice(at, at + ANY_BYTES)).toEqual(sound);
  // It is this buffer that the counter looks at, from its first byte to its last.
  for (const place of [at, at + ANY_BYTES - 8]) memory.copy(place, pin.valueAt, 8);
  expect(memory.copies.bytes).toBe(copied + 16);
});

scenario('sound goes through memory, never through a request [WRT-OVR-002]', (lab) => {
  let mdl: Mdl | null = null;
  const machine = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const status = stream.grantPages(requested, grant);
      mdl = grant.mdl.value;
      return status;
    },
  });
  const { pin, buffer } = machine.openBuffer();
  for (const code of [IOCTL_KS_WRITE_STREAM, IOCTL_KS_READ_STREAM]) {
    const { process } = machine.lab.client;
    const status = process.deviceIoControl(pin.handle, code, pin.requestAt, 64, pin.valueAt, 64);
    expect(ntSuccess(status)).toBe(false);
  }
  machine.kernel.ram.bytes[buffer.address + 5] = 0xab;
  const dma = machine.lab.device.slot.memory;
  const address = (mdl as Mdl | null)?.pages[0] ?? 0;
  expect(dma.bytes[dma.resolve(address + 5, 'read')]).toBe(0xab);
});

scenario('a WaveRT pin without a range for waves is no pin [WRT-OVR-007]', (lab) => {
  const music: DataRange = {
    majorFormat: guid('{E725D360-62CC-11CF-A5D6-28DB04C10000}'),
    subFormat: guid('{1D262760-E957-11CF-A5D6-28DB04C10000}'),
    specifier: KSDATAFORMAT_SPECIFIER_NONE,
  };
  const pins = [{ ...plainRenderPin, dataRanges: [music] }, ...plainDescriptor.pins.slice(1)];
  const { module } = plainDriver({ descriptor: { ...plainDescriptor, pins } });
  const machine = lab.build({ device: plainDevice, driver: module });
  machine.machine.loadDriver();
  expect(() => machine.machine.startDevice()).toThrow(/INVALID_PARAMETER/);
  machine.expectFinding(/pin 0: no data range of a WaveRT pin is audio/);
});

scenario('the port asks nothing of a driver that nobody asks', (lab) => {
  const machine = bootMoving(lab);
  const { pin } = machine.openBuffer();
  pin.setState(KSSTATE.RUN);
  machine.takeCalls();
  machine.lab.runFor(seconds(10));
  expect(machine.takeCalls()).toEqual([]);
});

scenario('a capture stream is opened in the order of a render stream [WRT-OVR-011]', (lab) => {
  const script = (dataFlow: typeof plainRenderPin.dataFlow): string[] => {
    const pins = [{ ...plainRenderPin, dataFlow }, ...plainDescriptor.pins.slice(1)];
    const descriptor: PcFilterDescriptor = { ...plainDescriptor, pins, connections: [] };
    const machine = bootPlain(lab, { descriptor });
    const { pin } = machine.openBuffer();
    pin.hardwareLatency();
    pin.setState(KSSTATE.RUN);
    pin.readPosition();
    pin.close();
    return machine.takeCalls().map((call) => call.replace(/ (render|capture)$/, ''));
  };
  const render = script(KSPIN_DATAFLOW.IN);
  expect(script(KSPIN_DATAFLOW.OUT)).toEqual(render);
  expect(render.slice(-12)).toEqual([
    'NewStream 0',
    `AllocateAudioBuffer ${ANY_BYTES}`,
    'GetHWLatency',
    'SetState ACQUIRE',
    'SetState PAUSE',
    'SetState RUN',
    'GetPosition',
    'SetState PAUSE',
    'SetState ACQUIRE',
    'SetState STOP',
    `FreeAudioBuffer ${ANY_BYTES}`,
    '~stream',
  ]);
});
