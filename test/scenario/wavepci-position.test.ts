/** Where the sound is: KSPROPERTY_AUDIO_POSITION of WavePci pins, looped and not, and prefetch. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import type { StreamPin } from '../../src/client/stream-pin.ts';
import {
  IID_IPortWavePciStream,
  IID_IPreFetchOffset,
  IID_IUnknown,
} from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_Audio } from '../../src/standards/ks/guids.ts';
import { KSPROPERTY, KSPROPERTY_AUDIO, KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { busMasterDescriptor, CAPTURE_PIN } from '../support/bus-master-driver.ts';
import { type BusMasterMachine, bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const BYTES_PER_MS = 192;
/** 10,000 bytes: more than two pages, and no multiple of one. */
const LOOP = noise(STEREO_48, 2_500);

function offsets(pin: StreamPin): [number, number] {
  pin.check('POSITION', pin.readPosition());
  return [pin.playOffset, pin.writeOffset];
}

function openRunningLoop(machine: BusMasterMachine): StreamPin {
  const pin = machine.openLoop();
  machine.setState(pin, PAUSE);
  machine.write(pin, LOOP);
  machine.setState(pin, RUN);
  return pin;
}

scenario(
  'the miniport counts the bytes of the stream for ever, and the port puts them into the loop ' +
    '[WPC-POS-001 WPC-POS-003 WPC-POS-010]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const pin = openRunningLoop(machine);
    for (let lap = 0; lap < 4; lap++) {
      machine.lab.runFor(ms(45));
      const streamBytes = 45 * (lap + 1) * BYTES_PER_MS;
      expect(machine.device.render.position).toBe(streamBytes);
      expect(offsets(pin)[0]).toBe(streamBytes % LOOP.length);
    }
  },
);

scenario(
  'without a loop both offsets count on: heard, and handed to the device ' +
    '[WPC-POS-009 WPC-POS-011 WPC-POS-012 WPC-IRQL-017]',
  (lab) => {
    const machine = bootBusMaster(lab, { isManual: true });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    for (let index = 0; index < 3; index++) machine.write(pin, noise(STEREO_48, 480));
    const seen: number[] = [];
    for (const tag of [0, 1, 2]) {
      machine.stream.get(tag);
      seen.push(offsets(pin)[1]);
    }
    expect(seen).toEqual([1_920, 3_840, 5_760]);
    machine.stream.get(3);
    expect(offsets(pin)).toEqual([0, 5_760]);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(25));
    machine.takeCalls();
    expect(offsets(pin)).toEqual([25 * BYTES_PER_MS, 5_760]);
    expect(machine.takeCalls()).toEqual(['GetPosition 0']);
  },
);

scenario(
  'the play offset is what is heard, and lags behind DMA by the FIFO [WPC-POS-002]',
  (lab) => {
    const machine = bootBusMaster(lab, {}, { traits: { fifoFrames: 64 } });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    machine.write(pin, noise(STEREO_48, 4_800));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(7));
    const [play] = offsets(pin);
    expect(play).toBe(7 * BYTES_PER_MS);
    expect(machine.device.render.dmaBytes - play).toBe(256);
    expect(machine.device.speaker.heardFrames * 4).toBe(play);
  },
);

scenario(
  'the read offset of a capture pin moves when a mapping comes back [WPC-POS-014]',
  (lab) => {
    const machine = bootBusMaster(lab, { isManual: true });
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    machine.read(pin, 10_000);
    for (const tag of [0, 1, 2]) machine.stream.get(tag);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(40));
    expect(offsets(pin)).toEqual([40 * BYTES_PER_MS, 0]);
    machine.stream.giveBack();
    expect(offsets(pin)[1]).toBe(4_096);
    machine.lab.runFor(ms(20));
    machine.stream.giveBack();
    expect(offsets(pin)[1]).toBe(8_192);
    machine.stream.giveBack();
    expect(offsets(pin)[1]).toBe(10_000);
  },
);

scenario(
  'in a loop the write offset is where the last mapping ends, round the end [WPC-POS-012 WPC-PFO-005]',
  (lab) => {
    const machine = bootBusMaster(lab, { isManual: true });
    const pin = machine.openLoop();
    machine.setState(pin, PAUSE);
    machine.write(pin, LOOP);
    const seen: number[] = [];
    for (let tag = 0; tag < 6; tag++) {
      machine.stream.get(tag);
      seen.push(offsets(pin)[1]);
    }
    expect(seen).toEqual([4_096, 8_192, 0, 4_096, 8_192, 0]);
    // The distance to the play position grows with every mapping.
    expect(machine.portStream.mappings.acquiredBytes).toBe(2 * LOOP.length);
  },
);

scenario(
  'a prefetch offset makes the write offset follow the play offset, round the end of a loop ' +
    '[WPC-PFO-003 WPC-PFO-004 WPC-PFO-006 WPC-IRQL-016]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' }, { traits: { fifoFrames: 64 } });
    const pin = openRunningLoop(machine);
    const prefetch = machine.stream.portStream.queryInterface(IID_IPreFetchOffset);
    if (prefetch === null) throw new Error('no IPreFetchOffset');
    const { irql } = machine.kernel;
    const old = irql.raise(5);
    prefetch.setPreFetchOffset(256);
    irql.lower(old);
    expect(offsets(pin)).toEqual([0, 256]);
    machine.lab.runFor(ms(52));
    const play = 52 * BYTES_PER_MS;
    expect(offsets(pin)).toEqual([play, (play + 256) % LOOP.length]);
    expect(offsets(pin)[1]).toBe(240);
    prefetch.release();
    expect(machine.stream.portStream.queryInterface(IID_IUnknown)?.release()).toBeGreaterThan(0);
    expect(machine.stream.portStream.queryInterface(IID_IPortWavePciStream)?.release()).toBe(2);
  },
);

