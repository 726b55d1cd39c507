/** Mappings come back: completion of packets, wrong releases, starvation, and the locks around. */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { ntSuccess, STATUS_NOT_FOUND, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import '../../src/testing/matchers.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { CAPTURE_PIN } from '../support/bus-master-driver.ts';
import { bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';

const { PAUSE, RUN, STOP } = KSSTATE;
const MANUAL = { isManual: true } as const;
const MS_FRAMES = 48;
/** Fills two pages and a bit of a third. */
const THREE_MAPPINGS = noise(STEREO_48, 2_500);
const SHORT = noise(STEREO_48, 50);

const available = (calls: readonly string[]): number =>
  calls.filter((call) => call === 'MappingAvailable').length;

scenario(
  'a packet is completed when the last of its mappings comes back, and not before ' +
    '[WPC-RM-001 WPC-RM-006 WPC-TP-002 WPC-TP-007]',
  (lab) => {
    for (const pinId of [0, CAPTURE_PIN]) {
      const machine = bootBusMaster(lab, { ...MANUAL, position: () => 0 });
      const pin = machine.openPin(pinId);
      machine.setState(pin, PAUSE);
      const isRender = pinId === 0;
      const packet = isRender
        ? machine.write(pin, THREE_MAPPINGS)
        : machine.read(pin, THREE_MAPPINGS.length);
      const { stream } = machine;
      for (const tag of [0, 1, 2]) stream.get(tag);
      for (const fate of ['pending', 'pending', 'SUCCESS']) {
        expect(stream.giveBack()).toBe(STATUS_SUCCESS);
        expect(machine.fate(packet)).toBe(fate);
      }
      if (isRender) expect(packet.request.information).toBe(THREE_MAPPINGS.length);
      expect(packet.usedBytes).toBe(THREE_MAPPINGS.length);
      machine.setState(pin, STOP);
    }
  },
);

scenario('mappings of several packets come back in one order [WPC-RM-002]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  machine.lab.expectFinding(/ReleaseMapping: the mapping is not the oldest that is open/);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  const packets = [machine.write(pin, SHORT), machine.write(pin, SHORT)];
  const { portStream } = machine.stream;
  for (const tag of ['a', 'b']) machine.stream.get(tag);
  expect(portStream.releaseMapping('b')).toBe(STATUS_NOT_FOUND);
  expect(packets.map((packet) => machine.fate(packet))).toEqual(['pending', 'pending']);
  expect(portStream.releaseMapping('a')).toBe(STATUS_SUCCESS);
  expect(packets.map((packet) => machine.fate(packet))).toEqual(['SUCCESS', 'pending']);
  expect(portStream.releaseMapping('b')).toBe(STATUS_SUCCESS);
  expect(packets.map((packet) => machine.fate(packet))).toEqual(['SUCCESS', 'SUCCESS']);
});

scenario(
  'a tag that is not open, or is released twice, is refused and changes nothing ' +
    '[WPC-RM-001 WPC-RM-003 WPC-RM-004]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    machine.lab.expectFinding(/ReleaseMapping: no mapping with this tag is open/);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packets = [machine.write(pin, SHORT), machine.write(pin, SHORT)];
    const { portStream } = machine.stream;
    for (const tag of [1, 2]) machine.stream.get(tag);
    expect(portStream.releaseMapping(99)).toBe(STATUS_NOT_FOUND);
    expect(portStream.releaseMapping(1)).toBe(STATUS_SUCCESS);
    expect(portStream.releaseMapping(1)).toBe(STATUS_NOT_FOUND);
    expect(machine.portStream.mappings.open.count).toBe(1);
    expect(packets.map((packet) => machine.fate(packet))).toEqual(['SUCCESS', 'pending']);
    expect(portStream.releaseMapping(2)).toBe(STATUS_SUCCESS);
  },
);

