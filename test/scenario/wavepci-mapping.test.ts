/** How packets become mappings: where they are cut, what is told of each, and in which order. */
import { expect } from 'vitest';
import { type VirtualAddress, virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { StreamPin } from '../../src/client/stream-pin.ts';
import { MmCached } from '../../src/kernel/memory/caching.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { noise, scenario } from '../../src/testing/index.ts';
import { CAPTURE_PIN } from '../support/bus-master-driver.ts';
import { type BusMasterMachine, bootBusMaster, STEREO_48 } from '../support/bus-master-machine.ts';
import type { HeldMapping } from '../support/bus-master-stream.ts';
import { sendHeaders, soundAt } from '../support/stream-requests.ts';

const { PAUSE } = KSSTATE;
const PAGE = 4096;
const HIGHEST = 2 ** 52 - 1;

const MANUAL = { isManual: true } as const;

/** Takes every mapping there is, with the tags 0, 1, 2, ... */
function takeAll(machine: BusMasterMachine, most = 100): readonly HeldMapping[] {
  const { stream } = machine;
  const first = stream.held.length;
  for (let tag = first; tag < first + most; tag++) {
    if (stream.get(tag) !== STATUS_SUCCESS) break;
  }
  return stream.held.slice(first);
}

function openPaused(machine: BusMasterMachine, pinId = 0): StreamPin {
  const pin = machine.openPin(pinId);
  machine.setState(pin, PAUSE);
  return pin;
}

/** Memory whose pages follow each other on the bus; given back when `use` returns. */
function withAdjacentPages(
  machine: BusMasterMachine,
  bytes: number,
  use: (at: VirtualAddress) => void,
): void {
  const { memory } = machine.kernel;
  const at = memory.MmAllocateContiguousMemorySpecifyCache(bytes, 0, HIGHEST, 0, MmCached);
  if (at === null) throw new Error('no contiguous memory');
  use(at);
  memory.MmFreeContiguousMemorySpecifyCache(at, bytes, MmCached);
}

scenario(
  'a buffer of three scattered pages and a bit is four mappings, cut where pages end ' +
    '[WPC-SCOPE-003 WPC-SCOPE-004 WPC-SCOPE-005 WPC-MAP-001 WPC-MAP-006 WPC-MAP-007 WPC-GM-003]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = openPaused(machine);
    const sound = noise(STEREO_48, 3 * 1024 + 100);
    const packet = machine.write(pin, sound, 0, 100);
    const mappings = takeAll(machine);
    expect(mappings.map(({ bytes }) => bytes)).toEqual([PAGE - 100, PAGE, PAGE, 500]);
    const { frames } = machine.kernel.memory;
    let at: number = packet.dataAt;
    for (const { address, bytes, virtualAddress } of mappings) {
      expect(virtualAddress).toBe(at);
      expect(address).toBe(frames.physicalAddressOf(at));
      expect(Math.floor(address / PAGE)).toBe(Math.floor((address + bytes - 1) / PAGE));
      at += bytes;
    }
    const first = mappings.map(({ address, bytes }) => address + bytes);
    expect(mappings.slice(1).map(({ address }) => address)).not.toEqual(first.slice(0, -1));
  },
);

scenario(
  'what is written through a mapping is what the client has, both ways ' +
    '[WPC-SCOPE-001 WPC-MAP-009]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = openPaused(machine);
    const sound = noise(STEREO_48, 2048);
    const packet = machine.write(pin, sound);
    const { bytes } = machine.kernel.ram;
    const [first] = takeAll(machine);
    const at = virtual(first?.virtualAddress ?? 0);
    expect(bytes.slice(at, at + 64)).toEqual(sound.subarray(0, 64));
    const { frames } = machine.kernel.memory;
    expect(frames.resolveForDevice(first?.address ?? 0)).toBe(at);
    bytes[packet.dataAt] = 0x5a;
    expect(bytes[frames.resolveForDevice(first?.address ?? 0)]).toBe(0x5a);
    expect(machine.kernel.memory.copies.bytes).toBe(0);
  },
);

