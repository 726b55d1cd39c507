import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import { BugCheck, type BugCheckRaiser } from '../bug-check.ts';
import { MmCached } from './caching.ts';
import { LockedBuffer } from './locked-buffer.ts';
import { MemoryManager } from './memory-manager.ts';
import { PAGE_SIZE } from './page.ts';
import { NonPagedPoolNx } from './pool.ts';
import { Ram } from './ram.ts';

const TAG = 'Test';
const HIGHEST = 2 ** 52 - 1;

const raise: BugCheckRaiser = {
  bugCheck: (code, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = '') => {
    throw new BugCheck(code, [p1, p2, p3, p4], detail, { irql: 0, timeNs: 0, traceTail: [] });
  },
};

function boot(): { memory: MemoryManager; block: (bytes: number) => number } {
  const memory = new MemoryManager(new Ram(1 << 20), { random: new Random(3), raise });
  return {
    memory,
    block: (bytes) => memory.pool.ExAllocatePoolWithTag(NonPagedPoolNx, bytes, TAG) ?? 0,
  };
}

describe('a locked buffer', () => {
  it('knows its pages on the bus, from the byte it begins at to its last', () => {
    const { memory, block } = boot();
    const at = virtual(block(3 * PAGE_SIZE) + 100);
    const buffer = new LockedBuffer(memory);
    expect(buffer.lock(at, 2 * PAGE_SIZE)).toBe(true);
    expect([buffer.byteOffset, buffer.byteCount, buffer.pageCount]).toEqual([100, 8_192, 3]);
    for (const offset of [0, 1, PAGE_SIZE - 101, PAGE_SIZE - 100, 8_191]) {
      expect(buffer.physicalAt(offset)).toBe(memory.frames.physicalAddressOf(at + offset));
    }
    expect(buffer.contiguousBytes(0, 16)).toBe(PAGE_SIZE - 100);
    expect(buffer.contiguousBytes(PAGE_SIZE - 100, 16)).toBe(PAGE_SIZE);
    expect(buffer.contiguousBytes(8_000, 16)).toBe(92);
    expect(buffer.contiguousBytes(8_100, 16)).toBe(92);
    buffer.unlock();
    expect(memory.frames.lockCount).toBe(0);
  });

  it('joins pages that follow each other, as many as it is told', () => {
    const { memory } = boot();
    const bytes = 5 * PAGE_SIZE;
    const at = memory.MmAllocateContiguousMemorySpecifyCache(bytes, 0, HIGHEST, 0, MmCached);
    const buffer = new LockedBuffer(memory);
    buffer.lock(virtual((at ?? 0) + 10), bytes - 10);
    const runs = [1, 2, 5, 16].map((pages) => buffer.contiguousBytes(0, pages));
    expect(runs).toEqual([PAGE_SIZE - 10, 2 * PAGE_SIZE - 10, bytes - 10, bytes - 10]);
    buffer.unlock();
  });

  it('is not locked when a byte of it is out of reach, and has no pages when it is empty', () => {
    const { memory, block } = boot();
    const at = virtual(block(100));
    const buffer = new LockedBuffer(memory);
    expect(buffer.lock(at, 101)).toBe(false);
    expect(buffer.lock(virtual(8), 1)).toBe(false);
    expect(memory.frames.lockCount).toBe(0);
    expect(buffer.lock(virtual(0), 0)).toBe(true);
    expect([buffer.isLocked, buffer.pageCount]).toEqual([false, 0]);
    buffer.unlock();
  });

  it('is what a device may reach of pool, for as long as it is locked, by whomever', () => {
    const { memory, block } = boot();
    const device = memory.dmaMemory('device', raise);
    const at = virtual(block(PAGE_SIZE));
    const address = memory.MmGetPhysicalAddress(at);
    expect(() => device.resolve(address, 'read')).toThrow('DRIVER_VERIFIER_DMA_VIOLATION');
    const [first, second] = [new LockedBuffer(memory), new LockedBuffer(memory)];
    first.lock(at, 100);
    second.lock(virtual(at + 50), 100);
    expect(device.resolve(address, 'write')).toBe(at);
    first.unlock();
    expect(device.resolve(address, 'write')).toBe(at);
    second.unlock();
    expect(() => device.resolve(address, 'write')).toThrow('DRIVER_VERIFIER_DMA_VIOLATION');
  });

  it('keeps pages that are freed meanwhile, until the last lock goes', () => {
    const { memory, block } = boot();
    const at = virtual(block(2 * PAGE_SIZE));
    const free = memory.frames.freePages;
    const buffer = new LockedBuffer(memory);
    buffer.lock(virtual(at + PAGE_SIZE), 8);
    const address = buffer.physicalAt(0);
    memory.pool.ExFreePoolWithTag(at, TAG);
    expect(memory.frames.freePages).toBe(free);
    expect(memory.frames.resolveForDevice(address)).toBe(at + PAGE_SIZE);
    expect(memory.outstanding()).toEqual(['1 page locked and never unlocked']);
    buffer.unlock();
    expect(memory.frames.freePages).toBe(free + 2);
    expect(memory.frames.resolveForDevice(address)).toBe(-1);
    expect(memory.outstanding()).toEqual([]);
  });

  it('serves one buffer after another, of any length, and one at a time', () => {
    const { memory, block } = boot();
    const buffer = new LockedBuffer(memory);
    const at = virtual(block(40 * PAGE_SIZE));
    for (const pages of [1, 40, 2]) {
      expect(buffer.lock(at, pages * PAGE_SIZE)).toBe(true);
      expect(buffer.pageCount).toBe(pages);
      expect(() => buffer.lock(at, 1)).toThrow('locked once');
      buffer.unlock();
    }
    expect(memory.frames.lockCount).toBe(0);
  });
});