scenario(
  'a mapping that the device still plays when it is released is caught at its next access ' +
    '[WPC-RM-008]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const packet = machine.write(pin, THREE_MAPPINGS);
    machine.stream.get(0);
    machine.stream.get(1);
    machine.stream.get(2);
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(5));
    const { portStream } = machine.stream;
    for (const tag of [0, 1, 2]) portStream.releaseMapping(tag);
    expect(machine.fate(packet)).toBe('SUCCESS');
    expect(() => machine.lab.runFor(ms(20))).toThrow(/DRIVER_VERIFIER_DMA_VIOLATION/);
    machine.lab.isAbandoned = true;
  },
);

scenario(
  'a refusal is answered with one MappingAvailable, and none comes unasked ' +
    '[WPC-STV-001 WPC-STV-002 WPC-STV-003]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const { stream } = machine;
    machine.write(pin, SHORT);
    expect(stream.get(0)).toBe(STATUS_SUCCESS);
    machine.write(pin, SHORT);
    expect(stream.get(1)).toBe(STATUS_SUCCESS);
    expect(available(machine.takeCalls())).toBe(0);
    expect(stream.get(2)).toBe(STATUS_NOT_FOUND);
    expect(available(machine.takeCalls())).toBe(0);
    for (let index = 0; index < 3; index++) machine.write(pin, SHORT);
    expect(available(machine.takeCalls())).toBe(1);
    for (const tag of [2, 3, 4]) expect(stream.get(tag)).toBe(STATUS_SUCCESS);
    expect(stream.get(5)).toBe(STATUS_NOT_FOUND);
    machine.write(pin, SHORT);
    expect(available(machine.takeCalls())).toBe(1);
    machine.setState(pin, STOP);
  },
);

scenario(
  'MappingAvailable, Service and RevokeMappings may call the port, which holds no lock ' +
    '[WPC-STV-004 WPC-LCK-006]',
  (lab) => {
    let handedOut = 0;
    const machine = bootBusMaster(lab, {
      ...MANUAL,
      mappingAvailable: (stream) => {
        expect(stream.get('offered')).toBe(STATUS_SUCCESS);
        expect(stream.giveBack()).toBe(STATUS_SUCCESS);
      },
      revoke: (stream, first, last, revoked) => {
        // Another packet is handed out and comes back from within the revocation of this one.
        revoked.value = stream.revokeHeld(first, last);
        expect(stream.get('other')).toBe(STATUS_SUCCESS);
        handedOut = stream.held[0]?.virtualAddress ?? 0;
        expect(stream.giveBack()).toBe(STATUS_SUCCESS);
        return STATUS_SUCCESS;
      },
    });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    expect(machine.stream.get(0)).toBe(STATUS_NOT_FOUND);
    const offered = machine.write(pin, SHORT);
    expect(machine.fate(offered)).toBe('SUCCESS');
    const [cancelled, other] = [machine.write(pin, THREE_MAPPINGS), machine.write(pin, SHORT)];
    machine.stream.get('cancelled');
    cancelled.cancel();
    expect(machine.fate(cancelled)).toBe('CANCELLED');
    expect(machine.fate(other)).toBe('SUCCESS');
    expect(handedOut).toBe(other.dataAt);
  },
);

scenario(
  'a client that sends again from its completion is told of, once ReleaseMapping is over ' +
    '[WPC-STV-005]',
  (lab) => {
    const machine = bootBusMaster(lab, {
      interrupts: 'each',
      mappingAvailable: (stream) => {
        expect(stream.isReleasing).toBe(false);
        stream.acquire();
      },
    });
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const sound = noise(STEREO_48, 100 * MS_FRAMES);
    const bytes = 10 * MS_FRAMES * 4;
    let sent = 0;
    const packet = pin.packet(bytes, () => {
      if (sent < sound.length) send();
    });
    const send = (): void => {
      machine.fill(packet, sound.subarray(sent, sent + bytes));
      sent += bytes;
      packet.write(bytes);
    };
    machine.setState(pin, RUN);
    send();
    machine.lab.runFor(ms(150));
    // Each packet is sent when the last one comes back, one frame before it is played out.
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
  },
);

