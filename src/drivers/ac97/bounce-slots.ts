/**
 * Memory through which bytes go that the engine cannot move itself: those above 4 GiB, at odd
 * addresses, and frames that two mappings share. A slot gathers up to a page of whole frames, and
 * remembers where each part of them belongs, so that a recording can be brought home.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { virtual } from '../../base/brand.ts';
import { type KernelDdi, MmCached } from '../../kernel/ddi/index.ts';
import { HIGHEST_ADDRESS } from './ac97-adapter.ts';
import { PAGE_BYTES } from './buffer-pieces.ts';

export const NO_SLOT = -1;
export const SLOT_BYTES = PAGE_BYTES;
const SLOTS = 16;
const NOWHERE = -1;
/** Three mappings of a byte each, and the one that completes the frame. */
const MOST_PARTS = 4;

export class BounceSlots {
  readonly #wdk: KernelDdi;
  readonly #base: VirtualAddress;
  readonly #physical: Float64Array;
  readonly #free = new Uint8Array(SLOTS);
  #freeCount = SLOTS;
  readonly #filled = new Uint16Array(SLOTS);
  readonly #partCounts = new Uint8Array(SLOTS);
  readonly #partAddresses = new Float64Array(SLOTS * MOST_PARTS);
  readonly #partBytes = new Uint16Array(SLOTS * MOST_PARTS);

  private constructor(wdk: KernelDdi, base: VirtualAddress) {
    this.#wdk = wdk;
    this.#base = base;
    this.#physical = Float64Array.from({ length: SLOTS }, (_, slot) =>
      wdk.MmGetPhysicalAddress(virtual(base + slot * SLOT_BYTES)),
    );
    for (let slot = 0; slot < SLOTS; slot++) this.#free[slot] = slot;
  }

  /** Null when there is no such memory. PASSIVE_LEVEL. */
  static allocate(wdk: KernelDdi): BounceSlots | null {
    const base = wdk.MmAllocateContiguousMemorySpecifyCache(
      SLOTS * SLOT_BYTES,
      0,
      HIGHEST_ADDRESS,
      0,
      MmCached,
    );
    return base === null ? null : new BounceSlots(wdk, base);
  }

  /** PASSIVE_LEVEL. */
  free(): void {
    this.#wdk.MmFreeContiguousMemorySpecifyCache(this.#base, SLOTS * SLOT_BYTES, MmCached);
  }

  /** An empty slot; NO_SLOT when all are in use. */
  take(): number {
    if (this.#freeCount === 0) return NO_SLOT;
    this.#freeCount--;
    const slot = this.#free[this.#freeCount] as number;
    this.#filled[slot] = 0;
    this.#partCounts[slot] = 0;
    return slot;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  give(slot: number): void {
    this.#free[this.#freeCount] = slot;
    this.#freeCount++;
  }

  physicalAddress(slot: number): number {
    return this.#physical[slot] as number;
  }

  filled(slot: number): number {
    return this.#filled[slot] as number;
  }

  /** Puts `bytes` bytes of a client behind those that are there; copies them for playback. */
  append(slot: number, address: VirtualAddress, bytes: number, copies: boolean): void {
    const at = this.#filled[slot] as number;
    const part = slot * MOST_PARTS + (this.#partCounts[slot] as number);
    this.#partAddresses[part] = address;
    this.#partBytes[part] = bytes;
    this.#partCounts[slot] = (this.#partCounts[slot] as number) + 1;
    this.#filled[slot] = at + bytes;
    if (copies) this.#wdk.RtlCopyMemory(this.#addressOf(slot, at), address, bytes);
  }

  /** Moves what lies behind `keep` bytes, part of one frame, to the start of an empty slot. */
  split(slot: number, keep: number, target: number, copies: boolean): void {
    let at = 0;
    const parts = this.#partCounts[slot] as number;
    let kept = 0;
    for (let index = 0; index < parts; index++) {
      const part = slot * MOST_PARTS + index;
      const bytes = this.#partBytes[part] as number;
      const staying = Math.max(0, Math.min(bytes, keep - at));
      const address = this.#partAddresses[part] as number;
      if (staying < bytes) this.append(target, virtual(address + staying), bytes - staying, copies);
      if (staying > 0) kept++;
      this.#partBytes[part] = staying;
      at += bytes;
    }
    this.#partCounts[slot] = kept;
    this.#filled[slot] = keep;
  }

  /** The client has these bytes back: nothing is brought there any more. */
  forget(address: VirtualAddress, bytes: number): void {
    for (let part = 0; part < this.#partAddresses.length; part++) {
      const at = this.#partAddresses[part] as number;
      if (at >= address && at < address + bytes) this.#partAddresses[part] = NOWHERE;
    }
  }

  /** Brings the first `bytes` recorded bytes of a slot to where they belong. */
  bringHome(slot: number, bytes: number): void {
    const parts = this.#partCounts[slot] as number;
    let at = 0;
    for (let index = 0; index < parts && at < bytes; index++) {
      const part = slot * MOST_PARTS + index;
      const count = Math.min(this.#partBytes[part] as number, bytes - at);
      const home = this.#partAddresses[part] as number;
      if (home !== NOWHERE)
        this.#wdk.RtlCopyMemory(virtual(home), this.#addressOf(slot, at), count);
      at += count;
    }
  }

  #addressOf(slot: number, at: number): VirtualAddress {
    return virtual(this.#base + slot * SLOT_BYTES + at);
  }
}
