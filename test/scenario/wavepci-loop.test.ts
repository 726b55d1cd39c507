/** Looped streaming: one buffer, played round and round from where it lies until the pin stops. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../src/standards/ks/stream-packets.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { Mouth, noise, scenario } from '../../src/testing/index.ts';
import { CAPTURE_PIN } from '../support/bus-master-driver.ts';
import { bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const { LOOPEDDATA } = KSSTREAM_HEADER_OPTIONSF;
const BYTES_PER_MS = 192;
/** 10,000 bytes: two pages and a bit. */
const LOOP = noise(STEREO_48, 2_500);

scenario(
  'a loop is heard lap after lap, and completed only when the pin stops ' +
    '[WPC-LOOP-001 WPC-LOOP-004 WPC-RM-007 WPC-GM-004]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'each' });
    const pin = machine.openLoop();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, LOOP, LOOPEDDATA);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(270));
    const heard = machine.ear.heard().bytes;
    for (let lap = 0; lap < 5; lap++) {
      expect(heard.subarray(lap * LOOP.length, (lap + 1) * LOOP.length)).toEqual(LOOP);
    }
    expect(machine.kernel.memory.copies.bytes).toBe(0);
    expect(machine.fate(packet)).toBe('pending');
    machine.setState(pin, STOP);
    expect(machine.fate(packet)).toBe('SUCCESS');
    expect(packet.request.information).toBe(LOOP.length);
  },
);

scenario(
  'mappings come round for ever, the last of each lap marked, as many as the miniport wants ' +
    '[WPC-GM-004 WPC-LOOP-005 WPC-LOOP-006 WPC-RM-007 WPC-RV-014]',
  (lab) => {
    const machine = bootBusMaster(lab, { isManual: true });
    const pin = machine.openLoop();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, LOOP, LOOPEDDATA);
    const { held } = machine.stream;
    for (let tag = 0; tag < 10; tag++) expect(machine.stream.get(tag)).toBe(STATUS_SUCCESS);
    const addresses = held.map(({ address }) => address);
    expect(addresses.slice(3, 6)).toEqual(addresses.slice(0, 3));
    expect(new Set(addresses).size).toBe(3);
    const marks = held.map(({ flags }) => flags !== 0);
    const lap = [false, false, true];
    expect(marks).toEqual([...lap, ...lap, ...lap, false]);
    for (let count = 0; count < 4; count++) machine.stream.giveBack();
    expect(machine.fate(packet)).toBe('pending');
    machine.takeCalls();
    machine.setState(pin, STOP);
    const revoked = machine.takeCalls().filter((call) => call.startsWith('Revoke'));
    expect(revoked).toEqual(['RevokeMappings 4..9']);
    expect(held).toEqual([]);
    expect(machine.fate(packet)).toBe('SUCCESS');
  },
);

scenario('a looped pin takes one buffer, and one with sound in it [WPC-LOOP-001]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openLoop();
  machine.setState(pin, PAUSE);
  const empty = pin.packet(400);
  empty.write(0, LOOPEDDATA);
  expect(machine.fate(empty)).toBe('INVALID_PARAMETER');
  const first = machine.write(pin, LOOP, LOOPEDDATA);
  const second = machine.write(pin, LOOP, LOOPEDDATA);
  expect(machine.fate(second)).toBe('INVALID_DEVICE_REQUEST');
  first.cancel();
  expect(machine.fate(first)).toBe('CANCELLED');
  second.write(LOOP.length, LOOPEDDATA);
  expect(machine.fate(second)).toBe('pending');
});

scenario(
  'looped data on a pin that does not loop is played once, and noted [WPC-LOOP-003]',
  (lab) => {
    const machine = bootBusMaster(lab);
    machine.lab.expectFinding(/marked a packet LOOPEDDATA on a pin that does not loop/);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, LOOP, LOOPEDDATA);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(100));
    expect(machine.fate(packet)).toBe('SUCCESS');
    expect(machine.device.speaker.heardFrames).toBe(2_500);
  },
);

scenario('a looped buffer is recorded into round and round [WPC-LOOP-001]', (lab) => {
  const machine = bootBusMaster(lab, { interrupts: 'each' });
  const spoken = noise(STEREO_48, 48 * 200);
  machine.device.lineIn.source = new Mouth(spoken);
  const pin = machine.openLoop(CAPTURE_PIN);
  machine.setState(pin, PAUSE);
  const packet = machine.read(pin, LOOP.length);
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(130));
  const captured = 130 * BYTES_PER_MS;
  const laps = Math.floor(captured / LOOP.length) * LOOP.length;
  const bytes = machine.bytesOf(packet);
  expect(bytes.subarray(0, captured - laps)).toEqual(spoken.subarray(laps, captured));
  expect(bytes.subarray(captured - laps)).toEqual(spoken.subarray(captured - LOOP.length, laps));
  pin.readPosition();
  expect(pin.playOffset).toBe(captured % LOOP.length);
  machine.setState(pin, STOP);
  expect(machine.fate(packet)).toBe('SUCCESS');
  expect(packet.usedBytes).toBe(LOOP.length);
});

scenario(
  'a long loop starves a miniport that waits for the end of the packet alone, and not one with a ' +
    'timer [WPC-FLG-004]',
  (lab) => {
    const long = noise(STEREO_48, 48_000);
    for (const [groups, interrupts, starves] of [
      ['stream', 'flag', true],
      ['none', 'none', false],
    ] as const) {
      const machine = bootBusMaster(lab, { depth: 4, groups, interrupts });
      const pin = machine.openLoop();
      machine.setState(pin, PAUSE);
      machine.write(pin, long, LOOPEDDATA);
      machine.setState(pin, RUN);
      machine.lab.runFor(ms(500));
      expect(machine.device.render.starvedFrames > 0).toBe(starves);
    }
  },
);
