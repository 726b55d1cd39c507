/** What a miniport may not do with the pages of its port stream, and how that is noticed. */
import { expect } from 'vitest';
import { type VirtualAddress, virtual } from '../../src/base/brand.ts';
import {
  type IPortWaveRTStream,
  type Mdl,
  MmCached,
  MmWriteCombined,
} from '../../src/portcls/ddi/index.ts';
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { ANYWHERE, type PlainStream } from '../support/plain-driver.ts';
import { bootPlain } from '../support/plain-machine.ts';

const PAGE = 4096;

function boot(lab: Lab) {
  const machine = bootPlain(lab);
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

const bugCheck = (codeName: string) => expect.objectContaining({ codeName });

scenario(
  'an audio buffer that the port did not allocate is refused [WRT-MDL-006 WRT-BUF-015]',
  (lab) => {
    let homeMade: Mdl | null = null;
    const machine = bootPlain(lab, {
      allocate: (_stream, requested, grant) => {
        const { memory } = machine.kernel;
        homeMade = memory.MmAllocatePagesForMdl(0, ANYWHERE, 0, requested, 'home-made');
        grant.mdl.value = homeMade;
        grant.actualSize.value = requested;
        grant.cacheType.value = MmWriteCombined;
        return STATUS_SUCCESS;
      },
      free: (_stream, mdl) => {
        if (mdl !== null) machine.kernel.memory.MmFreePagesFromMdl(mdl);
      },
    });
    machine.lab.expectFinding(/an MDL that did not come from the port stream/);
    const { status } = machine.openPin().tryAllocateBuffer(PAGE);
    expect(status).toBe(STATUS_UNSUCCESSFUL);
    expect(homeMade).toMatchObject({ freed: true });
  },
);

scenario('Mm routines may not stand in for the methods [WRT-MDL-007]', (lab) => {
  const { machine, port, memory } = boot(lab);
  const freed = allocate(port, PAGE);
  memory.MmFreePagesFromMdl(freed);
  machine.lab.expectFinding(/pages of a stream were freed with MmFreePagesFromMdl/);
  expect(port.getPhysicalPagesCount(freed)).toBe(0);
  const mapped = allocate(port, PAGE);
  memory.MmMapLockedPagesSpecifyCache(mapped, 'kernel', MmCached);
  machine.lab.expectFinding(/FreePagesFromMdl before UnmapAllocatedPages/);
  port.freePagesFromMdl(mapped);
});

const mapBuffer = (stream: PlainStream, mdl: Mdl | null): void => {
  if (mdl !== null) map(stream.portStream, mdl);
};

scenario('a kernel mapping of the audio buffer is noticed [WRT-MDL-024 WRT-OVR-003]', (lab) => {
  for (const isEarly of [true, false]) {
    let audio: Mdl | null = null;
    const machine = bootPlain(lab, {
      allocate: (stream, requested, grant) => {
        const status = stream.grantPages(requested, grant);
        grant.cacheType.value = MmCached;
        audio = grant.mdl.value;
        if (isEarly) mapBuffer(stream, audio);
        return status;
      },
      free: (stream, mdl) => {
        if (mdl === null) return;
        stream.portStream.unmapAllocatedPages(virtual(mdl.storage), mdl);
        stream.portStream.freePagesFromMdl(mdl);
      },
    });
    machine.openBuffer();
    const list = allocate(machine.stream.portStream, PAGE);
    machine.stream.portStream.unmapAllocatedPages(map(machine.stream.portStream, list), list);
    machine.stream.portStream.freePagesFromMdl(list);
    if (isEarly) {
      machine.lab.expectFinding(/AllocateAudioBuffer: the audio buffer has a kernel mapping/);
    } else {
      mapBuffer(machine.stream, audio);
      machine.lab.expectFinding(/MapAllocatedPages on the audio buffer/);
    }
    expect(machine.lab.findings).toHaveLength(1);
  }
});

scenario('a second kernel mapping is reported and not made [WRT-MDL-025]', (lab) => {
  const { machine, port } = boot(lab);
  const mdl = allocate(port, PAGE);
  const base = map(port, mdl);
  machine.lab.expectFinding(/pages that have a kernel mapping already/);
  expect(port.mapAllocatedPages(mdl, MmCached)).toBeNull();
  port.unmapAllocatedPages(base, mdl);
  expect(map(port, mdl)).toBe(base);
  port.unmapAllocatedPages(base, mdl);
  port.freePagesFromMdl(mdl);
});

scenario('freeing pages that are still mapped is reported, and ends it [WRT-MDL-026]', (lab) => {
  const { machine, port, memory } = boot(lab);
  const mdl = allocate(port, PAGE);
  const base = map(port, mdl);
  machine.lab.expectFinding(/FreePagesFromMdl before UnmapAllocatedPages/);
  port.freePagesFromMdl(mdl);
  expect(memory.isAccessible(base, 1)).toBe(false);
});

scenario('an unmap at another address ends nothing [WRT-MDL-028]', (lab) => {
  const { machine, port, memory } = boot(lab);
  const mdl = allocate(port, 2 * PAGE);
  const base = map(port, mdl);
  expect(() => port.unmapAllocatedPages(virtual(base + PAGE), mdl)).toThrow(
    bugCheck('SYSTEM_PTE_MISUSE'),
  );
  expect(memory.isAccessible(base, 2 * PAGE)).toBe(true);
  port.unmapAllocatedPages(base, mdl);
  expect(() => memory.bytesAt(base, 1)).toThrow(bugCheck('PAGE_FAULT_IN_NONPAGED_AREA'));
  machine.lab.isAbandoned = true;
});

scenario('a map that is never undone, or undone twice, is reported [WRT-MDL-029]', (lab) => {
  const forgetful = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const list = allocate(stream.portStream, PAGE);
      map(stream.portStream, list);
      return stream.grantPages(requested, grant);
    },
  });
  forgetful.lab.expectFinding(/pages never freed with FreePagesFromMdl: 1/);
  forgetful.lab.expectLeft(/kernel mapping of 1 page/);
  forgetful.lab.expectLeft(/^MDL of 1 page/);
  forgetful.openBuffer().pin.close();
  const { machine, port } = boot(lab);
  const mdl = allocate(port, PAGE);
  const base = map(port, mdl);
  port.unmapAllocatedPages(base, mdl);
  expect(() => port.unmapAllocatedPages(base, mdl)).toThrow(bugCheck('SYSTEM_PTE_MISUSE'));
  machine.lab.isAbandoned = true;
});

