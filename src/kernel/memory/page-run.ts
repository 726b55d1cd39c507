/**
 * One allocation of page frames: where its bytes are kept (one slice of RAM) and at which
 * physical addresses a device finds them (any frames). The two are independent, which is what
 * makes a CPU mapping one view while scatter/gather is really scattered.
 */
import { PAGE_SIZE } from './page.ts';

/** What a frame is given out for; a free frame is PAGE_FREE. */
export type PageUse = 1 | 2 | 3;

export const PAGE_FREE = 0;
/** Locked pages of an MDL. */
export const PAGE_MDL = 1 as const satisfies PageUse;
/** Contiguous memory, mapped from birth to death. */
export const PAGE_CONTIGUOUS = 2 as const satisfies PageUse;
/** Pool: the kernel's own, no device has business here. */
export const PAGE_POOL = 3 as const satisfies PageUse;

export class PageRun {
  readonly use: PageUse;
  /** RAM offset of the first byte. */
  readonly storage: number;
  /** Indices in the frame table, in page order. */
  readonly frames: Int32Array;
  /** Physical addresses of the pages, in page order. */
  readonly pages: Float64Array;
  /** False once the frames are given back; only the frame table writes it. */
  live = true;

  constructor(use: PageUse, storage: number, frames: Int32Array, pages: Float64Array) {
    this.use = use;
    this.storage = storage;
    this.frames = frames;
    this.pages = pages;
  }

  get pageCount(): number {
    return this.pages.length;
  }

  get byteLength(): number {
    return this.pages.length * PAGE_SIZE;
  }

  /** Runs of pages whose physical addresses follow each other: 1 when all of it is contiguous. */
  get contiguousRuns(): number {
    let runs = 0;
    let expected = Number.NaN;
    for (const page of this.pages) {
      if (page !== expected) runs++;
      expected = page + PAGE_SIZE;
    }
    return runs;
  }
}