scenario(
  'pages that follow each other are joined, up to 16, unless the port keeps them apart ' +
    '[WPC-MAP-001 WPC-MAP-002 WPC-MAP-003 WPC-HW-002]',
  (lab) => {
    for (const [joinsPages, expected] of [
      [true, [16 * PAGE - 256, 16 * PAGE, 8 * PAGE]],
      [false, [PAGE - 256, ...Array.from({ length: 39 }, () => PAGE)]],
    ] as const) {
      const machine = bootBusMaster(lab, MANUAL, { settings: { joinsPages } });
      withAdjacentPages(machine, 40 * PAGE, (block) => {
        const pin = openPaused(machine);
        sendHeaders(pin, 'write', [soundAt(virtual(block + 256), 40 * PAGE - 256)]);
        expect(takeAll(machine).map(({ bytes }) => bytes)).toEqual(expected);
        pin.close();
      });
    }
  },
);

scenario('joined pages are played whole, across powers of two [WPC-HW-007 WPC-MAP-003]', (lab) => {
  const machine = bootBusMaster(lab, { interrupts: 'each' });
  withAdjacentPages(machine, 40 * PAGE, (block) => {
    const pin = openPaused(machine);
    const sound = noise(STEREO_48, (40 * PAGE) / 4);
    machine.kernel.ram.bytes.set(sound, block);
    sendHeaders(pin, 'write', [soundAt(block, sound.length)]);
    machine.setState(pin, KSSTATE.RUN);
    expect(machine.stream.held.map(({ bytes }) => bytes / PAGE)).toEqual([16, 16, 8]);
    machine.lab.runFor(900_000_000);
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
    pin.close();
  });
});

scenario(
  'packets that are neighbours in memory stay packets: their mappings end where they end, and ' +
    'the last of each is marked [WPC-SCOPE-011 WPC-MAP-005 WPC-FLG-001 WPC-GM-005]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    withAdjacentPages(machine, 4 * PAGE, (block) => {
      const pin = openPaused(machine);
      const half = 1.5 * PAGE;
      sendHeaders(pin, 'write', [soundAt(block, half)]);
      sendHeaders(pin, 'write', [soundAt(virtual(block + half), half)]);
      const packets = takeAll(machine).map(({ bytes, flags }) => [bytes, flags !== 0]);
      expect(packets).toEqual([
        [half, true],
        [half, true],
      ]);
      pin.close();
    });
    const scattered = openPaused(machine);
    for (const seed of [1, 2]) machine.write(scattered, noise(STEREO_48, 1536 + 1024, seed));
    const flags = takeAll(machine).map((mapping) => mapping.flags !== 0);
    expect(flags).toEqual([false, false, true, false, false, true]);
  },
);

scenario(
  'several headers in one request are one packet, each with a buffer of its own ' +
    '[WPC-FLG-001 WPC-MAP-006 WPC-SCOPE-011]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = openPaused(machine);
    const [near, far] = [pin.packet(400), pin.packet(600)];
    const sent = sendHeaders(pin, 'write', [
      soundAt(near.dataAt, 400),
      soundAt(virtual(0), 0),
      soundAt(far.dataAt, 600),
    ]);
    const mappings = takeAll(machine);
    expect(mappings.map(({ bytes, flags }) => [bytes, flags !== 0])).toEqual([
      [400, false],
      [600, true],
    ]);
    expect(mappings.map(({ virtualAddress }) => virtualAddress)).toEqual([near.dataAt, far.dataAt]);
    machine.stream.giveBack();
    expect(sent.fate).toBe('pending');
    machine.stream.giveBack();
    expect(sent.fate).toBe('SUCCESS');
    expect(sent.request.information).toBe(1_000);
  },
);

scenario(
  'a looped buffer is cut within its allocator frames, whatever the pages [WPC-MAP-004 WPC-GM-011]',
  (lab) => {
    for (const frameSize of [1_000, 1]) {
      const machine = bootBusMaster(lab, { ...MANUAL, framing: { frames: 4, frameSize } });
      const pin = machine.openLoop();
      machine.setState(pin, PAUSE);
      machine.write(pin, noise(STEREO_48, 1_000));
      const mappings = takeAll(machine, 1_000);
      expect(mappings.length).toBe(1_000);
      const inFrames = mappings.slice(0, 4).map(({ bytes }) => bytes);
      expect(inFrames).toEqual(Array.from({ length: 4 }, () => frameSize));
    }
  },
);

