/**
 * Pool blocks of up to one page. A page holds blocks of one size class; its free blocks are a
 * list, and the pages of a class that have one free are a list too, so that an allocation and a
 * free are a few table accesses. All bookkeeping lies outside RAM: a driver that overruns a block
 * spoils its neighbour's bytes, as it should, but never the machine.
 */
import type { Random } from '../../sim/random.ts';
import type { PageFrames } from './frames.ts';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from './page.ts';
import { PAGE_POOL } from './page-run.ts';

/** Block sizes, each of 16-byte multiples that waste little of a page. */
const STRIDES = Uint16Array.of(
  16,
  32,
  48,
  64,
  96,
  128,
  192,
  256,
  336,
  512,
  672,
  816,
  1024,
  1360,
  2048,
  4096,
);
const SLOTS = STRIDES.map((stride) => Math.floor(PAGE_SIZE / stride));
const GRANULE_SHIFT = 4;
const MAX_SLOTS = PAGE_SIZE >> GRANULE_SHIFT;
/** The class of a block of n granules of 16 bytes. */
const CLASS_OF_GRANULES = Uint8Array.from({ length: MAX_SLOTS + 1 }, (_, granules) =>
  STRIDES.findIndex((stride) => stride >= granules << GRANULE_SHIFT),
);
/** Pages taken from the frame table at a time. */
const GROWTH_PAGES = 16;
const NONE = -1;

export class PoolSlabs {
  readonly #frames: PageFrames;
  readonly #random: Random;
  /** By page of RAM: its class, or NONE when it holds no blocks. */
  readonly #classes: Int8Array;
  /** By page of RAM: where its slots begin in the slot tables. */
  readonly #firstSlots: Int32Array;
  readonly #used: Uint16Array;
  /** By page of RAM: slots given out at least once since the page got its class. */
  readonly #touched: Uint16Array;
  readonly #freeSlots: Int16Array;
  readonly #nextPages: Int32Array;
  readonly #previousPages: Int32Array;
  /** By class: the first of its pages that have a free block. */
  readonly #openPages = new Int32Array(STRIDES.length).fill(NONE);
  /** The first of our pages that hold no blocks, linked by #nextPages. */
  #emptyPage = NONE;
  #arenaPages = 0;
  /** By slot: bytes asked for, 0 when free; its account; the next free slot of its page. */
  #slotBytes = new Uint16Array(0);
  #slotAccounts = new Int32Array(0);
  #slotNext = new Int16Array(0);

  constructor(frames: PageFrames, random: Random) {
    const pages = frames.ram.byteLength / PAGE_SIZE;
    this.#frames = frames;
    this.#random = random;
    this.#classes = new Int8Array(pages).fill(NONE);
    this.#firstSlots = new Int32Array(pages);
    this.#used = new Uint16Array(pages);
    this.#touched = new Uint16Array(pages);
    this.#freeSlots = new Int16Array(pages);
    this.#nextPages = new Int32Array(pages);
    this.#previousPages = new Int32Array(pages);
  }

  /** Pages taken from the frame table; they are reused, never given back. */
  get arenaPages(): number {
    return this.#arenaPages;
  }

