import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { Random } from '../../sim/random.ts';
import type { BugCheckRaiser } from '../bug-check.ts';
import { PageFrames } from './frames.ts';
import { NonPagedPool, NonPagedPoolNx, PagedPool, type POOL_TYPE, Pool } from './pool.ts';
import { Ram } from './ram.ts';

const raise: BugCheckRaiser = {
  bugCheck(code, p1 = 0, p2 = 0, p3 = 0, p4 = 0, detail = '') {
    throw new Error(
      `${[code, p1, p2, p3, p4].map((value) => value.toString(16)).join(' ')} ${detail}`,
    );
  },
};
const ram = new Ram(0x10_0000);
const boot = () => {
  const frames = new PageFrames(ram);
  return { frames, pool: new Pool(frames, new Random(1), raise) };
};

function allocate(pool: Pool, bytes: number, tag = 'Test', type: POOL_TYPE = NonPagedPoolNx) {
  const address = pool.ExAllocatePoolWithTag(type, bytes, tag);
  if (address === null) throw new Error('no pool');
  return address;
}

describe('the pool', () => {
  it('gives aligned blocks of which every byte asked for is covered and no other', () => {
    const { pool } = boot();
    for (const bytes of [1, 15, 16, 17, 48, 333, 816, 1361, 2048, 4095, 4096, 4097, 12_288]) {
      const address = allocate(pool, bytes);
      expect(address % (bytes >= 4096 ? 4096 : 16)).toBe(0);
      expect(pool.blockEnd(address)).toBe(address + bytes);
      expect(pool.blockEnd(address + bytes - 1)).toBe(address + bytes);
      expect(pool.blockEnd(address + bytes)).not.toBe(address + bytes);
      pool.ExFreePoolWithTag(address, 'Test');
      expect(pool.blockEnd(address)).toBe(0);
    }
  });

  it('covers nothing outside its blocks', () => {
    const { pool } = boot();
    const address = allocate(pool, 1360);
    for (const at of [0, -1, Number.NaN, address + 1360, address + 4095, 0x7fff_0000]) {
      expect(pool.blockEnd(at)).toBe(0);
    }
  });

  it('reuses freed blocks, and freed pages for other sizes, without taking more memory', () => {
    const { frames, pool } = boot();
    const sizes = [16, 100, 1000, 4000];
    for (let round = 0; round < 100; round++) {
      const bytes = sizes[round % sizes.length] ?? 16;
      const blocks = Array.from({ length: Math.floor(40_000 / bytes) }, () =>
        allocate(pool, bytes),
      );
      expect(new Set(blocks).size).toBe(blocks.length);
      for (const block of blocks) pool.ExFreePoolWithTag(block, 'Test');
    }
    expect(frames.allocatedPages).toBe(16);
    expect([pool.livePoolBytes, pool.livePoolBlocks]).toEqual([0, 0]);
  });

  it('gives the pages of a large block back at once', () => {
    const { frames, pool } = boot();
    const block = allocate(pool, 30 * 4096 - 5);
    expect(frames.allocatedPages).toBe(30);
    pool.ExFreePoolWithTag(block, 'Test');
    expect(frames.allocatedPages).toBe(0);
  });

  it('returns null when memory is short, and recovers', () => {
    const { frames, pool } = boot();
    frames.withhold(frames.totalPages - 2);
    expect(pool.ExAllocatePoolWithTag(NonPagedPoolNx, 3 * 4096, 'Test')).toBeNull();
    expect(allocate(pool, 4096)).toBeGreaterThan(0);
    expect(allocate(pool, 4096)).toBeGreaterThan(0);
    expect(pool.ExAllocatePoolWithTag(NonPagedPoolNx, 1, 'Test')).toBeNull();
    expect(pool.livePoolBlocks).toBe(2);
    frames.release();
    expect(allocate(pool, 1)).toBeGreaterThan(0);
  });

  it('keeps books by tag and kind of pool', () => {
    const { pool } = boot();
    const blocks = [10, 20, 66].map((bytes) => allocate(pool, bytes, 'WpSt'));
    allocate(pool, 5000, 'Big ', PagedPool);
    pool.ExFreePool(allocate(pool, 8, 'WpSt', NonPagedPool));
    allocate(pool, 1, 'WpSt', PagedPool);
    expect(pool.tagFacts()).toEqual([
      { tag: 'WpSt', isPaged: false, allocations: 4, liveBlocks: 3, liveBytes: 96 },
      { tag: 'Big ', isPaged: true, allocations: 1, liveBlocks: 1, liveBytes: 5000 },
      { tag: 'WpSt', isPaged: true, allocations: 1, liveBlocks: 1, liveBytes: 1 },
    ]);
    expect(pool.outstanding()).toEqual([
      "pool tag 'WpSt' 3 blocks 96 bytes",
      "paged pool tag 'Big ' 1 block 5000 bytes",
      "paged pool tag 'WpSt' 1 block 1 byte",
    ]);
    for (const block of blocks) pool.ExFreePoolWithTag(block, 'WpSt');
    expect(pool.outstanding()).toHaveLength(2);
    expect([pool.livePoolBlocks, pool.livePoolBytes]).toEqual([2, 5001]);
  });
});