scenario('all four outputs of GetMapping are filled, and needed [WPC-GM-001 WPC-GM-002]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  machine.lab.expectFinding(/GetMapping was given NULL/);
  const pin = openPaused(machine);
  machine.write(pin, noise(STEREO_48, 100));
  const { portStream } = machine.stream;
  const outputs = (): [Out<never>, Out<never>, Out<never>, Out<never>] => {
    const sentinel = (): Out<never> => new Out<unknown>('untouched') as Out<never>;
    return [sentinel(), sentinel(), sentinel(), sentinel()];
  };
  for (let index = 0; index < 4; index++) {
    const given = outputs();
    given[index] = null as unknown as Out<never>;
    expect(portStream.getMapping(7, ...given)).toBe(STATUS_INVALID_PARAMETER);
  }
  const filled = outputs();
  expect(portStream.getMapping(7, ...filled)).toBe(STATUS_SUCCESS);
  for (const { value } of filled) expect(value).not.toBe('untouched');
  portStream.releaseMapping(7);
});

scenario(
  'a tag is any value: null, a number, an object, a value used before [WPC-GM-006 WPC-GM-008]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = openPaused(machine);
    const sound = noise(STEREO_48, 50);
    const record = { mapping: 3 };
    for (const tag of [null, 0, 0xdead_beef_000, record, 'text', 0, null]) {
      const packet = machine.write(pin, sound);
      expect(machine.stream.get(tag)).toBe(STATUS_SUCCESS);
      expect(machine.stream.giveBack()).toBe(STATUS_SUCCESS);
      expect(machine.fate(packet)).toBe('SUCCESS');
    }
  },
);

scenario('two open mappings with one tag are reported [WPC-GM-007]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = openPaused(machine);
  for (let index = 0; index < 2; index++) machine.write(pin, noise(STEREO_48, 50));
  machine.stream.get(5);
  expect(machine.lab.findings).toEqual([]);
  machine.stream.get(5);
  machine.lab.expectFinding(/GetMapping: a mapping with the same tag is open/);
  expect(machine.lab.findings.length).toBe(1);
});

scenario(
  'each GetMapping that succeeds opens one mapping, each release closes one ' +
    '[WPC-GM-009 WPC-GM-013 WPC-ST-010]',
  (lab) => {
    const machine = bootBusMaster(lab, MANUAL);
    const pin = machine.openPin();
    const { stream } = machine;
    expect(stream.get(0)).toBe(STATUS_NOT_FOUND);
    machine.setState(pin, PAUSE);
    const open = (): number => machine.portStream.mappings.open.count;
    machine.write(pin, noise(STEREO_48, 3 * 1024));
    const counts: number[] = [open()];
    for (const tag of [0, 1, 2, 3, 4]) {
      stream.get(tag);
      counts.push(open());
    }
    expect(counts).toEqual([0, 1, 2, 3, 3, 3]);
    stream.giveBack();
    stream.giveBack();
    expect(open()).toBe(1);
    machine.setState(pin, KSSTATE.STOP);
    expect(open()).toBe(0);
    expect(stream.held).toEqual([]);
  },
);

scenario(
  'pages behind a mapping stay where they are, even if the client gives its memory away ' +
    '[WPC-MAP-008]',
  (lab) => {
    const machine = bootBusMaster(lab);
    const pin = machine.openPin();
    machine.setState(pin, PAUSE);
    const { process } = pin.home;
    const sound = noise(STEREO_48, 4_800);
    const at = process.alloc(sound.length);
    machine.kernel.ram.bytes.set(sound, at);
    const sent = sendHeaders(pin, 'write', [soundAt(at, sound.length)]);
    const free = machine.kernel.memory.frames.freePages;
    process.free(at);
    expect(machine.kernel.memory.frames.freePages).toBe(free);
    const others = process.alloc(sound.length);
    machine.kernel.ram.bytes.fill(0xff, others, others + sound.length);
    machine.setState(pin, KSSTATE.RUN);
    machine.lab.runFor(110_000_000);
    expect(machine.ear.heard().bytes.subarray(0, sound.length)).toEqual(sound);
    expect(sent.fate).toBe('SUCCESS');
    machine.setState(pin, KSSTATE.STOP);
    expect(machine.kernel.memory.frames.lockCount).toBe(0);
  },
);

scenario('capture mappings tile the room of a packet [WPC-MAP-006]', (lab) => {
  const machine = bootBusMaster(lab, MANUAL);
  const pin = openPaused(machine, CAPTURE_PIN);
  machine.read(pin, 2 * PAGE + 100, 50);
  expect(takeAll(machine).map(({ bytes }) => bytes)).toEqual([PAGE - 50, PAGE, 150]);
});
