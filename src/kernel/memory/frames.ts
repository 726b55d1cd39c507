/**
 * The frame table: which physical page is free, what it is given out for, and where its bytes
 * are. Frames (physical addresses) and storage (offsets into RAM) are allocated separately, so
 * that a device sees addresses as scattered, contiguous or low as the caller asked, while the CPU
 * sees one slice. Pages are zeroed when handed out, so that nothing leaks from one owner to the
 * next (nf-wdm-mmallocatepagesformdlex).
 */
import { assert } from '../../base/assert.ts';
import type { Random } from '../../sim/random.ts';
import { type FrameCandidates, scatterFrames } from './frame-scatter.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from './page.ts';
import { PAGE_CONTIGUOUS, PAGE_FREE, PAGE_MDL, PageRun, type PageUse } from './page-run.ts';
import { defaultRanges, NULL_BYTES, orderedRanges, type PhysicalRange } from './physical-ranges.ts';
import type { Ram } from './ram.ts';
import { StoragePages } from './storage-pages.ts';

/** Pages that lie whole in [low, high], `high` being the last byte that may be used. */
export interface ScatteredRequest {
  readonly low: number;
  readonly high: number;
  readonly pages: number;
  /** Fewer pages are welcome when there are not enough. */
  readonly partial: boolean;
  readonly use: PageUse;
  /** Where [low, high] does not hold enough, it is moved up by this much, again and again. */
  readonly skipBytes?: number;
}

export interface ContiguousRequest {
  readonly low: number;
  readonly high: number;
  readonly pages: number;
  readonly use: PageUse;
  /** The run may not cross a multiple of this power of two; 0 when it may. */
  readonly boundary?: number;
}

const NO_FRAME = -1;

export class PageFrames {
  readonly ram: Ram;
  /** Installed RAM on the bus, in order of address. */
  readonly ranges: readonly PhysicalRange[];
  readonly totalPages: number;
  readonly #bases: Float64Array;
  readonly #sizes: Float64Array;
  readonly #firstFrames: Int32Array;
  readonly #addresses: Float64Array;
  readonly #uses: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #frameOfStorage: Int32Array;
  /** How often each page is locked for a device; see LockedBuffer. */
  readonly #locks: Uint16Array;
  /** Runs that were freed while some of their pages are locked: they go with the last lock. */
  readonly #freedLocked = new Set<PageRun>();
  readonly #storage: StoragePages;
  #allocatedPages = 0;
  #generation = 0;
  #withheldPages = 0;
  #lockCount = 0;

  /** @throws Error when the ranges are malformed or hold more than `ram` can. */
  constructor(ram: Ram, ranges: readonly PhysicalRange[] = defaultRanges(ram.byteLength)) {
    this.ram = ram;
    this.ranges = orderedRanges(ranges);
    const count = this.ranges.reduce((sum, range) => sum + range.bytes / PAGE_SIZE, 0);
    const room = (ram.byteLength - NULL_BYTES) / PAGE_SIZE;
    if (count > room)
      throw new Error(`the physical ranges hold ${count} pages, but RAM has room for ${room}`);
    this.totalPages = count;
    this.#bases = Float64Array.from(this.ranges, (range) => range.base);
    this.#sizes = Float64Array.from(this.ranges, (range) => range.bytes);
    this.#firstFrames = new Int32Array(this.ranges.length);
    this.#addresses = new Float64Array(count);
    this.#uses = new Uint8Array(count);
    this.#offsets = new Int32Array(count);
    this.#locks = new Uint16Array(count);
    this.#frameOfStorage = new Int32Array(ram.byteLength / PAGE_SIZE).fill(NO_FRAME);
    this.#storage = new StoragePages(NULL_BYTES / PAGE_SIZE, count);
    let frame = 0;
    this.ranges.forEach((range, index) => {
      this.#firstFrames[index] = frame;
      for (let into = 0; into < range.bytes; into += PAGE_SIZE) {
        this.#addresses[frame++] = range.base + into;
      }
    });
  }

  /** Another number whenever pages were given out, taken back, locked or unlocked. */
  get generation(): number {
    return this.#generation;
  }