describe('a bad pool request stops the machine', () => {
  const { pool } = boot();
  const small = allocate(pool, 100);
  const large = allocate(pool, 5000);

  it('at a request for no bytes [VER-POOL-011]', () => {
    expect(() => allocate(pool, 0)).toThrow(/^c2 0 0 200 74736554 /);
    expect(() => allocate(pool, Number.NaN)).toThrow(/^c2 0 /);
  });

  it('at a tag that nobody could trace [VER-POOL-010]', () => {
    expect(() => allocate(pool, 8, '')).toThrow(/^c2 9b 200 8 /);
    expect(() => allocate(pool, 8, '....')).toThrow(/^c2 9d 2e2e2e2e 200 /);
    expect(() => allocate(pool, 8, 'Five5')).toThrow(/^c2 9d /);
    expect(() => allocate(pool, 8, 'a\n')).toThrow(/^c2 9d /);
  });

  it('at a pool type that does not exist', () => {
    expect(() => allocate(pool, 8, 'Test', 2 as 1)).toThrow(/^c2 9a 2 8 /);
  });

  it('at the free of an address where no block begins [VER-POOL-008]', () => {
    for (const address of [0, 8, small + 16, small + 1, small + 112 * 40, large + 4096, 2 ** 31]) {
      expect(() => pool.ExFreePool(virtual(address))).toThrow(
        `c2 7 0 0 ${address.toString(16)} no pool block begins at`,
      );
    }
  });

  it('at a wrong tag, and leaves the block alive [VER-POOL-009]', () => {
    expect(() => pool.ExFreePoolWithTag(small, 'Tes2')).toThrow(
      `c2 a ${small.toString(16)} 74736554 32736554 `,
    );
    expect(() => pool.ExFreePoolWithTag(large, 'T')).toThrow(/^c2 a .* tag 'Test' freed as 'T'$/);
    expect(pool.livePoolBlocks).toBe(2);
  });

  it('at the second free of a block, small or large [VER-POOL-007]', () => {
    for (const block of [small, large]) {
      pool.ExFreePoolWithTag(block, 'Test');
      expect(() => pool.ExFreePoolWithTag(block, 'Test')).toThrow(/^c2 7 0 0 .* freed twice/);
    }
  });
});

describe('any order of pool requests', () => {
  const step = fc.record({
    bytes: fc.oneof(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 4096 }),
      fc.integer({ min: 4097, max: 20_000 }),
    ),
    frees: fc.array(fc.nat(), { maxLength: 2 }),
  });

  it('never gives a byte twice, and keeps what was written and the sums', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { pool } = boot();
        const live: { address: VirtualAddress; bytes: number; mark: number }[] = [];
        const free = (index: number): void => {
          for (const { address, bytes, mark } of live.splice(index, 1)) {
            const content = ram.bytes.subarray(address, address + bytes);
            expect(content.every((byte) => byte === mark)).toBe(true);
            pool.ExFreePoolWithTag(address, 'Test');
          }
        };
        steps.forEach(({ bytes, frees }, index) => {
          const address = pool.ExAllocatePoolWithTag(NonPagedPoolNx, bytes, 'Test');
          const mark = 1 + (index % 255);
          if (address !== null) {
            ram.bytes.fill(mark, address, address + bytes);
            live.push({ address, bytes, mark });
          }
          for (const victim of frees) free(victim % (live.length + 1));
          expect(pool.livePoolBlocks).toBe(live.length);
          expect(pool.livePoolBytes).toBe(live.reduce((sum, block) => sum + block.bytes, 0));
        });
        while (live.length > 0) free(0);
        expect(pool.outstanding()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