scenario('the port of Windows 2000 has no prefetch offset [WPC-PFO-003]', (lab) => {
  const machine = bootBusMaster(lab, {}, { settings: { version: 'win2000' } });
  machine.openPin();
  expect(machine.stream.portStream.queryInterface(IID_IPreFetchOffset)).toBe(null);
});

scenario(
  'a client writes ahead of the play offset into what is handed out, and it is heard ' +
    '[WPC-PFO-009 WPC-LOOP-004]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const pin = machine.openLoop();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, LOOP);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(10));
    const [play] = offsets(pin);
    expect(machine.portStream.mappings.acquiredBytes).toBeGreaterThan(play + 1_000);
    const fresh = noise(STEREO_48, 200, 9);
    machine.fill(packet, fresh, play + 400);
    machine.lab.runFor(ms(20));
    const heard = machine.ear.heard().bytes;
    expect(heard.subarray(0, play)).toEqual(LOOP.subarray(0, play));
    expect(heard.subarray(play + 400, play + 400 + fresh.length)).toEqual(fresh);
  },
);

scenario(
  'a loop that has not begun begins where the client says, and nothing else can be moved ' +
    '[WPC-POS-009]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const pin = machine.openLoop();
    expect(pin.setPosition(400)).toBe(STATUS_INVALID_DEVICE_STATE);
    machine.setState(pin, PAUSE);
    machine.write(pin, LOOP);
    expect(pin.setPosition(LOOP.length)).toBe(STATUS_INVALID_PARAMETER);
    expect(pin.setPosition(4_000)).toBe(STATUS_SUCCESS);
    expect(offsets(pin)).toEqual([4_000, 4_000]);
    const early = machine.openLoop(1);
    machine.setState(early, PAUSE);
    machine.write(early, LOOP);
    machine.stream.get(0);
    expect(early.setPosition(0)).toBe(STATUS_INVALID_DEVICE_STATE);
    early.close();
    machine.setState(pin, RUN);
    expect(pin.setPosition(0)).toBe(STATUS_INVALID_DEVICE_STATE);
    machine.lab.runFor(ms(40));
    const heard = machine.ear.heard().bytes;
    const expected = [...LOOP.subarray(4_000), ...LOOP].slice(0, 40 * BYTES_PER_MS);
    expect([...heard.subarray(0, expected.length)]).toEqual(expected);
    expect(offsets(pin)[0]).toBe((4_000 + 40 * BYTES_PER_MS) % LOOP.length);
    machine.setState(pin, STOP, PAUSE);
    machine.write(pin, LOOP);
    expect(offsets(pin)).toEqual([0, 0]);
    const plain = machine.openPin(1);
    expect(plain.setPosition(0)).toBe(STATUS_NOT_SUPPORTED);
  },
);

scenario('a position handler of the miniport is never asked [WPC-POS-009]', (lab) => {
  let asked = 0;
  const [first, ...rest] = busMasterDescriptor.pins;
  if (first === undefined) throw new Error('no pin');
  const handler = (): typeof STATUS_SUCCESS => {
    asked++;
    return STATUS_SUCCESS;
  };
  const item = { set: KSPROPSETID_Audio, id: KSPROPERTY_AUDIO.POSITION, flags: 3, handler };
  const automationTable = { properties: [item], methods: [], events: [] };
  const descriptor = { ...busMasterDescriptor, pins: [{ ...first, automationTable }, ...rest] };
  const machine = bootBusMaster(lab, { descriptor });
  const pin = machine.openPin();
  expect(offsets(pin)).toEqual([0, 0]);
  expect(asked).toBe(0);
  const latency = pin.get(KSPROPSETID_Audio, KSPROPERTY_AUDIO.LATENCY, 8, KSPROPERTY.size);
  expect(latency).not.toBe(STATUS_SUCCESS);
});

for (const streamBytes of [2 ** 32 - 4, 2 ** 32, 2 ** 33 + 20, 2 ** 45 + 4_000]) {
  scenario(`byte ${streamBytes} of a stream is told as such [WPC-POS-001 WPC-POS-011]`, (lab) => {
    const machine = bootBusMaster(lab, { position: () => streamBytes });
    const pin = machine.openPin();
    expect(offsets(pin)[0]).toBe(streamBytes);
    pin.close();
    const loop = openRunningLoop(machine);
    expect(offsets(loop)[0]).toBe(streamBytes % LOOP.length);
  });
}

scenario('a captured packet’s time is what the miniport makes of the bytes before it', (lab) => {
  const asked: number[] = [];
  const machine = bootBusMaster(lab, {});
  const pin = machine.openPin(CAPTURE_PIN);
  const { stream } = machine;
  machine.setState(pin, PAUSE);
  const packets = [960, 1_920, 960].map((bytes) => {
    const packet = pin.packet(bytes);
    packet.read();
    return packet;
  });
  stream.normalizePhysicalPosition = (position) => {
    asked.push(position.value);
    position.value = 1_000 * asked.length;
    return asked.length === 2 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
  };
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(25));
  expect(asked).toEqual([0, 960, 2_880]);
  const { TIMEVALID } = KSSTREAM_HEADER_OPTIONSF;
  expect(packets.map(({ options }) => (options & TIMEVALID) !== 0)).toEqual([true, false, true]);
  expect([packets[0]?.presentationTime, packets[2]?.presentationTime]).toEqual([1_000, 3_000]);
});

scenario('GetPosition of a stream that starves does not pass what it was given', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  machine.write(pin, noise(STEREO_48, 100));
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(50));
  expect(offsets(pin)).toEqual([400, 400]);
  machine.setState(pin, STOP);
});
