/** Capture packets that end before they are full: TerminatePacket, a stop, and what the client sees. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER } from '../../src/standards/ks/stream-packets.ts';
import {
  ntSuccess,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { Mouth, noise, scenario } from '../../src/testing/index.ts';
import { CAPTURE_PIN } from '../support/bus-master-driver.ts';
import { bootBusMaster, POISON, STEREO_48 } from '../support/bus-master-machine.ts';
import { roomAt, sendHeaders } from '../support/stream-requests.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const MANUAL = { isManual: true } as const;
const BYTES_PER_MS = 192;
/** Two pages and a bit of a third. */
const ROOM = 10_000;

scenario(
  'a packet that is terminated in its second mapping comes back with what was captured ' +
    '[WPC-TP-001 WPC-TP-005 WPC-TP-009 WPC-TP-010 WPC-TP-012]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const spoken = noise(STEREO_48, 48 * 40);
    machine.device.lineIn.source = new Mouth(spoken);
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    const [first, second] = [machine.read(pin, ROOM), machine.read(pin, ROOM)];
    const { portStream } = machine.stream;
    for (const tag of [0, 1, 2]) machine.stream.get(tag);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(30));
    const captured = 30 * BYTES_PER_MS;
    expect(machine.stream.held[0]?.bytes).toBeLessThan(captured);
    expect(portStream.terminatePacket()).toBe(STATUS_SUCCESS);
    expect(machine.fate(first)).toBe('pending');
    machine.stream.giveBack();
    machine.stream.giveBack();
    expect(machine.fate(first)).toBe('pending');
    // Of the two mappings that are back the second was half full.
    pin.readPosition();
    expect(pin.writeOffset).toBe(captured);
    machine.stream.giveBack();
    expect(machine.fate(first)).toBe('SUCCESS');
    expect(first.usedBytes).toBe(captured);
    expect(first.request.information).toBe(KSSTREAM_HEADER.size);
    const bytes = machine.bytesOf(first);
    expect(bytes.subarray(0, captured)).toEqual(spoken.subarray(0, captured));
    expect(bytes.subarray(captured).every((byte) => byte === POISON)).toBe(true);
    // The next mapping is the next packet's first.
    machine.stream.get(3);
    expect(machine.stream.held[0]?.virtualAddress).toBe(second.dataAt);
    machine.lab.runFor(ms(5));
    expect(portStream.terminatePacket()).toBe(STATUS_SUCCESS);
    machine.stream.giveBack();
    expect(second.usedBytes).toBe(5 * BYTES_PER_MS);
    const next = spoken.subarray(captured, captured + 5 * BYTES_PER_MS);
    expect(machine.bytesOf(second, next.length)).toEqual(next);
  },
);

scenario(
  'after termination in the first of three mappings the other two are never handed out ' +
    '[WPC-TP-004]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    const [first, second] = [machine.read(pin, ROOM), machine.read(pin, ROOM)];
    machine.stream.get(0);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(1));
    expect(machine.stream.portStream.terminatePacket()).toBe(STATUS_SUCCESS);
    machine.stream.get(1);
    expect(machine.stream.held[1]?.virtualAddress).toBe(second.dataAt);
    machine.stream.giveBack();
    expect(machine.fate(first)).toBe('SUCCESS');
    expect(first.usedBytes).toBe(BYTES_PER_MS);
  },
);

scenario(
  'a packet that is full to the last byte is not the one that termination ends [WPC-TP-001]',
  (lab) => {
    let position = 0;
    const machine = bootBusMaster(lab, { ...MANUAL, position: () => position });
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    const packets = [machine.read(pin, 400), machine.read(pin, 400)];
    machine.stream.get(0);
    machine.stream.get(1);
    position = 500;
    expect(machine.stream.portStream.terminatePacket()).toBe(STATUS_SUCCESS);
    machine.stream.giveBack();
    machine.stream.giveBack();
    expect(packets.map((packet) => packet.usedBytes)).toEqual([400, 100]);
  },
);

scenario(
  'what a cancelled packet had in it is gone, and counts for none of those behind it ' +
    '[WPC-TP-010 WPC-RV-011]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const spoken = noise(STEREO_48, 400);
    machine.device.lineIn.source = new Mouth(spoken);
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    const [full, cancelled, last] = [1, 2, 3].map(() => machine.read(pin, 400));
    for (const tag of [0, 1, 2]) machine.stream.get(tag);
    machine.setState(pin, RUN);
    // 100 frames fill the first packet, 44 go into the second.
    machine.lab.runFor(ms(3));
    cancelled?.cancel();
    machine.lab.runFor(ms(1));
    expect(machine.stream.portStream.terminatePacket()).toBe(STATUS_SUCCESS);
    machine.stream.giveBack();
    machine.stream.giveBack();
    expect([full?.usedBytes, last?.usedBytes]).toEqual([400, 192]);
    if (last !== undefined) {
      expect(machine.bytesOf(last, 192)).toEqual(spoken.subarray(576, 768));
    }
    pin.readPosition();
    expect([pin.playOffset, pin.writeOffset]).toEqual([768, 768]);
  },
);

