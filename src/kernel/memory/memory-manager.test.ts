import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { MmCached } from './caching.ts';
import type { Mdl } from './mdl.ts';
import { MemoryManager } from './memory-manager.ts';
import { NonPagedPoolNx } from './pool.ts';
import { Ram } from './ram.ts';

const GIB4 = 0x1_0000_0000;
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

describe('MmAllocatePagesForMdl', () => {
  it('gives whole pages: 1, 1 and 2 for 1, 4096 and 4097 bytes [WRT-MDL-009]', () => {
    const mm = boot();
    const mdls = [1, 4096, 4097].map((bytes) => allocate(mm, bytes));
    expect(mdls.map((mdl) => mdl.pageCount)).toEqual([1, 1, 2]);
    expect(mdls.map((mdl) => mdl.byteCount)).toEqual([4096, 4096, 8192]);
    expect(mdls.map((mdl) => mdl.byteOffset)).toEqual([0, 0, 0]);
  });

  it('describes as many aligned pages as were asked for [WRT-MDL-032, WRT-MDL-033]', () => {
    const mm = boot();
    for (let pages = 1; pages <= 64; pages++) {
      const mdl = allocate(mm, pages * 4096);
      expect(mdl.pageCount).toBe(pages);
      expect(mdl.pages.every((page) => page % 4096 === 0)).toBe(true);
      mm.MmFreePagesFromMdl(mdl);
    }
  });

  it('takes no page above the high address [WRT-MDL-008]', () => {
    const mm = boot();
    const mdl = mm.MmAllocatePagesForMdl(0, GIB4 - 1, 0, 0x10_0000, 'low');
    expect(mdl?.pages.every((page) => page < GIB4)).toBe(true);
    expect(mdl?.pageCount).toBe(mm.frames.totalPages - 80);
  });

  it('describes less than was asked for when memory is short [WRT-MDL-010]', () => {
    const mm = boot();
    mm.frames.withhold(mm.frames.totalPages - 3);
    expect(allocate(mm, 5 * 4096).byteCount).toBe(3 * 4096);
  });

  it('returns null when there is nothing to give [WRT-MDL-011]', () => {
    const mm = boot();
    mm.frames.withhold(mm.frames.totalPages);
    expect(mm.MmAllocatePagesForMdl(0, EVERYWHERE, 0, 1, 'x')).toBeNull();
    mm.frames.release();
    expect(mm.MmAllocatePagesForMdl(0, 0xf_ffff, 0, 1, 'x')).toBeNull();
    expect(mm.MmAllocatePagesForMdl(0, EVERYWHERE, 0, 0, 'x')).toBeNull();
    expect(mm.MmAllocatePagesForMdl(0, EVERYWHERE, 100, 1, 'x')).toBeNull();
    expect(mm.MmAllocatePagesForMdl(0, EVERYWHERE, -4096, 1, 'x')).toBeNull();
    expect(mm.outstanding()).toEqual([]);
  });

  it('skips upwards from a range that holds too little', () => {
    const first = 0x100_0000;
    const mdl = boot().MmAllocatePagesForMdl(first, first + 4095, 0x2000, 2 * 4096, 'x');
    expect(mdl?.pageCount).toBe(2);
    expect(mdl?.pages.every((page) => page >= first && (page - first) % 0x2000 === 0)).toBe(true);
  });

  it('scatters the pages, the same way for the same seed', () => {
    const draw = (seed: number) => allocate(boot({ seed }), 20 * 4096);
    expect(draw(5).contiguousRuns).toBe(20);
    expect([...draw(5).pages]).toEqual([...draw(5).pages]);
    expect([...draw(5).pages]).not.toEqual([...draw(6).pages]);
  });

  it('maps nothing: the bytes are out of reach until somebody maps them [WRT-MDL-012]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    expect(mdl.mappings).toEqual([]);
    expect(() => mm.bytesAt(virtual(mdl.storage), 1)).toThrow(/^50 /);
    expect(mm.MmGetPhysicalAddress(virtual(mdl.storage))).toBe(0);
  });
});

