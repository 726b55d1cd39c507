/** Adapter objects: common buffers, and lists of pieces for devices that do not reach all memory. */
import { expect } from 'vitest';
import { physical, type VirtualAddress, virtual } from '../../src/base/brand.ts';
import { LockedBuffer } from '../../src/kernel/memory/locked-buffer.ts';
import { type DEVICE_DESCRIPTION, Isa, Out } from '../../src/portcls/ddi/index.ts';
import {
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { scenario } from '../../src/testing/index.ts';
import {
  adapterFor,
  contents,
  EVERYWHERE,
  FOUR_GIB,
  highPages,
  map,
  NO_MAP_REGISTERS,
  PAGE,
  pagesIn,
  put,
  SIXTEEN_MIB,
  seenByDevice,
  tryAdapter,
} from '../support/cyclic-dma.ts';
import { bootPlain } from '../support/plain-machine.ts';

scenario('a common buffer is one run that the device reaches, and both see it', (lab) => {
  const machine = bootPlain(lab);
  const { memory } = machine.kernel;
  const reaches: readonly [Partial<DEVICE_DESCRIPTION>, number, number][] = [
    [{ scatterGather: false, interfaceType: Isa }, 0, SIXTEEN_MIB],
    [{ scatterGather: false, dma32BitAddresses: true }, SIXTEEN_MIB, FOUR_GIB],
    [{ dma64BitAddresses: true }, FOUR_GIB, EVERYWHERE],
    [{ version: 3, dmaAddressWidth: 28 }, SIXTEEN_MIB, 2 ** 28],
  ];
  for (const [wanted, low, high] of reaches) {
    const adapter = adapterFor(machine, wanted);
    const logical = new Out(physical(0));
    const address = adapter.allocateCommonBuffer(20_000, logical, true) as VirtualAddress;
    // The highest run that fits is taken, so the address shows the reach.
    expect([logical.value >= low, logical.value + 20_000 <= high], `${high}`).toEqual([true, true]);
    memory.bytesAt(address, 20_000)[19_999] = 77;
    const bus = memory.dmaMemory('card');
    expect(bus.bytes[bus.resolve(logical.value + 19_999, 'read')]).toBe(77);
    adapter.freeCommonBuffer(20_000, logical.value, address, true);
    adapter.putDmaAdapter();
  }
});

scenario('a description that fits no device of the machine gets no adapter object', (lab) => {
  const machine = bootPlain(lab);
  for (const wanted of [
    { version: 4 },
    { version: -1 },
    { maximumLength: 0 },
    { version: 3, dmaAddressWidth: 0 },
    { version: 3, dmaAddressWidth: 65 },
    { master: false, interfaceType: Isa },
  ]) {
    expect(tryAdapter(machine, wanted)).toEqual({ adapter: null, registers: 0 });
  }
  const { adapter, registers } = tryAdapter(machine, { maximumLength: 3 * PAGE });
  expect(registers).toBe(4);
  adapter?.putDmaAdapter();
});

scenario('a list is made of the runs of the buffer, joined, and nothing is copied', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine, { dma64BitAddresses: true });
  const mdl = pagesIn(machine, 0, EVERYWHERE, 16);
  const { status, lists } = map(machine, adapter, mdl, { offset: 100, length: 60_000 });
  expect(status).toBe(STATUS_SUCCESS);
  const [list] = lists;
  if (list === undefined) throw new Error('no list');
  expect(seenByDevice(machine, list)).toEqual(contents(machine, mdl, 100, 60_000));
  expect(list.elements[0]?.address).toBe((mdl.pages[0] ?? 0) + 100);
  list.elements.forEach(({ address, length }, index) => {
    expect(list.elements[index + 1]?.address).not.toBe(address + length);
  });
  expect([adapter.reachesAllMemory, adapter.bouncedBytes]).toEqual([true, 0]);
  put(machine, adapter, list);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('what a 32-bit device cannot reach goes to it through map registers', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine, { dma32BitAddresses: true });
  const mdl = highPages(machine, 3);
  machine.kernel.memory.copies.watch(mdl.storage, mdl.byteCount);
  const { lists } = map(machine, adapter, mdl, { offset: 1000, length: 9000 });
  const [list] = lists;
  if (list === undefined) throw new Error('no list');
  for (const { address, length } of list.elements) {
    expect(address + length).toBeLessThanOrEqual(FOUR_GIB);
  }
  expect(seenByDevice(machine, list)).toEqual(contents(machine, mdl, 1000, 9000));
  expect([adapter.reachesAllMemory, adapter.bouncedBytes]).toEqual([false, 9000]);
  expect(machine.kernel.memory.copies.bytes).toBe(9000);
  expect(machine.lab.machine.trace.tail(20).join('\n')).toContain('dma bounce');
  put(machine, adapter, list);
  expect(adapter.bouncedBytes).toBe(9000);
  machine.kernel.memory.copies.unwatch(mdl.storage, mdl.byteCount);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('what a device recorded reaches the buffer when the list is put back', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine);
  const mdl = highPages(machine, 2);
  const before = contents(machine, mdl);
  const { lists } = map(machine, adapter, mdl, { writeToDevice: false });
  const bus = machine.kernel.memory.dmaMemory('card');
  for (const { address, length } of lists[0]?.elements ?? []) {
    for (let at = 0; at < length; at++) bus.bytes[bus.resolve(address + at, 'write')] = 0xc5;
  }
  expect(contents(machine, mdl)).toEqual(before);
  put(machine, adapter, lists[0], false);
  expect(contents(machine, mdl)).toEqual(new Uint8Array(2 * PAGE).fill(0xc5));
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('without map registers the transfer is refused, and one in reach is not', (lab) => {
  const machine = bootPlain(lab, {}, NO_MAP_REGISTERS);
  const adapter = adapterFor(machine);
  const high = highPages(machine, 1);
  const low = pagesIn(machine, 0, FOUR_GIB - 1, 2);
  expect(map(machine, adapter, high)).toEqual({
    status: STATUS_INSUFFICIENT_RESOURCES,
    lists: [],
  });
  const { status, lists } = map(machine, adapter, low);
  expect([status, lists.length, lists[0]?.bounced.length]).toEqual([STATUS_SUCCESS, 1, 0]);
  put(machine, adapter, lists[0]);
  adapter.putDmaAdapter();
  for (const mdl of [high, low]) machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('a transfer waits for map registers that another holds', (lab) => {
  const machine = bootPlain(lab, {}, { dma: { mapRegisters: 3 } });
  const adapter = adapterFor(machine);
  const [first, second, third] = [2, 2, 1].map((pages) => highPages(machine, pages));
  if (first === undefined || second === undefined || third === undefined) throw new Error('none');
  const one = map(machine, adapter, first);
  const two = map(machine, adapter, second);
  const three = map(machine, adapter, third);
  expect([one.status, two.status, three.status]).toEqual([0, 0, 0]);
  // The third would fit, and waits for its turn.
  expect([one.lists.length, two.lists.length, three.lists.length]).toEqual([1, 0, 0]);
  put(machine, adapter, one.lists[0]);
  expect([two.lists.length, three.lists.length]).toEqual([1, 1]);
  const [shownSecond, shownThird] = [two.lists[0], three.lists[0]];
  if (shownSecond === undefined || shownThird === undefined) throw new Error('no list');
  expect(seenByDevice(machine, shownSecond)).toEqual(contents(machine, second));
  expect(seenByDevice(machine, shownThird)).toEqual(contents(machine, third));
  for (const list of [shownSecond, shownThird]) put(machine, adapter, list);
  const tooMany = highPages(machine, 4);
  expect(map(machine, adapter, tooMany).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
  adapter.putDmaAdapter();
  for (const mdl of [first, second, third, tooMany]) machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('a device that cannot gather finds its buffer in one piece', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine, { scatterGather: false, dma64BitAddresses: true });
  const mdl = pagesIn(machine, 0, EVERYWHERE, 8);
  expect(mdl.contiguousRuns).toBeGreaterThan(1);
  const { lists } = map(machine, adapter, mdl);
  const [list] = lists;
  if (list === undefined) throw new Error('no list');
  expect(list.elements.map(({ length }) => length)).toEqual([8 * PAGE]);
  expect(seenByDevice(machine, list)).toEqual(contents(machine, mdl));
  put(machine, adapter, list);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('a buffer that is locked in place is described from its own first byte', (lab) => {
  const machine = bootPlain(lab);
  const { memory } = machine.kernel;
  const adapter = adapterFor(machine, { dma64BitAddresses: true });
  const at = memory.pool.ExAllocatePoolWithTag(0, 3 * PAGE, 'Test') as VirtualAddress;
  memory.bytesAt(at, 3 * PAGE).forEach((_byte, index, bytes) => {
    bytes[index] = index % 251;
  });
  const buffer = new LockedBuffer(memory);
  expect(buffer.lock(virtual(at + 300), 9000)).toBe(true);
  const { lists } = map(machine, adapter, buffer);
  const [list] = lists;
  if (list === undefined) throw new Error('no list');
  expect(seenByDevice(machine, list)).toEqual(machine.kernel.ram.bytes.slice(at + 300, at + 9300));
  put(machine, adapter, list);
  buffer.unlock();
  memory.pool.ExFreePoolWithTag(at, 'Test');
  adapter.putDmaAdapter();
});

scenario('a transfer longer than its buffer, or than was announced, is refused', (lab) => {
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine, { maximumLength: 2 * PAGE });
  const mdl = pagesIn(machine, 0, FOUR_GIB - 1, 4);
  const past = map(machine, adapter, mdl, { offset: PAGE, length: 4 * PAGE });
  expect(past.status).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(map(machine, adapter, mdl).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('an adapter object that is never put back is left behind', (lab) => {
  const machine = bootPlain(lab);
  adapterFor(machine);
  machine.lab.expectLeft(/^DMA adapter of /);
});