scenario(
  'a packet never comes back with more than was handed out of it, whatever the position says ' +
    '[WPC-TP-010 WPC-TP-012]',
  (lab) => {
    const machine = bootBusMaster(lab, { ...MANUAL, position: () => 6_000 });
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    const packet = machine.read(pin, ROOM);
    machine.stream.get(0);
    const given = machine.stream.held[0]?.bytes;
    machine.stream.portStream.terminatePacket();
    machine.stream.giveBack();
    expect(packet.usedBytes).toBe(given);
  },
);

scenario(
  'without a packet, or on a render stream, TerminatePacket fails and does nothing ' +
    '[WPC-TP-008 WPC-TP-009]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin(CAPTURE_PIN);
    const { portStream } = machine.stream;
    expect(portStream.terminatePacket()).toBe(STATUS_UNSUCCESSFUL);
    machine.setState(pin, PAUSE);
    const untouched = machine.read(pin, 400);
    expect(portStream.terminatePacket()).toBe(STATUS_UNSUCCESSFUL);
    machine.stream.get(0);
    machine.stream.giveBack();
    expect(machine.fate(untouched)).toBe('SUCCESS');

    const render = machine.openPin();
    machine.setState(render, PAUSE);
    const sound = noise(STEREO_48, 480);
    const packet = machine.write(render, sound);
    machine.stream.get(0);
    expect(ntSuccess(machine.stream.portStream.terminatePacket())).toBe(false);
    expect(machine.stream.get(1)).toBe(STATUS_NOT_FOUND);
    machine.stream.giveBack();
    expect(machine.fate(packet)).toBe('SUCCESS');
    expect(packet.request.information).toBe(sound.length);
  },
);

scenario(
  'a stop gives the client what was captured till then, and the rest of its packets empty ' +
    '[WPC-TP-003 WPC-TP-005]',
  (lab) => {
    const machine = bootBusMaster(lab, { interrupts: 'none' });
    const spoken = noise(STEREO_48, 48 * 40);
    machine.device.lineIn.source = new Mouth(spoken);
    const pin = machine.openPin(CAPTURE_PIN);
    machine.setState(pin, PAUSE);
    const packets = [1, 2, 3].map(() => machine.read(pin, 10 * BYTES_PER_MS));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(13));
    machine.setState(pin, STOP);
    expect(packets.map((packet) => [machine.fate(packet), packet.usedBytes])).toEqual([
      ['SUCCESS', 10 * BYTES_PER_MS],
      ['SUCCESS', 3 * BYTES_PER_MS],
      ['CANCELLED', 0],
    ]);
    const read = packets.slice(0, 2).flatMap((p) => [...machine.bytesOf(p, p.usedBytes)]);
    expect(Uint8Array.from(read)).toEqual(spoken.subarray(0, 13 * BYTES_PER_MS));
  },
);

scenario('of several headers in a read, as many are told as were used [WPC-TP-005]', (lab) => {
  let position = 0;
  const machine = bootBusMaster(lab, { ...MANUAL, position: () => position });
  const pin = machine.openPin(CAPTURE_PIN);
  machine.setState(pin, PAUSE);
  const places = [100, 200, 300].map((bytes) => roomAt(pin.packet(bytes).dataAt, bytes));
  for (const [filled, used, headers] of [
    [0, [0, 0, 0], 1],
    [100, [100, 0, 0], 1],
    [150, [100, 50, 0], 2],
    [600, [100, 200, 300], 3],
  ] as const) {
    machine.setState(pin, STOP, PAUSE);
    position = 0;
    const sent = sendHeaders(pin, 'read', places);
    for (const tag of [0, 1, 2]) machine.stream.get(tag);
    position = filled;
    machine.stream.portStream.terminatePacket();
    for (let index = 0; index < 3; index++) machine.stream.giveBack();
    expect(sent.fate).toBe('SUCCESS');
    expect([0, 1, 2].map((index) => sent.header(index).DataUsed)).toEqual(used);
    expect(sent.request.information).toBe(headers * KSSTREAM_HEADER.size);
  }
});

scenario('a read that comes with bytes used already is refused [WPC-TP-006]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = machine.openPin(CAPTURE_PIN);
  machine.setState(pin, PAUSE);
  const header = roomAt(pin.packet(100).dataAt, 100);
  expect(sendHeaders(pin, 'read', [{ ...header, DataUsed: 5 }]).fate).toBe('INVALID_PARAMETER');
  expect(sendHeaders(pin, 'read', [header]).fate).toBe('pending');
});
