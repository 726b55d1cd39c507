/**
 * The pool: memory in blocks, by tag. Blocks of up to a page come from slabs, larger ones are
 * pages of their own. Every block is 16-byte aligned, and page-aligned from a page on. Nothing is
 * zeroed on behalf of the caller, and a wrong free is the bug check Windows gives for it.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import type { Random } from '../../sim/random.ts';
import { BAD_POOL_CALLER, type BugCheckRaiser } from '../bug-check.ts';
import type { PageFrames } from './frames.ts';
import { PAGE_SHIFT, PAGE_SIZE, pagesFor } from './page.ts';
import { PAGE_POOL, type PageRun } from './page-run.ts';
import { PoolSlabs } from './pool-slabs.ts';
import { type PoolTagFacts, PoolTags } from './pool-tags.ts';
import { hex } from './report-text.ts';

/** POOL_TYPE (wdm.h), the values that mean something to a current driver. */
export type POOL_TYPE = 0 | 1 | 512;

export const NonPagedPool = 0 as const satisfies POOL_TYPE;
export const PagedPool = 1 as const satisfies POOL_TYPE;
export const NonPagedPoolNx = 512 as const satisfies POOL_TYPE;

/** First parameters of BAD_POOL_CALLER. */
const ZERO_BYTES = 0x00;
const NOT_ALLOCATED = 0x07;
const WRONG_TAG = 0x0a;
const BAD_POOL_TYPE = 0x9a;
const NO_TAG = 0x9b;
const UNREADABLE_TAG = 0x9d;

interface LargeBlock {
  readonly run: PageRun;
  readonly bytes: number;
  readonly account: number;
}

export class Pool {
  readonly #frames: PageFrames;
  readonly #random: Random;
  readonly #raise: BugCheckRaiser;
  readonly #slabs: PoolSlabs;
  readonly #tags = new PoolTags();
  readonly #largeBlocks = new Map<number, LargeBlock>();
  /** By page of RAM: the address of the large block it belongs to; 0 for none. */
  readonly #largeStarts: Int32Array;

  constructor(frames: PageFrames, random: Random, raise: BugCheckRaiser) {
    this.#frames = frames;
    this.#random = random;
    this.#raise = raise;
    this.#slabs = new PoolSlabs(frames, random);
    this.#largeStarts = new Int32Array(frames.ram.byteLength / PAGE_SIZE);
  }

  /** Bytes in live blocks, as they were asked for; pages kept for reuse do not count. */
  get livePoolBytes(): number {
    return this.#tags.liveBytes;
  }

  get livePoolBlocks(): number {
    return this.#tags.liveBlocks;
  }