scenario('a freed MDL is dead [WRT-MDL-030]', (lab) => {
  const { machine, port, memory } = boot(lab);
  const free = memory.frames.freePages;
  const mdl = allocate(port, 2 * PAGE);
  port.freePagesFromMdl(mdl);
  expect(memory.frames.freePages).toBe(free);
  machine.lab.expectFinding(/GetPhysicalPagesCount was given an MDL/);
  machine.lab.expectFinding(/FreePagesFromMdl was given an MDL/);
  expect(port.getPhysicalPagesCount(mdl)).toBe(0);
  port.freePagesFromMdl(mdl);
});

scenario('a foreign MDL and one that is never freed are reported [WRT-MDL-031]', (lab) => {
  const machine = bootPlain(lab, { free: () => undefined });
  const { pin } = machine.openBuffer(2 * PAGE);
  const port = machine.stream.portStream;
  const foreign = machine.kernel.memory.MmAllocatePagesForMdl(0, ANYWHERE, 0, PAGE, 'test');
  if (foreign === null) throw new Error('no pages');
  machine.lab.expectFinding(/FreePagesFromMdl was given an MDL/);
  port.freePagesFromMdl(foreign);
  expect(foreign.freed).toBe(false);
  machine.kernel.memory.MmFreePagesFromMdl(foreign);
  machine.lab.expectFinding(/pages never freed with FreePagesFromMdl: 2/);
  machine.lab.expectLeft(/MDL of 2 pages/);
  pin.close();
});

scenario('a page address is that of the page, by index [WRT-MDL-033]', (lab) => {
  const { port, memory } = boot(lab);
  const mdl = allocate(port, 9 * PAGE);
  for (let index = 0; index < 9; index++) {
    const address = port.getPhysicalPageAddress(mdl, index);
    expect(address % PAGE).toBe(0);
    expect(memory.frames.resolve(address)).toBe(mdl.storage + index * PAGE);
  }
  port.freePagesFromMdl(mdl);
});

scenario('an index at or past the count gives 0 and a report [WRT-MDL-034]', (lab) => {
  const { machine, port } = boot(lab);
  const mdl = allocate(port, 2 * PAGE);
  machine.lab.expectFinding(/GetPhysicalPageAddress: index 2 of 2 pages/);
  machine.lab.expectFinding(/index 99 of 2 pages/);
  expect(port.getPhysicalPageAddress(mdl, 1)).not.toBe(0);
  expect(port.getPhysicalPageAddress(mdl, 2)).toBe(0);
  expect(port.getPhysicalPageAddress(mdl, 99)).toBe(0);
  port.freePagesFromMdl(mdl);
});

scenario('two cache types for the same pages are refused [WRT-MDL-036]', (lab) => {
  const machine = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const status = stream.grantPages(requested, grant);
      mapBuffer(stream, grant.mdl.value);
      return status;
    },
    free: (stream, mdl) => {
      if (mdl === null) return;
      stream.portStream.unmapAllocatedPages(virtual(mdl.storage), mdl);
      stream.portStream.freePagesFromMdl(mdl);
    },
  });
  machine.lab.expectFinding(/CacheType MmWriteCombined, and the kernel mapping is MmCached/);
  expect(machine.openPin().tryAllocateBuffer(PAGE).status).toBe(STATUS_UNSUCCESSFUL);
});

scenario('pages reach a client zeroed, whoever had them before [WRT-MDL-037]', (lab) => {
  const machine = bootPlain(lab, {}, { ramBytes: 2 << 20 });
  const { ram } = machine.kernel;
  for (let round = 0; round < 3; round++) {
    const bytes = 100 * PAGE;
    const { pin, buffer } = machine.openBuffer(bytes);
    const seen = ram.bytes.subarray(buffer.address, buffer.address + bytes);
    expect(seen.every((byte) => byte === 0)).toBe(true);
    seen.fill(0xa5);
    pin.close();
  }
});

scenario('a client sees whole pages of its own stream and nothing else [WRT-MDL-038]', (lab) => {
  const machine = bootPlain(lab);
  const { memory } = machine.kernel;
  const first = machine.openBuffer(100).buffer;
  const second = machine.openBuffer(100).buffer;
  expect(memory.isAccessible(first.address, PAGE)).toBe(true);
  expect(memory.isAccessible(first.address, PAGE + 1)).toBe(false);
  const pageOf = (address: number): number => Math.floor(address / PAGE);
  const block = memory.pool.ExAllocatePoolWithTag(0, 64, 'Test');
  if (block === null) throw new Error('no pool');
  expect(new Set([first.address, second.address, block].map(pageOf)).size).toBe(3);
  memory.pool.ExFreePoolWithTag(block, 'Test');
});