  /** The address of a block of 1 to PAGE_SIZE bytes; -1 when there is no memory. */
  allocate(bytes: number, account: number): number {
    const sizeClass = CLASS_OF_GRANULES[(bytes + 15) >> GRANULE_SHIFT] as number;
    let page = this.#openPages[sizeClass] as number;
    if (page === NONE) {
      page = this.#openPage(sizeClass);
      if (page === NONE) return -1;
    }
    const firstSlot = this.#firstSlots[page] as number;
    let place = this.#freeSlots[page] as number;
    if (place === NONE) {
      place = this.#touched[page] as number;
      this.#touched[page] = place + 1;
    } else {
      this.#freeSlots[page] = this.#slotNext[firstSlot + place] as number;
    }
    const used = (this.#used[page] as number) + 1;
    this.#used[page] = used;
    if (used === SLOTS[sizeClass]) this.#unlink(page, sizeClass);
    this.#slotBytes[firstSlot + place] = bytes;
    this.#slotAccounts[firstSlot + place] = account;
    return page * PAGE_SIZE + place * (STRIDES[sizeClass] as number);
  }

  /** The slot of the live block that begins at `address`; -1 when none does. */
  slotAt(address: number): number {
    const sizeClass = this.#classes[Math.floor(address / PAGE_SIZE)] ?? NONE;
    if (sizeClass === NONE) return NONE;
    const place = (address & PAGE_MASK) / (STRIDES[sizeClass] as number);
    if (!Number.isInteger(place) || place >= (SLOTS[sizeClass] as number)) return NONE;
    const slot = (this.#firstSlots[address >>> PAGE_SHIFT] as number) + place;
    return this.#slotBytes[slot] === 0 ? NONE : slot;
  }

  bytesOf(slot: number): number {
    return this.#slotBytes[slot] as number;
  }

  accountOf(slot: number): number {
    return this.#slotAccounts[slot] as number;
  }

  /** Frees the live block at `address`. */
  free(address: number, slot: number): void {
    const page = address >>> PAGE_SHIFT;
    const sizeClass = this.#classes[page] as number;
    const used = (this.#used[page] as number) - 1;
    this.#used[page] = used;
    this.#slotBytes[slot] = 0;
    this.#slotNext[slot] = this.#freeSlots[page] as number;
    this.#freeSlots[page] = slot - (this.#firstSlots[page] as number);
    if (used + 1 === SLOTS[sizeClass]) this.#link(page, sizeClass);
    if (used === 0) this.#close(page, sizeClass);
  }

  /** Where the live block that covers `address` ends; 0 when none covers it. */
  blockEnd(address: number): number {
    const page = Math.floor(address / PAGE_SIZE);
    const sizeClass = this.#classes[page] ?? NONE;
    if (sizeClass === NONE) return 0;
    const stride = STRIDES[sizeClass] as number;
    const place = Math.floor((address & PAGE_MASK) / stride);
    if (place >= (SLOTS[sizeClass] as number)) return 0;
    const bytes = this.#slotBytes[(this.#firstSlots[page] as number) + place] as number;
    const end = page * PAGE_SIZE + place * stride + bytes;
    return address < end ? end : 0;
  }

  /** Gives an empty page to a class. */
  #openPage(sizeClass: number): number {
    if (this.#emptyPage === NONE) this.#grow();
    const page = this.#emptyPage;
    if (page === NONE) return NONE;
    this.#emptyPage = this.#nextPages[page] as number;
    this.#classes[page] = sizeClass;
    this.#touched[page] = 0;
    this.#freeSlots[page] = NONE;
    this.#link(page, sizeClass);
    return page;
  }

  /** Takes an empty page from its class, so that any class can have it. */
  #close(page: number, sizeClass: number): void {
    this.#unlink(page, sizeClass);
    this.#classes[page] = NONE;
    this.#nextPages[page] = this.#emptyPage;
    this.#emptyPage = page;
  }

  #link(page: number, sizeClass: number): void {
    const next = this.#openPages[sizeClass] as number;
    this.#nextPages[page] = next;
    this.#previousPages[page] = NONE;
    if (next !== NONE) this.#previousPages[next] = page;
    this.#openPages[sizeClass] = page;
  }

  #unlink(page: number, sizeClass: number): void {
    const next = this.#nextPages[page] as number;
    const previous = this.#previousPages[page] as number;
    if (next !== NONE) this.#previousPages[next] = previous;
    if (previous !== NONE) this.#nextPages[previous] = next;
    else this.#openPages[sizeClass] = next;
  }

  #grow(): void {
    const everywhere = { low: 0, high: Number.POSITIVE_INFINITY };
    const request = { ...everywhere, pages: GROWTH_PAGES, partial: true, use: PAGE_POOL };
    const run = this.#frames.allocateScattered(request, this.#random);
    if (run === null) return;
    const slots = (this.#arenaPages + run.pageCount) * MAX_SLOTS;
    if (slots > this.#slotBytes.length) this.#extendSlots(2 * slots);
    for (let index = run.pageCount - 1; index >= 0; index--) {
      const page = (run.storage >>> PAGE_SHIFT) + index;
      this.#firstSlots[page] = this.#arenaPages * MAX_SLOTS;
      this.#arenaPages++;
      this.#nextPages[page] = this.#emptyPage;
      this.#emptyPage = page;
    }
  }

  #extendSlots(slots: number): void {
    const [bytes, accounts, next] = [this.#slotBytes, this.#slotAccounts, this.#slotNext];
    this.#slotBytes = new Uint16Array(slots);
    this.#slotAccounts = new Int32Array(slots);
    this.#slotNext = new Int16Array(slots);
    this.#slotBytes.set(bytes);
    this.#slotAccounts.set(accounts);
    this.#slotNext.set(next);
  }
}
