/** Packet DMA: the adapter's channel, transfers mapped piece by piece, flushed and freed. */
import { expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import {
  DeallocateObject,
  DeallocateObjectKeepRegisters,
  type DmaAdapter,
  type IO_ALLOCATION_ACTION,
  KeepObject,
  type MapRegisterBase,
  type Mdl,
  Out,
} from '../../src/portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import {
  adapterFor,
  atDispatch,
  contents,
  EVERYWHERE,
  expectViolation,
  FOUR_GIB,
  highPages,
  map,
  NO_MAP_REGISTERS,
  PAGE,
  pagesIn,
  put,
} from '../support/cyclic-dma.ts';
import { bootPlain, type PlainMachine } from '../support/plain-machine.ts';

interface Piece {
  readonly address: number;
  readonly length: number;
}

/** AllocateAdapterChannel; the bases that the routine was given. */
function allocate(
  machine: PlainMachine,
  adapter: DmaAdapter,
  count: number,
  action: IO_ALLOCATION_ACTION = DeallocateObjectKeepRegisters,
): { status: NtStatus; bases: MapRegisterBase[] } {
  const { physicalDevice } = machine.driver;
  if (physicalDevice === null) throw new Error('no PDO');
  const bases: MapRegisterBase[] = [];
  const routine = (_device: unknown, base: MapRegisterBase): IO_ALLOCATION_ACTION => {
    bases.push(base);
    return action;
  };
  const status = atDispatch(machine, () =>
    adapter.allocateAdapterChannel(physicalDevice, count, routine, null),
  );
  return { status, bases };
}

function registersOf(machine: PlainMachine, adapter: DmaAdapter, count: number): MapRegisterBase {
  const base = allocate(machine, adapter, count).bases[0];
  if (base === undefined) throw new Error('no map registers');
  return base;
}

/** MapTransfer until the whole range is mapped, as a driver of a device that gathers does. */
function mapAll(
  adapter: DmaAdapter,
  mdl: Mdl,
  base: MapRegisterBase,
  offset: number,
  length: number,
  writeToDevice = true,
): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < length; ) {
    const bytes = new Out(length - at);
    const va = virtual(mdl.storage + offset + at);
    const address = adapter.mapTransfer(mdl, base, va, bytes, writeToDevice);
    pieces.push({ address, length: bytes.value });
    at += bytes.value;
  }
  return pieces;
}

function seen(machine: PlainMachine, pieces: readonly Piece[]): Uint8Array {
  const bus = machine.kernel.memory.dmaMemory('card');
  return Uint8Array.from(
    pieces.flatMap(({ address, length }) =>
      Array.from({ length }, (_, at) => bus.bytes[bus.resolve(address + at, 'read')] ?? 0),
    ),
  );
}

const free = (machine: PlainMachine, adapter: DmaAdapter, base: MapRegisterBase): void =>
  atDispatch(machine, () => adapter.freeMapRegisters(base, base.count));

scenario('a transfer is mapped run by run, and not copied where the device reaches it', (lab) => {
  const machine = bootPlain(lab, {}, NO_MAP_REGISTERS);
  const adapter = adapterFor(machine, { dma64BitAddresses: true });
  const mdl = pagesIn(machine, 0, EVERYWHERE, 12);
  const base = registersOf(machine, adapter, 12);
  const pieces = mapAll(adapter, mdl, base, 300, 40_000);
  expect(seen(machine, pieces)).toEqual(contents(machine, mdl, 300, 40_000));
  pieces.forEach(({ address, length }, index) => {
    expect(pieces[index + 1]?.address).not.toBe(address + length);
  });
  expect(adapter.bouncedBytes).toBe(0);
  expect(adapter.flushAdapterBuffers(mdl, base, virtual(mdl.storage + 300), 40_000, true)).toBe(
    true,
  );
  free(machine, adapter, base);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('what the device does not reach is copied, both ways [VER-DMA-011]', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine);
  const mdl = highPages(machine, 3);
  const before = contents(machine, mdl);
  const base = registersOf(machine, adapter, 4);
  const out = mapAll(adapter, mdl, base, 1000, 9000);
  for (const { address, length } of out) expect(address + length).toBeLessThanOrEqual(FOUR_GIB);
  expect(seen(machine, out)).toEqual(before.subarray(1000, 10_000));
  adapter.flushAdapterBuffers(mdl, base, virtual(mdl.storage + 1000), 9000, true);

  const pieces = mapAll(adapter, mdl, base, 1000, 9000, false);
  const bus = machine.kernel.memory.dmaMemory('card');
  for (const { address, length } of pieces) {
    for (let at = 0; at < length; at++) bus.bytes[bus.resolve(address + at, 'write')] = 0x3c;
  }
  expect(contents(machine, mdl)).toEqual(before);
  adapter.flushAdapterBuffers(mdl, base, virtual(mdl.storage + 1000), 9000, false);
  const after = before.slice();
  after.fill(0x3c, 1000, 10_000);
  expect(contents(machine, mdl)).toEqual(after);
  expect(adapter.bouncedBytes).toBe(18_000);
  free(machine, adapter, base);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('of a buffer that lies high and low only the high pages are copied', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine);
  const mdl = pagesIn(machine, 0, EVERYWHERE, 16);
  const highBytes = mdl.pages.filter((page) => page >= FOUR_GIB).length * PAGE;
  expect([highBytes > 0, highBytes < 16 * PAGE]).toEqual([true, true]);
  const { lists } = map(machine, adapter, mdl);
  expect(adapter.bouncedBytes).toBe(highBytes);
  put(machine, adapter, lists[0]);
  const base = registersOf(machine, adapter, 16);
  const pieces = mapAll(adapter, mdl, base, 0, 16 * PAGE);
  expect(seen(machine, pieces)).toEqual(contents(machine, mdl));
  expect(adapter.bouncedBytes).toBe(2 * highBytes);
  adapter.flushAdapterBuffers(mdl, base, virtual(mdl.storage), 16 * PAGE, true);
  free(machine, adapter, base);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('a device that cannot gather gets any transfer in one piece', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine, { scatterGather: false, dma64BitAddresses: true });
  const mdl = pagesIn(machine, 0, EVERYWHERE, 8);
  const base = registersOf(machine, adapter, 9);
  const pieces = mapAll(adapter, mdl, base, 5, 8 * PAGE - 5);
  expect(pieces.map(({ length }) => length)).toEqual([8 * PAGE - 5]);
  expect(seen(machine, pieces)).toEqual(contents(machine, mdl, 5, 8 * PAGE - 5));
  adapter.flushAdapterBuffers(mdl, base, virtual(mdl.storage), 8 * PAGE, true);
  free(machine, adapter, base);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('the routine says what stays allocated', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine);
  for (let round = 0; round < 3; round++) {
    expect(allocate(machine, adapter, 17, DeallocateObject).bases.length).toBe(1);
  }
  // The registers stay with the driver, so there are none for a second set.
  const kept = registersOf(machine, adapter, 17);
  free(machine, adapter, kept);
  expect(allocate(machine, adapter, 17, KeepObject).bases.length).toBe(1);
  atDispatch(machine, () => adapter.freeAdapterChannel());
  const tooMany = allocate(machine, adapter, 18);
  expect(tooMany).toEqual({ status: STATUS_INSUFFICIENT_RESOURCES, bases: [] });
  adapter.putDmaAdapter();
});