  /** Every page that a device may reach: its physical address and its RAM offset. */
  forEachPage(visit: (address: number, offset: number) => void): void {
    for (let frame = 0; frame < this.totalPages; frame++) {
      const use = this.#uses[frame];
      const isDevices = use === PAGE_MDL || use === PAGE_CONTIGUOUS;
      if (!isDevices && (this.#locks[frame] as number) === 0) continue;
      visit(this.#addresses[frame] as number, this.#offsets[frame] as number);
    }
  }

  get allocatedPages(): number {
    return this.#allocatedPages;
  }

  /** Pages that can still be given out: neither allocated nor withheld. */
  get freePages(): number {
    return this.totalPages - this.#allocatedPages - this.#withheldPages;
  }

  get withheldPages(): number {
    return this.#withheldPages;
  }

  /** The last byte of RAM on the bus. */
  get highestAddress(): number {
    const last = this.ranges.at(-1);
    return last === undefined ? 0 : last.base + last.bytes - 1;
  }

  /** Memory pressure: takes up to `pages` free pages out of reach, and says how many. */
  withhold(pages: number): number {
    const taken = Math.min(pages, this.freePages);
    this.#withheldPages += taken;
    return taken;
  }

  /** Gives back withheld pages, all of them unless told. */
  release(pages: number = this.#withheldPages): void {
    this.#withheldPages -= Math.min(pages, this.#withheldPages);
  }

  /** Pages drawn by the seeded policy; null when there are none, or too few and not partial. */
  allocateScattered(request: ScatteredRequest, random: Random): PageRun | null {
    let frames = this.#freeFrames(request, 0);
    const skipBytes = request.skipBytes ?? 0;
    if (frames.length < request.pages && skipBytes > 0) {
      frames = this.#freeFrames(request, skipBytes);
    }
    const room = Math.min(frames.length, this.freePages, this.#storage.longestSlice);
    const pages = Math.min(request.pages, room);
    if (!(pages > 0) || (pages < request.pages && !request.partial)) return null;
    const candidates: FrameCandidates = {
      frames,
      addresses: this.#addresses,
      uses: this.#uses,
    };
    return this.#take(scatterFrames(candidates, pages, random), request.use);
  }

  /** One run of adjacent pages, the highest that fits: low memory is for those who need it. */
  allocateContiguous(request: ContiguousRequest): PageRun | null {
    const { pages } = request;
    if (!(pages > 0) || pages > Math.min(this.freePages, this.#storage.longestSlice)) return null;
    const first = this.#highestRun(request);
    if (first === NO_FRAME) return null;
    return this.#take(
      Int32Array.from({ length: pages }, (_, page) => first + page),
      request.use,
    );
  }

  /** Locks that are held, over all pages. */
  get lockCount(): number {
    return this.#lockCount;
  }

  /** Locks the page behind a byte of allocated RAM: a device may reach it, and nobody else gets it. */
  lock(offset: number): void {
    const frame = this.#frameOfStorage[offset >>> PAGE_SHIFT] as number;
    this.#locks[frame] = (this.#locks[frame] as number) + 1;
    this.#lockCount++;
    this.#generation++;
  }

  unlock(offset: number): void {
    const frame = this.#frameOfStorage[offset >>> PAGE_SHIFT] as number;
    const locks = this.#locks[frame] as number;
    assert(locks > 0, 'a page that is unlocked was locked');
    this.#locks[frame] = locks - 1;
    this.#lockCount--;
    this.#generation++;
    if (locks > 1 || this.#freedLocked.size === 0) return;
    for (const run of this.#freedLocked) {
      if (!this.#isLocked(run)) this.#give(run);
    }
  }

  /** Gives a run back. Its bytes stay until somebody gets them, zeroed. */
  free(run: PageRun): void {
    assert(run.live, 'page run freed once');
    run.live = false;
    this.#generation++;
    if (this.#lockCount > 0 && this.#isLocked(run)) this.#freedLocked.add(run);
    else this.#give(run);
  }

  #isLocked(run: PageRun): boolean {
    return run.frames.some((frame) => (this.#locks[frame] as number) > 0);
  }

  #give(run: PageRun): void {
    this.#freedLocked.delete(run);
    for (const frame of run.frames) this.#uses[frame] = PAGE_FREE;
    const firstPage = run.storage >>> PAGE_SHIFT;
    this.#frameOfStorage.fill(NO_FRAME, firstPage, firstPage + run.pageCount);
    this.#storage.free(firstPage, run.pageCount);
    this.#allocatedPages -= run.pageCount;
  }

  /** RAM offset of a physical address in an allocated page; -1 elsewhere. */
  resolve(address: number): number {
    const frame = this.#frameAt(address);
    if (frame === NO_FRAME || this.#uses[frame] === PAGE_FREE) return -1;
    return (this.#offsets[frame] as number) + (address & PAGE_MASK);
  }

  /**
   * RAM offset of a physical address that a device may reach (MDL, contiguous memory, locked
   * pages); else -1.
   */
  resolveForDevice(address: number): number {
    const bases = this.#bases;
    for (let index = 0; index < bases.length; index++) {
      // Below 2^31 from here on, which the processor converts to a whole number at once.
      const into = address - (bases[index] as number);
      if (!(into >= 0 && into < (this.#sizes[index] as number))) continue;
      const frame = (this.#firstFrames[index] as number) + (into >>> PAGE_SHIFT);
      const use = this.#uses[frame];
      const isDevices = use === PAGE_MDL || use === PAGE_CONTIGUOUS;
      if (!isDevices && (this.#locks[frame] as number) === 0) return -1;
      return (this.#offsets[frame] as number) + (into & PAGE_MASK);
    }
    return -1;
  }

  /** What the page at a physical address is given out for; null where there is no RAM. */
  useAt(address: number): PageUse | typeof PAGE_FREE | null {
    const frame = this.#frameAt(address);
    return frame === NO_FRAME ? null : (this.#uses[frame] as PageUse | typeof PAGE_FREE);
  }

  /** The physical address of a byte of RAM that is allocated; 0 otherwise. */
  physicalAddressOf(offset: number): number {
    const frame = this.#frameOfStorage[Math.floor(offset / PAGE_SIZE)] ?? NO_FRAME;
    return frame === NO_FRAME ? 0 : (this.#addresses[frame] as number) + (offset & PAGE_MASK);
  }

  #frameAt(address: number): number {
    const bases = this.#bases;
    for (let index = 0; index < bases.length; index++) {
      const into = address - (bases[index] as number);
      if (into >= 0 && into < (this.#sizes[index] as number)) {
        return (this.#firstFrames[index] as number) + (into >>> PAGE_SHIFT);
      }
    }
    return NO_FRAME;
  }

  /** Free frames in [low, high] moved up by any whole number of `skipBytes`. */
  #freeFrames({ low, high }: ScatteredRequest, skipBytes: number): Int32Array {
    const addresses = this.#addresses;
    const uses = this.#uses;
    const found = new Int32Array(this.freePages + this.#withheldPages);
    let count = 0;
    for (let frame = 0; frame < uses.length; frame++) {
      if (uses[frame] !== PAGE_FREE) continue;
      const address = addresses[frame] as number;
      const over = address + PAGE_MASK - high;
      const shift = over > 0 && skipBytes > 0 ? Math.ceil(over / skipBytes) * skipBytes : 0;
      if (address - shift >= low && over <= shift) found[count++] = frame;
    }
    return found.subarray(0, count);
  }

  /** First frame of the highest free run that fits the request. */
  #highestRun({ low, high, pages, boundary = 0 }: ContiguousRequest): number {
    const addresses = this.#addresses;
    const bytes = pages * PAGE_SIZE;
    let length = 0;
    for (let frame = this.totalPages - 1; frame >= 0; frame--) {
      const address = addresses[frame] as number;
      if (this.#uses[frame] !== PAGE_FREE || address < low || address + PAGE_MASK > high) {
        length = 0;
        continue;
      }
      const continues = addresses[frame + 1] === address + PAGE_SIZE;
      length = continues ? length + 1 : 1;
      if (length < pages) continue;
      const last = address + bytes - 1;
      const crosses =
        boundary > 0 && Math.floor(address / boundary) !== Math.floor(last / boundary);
      if (!crosses) return frame;
    }
    return NO_FRAME;
  }

  #take(frames: Int32Array, use: PageUse): PageRun {
    this.#generation++;
    const count = frames.length;
    const firstPage = this.#storage.allocate(count);
    assert(firstPage >= 0, 'a storage slice as long as was promised');
    const storage = firstPage * PAGE_SIZE;
    const pages = new Float64Array(count);
    frames.forEach((frame, page) => {
      this.#uses[frame] = use;
      this.#offsets[frame] = storage + page * PAGE_SIZE;
      this.#frameOfStorage[firstPage + page] = frame;
      pages[page] = this.#addresses[frame] as number;
    });
    this.ram.bytes.fill(0, storage, storage + count * PAGE_SIZE);
    this.#allocatedPages += count;
    return new PageRun(use, storage, frames, pages);
  }
}
