/** Opening and closing pins of a WaveRT filter. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { guid } from '../../src/base/guid.ts';
import { TimerRenderClient } from '../../src/client/timer-render.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import {
  KSMEDIUMSETID_Standard,
  KSPROPSETID_Pin,
  KSPROPSETID_RTAudio,
} from '../../src/standards/ks/guids.ts';
import {
  KSIDENTIFIER,
  KSMULTIPLE_ITEM,
  KSP_PIN,
  KSPROPERTY_PIN,
  KSPROPERTY_RTAUDIO,
  KSRTAUDIO_BUFFER_PROPERTY,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import { readWaveDataFormat } from '../../src/standards/ks/wave-data-format.ts';
import {
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { formatOf, scenario } from '../../src/testing/index.ts';
import { formatBytes, pinName } from '../support/pin-name.ts';
import type { PlainAnswers } from '../support/plain-driver.ts';
import { ANY_BYTES, bootMoving, bootPlain, type PlainMachine } from '../support/plain-machine.ts';

const STRANGE = guid('{11111111-2222-3333-4444-555555555555}');

function create(machine: PlainMachine, name: Uint8Array, access = GENERIC_WRITE) {
  return machine.lab.client.process.createRelativeFile(machine.filter.handle, name, access);
}

scenario('a create request cut off anywhere opens nothing [WRT-PIN-001]', (lab) => {
  const machine = bootPlain(lab);
  const whole = pinName();
  for (let length = 0; length < whole.length; length++) {
    const { status } = create(machine, whole.slice(0, length));
    expect(ntSuccess(status), `${length} bytes`).toBe(false);
  }
  expect(machine.takeCalls()).not.toContain('NewStream 0 render');
  expect(create(machine, whole).status).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls()).toContain('NewStream 0 render');
});

scenario('interface, medium and format have to suit the pin [WRT-PIN-003]', (lab) => {
  const machine = bootPlain(lab);
  const wrong = [
    { interfaceSet: STRANGE },
    { interfaceId: 7 },
    { mediumSet: STRANGE },
    { mediumId: 1 },
    { format: formatBytes(formatOf({ sampleRate: 96_000 })) },
  ];
  for (const changes of wrong) {
    expect(create(machine, pinName(changes)).status).toBe(STATUS_NO_MATCH);
  }
  expect(create(machine, pinName({ pinToHandle: 4 })).status).toBe(STATUS_INVALID_PARAMETER);
  expect(machine.takeCalls()).not.toContain('NewStream 0 render');
});

scenario('access that does not fit the flow of data is noticed [WRT-PIN-004]', (lab) => {
  const machine = bootPlain(lab);
  expect(create(machine, pinName(), GENERIC_WRITE).status).toBe(STATUS_SUCCESS);
  expect(machine.lab.findings).toEqual([]);
  machine.lab.expectFinding(/a client opened a pin without GENERIC_WRITE/);
  expect(create(machine, pinName(), GENERIC_READ).status).toBe(STATUS_SUCCESS);
});

scenario(
  'a pin is opened with the format, and a buffer has no target before [WRT-PIN-005]',
  (lab) => {
    const answers: PlainAnswers = {};
    const machine = bootPlain(lab, answers);
    const spied = machine.spy();
    const { filter } = machine;
    const bytes = KSRTAUDIO_BUFFER_PROPERTY.size;
    const status = filter.get(KSPROPSETID_RTAudio, KSPROPERTY_RTAUDIO.BUFFER, 16, bytes);
    expect(status).toBe(STATUS_PROPSET_NOT_FOUND);
    expect(spied.map(({ name }) => name)).not.toContain('IMiniportWaveRT.NewStream');
    const opened: (PcmFormat | null)[] = [];
    answers.newStream = (_stream, _capture, format) => {
      opened.push(readWaveDataFormat(new DataView(machine.kernel.ram.bytes.buffer), format));
      return STATUS_SUCCESS;
    };
    for (const sampleRate of [44_100, 48_000]) {
      const { pin } = machine.openBuffer(ANY_BYTES, formatOf({ sampleRate }));
      pin.close();
    }
    expect(opened.map((format) => format?.rateHz)).toEqual([44_100, 48_000]);
    const names = spied.map(({ name }) => name.split('.')[1]);
    expect(names.indexOf('NewStream')).toBeLessThan(names.indexOf('AllocateAudioBuffer'));
    expect(names.indexOf('NewStream')).toBeGreaterThanOrEqual(0);
  },
);

scenario('a size that cuts a frame in two is noticed [WRT-PIN-006 WRT-BUF-022]', (lab) => {
  const machine = bootPlain(lab);
  machine.openBuffer(4096);
  expect(machine.lab.findings).toEqual([]);
  machine.lab.expectFinding(/ActualSize 4098 is not a multiple of nBlockAlign 4/);
  machine.openBuffer(4098);
});

scenario('a client opens, gets its buffer, starts its thread and runs [WRT-PIN-007]', (lab) => {
  const machine = bootMoving(lab);
  const { pin, buffer } = machine.openBuffer();
  const silence = { read: () => 0 };
  const nobody = { prime() {}, send() {}, stale() {}, endSending() {} };
  const latency = { fifoBytes: 0, chipsetDelay100ns: 0, codecDelay100ns: 0 };
  const client = new TimerRenderClient({
    kernel: machine.kernel,
    pin,
    buffer,
    latency,
    source: silence,
    journal: nobody,
    period100ns: 100_000,
    settle: () => undefined,
  });
  client.start();
  machine.lab.runFor(ms(100));
  expect(client.isDone).toBe(true);
  const calls = machine.takeCalls();
  const from = calls.indexOf('NewStream 0 render');
  expect(calls.slice(from, from + 7)).toEqual([
    'NewStream 0 render',
    `AllocateAudioBuffer ${ANY_BYTES}`,
    'SetState ACQUIRE',
    'SetState PAUSE',
    'SetState RUN',
    'GetPosition',
    'GetPosition',
  ]);
});

scenario('a WaveRT pin offers looped streaming and nothing else [WRT-PIN-008]', (lab) => {
  const machine = bootPlain(lab);
  const { filter } = machine;
  expect(create(machine, pinName({ interfaceId: 1 })).status).toBe(STATUS_SUCCESS);
  expect(create(machine, pinName({ interfaceId: 0 })).status).toBe(STATUS_NO_MATCH);
  filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.PinId, 0, true);
  const offered = (id: number) => {
    filter.check('list', filter.get(KSPROPSETID_Pin, id, 64, KSP_PIN.size));
    const { Count } = KSMULTIPLE_ITEM.read(filter.view, filter.valueAt);
    expect(Count).toBe(1);
    return KSIDENTIFIER.read(filter.view, filter.valueAt + KSMULTIPLE_ITEM.size);
  };
  expect(offered(KSPROPERTY_PIN.INTERFACES)).toMatchObject({ Id: 1 });
  expect(offered(KSPROPERTY_PIN.MEDIUMS)).toMatchObject({ Set: KSMEDIUMSETID_Standard, Id: 0 });
});

scenario('a close from RUN stops the stream, then frees once [WRT-PIN-009 WRT-BUF-035]', (lab) => {
  const machine = bootPlain(lab);
  const { pin } = machine.openBuffer();
  pin.check('RUN', pin.setState(KSSTATE.RUN));
  machine.takeCalls();
  pin.close();
  expect(machine.takeCalls()).toEqual([
    'SetState PAUSE',
    'SetState ACQUIRE',
    'SetState STOP',
    `FreeAudioBuffer ${ANY_BYTES}`,
    '~stream',
  ]);
});

scenario('a close in STOP asks for no state, and frees only what there is [WRT-PIN-009]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin();
  machine.takeCalls();
  pin.close();
  expect(machine.takeCalls()).toEqual(['~stream']);
});

scenario('a client that vanishes leaves nothing, in whatever state [WRT-PIN-011]', (lab) => {
  for (const state of [KSSTATE.STOP, KSSTATE.ACQUIRE, KSSTATE.PAUSE, KSSTATE.RUN]) {
    const machine = bootPlain(lab);
    const client = machine.lab.newClient('short-lived');
    const pin = machine.openPinAs(client);
    pin.tryAllocateBuffer(ANY_BYTES);
    pin.check('STATE', pin.setState(state));
    expect(machine.stream.state).toBe(state);
    client.process.terminate();
    const calls = machine.takeCalls();
    expect(calls.slice(-2)).toEqual([`FreeAudioBuffer ${ANY_BYTES}`, '~stream']);
    expect(machine.stream.state).toBe(KSSTATE.STOP);
    expect(machine.lab.shutDown()).toEqual([]);
    expect(machine.lab.findings).toEqual([]);
  }
});
