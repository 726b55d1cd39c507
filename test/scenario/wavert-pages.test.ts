/** IPortWaveRTStream: the pages that a miniport gets for its cyclic buffer, and gives back. */
import { expect } from 'vitest';
import { physical, type VirtualAddress, virtual } from '../../src/base/brand.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../src/kernel/irql.ts';
import {
  type IPortWaveRTStream,
  type Mdl,
  MmCached,
  MmNonCached,
  MmWriteCombined,
} from '../../src/portcls/ddi/index.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { ANYWHERE } from '../support/plain-driver.ts';
import { bootPlain } from '../support/plain-machine.ts';

const PAGE = 4096;
const FOUR_GIB = 2 ** 32;
const ZERO = physical(0);

function boot(lab: Lab, extras: Parameters<typeof bootPlain>[2] = {}) {
  const machine = bootPlain(lab, {}, extras);
  return { machine, port: machine.openPortStream(), memory: machine.kernel.memory };
}

function allocate(port: IPortWaveRTStream, bytes: number): Mdl {
  const mdl = port.allocatePagesForMdl(ANYWHERE, bytes);
  if (mdl === null) throw new Error(`no pages for ${bytes} bytes`);
  return mdl;
}

function map(port: IPortWaveRTStream, mdl: Mdl): VirtualAddress {
  const address = port.mapAllocatedPages(mdl, MmCached);
  if (address === null) throw new Error('no mapping');
  return address;
}

function addresses(port: IPortWaveRTStream, mdl: Mdl): number[] {
  const count = port.getPhysicalPagesCount(mdl);
  return Array.from({ length: count }, (_, index) => port.getPhysicalPageAddress(mdl, index));
}

scenario('seven methods take an MDL from its allocation to its end [WRT-MDL-002]', (lab) => {
  const { port, memory } = boot(lab);
  const scattered = allocate(port, 3 * PAGE);
  const run = port.allocateContiguousPagesForMdl(ZERO, ANYWHERE, 2 * PAGE);
  const base = map(port, scattered);
  expect(memory.isAccessible(base, 3 * PAGE)).toBe(true);
  expect(addresses(port, scattered)).toEqual([...scattered.pages]);
  port.unmapAllocatedPages(base, scattered);
  expect(memory.isAccessible(base, 1)).toBe(false);
  const free = memory.frames.freePages;
  port.freePagesFromMdl(scattered);
  if (run !== null) port.freePagesFromMdl(run);
  expect(memory.frames.freePages).toBe(free + 5);
});

scenario('each stream gets a port stream of its own [WRT-MDL-003]', (lab) => {
  const { machine, port } = boot(lab);
  const other = machine.openPortStream();
  expect(other).not.toBe(port);
  const mdl = allocate(port, PAGE);
  machine.lab.expectFinding(/FreePagesFromMdl was given an MDL/);
  other.freePagesFromMdl(mdl);
  port.freePagesFromMdl(mdl);
});

const METHODS: Record<string, (port: IPortWaveRTStream, mdl: Mdl) => unknown> = {
  AllocatePagesForMdl: (port) => port.allocatePagesForMdl(ANYWHERE, PAGE),
  AllocateContiguousPagesForMdl: (port) => port.allocateContiguousPagesForMdl(ZERO, ANYWHERE, PAGE),
  MapAllocatedPages: (port, mdl) => port.mapAllocatedPages(mdl, MmCached),
  UnmapAllocatedPages: (port, mdl) => port.unmapAllocatedPages(virtual(0), mdl),
  FreePagesFromMdl: (port, mdl) => port.freePagesFromMdl(mdl),
  GetPhysicalPagesCount: (port, mdl) => port.getPhysicalPagesCount(mdl),
  GetPhysicalPageAddress: (port, mdl) => port.getPhysicalPageAddress(mdl, 0),
};

scenario('a method above PASSIVE_LEVEL stops the machine [WRT-MDL-004 WRT-MDL-027]', (lab) => {
  for (const [name, method] of Object.entries(METHODS)) {
    for (const level of [APC_LEVEL, DISPATCH_LEVEL]) {
      const { machine, port } = boot(lab, { ramBytes: 4 << 20 });
      const mdl = allocate(port, PAGE);
      machine.kernel.irql.raise(level);
      expect(() => method(port, mdl), name).toThrow(`IPortWaveRTStream::${name} may be called`);
      machine.lab.isAbandoned = true;
    }
  }
});

scenario('scattered pages lie at or below HighAddress [WRT-MDL-008]', (lab) => {
  const { port } = boot(lab);
  const low = port.allocatePagesForMdl(physical(FOUR_GIB - 1), 64 * PAGE);
  const anywhere = allocate(port, 1024 * PAGE);
  const isAbove = (address: number): boolean => address >= FOUR_GIB;
  expect(low?.pages.some(isAbove)).toBe(false);
  expect(anywhere.pages.some(isAbove)).toBe(true);
  for (const mdl of [low, anywhere]) if (mdl !== null) port.freePagesFromMdl(mdl);
});