  /**
   * A block of `bytes` bytes, not zeroed; null when memory is short. `tag` is one to four
   * characters, in memory order ('WpSt'). Zero bytes, an unusable tag or pool type: bug check
   * BAD_POOL_CALLER 0x00, 0x9B, 0x9D, 0x9A. IRQL <= DISPATCH_LEVEL; APC_LEVEL for paged pool.
   */
  ExAllocatePoolWithTag(poolType: POOL_TYPE, bytes: number, tag: string): VirtualAddress | null {
    if (poolType !== NonPagedPoolNx && poolType !== PagedPool && poolType !== NonPagedPool)
      return this.#refuse(BAD_POOL_TYPE, poolType, bytes, 0, `there is no pool type ${poolType}`);
    if (!(bytes > 0))
      return this.#refuse(
        ZERO_BYTES,
        0,
        poolType,
        tagWord(tag),
        `pool of ${bytes} bytes asked for`,
      );
    const isPaged = poolType === PagedPool;
    let account = this.#tags.find(tag, isPaged);
    if (account < 0) {
      this.#checkTag(tag, poolType, bytes);
      account = this.#tags.open(tag, isPaged);
    }
    const address =
      bytes <= PAGE_SIZE
        ? this.#slabs.allocate(bytes, account)
        : this.#allocateLarge(bytes, account);
    if (address < 0) return null;
    this.#tags.allocated(account, bytes);
    return virtual(address);
  }

  /**
   * Frees a block under the tag it was allocated with. Not the start of a live block (never was,
   * or is freed): bug check BAD_POOL_CALLER 0x07 with the address; another tag: 0x0A.
   * IRQL <= DISPATCH_LEVEL; APC_LEVEL for paged pool.
   */
  ExFreePoolWithTag(address: VirtualAddress, tag: string): void {
    this.#free(address, tag);
  }

  /** Frees a block whatever its tag. */
  ExFreePool(address: VirtualAddress): void {
    this.#free(address, null);
  }

  /** Whether a live block of paged pool begins at `address`. */
  isPaged(address: VirtualAddress): boolean {
    const slot = this.#slabs.slotAt(address);
    const account =
      slot >= 0 ? this.#slabs.accountOf(slot) : this.#largeBlocks.get(address)?.account;
    return account !== undefined && this.#tags.isPaged(account);
  }

  /** Where the live block that covers `address` ends; 0 when none covers it. */
  blockEnd(address: number): number {
    const start = this.#largeStarts[Math.floor(address / PAGE_SIZE)] ?? 0;
    if (start === 0) return this.#slabs.blockEnd(address);
    const end = start + (this.#largeBlocks.get(start)?.bytes ?? 0);
    return address < end ? end : 0;
  }

  /** The books, tag by tag. */
  tagFacts(): PoolTagFacts[] {
    return this.#tags.facts();
  }

  /** Tags with live blocks, as facts for a leak report. */
  outstanding(): string[] {
    return this.#tags.outstanding();
  }

  #free(address: number, tag: string | null): void {
    const slot = this.#slabs.slotAt(address);
    if (slot >= 0) {
      const account = this.#slabs.accountOf(slot);
      this.#checkOwner(address, account, tag);
      this.#tags.freed(account, this.#slabs.bytesOf(slot));
      this.#slabs.free(address, slot);
      return;
    }
    const large = this.#largeBlocks.get(address);
    if (large === undefined) {
      const detail = `no pool block begins at ${hex(address)}: freed twice, or never allocated`;
      this.#refuse(NOT_ALLOCATED, 0, 0, address, detail);
    }
    this.#checkOwner(address, large.account, tag);
    this.#tags.freed(large.account, large.bytes);
    this.#largeBlocks.delete(address);
    this.#markLarge(large.run, 0);
    this.#frames.free(large.run);
  }

  #allocateLarge(bytes: number, account: number): number {
    const everywhere = { low: 0, high: Number.POSITIVE_INFINITY };
    const request = { ...everywhere, pages: pagesFor(bytes), partial: false, use: PAGE_POOL };
    const run = this.#frames.allocateScattered(request, this.#random);
    if (run === null) return -1;
    this.#largeBlocks.set(run.storage, { run, bytes, account });
    this.#markLarge(run, run.storage);
    return run.storage;
  }

  #markLarge(run: PageRun, start: number): void {
    const first = run.storage >>> PAGE_SHIFT;
    this.#largeStarts.fill(start, first, first + run.pageCount);
  }

  #checkOwner(address: number, account: number, tag: string | null): void {
    const owner = this.#tags.tagOf(account);
    if (tag === null || owner === tag) return;
    const detail = `pool block ${hex(address)} of tag '${owner}' freed as '${tag}'`;
    this.#refuse(WRONG_TAG, address, tagWord(owner), tagWord(tag), detail);
  }

  #checkTag(tag: string, poolType: number, bytes: number): void {
    if (tag === '') this.#refuse(NO_TAG, poolType, bytes, 0, 'pool asked for without a tag');
    if (!/^[ -~]{1,4}$/.test(tag) || !/[A-Za-z0-9]/.test(tag)) {
      const detail = `pool tag '${tag}' is not one to four characters with a letter or digit`;
      this.#refuse(UNREADABLE_TAG, tagWord(tag), poolType, 0, detail);
    }
  }

  #refuse(fault: number, p2: number, p3: number, p4: number, detail: string): never {
    return this.#raise.bugCheck(BAD_POOL_CALLER, fault, p2, p3, p4, detail);
  }
}

/** The tag as the 32-bit number a C driver writes: its first character is the lowest byte. */
function tagWord(tag: string): number {
  let word = 0;
  for (let index = 0; index < 4; index++) {
    word |= ((tag.charCodeAt(index) || 0) & 0xff) << (8 * index);
  }
  return word >>> 0;
}
