import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../sim/random.ts';
import { PageFrames } from './frames.ts';
import { PAGE_SIZE } from './page.ts';
import { PAGE_MDL, type PageRun } from './page-run.ts';
import { NULL_BYTES } from './physical-ranges.ts';
import { Ram } from './ram.ts';

const GIB4 = 0x1_0000_0000;
const ram = new Ram(0x10_0000);

type Step = { kind: 'scattered' | 'contiguous' | 'free' | 'pressure'; pages: number; zone: number };

/** Sums, bounds, and no frame or byte of RAM that two live runs share. */
function checkAll(frames: PageFrames, live: PageRun[]): void {
  const pages = live.flatMap((run) => [...run.pages]);
  expect(new Set(pages).size).toBe(pages.length);
  expect(frames.allocatedPages).toBe(pages.length);
  expect(frames.freePages + frames.withheldPages + pages.length).toBe(frames.totalPages);
  let end = NULL_BYTES;
  for (const run of [...live].sort((left, right) => left.storage - right.storage)) {
    expect(run.storage).toBeGreaterThanOrEqual(end);
    end = run.storage + run.byteLength;
    run.pages.forEach((page, index) => {
      expect(frames.resolve(page)).toBe(run.storage + index * PAGE_SIZE);
    });
  }
  expect(end).toBeLessThanOrEqual(ram.byteLength);
}

describe('any order of requests', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('scattered', 'contiguous', 'free', 'pressure'),
    pages: fc.integer({ min: 1, max: 60 }),
    zone: fc.integer({ min: 0, max: 2 }),
  });

  it('gives no frame and no byte twice, keeps to bounds and shape, and the sums are right', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) => {
        const frames = new PageFrames(ram);
        const random = new Random(seed);
        const live: PageRun[] = [];
        for (const { kind, pages, zone } of steps) {
          const low = [0, 0x20_0000, GIB4][zone] ?? 0;
          const high = [0xff_ffff, GIB4 - 1, 2 * GIB4][zone] ?? 0;
          const request = { low, high, pages, partial: true, use: PAGE_MDL };
          if (kind === 'free') {
            for (const run of live.splice(pages % (live.length + 1), 1)) frames.free(run);
          } else if (kind === 'pressure') {
            frames.release();
            frames.withhold(pages);
          } else {
            const run =
              kind === 'scattered'
                ? frames.allocateScattered(request, random)
                : frames.allocateContiguous(request);
            if (run === null) continue;
            live.push(run);
            expect(run.pages.every((page) => page >= low && page + 4095 <= high)).toBe(true);
            expect(run.contiguousRuns).toBe(kind === 'scattered' ? run.pageCount : 1);
            expect(run.pageCount).toBeLessThanOrEqual(pages);
            if (kind === 'contiguous') expect(run.pageCount).toBe(pages);
          }
          checkAll(frames, live);
        }
        frames.release();
        for (const run of live) frames.free(run);
        expect(frames.freePages).toBe(frames.totalPages);
        const everywhere = { low: 0, high: 2 * GIB4, use: PAGE_MDL };
        expect(frames.allocateContiguous({ ...everywhere, pages: 80 })?.pageCount).toBe(80);
      }),
      { numRuns: 60 },
    );
  });
});
