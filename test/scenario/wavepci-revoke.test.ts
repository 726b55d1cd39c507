/** Cancelled packets and stopped streams: RevokeMappings, its race with releases, and what is left. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const MANUAL = { isManual: true } as const;
/** Fills two pages and a bit of a third. */
const THREE_MAPPINGS = noise(STEREO_48, 2_500);
const SHORT = noise(STEREO_48, 50);
const revocations = (calls: readonly string[]): string[] =>
  calls.filter((call) => call.startsWith('Revoke')).map((call) => call.slice(15));

scenario(
  'a cancelled packet’s mappings are revoked, first to last, before the client hears of it ' +
    '[WPC-RV-001 WPC-RV-002 WPC-RV-012 WPC-IRQL-013]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const spied = machine.spy();
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const { frames } = machine.kernel.memory;
    let locksWhenDone = -1;
    const packet = pin.packet(THREE_MAPPINGS.length, () => {
      locksWhenDone = frames.lockCount;
      machine.driver.calls.push('returned');
    });
    packet.write(THREE_MAPPINGS.length);
    for (const tag of ['A', 'B', 'C']) machine.stream.get(tag);
    expect(frames.lockCount).toBe(3);
    machine.takeCalls();
    expect(packet.cancel()).toBe(true);
    expect(machine.takeCalls()).toEqual(['RevokeMappings A..C', 'returned']);
    expect(machine.fate(packet)).toBe('CANCELLED');
    expect(locksWhenDone).toBe(0);
    expect(machine.stream.held).toEqual([]);
    const revoke = spied.find(({ name }) => name === 'IMiniportWavePciStream.RevokeMappings');
    expect(revoke?.irql).toBe(2);
  },
);

scenario('one mapping is revoked as the first and the last [WPC-RV-003]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  const packet = machine.write(pin, SHORT);
  machine.stream.get('only');
  packet.cancel();
  expect(revocations(machine.takeCalls())).toEqual(['only..only']);
});

scenario('a packet of which nothing was handed out goes without a word', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  const packet = machine.write(pin, SHORT);
  packet.cancel();
  expect(machine.fate(packet)).toBe('CANCELLED');
  expect(revocations(machine.takeCalls())).toEqual([]);
});

scenario(
  'of a half-mapped packet the rest vanishes, and the next mapping is the next packet’s ' +
    '[WPC-RV-013]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const [first, second] = [machine.write(pin, THREE_MAPPINGS), machine.write(pin, SHORT)];
    machine.stream.get(0);
    first.cancel();
    machine.stream.get(1);
    expect(machine.stream.held.map(({ virtualAddress }) => virtualAddress)).toEqual([
      second.dataAt,
    ]);
    expect(machine.stream.get(2)).toBe(STATUS_NOT_FOUND);
    machine.stream.giveBack();
    expect(machine.fate(second)).toBe('SUCCESS');
  },
);

scenario(
  'a packet in the midst of three is cancelled, and the two others are heard ' +
    '[WPC-RV-006 WPC-RV-007 WPC-RV-010 WPC-RV-011]',
  (lab) => {
    const machine = bootBusMaster(lab, { depth: 64, interrupts: 'each' });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const parts = [1, 2, 3].map((seed) => noise(STEREO_48, 960, seed));
    const packets = parts.map((part) => machine.write(pin, part));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(5));
    pin.readPosition();
    const before = pin.playOffset;
    packets[1]?.cancel();
    pin.readPosition();
    expect(pin.playOffset).toBe(before);
    expect(pin.writeOffset).toBe(3 * 960 * 4);
    machine.kernel.ram.bytes.fill(0x77, packets[1]?.dataAt, (packets[1]?.dataAt ?? 0) + 3_840);
    machine.lab.runFor(ms(40));
    const heard = machine.ear.heard().bytes;
    const expected = [...(parts[0] ?? []), ...(parts[2] ?? [])];
    expect([...heard.subarray(0, expected.length)]).toEqual(expected);
    expect(packets.map((packet) => machine.fate(packet))).toEqual([
      'SUCCESS',
      'CANCELLED',
      'SUCCESS',
    ]);
    // What comes later is played as well.
    const later = noise(STEREO_48, 480, 4);
    machine.write(pin, later);
    machine.lab.runFor(ms(15));
    const end = machine.ear.heard().bytes.subarray(45 * 48 * 4);
    expect([...end.subarray(0, later.length)]).toEqual([...later]);
  },
);

