import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoragePages } from './storage-pages.ts';

describe('storage pages', () => {
  it('gives the first slice that is long enough and says -1 when none is', () => {
    const storage = new StoragePages(16, 10);
    expect([storage.allocate(4), storage.allocate(2), storage.allocate(4)]).toEqual([16, 20, 22]);
    expect(storage.allocate(1)).toBe(-1);
    storage.free(22, 4);
    storage.free(16, 4);
    expect(storage.longestSlice).toBe(4);
    expect(storage.allocate(5)).toBe(-1);
    expect(storage.allocate(3)).toBe(16);
  });

  it.each([[[0, 1, 2, 3]], [[3, 2, 1, 0]], [[0, 2, 1, 3]], [[1, 3, 0, 2]]])(
    'joins slices freed in the order %j into one',
    (order) => {
      const storage = new StoragePages(1, 8);
      const slices = [0, 1, 2, 3].map(() => storage.allocate(2));
      for (const index of order) storage.free(slices[index] ?? 0, 2);
      expect(storage.longestSlice).toBe(8);
      expect(storage.freePages).toBe(8);
    },
  );

  it('has nothing to give when it is empty', () => {
    const storage = new StoragePages(16, 0);
    expect([storage.freePages, storage.longestSlice, storage.allocate(1)]).toEqual([0, 0, -1]);
  });

  it('never gives a page twice, and finds every slice that a map of the pages shows', () => {
    const step = fc.record({ pages: fc.integer({ min: 1, max: 12 }), victim: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const storage = new StoragePages(5, 40);
        const map = new Array<boolean>(45).fill(false).fill(true, 5);
        const live: [number, number][] = [];
        for (const { pages, victim } of steps) {
          const wanted = '1'.repeat(pages);
          const first = map
            .map((free) => (free ? '1' : '0'))
            .join('')
            .indexOf(wanted);
          expect(storage.allocate(pages)).toBe(first);
          if (first >= 0) {
            map.fill(false, first, first + pages);
            live.push([first, pages]);
          }
          if (victim % 3 !== 0 || live.length === 0) continue;
          for (const [start, count] of live.splice(victim % live.length, 1)) {
            storage.free(start, count);
            map.fill(true, start, start + count);
          }
          expect(storage.freePages).toBe(map.filter(Boolean).length);
        }
      }),
    );
  });
});