scenario(
  'a starved device stops at its last byte, its position stands, and a new packet goes on at once ' +
    '[WPC-STV-006 WPC-STV-008 WPC-POS-005 WPC-POS-013]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const sound = noise(STEREO_48, 20 * MS_FRAMES);
    const half = sound.length / 2;
    machine.write(pin, sound.subarray(0, half));
    machine.setState(pin, RUN);
    machine.lab.runFor(ms(110));
    pin.readPosition();
    expect([pin.playOffset, pin.writeOffset]).toEqual([half, half]);
    machine.write(pin, sound.subarray(half));
    machine.lab.runFor(ms(20));
    const { bytes } = machine.ear.heard();
    expect(bytes.subarray(0, half)).toEqual(sound.subarray(0, half));
    const resumed = 110 * MS_FRAMES * 4;
    expect(bytes.subarray(half, resumed).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(resumed, resumed + half)).toEqual(sound.subarray(half));
  },
);

scenario('starved or not, the port writes nothing into the client’s sound [WPC-STV-007]', (lab) => {
  const machine = bootBusMaster(lab);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  const packet = machine.write(pin, THREE_MAPPINGS);
  machine.setState(pin, RUN);
  machine.lab.runFor(ms(200));
  machine.setState(pin, STOP);
  expect(machine.bytesOf(packet)).toEqual(THREE_MAPPINGS);
});

scenario('a caller that holds a spin lock is reported [WPC-LCK-001 WPC-LCK-002]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = machine.openPin();
  machine.setState(pin, PAUSE);
  machine.write(pin, SHORT);
  const { spinLocks } = machine.kernel;
  const { stream } = machine;
  const lock = stream.miniport.wdk.KeInitializeSpinLock('the miniport’s own');
  const locked = (routine: () => boolean): string[] => {
    const before = machine.lab.findings.length;
    const old = spinLocks.acquire(lock);
    expect(routine()).toBe(true);
    spinLocks.release(lock, old);
    return machine.lab.findings.slice(before);
  };
  const given = [0, 0, 0, 0].map(() => ({ value: 0 as never }));
  const [physical, linear, count, flags] = given;
  if (!physical || !linear || !count || !flags) throw new Error('outputs');
  const get = (): boolean =>
    ntSuccess(stream.portStream.getMapping('a', physical, linear, count, flags));
  expect(locked(get)).toEqual(['GetMapping was called with a spin lock held']);
  const release = (): boolean => ntSuccess(stream.portStream.releaseMapping('a'));
  expect(locked(release)).toEqual(['ReleaseMapping was called with a spin lock held']);
  machine.lab.expectFinding(/was called with a spin lock held/);
});

scenario(
  'the two calls are welcome up to DISPATCH_LEVEL, and stop the machine above ' +
    '[WPC-IRQL-003 WPC-IRQL-004 WPC-IRQL-005 WPC-GM-010]',
  (lab) => {
    const calls: readonly ((machine: ReturnType<typeof bootBusMaster>) => unknown)[] = [
      (machine) => machine.stream.get('again'),
      (machine) => machine.stream.portStream.releaseMapping('first'),
      (machine) => machine.stream.portStream.terminatePacket(),
    ];
    for (const call of calls) {
      for (const [level, isAllowed] of [
        [0, true],
        [2, true],
        [5, false],
      ] as const) {
        const machine = bootBusMaster(lab, MANUAL);
        const pin = machine.openPin();
        machine.setState(pin, PAUSE);
        machine.write(pin, SHORT);
        machine.stream.get('first');
        const { irql } = machine.kernel;
        const old = irql.raise(level);
        if (isAllowed) {
          call(machine);
          irql.lower(old);
        } else {
          expect(() => call(machine)).toThrow(/DRIVER_IRQL_NOT_LESS_OR_EQUAL/);
          machine.lab.isAbandoned = true;
        }
      }
    }
  },
);