scenario(
  'a packet that is being played is cancelled at any moment, and the device never meets its pages ' +
    '[WPC-RV-006 WPC-RV-007]',
  (lab) => {
    for (let us = 0; us < 22_000; us += 1_733) {
      const machine = bootBusMaster(lab, { depth: 3, interrupts: 'each' });
      const pin = machine.openPin();
      machine.setState(pin, PAUSE);
      const [first, second] = [noise(STEREO_48, 480, 1), noise(STEREO_48, 480, 2)];
      const cancelled = machine.write(pin, first);
      machine.write(pin, second);
      machine.setState(pin, RUN);
      machine.lab.runFor(us * 1_000);
      cancelled.cancel();
      machine.lab.runFor(ms(30));
      const wasPlayed = machine.fate(cancelled) === 'SUCCESS';
      expect(wasPlayed).toBe(us >= 10_000);
      const heard = machine.ear.heard().bytes;
      const whole = Math.min(480, Math.floor((us * 48) / 1_000) + 1);
      const expected = [...first.subarray(0, whole * 4), ...second];
      // One frame of what was cancelled lay in the FIFO already.
      expect([...heard.subarray(0, expected.length)]).toEqual(expected);
    }
  },
);

scenario(
  'mappings that are released while the revocation is under way are left out of the count ' +
    '[WPC-RV-004 WPC-RV-008]',
  (lab) => {
    let said = -1;
    const machine = bootBusMaster(lab, {
      ...MANUAL,
      revoke: (stream, first, last, revoked) => {
        // Service on another processor was about to release the oldest.
        expect(stream.giveBack()).toBe(STATUS_SUCCESS);
        said = stream.revokeHeld(first, last);
        revoked.value = said;
        return STATUS_SUCCESS;
      },
    });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, THREE_MAPPINGS);
    for (const tag of ['A', 'B', 'C']) machine.stream.get(tag);
    packet.cancel();
    expect(said).toBe(2);
    expect(machine.fate(packet)).toBe('CANCELLED');
  },
);

scenario(
  'a mapping off the miniport’s list, whose release comes after the revocation, is welcome once ' +
    '[WPC-RV-008 WPC-RM-005]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    machine.lab.expectFinding(/RevokeMappings says it revoked 2 of 3 mappings/);
    machine.lab.expectFinding(/ReleaseMapping: no mapping with this tag is open/);
    machine.lab.expectFinding(/ReleaseMapping: the mapping was revoked/);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, THREE_MAPPINGS);
    const { held, portStream } = machine.stream;
    for (const tag of ['A', 'B', 'C']) machine.stream.get(tag);
    held.shift();
    machine.device.render.remove(0, 1);
    packet.cancel();
    expect(machine.fate(packet)).toBe('CANCELLED');
    expect(portStream.releaseMapping('A')).toBe(STATUS_SUCCESS);
    expect(portStream.releaseMapping('A')).toBe(STATUS_NOT_FOUND);
    expect(portStream.releaseMapping('B')).toBe(STATUS_NOT_FOUND);
  },
);

scenario(
  'a revoked mapping that is released is refused, and changes nothing [WPC-RM-005]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    machine.lab.expectFinding(/ReleaseMapping: the mapping was revoked/);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const [first, second] = [machine.write(pin, SHORT), machine.write(pin, SHORT)];
    for (const tag of ['A', 'B']) machine.stream.get(tag);
    first.cancel();
    expect(machine.stream.portStream.releaseMapping('A')).toBe(STATUS_NOT_FOUND);
    expect(machine.fate(second)).toBe('pending');
    expect(machine.portStream.mappings.open.count).toBe(1);
  },
);