scenario('who asks for more map registers than are free gets them when they are', (lab) => {
  const machine = bootPlain(lab, {}, { dma: { mapRegisters: 4 } });
  const adapter = adapterFor(machine);
  const first = registersOf(machine, adapter, 3);
  const second = allocate(machine, adapter, 2);
  expect(second).toEqual({ status: STATUS_SUCCESS, bases: [] });
  free(machine, adapter, first);
  expect(second.bases.length).toBe(1);
  // A list waits for the registers of a channel as well.
  const mdl = highPages(machine, 4);
  const { lists } = map(machine, adapter, mdl);
  expect(lists.length).toBe(0);
  for (const base of second.bases) free(machine, adapter, base);
  expect(lists.length).toBe(1);
  put(machine, adapter, lists[0]);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario(
  'channels, map registers and lists are freed as often as obtained [VER-DMA-009]',
  (lab) => {
    expectViolation(lab, '0x4', (machine) => {
      const adapter = adapterFor(machine);
      allocate(machine, adapter, 2, KeepObject);
      atDispatch(machine, () => adapter.freeAdapterChannel());
      atDispatch(machine, () => adapter.freeAdapterChannel());
    });
    expectViolation(lab, '0x5', (machine) => {
      const adapter = adapterFor(machine);
      const base = registersOf(machine, adapter, 2);
      free(machine, adapter, base);
      free(machine, adapter, base);
    });
    expectViolation(lab, '0x6', (machine) => {
      const adapter = adapterFor(machine);
      const { lists } = map(machine, adapter, highPages(machine, 1));
      put(machine, adapter, lists[0]);
      put(machine, adapter, lists[0]);
    });
    expectViolation(lab, '0x8', (machine) => {
      const adapter = adapterFor(machine);
      allocate(machine, adapter, 2, KeepObject);
      adapter.putDmaAdapter();
    });
    expectViolation(lab, '0x9', (machine) => {
      const adapter = adapterFor(machine);
      registersOf(machine, adapter, 2);
      adapter.putDmaAdapter();
    });
    expectViolation(lab, '0xa', (machine) => {
      const adapter = adapterFor(machine);
      map(machine, adapter, highPages(machine, 1));
      adapter.putDmaAdapter();
    });
    expectViolation(lab, '0xb', (machine) => {
      const adapter = adapterFor(machine);
      allocate(machine, adapter, 2, KeepObject);
      allocate(machine, adapter, 2);
    });
    expectViolation(lab, '0x10', (machine) => {
      const adapter = adapterFor(machine);
      const base = registersOf(machine, adapter, 2);
      mapAll(adapter, highPages(machine, 1), base, 0, PAGE);
      free(machine, adapter, base);
    });
  },
);

scenario('more than is mapped is not flushed, and more than there is not mapped', (lab) => {
  expectViolation(lab, '0x16', (machine) => {
    const adapter = adapterFor(machine);
    const mdl = highPages(machine, 1);
    const base = registersOf(machine, adapter, 2);
    adapter.flushAdapterBuffers(mdl, base, virtual(mdl.storage), PAGE, false);
  });
  expectViolation(lab, '0x15', (machine) => {
    const adapter = adapterFor(machine);
    mapAll(adapter, highPages(machine, 2), registersOf(machine, adapter, 1), 0, 2 * PAGE);
  });
  expectViolation(lab, '0x24', (machine) => {
    const adapter = adapterFor(machine);
    mapAll(adapter, highPages(machine, 1), registersOf(machine, adapter, 2), 0, PAGE + 1);
  });
});
