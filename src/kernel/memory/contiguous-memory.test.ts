import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { MmCached, MmNonCached } from './caching.ts';
import { MemoryManager } from './memory-manager.ts';
import { Ram } from './ram.ts';

const HIGH = Number.POSITIVE_INFINITY;

const raise: BugCheckRaiser = {
  bugCheck(code, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = '') {
    throw new Error(
      `${[code, p1, p2, p3, p4].map((value) => value.toString(16)).join(' ')} ${detail}`,
    );
  },
};
const boot = (mappingPages = 1000) =>
  new MemoryManager(new Ram(0x10_0000), { random: new Random(1), raise, mappingPages });

describe('contiguous memory', () => {
  it('is zeroed, accessible from birth, adjacent on the bus and inside the bounds', () => {
    const mm = boot();
    const address = mm.MmAllocateContiguousMemorySpecifyCache(9000, 0, 0xff_ffff, 0, MmCached);
    if (address === null) throw new Error('no memory');
    expect(address % 4096).toBe(0);
    const bytes = mm.bytesAt(address, 9000);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    const physical = mm.MmGetPhysicalAddress(address);
    expect(physical).toBeGreaterThanOrEqual(0x10_0000);
    expect(physical + 3 * 4096).toBeLessThanOrEqual(0x100_0000);
    bytes[8999] = 0x5a;
    const dma = mm.dmaMemory('a device');
    expect(dma.bytes[dma.resolve(physical + 8999, 'read')]).toBe(0x5a);
  });

  it('may be touched as far as was asked for, not to the end of its last page', () => {
    const mm = boot();
    const address = mm.MmAllocateContiguousMemorySpecifyCache(5000, 0, HIGH, 0, MmCached);
    expect(() => mm.bytesAt(address ?? virtual(0), 5001)).toThrow(
      `50 ${((address ?? 0) + 5000).toString(16)} `,
    );
  });

  it('does not cross a boundary', () => {
    const mm = boot();
    for (let round = 0; round < 4; round++) {
      const block = mm.MmAllocateContiguousMemorySpecifyCache(0x3000, 0, HIGH, 0x4000, MmCached);
      const physical = mm.MmGetPhysicalAddress(block ?? virtual(0));
      expect(physical % 0x4000).toBeLessThanOrEqual(0x1000);
    }
  });

  it('is null for no bytes, a boundary that is no power of two, and an unknown cache type', () => {
    const mm = boot();
    const ask = (bytes: number, boundary: number, cacheType: number) =>
      mm.MmAllocateContiguousMemorySpecifyCache(bytes, 0, HIGH, boundary, cacheType as 0);
    expect(ask(0, 0, MmCached)).toBeNull();
    expect(ask(-1, 0, MmCached)).toBeNull();
    expect(ask(Number.NaN, 0, MmCached)).toBeNull();
    expect(ask(4096, 0x3000, MmCached)).toBeNull();
    expect(ask(4096, -4096, MmCached)).toBeNull();
    expect(ask(4096, 0, 3)).toBeNull();
    expect(ask(4096, 0x1_0000_0000, MmCached)).not.toBeNull();
  });

  it('is null without memory and without page table entries, and takes nothing then', () => {
    const mm = boot(4);
    const ask = (pages: number) =>
      mm.MmAllocateContiguousMemorySpecifyCache(pages * 4096, 0, HIGH, 0, MmCached);
    expect(ask(5)).toBeNull();
    expect(mm.frames.allocatedPages).toBe(0);
    mm.frames.withhold(mm.frames.totalPages - 2);
    expect(ask(3)).toBeNull();
    const two = ask(2);
    mm.MmFreeContiguousMemorySpecifyCache(two ?? virtual(0), 8192, MmCached);
    mm.frames.release();
    expect(ask(4)).not.toBeNull();
    expect(ask(1)).toBeNull();
  });

  it('is freed with its own address, size and cache type, once', () => {
    const mm = boot();
    const address = mm.MmAllocateContiguousMemorySpecifyCache(100, 0, HIGH, 0, MmNonCached);
    const block = address ?? virtual(0);
    const free = (at: number, bytes: number, cacheType: 0 | 1) => () =>
      mm.MmFreeContiguousMemorySpecifyCache(virtual(at), bytes, cacheType);
    expect(free(block + 16, 100, MmNonCached)).toThrow(/^c2 60 10010 .*is not contiguous memory/);
    expect(free(block, 4096, MmNonCached)).toThrow(/^c2 60 10000 .*has 100 bytes, MmNonCached/);
    expect(free(block, 100, MmCached)).toThrow(/^c2 60 10000 /);
    free(block, 100, MmNonCached)();
    expect(free(block, 100, MmNonCached)).toThrow(/^c2 60 /);
    expect(() => mm.bytesAt(block, 1)).toThrow(/^50 /);
    expect(mm.frames.allocatedPages).toBe(0);
  });
});
