import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { MmCached } from './caching.ts';
import { MemoryManager } from './memory-manager.ts';
import { NonPagedPoolNx } from './pool.ts';
import { Ram } from './ram.ts';

const HIGH = Number.POSITIVE_INFINITY;

const raise: BugCheckRaiser = {
  bugCheck(code, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = '') {
    throw new Error(
      `${[code, p1, p2, p3, p4].map((value) => value.toString(16)).join(' ')} ${detail}`,
    );
  },
};
const boot = () => new MemoryManager(new Ram(0x10_0000), { random: new Random(1), raise });

describe('memory as a device sees it', () => {
  it('is the RAM behind MDL pages, mapped or not, and behind contiguous memory', () => {
    const mm = boot();
    const dma = mm.dmaMemory('HDA controller');
    const mdl = mm.MmAllocatePagesForMdl(0, HIGH, 0, 3 * 4096, 'buffer');
    const page = mdl?.pages[2] ?? 0;
    dma.view.setUint16(dma.resolve(page + 10, 'write'), 0xbeef, true);
    expect(mm.ram.view.getUint16((mdl?.storage ?? 0) + 2 * 4096 + 10, true)).toBe(0xbeef);
    const block = mm.MmAllocateContiguousMemorySpecifyCache(64, 0, HIGH, 0, MmCached);
    const physical = mm.MmGetPhysicalAddress(block ?? virtual(0));
    expect(dma.resolve(physical + 63, 'read')).toBe((block ?? 0) + 63);
    expect(dma.bytes).toBe(mm.ram.bytes);
  });

  it('tells which pages that are at present, and when they changed', () => {
    const mm = boot();
    const { reach } = mm.dmaMemory('HDA controller');
    const pages = (): Map<number, number> => {
      const found = new Map<number, number>();
      reach.forEachPage((address, offset) => found.set(address, offset));
      return found;
    };
    mm.pool.ExAllocatePoolWithTag(NonPagedPoolNx, 64, 'Mine');
    expect(pages().size).toBe(0);
    const before = reach.generation;
    const mdl = mm.MmAllocatePagesForMdl(0, HIGH, 0, 2 * 4096, 'buffer');
    expect(reach.generation).not.toBe(before);
    const storage = mdl?.storage ?? 0;
    const [first = 0, second = 0] = mdl?.pages ?? [];
    const expected = [
      [first, storage],
      [second, storage + 4096],
    ] as const;
    expect(pages()).toEqual(new Map(expected));
    const given = reach.generation;
    if (mdl !== null) mm.MmFreePagesFromMdl(mdl);
    expect([pages().size, reach.generation === given]).toEqual([0, false]);
  });

  it('stops the machine at a free page, with device, address and access', () => {
    const mm = boot();
    mm.dmaMemory('first');
    const dma = mm.dmaMemory('HDA controller');
    expect(() => dma.resolve(0x10_0010, 'write')).toThrow(
      'e6 26 2 100010 1 HDA controller tried to write 0x100010, where there is a free page',
    );
    expect(() => dma.resolve(0x10_0010, 'read')).toThrow(/^e6 26 2 100010 0 .* tried to read/);
  });

  it('stops the machine at a pool page, and where there is no RAM', () => {
    const mm = boot();
    const dma = mm.dmaMemory('DMA engine');
    const block = mm.pool.ExAllocatePoolWithTag(NonPagedPoolNx, 64, 'Test') ?? virtual(0);
    const physical = mm.MmGetPhysicalAddress(block);
    expect(() => dma.resolve(physical, 'read')).toThrow(/^e6 26 1 .* there is a pool page$/);
    for (const address of [0, 0xf000_0000, 0x2_0000_0000, -4096]) {
      expect(() => dma.resolve(address, 'read')).toThrow(/^e6 26 1 .* there is no RAM$/);
    }
  });

  it('is taken from the device when the pages are freed [VER-MDL-010]', () => {
    const mm = boot();
    const dma = mm.dmaMemory('DMA engine');
    const mdl = mm.MmAllocatePagesForMdl(0, HIGH, 0, 16 * 4096, 'buffer');
    if (mdl === null) throw new Error('no pages');
    const afterEnd = (page: number) => () => dma.resolve(page + 4096, 'read');
    for (const page of mdl.pages) {
      dma.resolve(page, 'read');
      expect(afterEnd(page)).toThrow(/^e6 26 /);
    }
    mm.MmFreePagesFromMdl(mdl);
    for (const page of mdl.pages) expect(() => dma.resolve(page, 'read')).toThrow(/a free page$/);
  });
});
