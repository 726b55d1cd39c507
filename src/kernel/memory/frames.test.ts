import { describe, expect, it } from 'vitest';
import { Random } from '../../sim/random.ts';
import { PageFrames } from './frames.ts';
import { PAGE_SIZE } from './page.ts';
import { PAGE_CONTIGUOUS, PAGE_FREE, PAGE_MDL, PAGE_POOL, type PageRun } from './page-run.ts';
import { NULL_BYTES } from './physical-ranges.ts';
import { Ram } from './ram.ts';

const GIB4 = 0x1_0000_0000;
const ANYWHERE = { low: 0, high: Number.POSITIVE_INFINITY };
const ram = new Ram(0x10_0000);

/** A machine of `pages` pages at 0x100000 and nothing else. */
const small = (pages: number) => new PageFrames(ram, [{ base: 0x10_0000, bytes: pages * 4096 }]);
const scattered = (frames: PageFrames, pages: number, seed = 1, high = Number.POSITIVE_INFINITY) =>
  frames.allocateScattered({ low: 0, high, pages, partial: true, use: PAGE_MDL }, new Random(seed));
const contiguous = (frames: PageFrames, pages: number, bounds = {}) =>
  frames.allocateContiguous({ ...ANYWHERE, pages, use: PAGE_CONTIGUOUS, ...bounds });
const pagesOf = (run: PageRun | null) => [...(run?.pages ?? [])];

describe('the frame table', () => {
  it('counts all RAM but the null pages, and gives out every page of it', () => {
    const frames = new PageFrames(ram);
    expect(frames.totalPages).toBe((0x10_0000 - NULL_BYTES) / PAGE_SIZE);
    const run = scattered(frames, 1000);
    expect(run?.pageCount).toBe(frames.totalPages);
    expect(run?.storage).toBe(NULL_BYTES);
    expect([frames.freePages, frames.allocatedPages]).toEqual([0, frames.totalPages]);
    expect(scattered(frames, 1)).toBeNull();
  });

  it('refuses a memory map that RAM cannot hold', () => {
    expect(() => small(241)).toThrow(
      'the physical ranges hold 241 pages, but RAM has room for 240',
    );
    expect(small(240).totalPages).toBe(240);
  });

  it('hands out zeroed pages, whatever their last owner left [WRT-MDL-037]', () => {
    const frames = small(4);
    for (let round = 0; round < 3; round++) {
      const run = scattered(frames, 4, round);
      if (run === null) throw new Error('no pages');
      const bytes = ram.bytes.subarray(run.storage, run.storage + run.byteLength);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      bytes.fill(0xee);
      frames.free(run);
    }
  });

  it('keeps page contents in one slice, and finds each byte from its physical address', () => {
    const frames = new PageFrames(ram);
    const run = scattered(frames, 20);
    if (run === null) throw new Error('no pages');
    run.pages.forEach((page, index) => {
      const offset = run.storage + index * PAGE_SIZE;
      expect(frames.resolve(page)).toBe(offset);
      expect(frames.resolve(page + 4095)).toBe(offset + 4095);
      expect(frames.physicalAddressOf(offset + 5)).toBe(page + 5);
    });
    frames.free(run);
    expect(frames.resolve(run.pages[0] ?? 0)).toBe(-1);
    expect(frames.physicalAddressOf(run.storage)).toBe(0);
  });

  it('resolves nothing where there is no RAM, and says what is where', () => {
    const frames = small(4);
    for (const address of [0, 0xf_ffff, 0x10_4000, GIB4, -1, Number.NaN]) {
      expect(frames.resolve(address)).toBe(-1);
      expect(frames.useAt(address)).toBeNull();
    }
    expect(frames.useAt(0x10_0000)).toBe(PAGE_FREE);
    expect(frames.physicalAddressOf(-1)).toBe(0);
    expect(frames.physicalAddressOf(0x7fff_ffff)).toBe(0);
  });

  it('lets a device reach MDL and contiguous pages, but neither pool nor free ones', () => {
    const frames = small(8);
    const uses = [PAGE_MDL, PAGE_CONTIGUOUS, PAGE_POOL] as const;
    const reached = uses.map((use) => {
      const page = frames.allocateContiguous({ ...ANYWHERE, pages: 1, use })?.pages[0] ?? 0;
      expect(frames.useAt(page)).toBe(use);
      return frames.resolveForDevice(page + 8) - frames.resolve(page);
    });
    expect(reached.slice(0, 2)).toEqual([8, 8]);
    expect(reached[2]).toBeLessThan(0);
    expect(frames.resolveForDevice(0x10_0000)).toBe(-1);
    expect(frames.resolveForDevice(GIB4)).toBe(-1);
  });
});

