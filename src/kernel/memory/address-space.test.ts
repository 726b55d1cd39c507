import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { MmCached } from './caching.ts';
import type { Mdl } from './mdl.ts';
import { MemoryManager } from './memory-manager.ts';
import { NonPagedPoolNx } from './pool.ts';
import { Ram } from './ram.ts';

const EVERYWHERE = Number.POSITIVE_INFINITY;

/** A bug check is thrown as `code p1 p2 p3 p4 detail`, numbers in hex. */
const raise: BugCheckRaiser = {
  bugCheck(code, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = '') {
    throw new Error(
      `${[code, p1, p2, p3, p4].map((value) => value.toString(16)).join(' ')} ${detail}`,
    );
  },
};

const boot = (config: { mappingPages?: number; seed?: number } = {}) => {
  const { seed = 1, ...rest } = config;
  return new MemoryManager(new Ram(0x10_0000), { random: new Random(seed), raise, ...rest });
};

function allocate(mm: MemoryManager, bytes: number, owner = 'buffer of a test'): Mdl {
  const mdl = mm.MmAllocatePagesForMdl(0, EVERYWHERE, 0, bytes, owner);
  if (mdl === null) throw new Error('no pages');
  return mdl;
}

function map(mm: MemoryManager, mdl: Mdl) {
  const address = mm.MmMapLockedPagesSpecifyCache(mdl, 'kernel', MmCached);
  if (address === null) throw new Error('not mapped');
  return address;
}

describe('an access of the CPU', () => {
  it('stays within the mapped buffer: the next byte stops the machine [WRT-MDL-038]', () => {
    const mm = boot();
    const [mdl, neighbour] = [allocate(mm, 100), allocate(mm, 100)];
    const address = map(mm, mdl);
    map(mm, neighbour);
    expect(neighbour.storage).toBe(mdl.storage + 4096);
    expect(mm.bytesAt(address, 4096)).toHaveLength(4096);
    expect(mm.bytesAt(virtual(address + 4095), 1)).toHaveLength(1);
    expect(() => mm.bytesAt(virtual(address + 4095), 2)).toThrow(/^50 11000 .*access to 2 bytes/);
    expect(() => mm.bytesAt(virtual(address - 1), 2)).toThrow(/^50 ffff /);
  });

  it('of NULL, of negative addresses and lengths, and beyond RAM stops the machine', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const address = map(mm, mdl);
    expect(() => mm.viewOf(virtual(0), 4)).toThrow(/^50 0 .*nothing is mapped at 0x0/);
    expect(() => mm.viewOf(virtual(-8), 4)).toThrow(/^50 -8 /);
    expect(() => mm.viewOf(virtual(0x8000_0000), 4)).toThrow(/^50 80000000 /);
    expect(() => mm.viewOf(virtual(Number.NaN), 4)).toThrow(/^50 /);
    expect(() => mm.bytesAt(address, -1)).toThrow(/^50 10000 /);
    expect(() => mm.bytesAt(address, Number.POSITIVE_INFINITY)).toThrow(/^50 /);
  });

  it('reaches a live pool block and no further [VER-POOL-004]', () => {
    const mm = boot();
    const block = mm.pool.ExAllocatePoolWithTag(NonPagedPoolNx, 20, 'Test') ?? virtual(0);
    mm.viewOf(block, 20).setUint32(16, 7, true);
    expect(mm.ram.view.getUint32(block + 16, true)).toBe(7);
    expect(mm.frames.resolve(mm.MmGetPhysicalAddress(virtual(block + 16)))).toBe(block + 16);
    expect(() => mm.bytesAt(block, 21)).toThrow(/^50 /);
    mm.pool.ExFreePoolWithTag(block, 'Test');
    expect(() => mm.bytesAt(block, 1)).toThrow(/^50 /);
    expect(mm.MmGetPhysicalAddress(block)).toBe(0);
  });
});