scenario('bytes round up to whole pages, each counted [WRT-MDL-009 WRT-MDL-032]', (lab) => {
  const { port } = boot(lab);
  const sizes = [1, 4096, 4097, ...Array.from({ length: 64 }, (_, index) => (index + 1) * PAGE)];
  for (const bytes of sizes) {
    const mdl = allocate(port, bytes);
    expect(port.getPhysicalPagesCount(mdl)).toBe(Math.ceil(bytes / PAGE));
    expect(mdl.byteCount).toBe(Math.ceil(bytes / PAGE) * PAGE);
    port.freePagesFromMdl(mdl);
  }
});

scenario('many pages are not adjacent, and all are distinct [WRT-MDL-009]', (lab) => {
  const { port } = boot(lab);
  const mdl = allocate(port, 32 * PAGE);
  expect(mdl.contiguousRuns).toBeGreaterThan(1);
  expect(new Set(mdl.pages).size).toBe(32);
  port.freePagesFromMdl(mdl);
});

scenario(
  'memory that is short gives fewer pages, and then none [WRT-MDL-010 WRT-MDL-011]',
  (lab) => {
    const { port, memory } = boot(lab);
    memory.frames.withhold(memory.frames.freePages - 3);
    const mdl = allocate(port, 8 * PAGE);
    expect(port.getPhysicalPagesCount(mdl)).toBe(3);
    expect(port.allocatePagesForMdl(ANYWHERE, PAGE)).toBeNull();
    memory.frames.release();
    port.freePagesFromMdl(mdl);
  },
);

scenario('a miniport that overlooks a short MDL is refused its buffer [WRT-MDL-010]', (lab) => {
  const machine = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const { frames } = machine.kernel.memory;
      frames.withhold(frames.freePages - 1);
      const status = stream.grantPages(requested, grant);
      frames.release();
      return status;
    },
  });
  machine.lab.expectFinding(/offset 0 and size 8192 reach past 4096 bytes of pages/);
  expect(machine.openPin().tryAllocateBuffer(8192).buffer).toBeNull();
});

scenario('new pages have no address until they are mapped [WRT-MDL-012 WRT-MDL-016]', (lab) => {
  const { port, memory } = boot(lab);
  const scattered = allocate(port, PAGE);
  const run = port.allocateContiguousPagesForMdl(ZERO, ANYWHERE, PAGE);
  for (const mdl of [scattered, run]) {
    if (mdl === null) throw new Error('no pages');
    expect(mdl.mappings).toEqual([]);
    expect(memory.isAccessible(mdl.storage, 1)).toBe(false);
    const base = map(port, mdl);
    expect(memory.isAccessible(base, PAGE)).toBe(true);
    port.unmapAllocatedPages(base, mdl);
    port.freePagesFromMdl(mdl);
  }
});

scenario('a contiguous MDL is one run inside both bounds [WRT-MDL-013]', (lab) => {
  const { port } = boot(lab);
  const low = physical(0x20_0000);
  const high = physical(0x2f_ffff);
  const mdl = port.allocateContiguousPagesForMdl(low, high, 5 * PAGE - 1);
  if (mdl === null) throw new Error('no pages');
  const [first = 0, ...rest] = addresses(port, mdl);
  expect(rest).toEqual([1, 2, 3, 4].map((index) => first + index * PAGE));
  expect(first).toBeGreaterThanOrEqual(low);
  expect(first + 5 * PAGE - 1).toBeLessThanOrEqual(high);
  port.freePagesFromMdl(mdl);
});

scenario('a contiguous MDL comes whole or not at all [WRT-MDL-014]', (lab) => {
  const ranges = Array.from({ length: 40 }, (_, index) => ({
    base: 0x10_0000 + index * 16 * PAGE,
    bytes: 8 * PAGE,
  }));
  const { port } = boot(lab, { ranges, ramBytes: 4 << 20 });
  expect(port.allocateContiguousPagesForMdl(ZERO, ANYWHERE, 9 * PAGE)).toBeNull();
  const whole = port.allocateContiguousPagesForMdl(ZERO, ANYWHERE, 7 * PAGE + 1);
  expect(whole?.pageCount).toBe(8);
  const scattered = allocate(port, 9 * PAGE);
  expect(scattered.pageCount).toBe(9);
  for (const mdl of [whole, scattered]) if (mdl !== null) port.freePagesFromMdl(mdl);
});

