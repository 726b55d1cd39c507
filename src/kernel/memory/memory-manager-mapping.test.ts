import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { MmCached, MmNonCached, MmWriteCombined } from './caching.ts';
import type { Mdl } from './mdl.ts';
import { MemoryManager } from './memory-manager.ts';
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

describe('MmMapLockedPagesSpecifyCache', () => {
  it('shows scattered pages as one range without a hole, in page order [WRT-MDL-018]', () => {
    const mm = boot();
    const mdl = allocate(mm, 6 * 4096);
    const address = map(mm, mdl);
    const view = mm.viewOf(address, mdl.byteCount);
    for (let at = 0; at < mdl.byteCount; at += 4) view.setUint32(at, at, true);
    const dma = mm.dmaMemory('a device');
    mdl.pages.forEach((page, index) => {
      expect(dma.view.getUint32(dma.resolve(page + 8, 'read'), true)).toBe(index * 4096 + 8);
      expect(mm.MmGetPhysicalAddress(virtual(address + index * 4096 + 9))).toBe(page + 9);
    });
  });

  it('returns null while the page table entries are used up [WRT-MDL-019]', () => {
    const mm = boot({ mappingPages: 5 });
    const [first, second] = [allocate(mm, 3 * 4096), allocate(mm, 3 * 4096)];
    const address = map(mm, first);
    expect(mm.MmMapLockedPagesSpecifyCache(second, 'kernel', MmCached)).toBeNull();
    expect(mm.MmMapLockedPagesSpecifyCache(second, 'user', MmCached, 1)).toBe(second.storage);
    mm.MmUnmapLockedPages(virtual(second.storage), second, 'user', 1);
    mm.MmUnmapLockedPages(address, first);
    expect(map(mm, second)).toBe(second.storage);
  });

  it('refuses a freed MDL and one of another machine [WRT-MDL-020]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    mm.MmFreePagesFromMdl(mdl);
    expect(mdl.freed).toBe(true);
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'kernel', MmCached)).toBeNull();
    expect(mm.MmMapLockedPagesSpecifyCache(allocate(boot(), 1), 'kernel', MmCached)).toBeNull();
  });

  it('refuses a cache type that is none of the three [WRT-MDL-021]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    for (const cacheType of [3, 4, -1] as unknown as (typeof MmCached)[]) {
      expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'kernel', cacheType)).toBeNull();
    }
    for (const cacheType of [MmNonCached, MmCached, MmWriteCombined]) {
      expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'kernel', cacheType)).toBe(mdl.storage);
      mm.MmUnmapLockedPages(virtual(mdl.storage), mdl);
    }
  });

  it('makes one mapping in the kernel and one in each process [WRT-MDL-025]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const kernel = map(mm, mdl);
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'kernel', MmCached)).toBeNull();
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmCached, 1)).toBe(kernel);
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmCached, 1)).toBeNull();
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmCached, 2)).toBe(kernel);
    expect(mdl.mappings).toHaveLength(3);
  });

  it('refuses two cache types for the same pages [WRT-MDL-036]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const kernel = map(mm, mdl);
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmWriteCombined, 1)).toBeNull();
    mm.MmUnmapLockedPages(kernel, mdl);
    expect(mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmWriteCombined, 1)).toBe(mdl.storage);
  });
});

describe('MmUnmapLockedPages', () => {
  it('ends one mapping; the bytes stay accessible while another is live [WRT-MDL-028]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const address = map(mm, mdl);
    mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmCached, 1);
    mm.MmUnmapLockedPages(address, mdl);
    expect(mm.bytesAt(address, 4096)).toHaveLength(4096);
    mm.MmUnmapLockedPages(address, mdl, 'user', 1);
    expect(() => mm.bytesAt(address, 1)).toThrow(/^50 /);
    expect(mdl.mappings).toEqual([]);
  });

  it('stops the machine at an address of another mapping, and unmaps nothing [VER-MAP-003]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const address = map(mm, mdl);
    expect(() => mm.MmUnmapLockedPages(virtual(address + 64), mdl)).toThrow(
      /^da 3 0 10000 10040 MDL of 1 page \(buffer of a test\) has no kernel mapping at 0x10040/,
    );
    expect(mdl.mappings).toHaveLength(1);
  });

  it('stops the machine when there is no such mapping, the second time too [VER-MAP-017]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const address = map(mm, mdl);
    expect(() => mm.MmUnmapLockedPages(address, mdl, 'user', 3)).toThrow(
      /^da 6 .* has no user \(process 3\) mapping at 0x10000 to unmap/,
    );
    mm.MmUnmapLockedPages(address, mdl);
    expect(() => mm.MmUnmapLockedPages(address, mdl)).toThrow(/^da 6 /);
  });
});