describe('MmAllocateContiguousPages', () => {
  it('gives one run inside both bounds [WRT-MDL-013]', () => {
    const mm = boot();
    const mdl = mm.MmAllocateContiguousPages(0x101_0000, 0x101_ffff, 5 * 4096, 'run');
    const first = mdl?.pages[0] ?? 0;
    expect([...(mdl?.pages ?? [])]).toEqual([0, 1, 2, 3, 4].map((page) => first + page * 4096));
    expect(first).toBeGreaterThanOrEqual(0x101_0000);
    expect(first + 5 * 4096).toBeLessThanOrEqual(0x102_0000);
    expect(mdl?.contiguousRuns).toBe(1);
  });

  it('returns null rather than a shorter run [WRT-MDL-014]', () => {
    const mm = boot();
    expect(mm.MmAllocateContiguousPages(0x101_0000, 0x101_ffff, 17 * 4096, 'run')).toBeNull();
    expect(mm.MmAllocateContiguousPages(0x101_0000, 0x101_ffff, 0, 'run')).toBeNull();
    mm.frames.withhold(mm.frames.totalPages - 2);
    expect(mm.MmAllocateContiguousPages(0, EVERYWHERE, 3 * 4096, 'run')).toBeNull();
  });

  it('leaves the run unmapped [WRT-MDL-016]', () => {
    const mm = boot();
    const mdl = mm.MmAllocateContiguousPages(0, EVERYWHERE, 4096, 'run');
    expect(() => mm.viewOf(virtual(mdl?.storage ?? 0), 4)).toThrow(/^50 /);
  });
});

describe('MmFreePagesFromMdl', () => {
  it('gives the pages back, zeroed for whoever comes next [WRT-MDL-030, WRT-MDL-037]', () => {
    const mm = boot();
    for (let round = 0; round < 50; round++) {
      const mdl = allocate(mm, 200 * 4096);
      const bytes = mm.bytesAt(map(mm, mdl), mdl.byteCount);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      bytes.fill(0xa5);
      mm.MmUnmapLockedPages(virtual(mdl.storage), mdl);
      mm.MmFreePagesFromMdl(mdl);
    }
    expect(mm.frames.freePages).toBe(mm.frames.totalPages);
  });

  it('stops the machine while a mapping is live [WRT-MDL-026, VER-MAP-002]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmCached, 7);
    expect(() => mm.MmFreePagesFromMdl(mdl)).toThrow(
      /^c4 b8 10000 0 0 MDL of 1 page .* freed while its user \(process 7\) mapping is live/,
    );
  });

  it('stops the machine at a second free [VER-MDL-002] and at a foreign MDL [VER-MDL-003]', () => {
    const mm = boot();
    const mdl = allocate(mm, 1);
    const frame = ((mdl.pages[0] ?? 0) / 4096).toString(16);
    mm.MmFreePagesFromMdl(mdl);
    expect(() => mm.MmFreePagesFromMdl(mdl)).toThrow(`4e 99 ${frame} 0 0 MDL of 1 page`);
    expect(() => mm.MmFreePagesFromMdl(mdl)).toThrow(/freed twice/);
    expect(() => mm.MmFreePagesFromMdl(allocate(boot(), 1))).toThrow(
      /^4e 99 .* not of this machine/,
    );
  });
});

describe('the leak report', () => {
  it('lists what is still out, and is empty when nothing is', () => {
    const mm = boot();
    const mdl = allocate(mm, 2 * 4096, 'stream buffer of pin 0');
    const address = map(mm, mdl);
    mm.MmMapLockedPagesSpecifyCache(mdl, 'user', MmCached, 4);
    const block = mm.MmAllocateContiguousMemorySpecifyCache(2048, 0, EVERYWHERE, 0, MmCached);
    const pool = mm.pool.ExAllocatePoolWithTag(NonPagedPoolNx, 96, 'WpSt');
    expect(mm.outstanding()).toEqual([
      'MDL of 2 pages (stream buffer of pin 0)',
      'kernel mapping of 2 pages (stream buffer of pin 0)',
      'user (process 4) mapping of 2 pages (stream buffer of pin 0)',
      expect.stringMatching(/^contiguous memory of 2048 bytes at 0x[0-9a-f]+$/),
      "pool tag 'WpSt' 1 block 96 bytes",
    ]);
    mm.MmUnmapLockedPages(address, mdl);
    mm.MmUnmapLockedPages(address, mdl, 'user', 4);
    mm.MmFreePagesFromMdl(mdl);
    mm.MmFreeContiguousMemorySpecifyCache(block ?? virtual(0), 2048, MmCached);
    mm.pool.ExFreePoolWithTag(pool ?? virtual(0), 'WpSt');
    expect(mm.outstanding()).toEqual([]);
  });
});