scenario('an adjacent buffer for a device that gathers is noticed [WRT-MDL-015]', (lab) => {
  for (const scatterGather of [true, false]) {
    const machine = bootPlain(lab, {
      deviceDescription: (description) => {
        description.master = true;
        description.scatterGather = scatterGather;
        return STATUS_SUCCESS;
      },
      allocate: (stream, requested, grant) => {
        grant.mdl.value = stream.portStream.allocateContiguousPagesForMdl(
          ZERO,
          ANYWHERE,
          requested,
        );
        grant.actualSize.value = requested;
        grant.cacheType.value = MmWriteCombined;
        return STATUS_SUCCESS;
      },
    });
    machine.openBuffer(2 * PAGE);
    if (scatterGather) machine.lab.expectFinding(/contiguous pages for a device that can gather/);
  }
});

scenario('pages that are not adjacent are mapped as one range [WRT-MDL-017 WRT-MDL-018]', (lab) => {
  const { port, memory } = boot(lab);
  const mdl = allocate(port, 16 * PAGE);
  const base = map(port, mdl);
  const view = memory.viewOf(base, 16 * PAGE);
  for (let offset = 0; offset < 16 * PAGE; offset += 4) view.setUint32(offset, offset, true);
  for (const [index, address] of addresses(port, mdl).entries()) {
    for (const inPage of [0, 2048, PAGE - 4]) {
      const at = memory.frames.resolve(address + inPage);
      expect(memory.ram.view.getUint32(at, true)).toBe(index * PAGE + inPage);
    }
  }
  port.unmapAllocatedPages(base, mdl);
  port.freePagesFromMdl(mdl);
});

scenario('a mapping that cannot be made is NULL [WRT-MDL-019]', (lab) => {
  const { port } = boot(lab, { mappingPages: 1 });
  const mdl = allocate(port, 2 * PAGE);
  expect(port.mapAllocatedPages(mdl, MmCached)).toBeNull();
  expect(mdl.mappings).toEqual([]);
  port.freePagesFromMdl(mdl);
});

scenario('only a live MDL of the same stream can be mapped [WRT-MDL-020]', (lab) => {
  const { machine, port } = boot(lab);
  const foreign = allocate(machine.openPortStream(), PAGE);
  const freed = allocate(port, PAGE);
  port.freePagesFromMdl(freed);
  machine.lab.expectFinding(/MapAllocatedPages was given an MDL that this stream did not/);
  expect(port.mapAllocatedPages(foreign, MmCached)).toBeNull();
  expect(port.mapAllocatedPages(freed, MmCached)).toBeNull();
  expect(machine.lab.findings).toHaveLength(2);
  machine.stream.portStream.freePagesFromMdl(foreign);
});

scenario('three cache types can be had and no others [WRT-MDL-021]', (lab) => {
  const { machine, port } = boot(lab);
  const mdl = allocate(port, PAGE);
  for (const cacheType of [MmNonCached, MmCached, MmWriteCombined]) {
    const base = port.mapAllocatedPages(mdl, cacheType);
    expect(mdl.mappings[0]?.cacheType).toBe(cacheType);
    if (base !== null) port.unmapAllocatedPages(base, mdl);
  }
  for (const cacheType of [3, 4, -1]) {
    expect(port.mapAllocatedPages(mdl, cacheType as never)).toBeNull();
    machine.lab.expectFinding(new RegExp(`CacheType ${cacheType} is no cache type`));
  }
  port.freePagesFromMdl(mdl);
});

scenario('a list for the device lies in port pages, mapped to be written [WRT-MDL-023]', (lab) => {
  const { machine, port } = boot(lab);
  const dma = machine.lab.device.slot.memory;
  const sound = allocate(port, 2 * PAGE);
  const list = allocate(port, PAGE);
  const base = map(port, list);
  const view = machine.kernel.memory.viewOf(base, PAGE);
  sound.pages.forEach((address, index) => {
    view.setUint32(8 * index, address % FOUR_GIB, true);
    view.setUint32(8 * index + 4, Math.floor(address / FOUR_GIB), true);
  });
  const listAt = dma.resolve(port.getPhysicalPageAddress(list, 0), 'read');
  const read = [0, 8].map(
    (at) =>
      dma.view.getUint32(listAt + at, true) + dma.view.getUint32(listAt + at + 4, true) * FOUR_GIB,
  );
  expect(read).toEqual([...sound.pages]);
  expect(() => dma.resolve(read[0] as number, 'read')).not.toThrow();
  const homeMade = machine.kernel.memory.MmAllocatePagesForMdl(0, ANYWHERE, 0, PAGE, 'test');
  machine.lab.expectFinding(/MapAllocatedPages was given an MDL/);
  if (homeMade === null) throw new Error('no pages');
  expect(port.mapAllocatedPages(homeMade, MmCached)).toBeNull();
  machine.kernel.memory.MmFreePagesFromMdl(homeMade);
  port.unmapAllocatedPages(base, list);
  for (const mdl of [sound, list]) port.freePagesFromMdl(mdl);
});