describe('scattered allocation', () => {
  it('stays within the bounds, of which the upper one is the last byte that may be used', () => {
    const frames = new PageFrames(ram);
    const low = frames.ranges[0];
    if (low === undefined) throw new Error('no low RAM');
    const last = low.base + low.bytes - 1;
    const request = { pages: 500, partial: true, use: PAGE_MDL };
    const below = frames.allocateScattered({ ...request, low: 0, high: last - 1 }, new Random(1));
    expect(below?.pageCount).toBe(low.bytes / PAGE_SIZE - 1);
    const exact = frames.allocateScattered({ ...request, low: 0, high: last }, new Random(1));
    expect(pagesOf(exact)).toEqual([last - 4095]);
    const above = frames.allocateScattered(
      { ...request, low: GIB4, high: Number.POSITIVE_INFINITY },
      new Random(1),
    );
    expect(pagesOf(above).every((page) => page >= GIB4)).toBe(true);
    expect(above?.pageCount).toBe((frames.ranges.at(-1)?.bytes ?? 0) / PAGE_SIZE);
  });

  it('finds none in an empty or a reversed range', () => {
    const frames = small(8);
    const request = { pages: 1, partial: true, use: PAGE_MDL };
    for (const [low, high] of [
      [0, 0xf_ffff],
      [0x10_0001, 0x10_0fff],
      [0x10_4000, 0x10_3fff],
      [Number.NaN, GIB4],
    ] as const) {
      expect(frames.allocateScattered({ ...request, low, high }, new Random(1))).toBeNull();
    }
    expect(scattered(frames, 0)).toBeNull();
  });

  it('gives what there is when memory is short, or nothing if that is not welcome', () => {
    const frames = small(8);
    const request = { ...ANYWHERE, pages: 9, use: PAGE_MDL };
    expect(frames.allocateScattered({ ...request, partial: false }, new Random(1))).toBeNull();
    expect(frames.freePages).toBe(8);
    expect(frames.allocateScattered({ ...request, partial: true }, new Random(1))?.pageCount).toBe(
      8,
    );
  });

  it('moves the range up by the bytes to skip when it does not hold enough', () => {
    const request = { low: 0x10_0000, high: 0x10_0fff, partial: true, use: PAGE_MDL };
    const pages = (skipBytes: number, count: number) =>
      pagesOf(
        small(8).allocateScattered({ ...request, pages: count, skipBytes }, new Random(1)),
      ).sort((left, right) => left - right);
    expect(pages(0x2000, 1)).toEqual([0x10_0000]);
    expect(pages(0x2000, 9)).toEqual([0x10_0000, 0x10_2000, 0x10_4000, 0x10_6000]);
    expect(pages(0, 9)).toEqual([0x10_0000]);
  });

  it('really scatters: as many runs as pages, above and below 4 GiB, the same for one seed', () => {
    const draw = (seed: number) => scattered(new PageFrames(ram), 40, seed);
    const run = draw(3);
    expect(run?.contiguousRuns).toBe(40);
    expect(pagesOf(run).some((page) => page >= GIB4)).toBe(true);
    expect(pagesOf(run).some((page) => page < GIB4)).toBe(true);
    expect(pagesOf(draw(3))).toEqual(pagesOf(run));
    expect(pagesOf(draw(4))).not.toEqual(pagesOf(run));
  });
});

describe('contiguous allocation', () => {
  it('takes the highest run inside the bounds, and counts as one run', () => {
    const frames = small(16);
    const run = contiguous(frames, 5, { low: 0x10_2000, high: 0x10_9fff });
    expect(pagesOf(run)).toEqual([0x10_5000, 0x10_6000, 0x10_7000, 0x10_8000, 0x10_9000]);
    expect(run?.contiguousRuns).toBe(1);
    expect(contiguous(frames, 4, { low: 0x10_2000, high: 0x10_9fff })).toBeNull();
    expect(contiguous(frames, 3, { low: 0x10_2000, high: 0x10_9fff })?.pages[0]).toBe(0x10_2000);
  });

  it('is all or nothing: enough pages that are not adjacent are not enough [WRT-MDL-014]', () => {
    const frames = small(6);
    const singles = [5, 4, 3, 2, 1, 0].map(() => contiguous(frames, 1));
    for (const index of [0, 2, 4]) {
      const run = singles[index];
      if (run != null) frames.free(run);
    }
    expect(frames.freePages).toBe(3);
    expect(contiguous(frames, 2)).toBeNull();
    expect(frames.freePages).toBe(3);
    expect(contiguous(frames, 0)).toBeNull();
    expect(contiguous(frames, Number.POSITIVE_INFINITY)).toBeNull();
  });

  it('does not run from one physical range into the next', () => {
    const ranges = [
      { base: 0x1000, bytes: 0x2000 },
      { base: 0x8000, bytes: 0x2000 },
    ];
    const frames = new PageFrames(ram, ranges);
    expect(contiguous(frames, 3)).toBeNull();
    expect([contiguous(frames, 2)?.pages[0], contiguous(frames, 2)?.pages[0]]).toEqual([
      0x8000, 0x1000,
    ]);
  });

  it('does not cross the boundary, and fails when it would have to', () => {
    const frames = small(16);
    expect(contiguous(frames, 3, { boundary: 0x4000 })?.pages[0]).toBe(0x10_d000);
    expect(contiguous(frames, 3, { boundary: 0x4000 })?.pages[0]).toBe(0x10_9000);
    expect(contiguous(frames, 4, { boundary: 0x4000 })?.pages[0]).toBe(0x10_4000);
    expect(contiguous(frames, 2, { boundary: 0x1000 })).toBeNull();
  });
});

describe('memory pressure', () => {
  it('withholds free pages until they are released', () => {
    const frames = small(10);
    expect(frames.withhold(8)).toBe(8);
    expect([frames.freePages, frames.withheldPages, frames.allocatedPages]).toEqual([2, 8, 0]);
    expect(contiguous(frames, 3)).toBeNull();
    expect(scattered(frames, 5)?.pageCount).toBe(2);
    expect(frames.withhold(1)).toBe(0);
    frames.release(3);
    expect(frames.freePages).toBe(3);
    frames.release();
    expect([frames.freePages, frames.withheldPages]).toEqual([8, 0]);
  });
});
