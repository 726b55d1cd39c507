/**
 * The memory descriptor list: locked physical pages that are one buffer, adjacent or not, and
 * mapped nowhere until somebody asks (WRT-MDL-009, WRT-MDL-012). Drivers read it and hand it
 * back; only the memory manager makes one, and its fields change only there.
 */
import type { MappingMode, MEMORY_CACHING_TYPE } from './caching.ts';
import type { PageRun } from './page-run.ts';
import { countOf } from './report-text.ts';

/** One live mapping of an MDL. Every mapping of it has the same address, `Mdl.storage`. */
export interface MdlMapping {
  readonly mode: MappingMode;
  /** The process a user mapping belongs to; 0 for a kernel mapping. */
  readonly process: number;
  readonly cacheType: MEMORY_CACHING_TYPE;
}

export class Mdl {
  readonly pageCount: number;
  /** What the pages hold, which may be less than was asked for; always whole pages. */
  readonly byteCount: number;
  /** Where the buffer begins in its first page: always at its start. */
  readonly byteOffset = 0;
  /** Physical address of each page, in page order. */
  readonly pages: Float64Array;
  /** RAM offset of the first byte; the bytes of all pages follow it without a gap. */
  readonly storage: number;
  /** Runs of pages that are adjacent in physical memory; 1 when all of it is. */
  readonly contiguousRuns: number;
  /** Who asked for it, in words, for reports. */
  owner: string;
  readonly mappings: MdlMapping[] = [];
  freed = false;
  /** The frames behind it. */
  readonly run: PageRun;

  constructor(run: PageRun, owner: string) {
    this.run = run;
    this.owner = owner;
    this.pageCount = run.pageCount;
    this.byteCount = run.byteLength;
    this.pages = run.pages;
    this.storage = run.storage;
    this.contiguousRuns = run.contiguousRuns;
  }

  /** Its mapping in kernel space, or in that process; null when it has none. */
  mappingIn(mode: MappingMode, process: number): MdlMapping | null {
    for (const mapping of this.mappings) {
      if (mapping.mode === mode && (mode === 'kernel' || mapping.process === process)) {
        return mapping;
      }
    }
    return null;
  }

  toString(): string {
    return `MDL of ${countOf(this.pageCount, 'page')} (${this.owner})`;
  }
}