scenario(
  'MappingsRevoked is 0 before the call, and a wrong count or status is reported ' +
    '[WPC-RV-005 WPC-RV-009 WPC-RV-004]',
  (lab) => {
    const seen: number[] = [];
    const counts = [1, 2, 0];
    const machine = bootBusMaster(lab, {
      ...MANUAL,
      revoke: (stream, first, last, revoked) => {
        seen.push(revoked.value);
        stream.revokeHeld(first, last);
        revoked.value = counts.shift() ?? 0;
        return counts.length === 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
      },
    });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const found: string[][] = [];
    for (const tag of [0, 1, 2]) {
      const packet = machine.write(pin, SHORT);
      machine.stream.get(tag);
      packet.cancel();
      expect(machine.fate(packet)).toBe('CANCELLED');
      found.push(machine.lab.findings.slice(found.flat().length));
    }
    expect(seen).toEqual([0, 0, 0]);
    expect(found).toEqual([
      [],
      ['RevokeMappings says it revoked 2 of 1 mappings'],
      [
        'RevokeMappings failed: the mappings are gone all the same',
        'RevokeMappings says it revoked 0 of 1 mappings',
      ],
    ]);
    machine.lab.expectFinding(/^RevokeMappings/);
  },
);

scenario(
  'a stop revokes all that is open in one go, and every packet comes back [WPC-RV-001 WPC-ST-004]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packets = [THREE_MAPPINGS, SHORT, SHORT].map((sound) => machine.write(pin, sound));
    for (const tag of ['A', 'B', 'C', 'D']) machine.stream.get(tag);
    machine.takeCalls();
    machine.setState(pin, STOP);
    const calls = machine.takeCalls().filter((call) => !call.startsWith('GetPosition'));
    expect(calls).toEqual(['SetState ACQUIRE', 'SetState STOP', 'RevokeMappings A..D']);
    expect(packets.map((packet) => machine.fate(packet))).toEqual(
      Array.from({ length: 3 }, () => 'CANCELLED'),
    );
    expect(machine.kernel.memory.frames.lockCount).toBe(0);
  },
);

scenario(
  'a client that dies, or closes its handle, takes its packets with it [WPC-RV-001 WPC-RV-012]',
  (lab) => {
    for (const end of ['terminate', 'close'] as const) {
      const machine = bootBusMaster(lab);
      const spied = machine.spy();
      const pin = machine.openPin();
      machine.setState(pin, PAUSE);
      const packets = [1, 2, 3].map(() => machine.write(pin, THREE_MAPPINGS));
      machine.setState(pin, RUN);
      machine.lab.runFor(ms(3));
      if (end === 'terminate') pin.home.process.terminate();
      else pin.close();
      expect(packets.map((packet) => machine.fate(packet))).toEqual(
        Array.from({ length: 3 }, () => 'CANCELLED'),
      );
      expect(machine.kernel.memory.frames.lockCount).toBe(0);
      expect(machine.takeCalls().at(-1)).toBe('~stream');
      const revokes = spied.filter(({ name }) => name.endsWith('.RevokeMappings'));
      expect(revokes.map(({ irql }) => irql)).toEqual([2, 2, 2]);
      machine.lab.runFor(ms(30));
    }
  },
);

scenario('the trace tells address, bytes and tag of each mapping, and how it went', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  const packet = machine.write(pin, THREE_MAPPINGS);
  // A tag that is no number is counted.
  for (const tag of [0x77, 'B', {}]) machine.stream.get(tag);
  const [first, second, third] = machine.stream.held;
  machine.stream.giveBack();
  packet.cancel();
  const rows = machine.kernel.trace
    .tail()
    .map((line) => line.slice(line.indexOf('mapping')))
    .filter((line) => /^mapping( back| revoked)? tag=/.test(line));
  const hex = (value = 0): string => `0x${value.toString(16)}`;
  expect(rows).toEqual([
    `mapping tag=0x77 address=${hex(first?.address)} bytes=${first?.bytes} last=0`,
    `mapping tag=0x1 address=${hex(second?.address)} bytes=${second?.bytes} last=0`,
    `mapping tag=0x2 address=${hex(third?.address)} bytes=${third?.bytes} last=1`,
    `mapping back tag=0x77 bytes=${first?.bytes}`,
    `mapping revoked tag=0x1 bytes=${second?.bytes}`,
    `mapping revoked tag=0x2 bytes=${third?.bytes}`,
  ]);
});
