/**
 * The mappings that a WavePci stream has, oldest first, and how their bytes become descriptors: a
 * run of whole frames that DMA can reach is one descriptor; everything else goes through bounce
 * slots. A mapping is done when the engine is done with all descriptors that hold bytes of it; a
 * recorded one only then, since the last frame may wait for the next mapping. DISPATCH_LEVEL, with
 * the stream's spin lock held; allocates nothing.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { AC97_BDL_ENTRIES } from '../../standards/ac97/index.ts';
import { HIGHEST_ADDRESS } from './ac97-adapter.ts';
import { type BounceSlots, NO_SLOT, SLOT_BYTES } from './bounce-slots.ts';
import type { DescriptorQueue } from './descriptor-queue.ts';
import { FRAME_BYTES } from './wave-format.ts';

const INDEX_MASK = AC97_BDL_ENTRIES - 1;
/** Mappings that a stream takes; more than the list has entries only when they are tiny. */
export const MOST_MAPPINGS = 32;
/** A frame that is cut needs a slot for its beginning, beside that of what goes before it. */
const SLOTS_NEEDED = 2;
/** Entries between two interrupts, at most: the driver is back before the list runs dry. */
const INTERRUPT_EVERY = 8;

class Mapping {
  tag: unknown = null;
  address = 0;
  virtualAddress: VirtualAddress = virtual(0);
  bytes = 0;
  /** Bytes that are in descriptors, or in the frame that is being gathered. */
  fedBytes = 0;
  endsPacket = false;
  /** Numbers of its first descriptor, and of the one behind its last. */
  first = 0;
  end = 0;
  /** Its last bytes wait for the rest of their frame. */
  isWaiting = false;
}

export class MappingList {
  readonly #queue: DescriptorQueue;
  readonly #slots: BounceSlots;
  readonly #isCapture: boolean;
  readonly #mappings = Array.from({ length: MOST_MAPPINGS }, () => new Mapping());
  /** Place of the oldest mapping, and how many there are; and how many are fed to their end. */
  #oldest = 0;
  #count = 0;
  #fed = 0;
  /** By number of the descriptor, modulo 32. */
  readonly #entrySlots = new Int8Array(AC97_BDL_ENTRIES).fill(NO_SLOT);
  /** Descriptors whose slots were given back. */
  #settled = 0;
  /** The slot that holds the beginning of a frame; NO_SLOT when frames are whole. */
  #gathering = NO_SLOT;

  constructor(queue: DescriptorQueue, slots: BounceSlots, isCapture: boolean) {
    this.#queue = queue;
    this.#slots = slots;
    this.#isCapture = isCapture;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether another mapping may be taken: there is room, and all before it are fed. */
  get hasRoom(): boolean {
    return this.#count < MOST_MAPPINGS && this.#fed === this.#count && this.#queue.room > 2;
  }

  /** The newest mapping, as GetMapping gave it. */
  add(tag: unknown, address: number, at: VirtualAddress, bytes: number, endsPacket: boolean): void {
    const mapping = this.#at(this.#count);
    mapping.tag = tag;
    mapping.address = address;
    mapping.virtualAddress = at;
    mapping.bytes = bytes;
    mapping.fedBytes = 0;
    mapping.endsPacket = endsPacket;
    mapping.first = this.#queue.added;
    mapping.end = this.#queue.added;
    mapping.isWaiting = false;
    this.#count++;
  }

  /** Makes descriptors of what is not in any yet, as far as there is room. */
  feed(): void {
    while (this.#fed < this.#count) {
      const mapping = this.#at(this.#fed);
      while (mapping.fedBytes < mapping.bytes) {
        if (this.#queue.room < 1 || !this.#feedPart(mapping)) {
          this.#queue.publish();
          return;
        }
      }
      mapping.isWaiting = this.#isCapture && this.#gathering !== NO_SLOT && mapping.bytes > 0;
      mapping.end = this.#queue.added;
      this.#fed++;
    }
    this.#queue.publish();
  }

  /** The tag of the oldest mapping if it is done; undefined otherwise. `settle` was called. */
  get doneTag(): unknown {
    if (this.#fed === 0) return undefined;
    const { end, isWaiting, tag } = this.#at(0);
    return !isWaiting && end <= this.#queue.processed ? tag : undefined;
  }

  /** The oldest mapping is given back. True when a packet ends with it. */
  dropOldest(): boolean {
    const { endsPacket } = this.#at(0);
    this.#oldest = (this.#oldest + 1) % MOST_MAPPINGS;
    this.#count--;
    if (this.#fed > 0) this.#fed--;
    return endsPacket;
  }

  get oldestTag(): unknown {
    return this.#at(0).tag;
  }

  /** Looks at what the engine has done, and brings home what was recorded through slots. */
  settle(): void {
    const queue = this.#queue;
    queue.follow();
    const { processed } = queue;
    for (; this.#settled < processed; this.#settled++) {
      this.#giveSlot(this.#settled, SLOT_BYTES);
    }
  }

  /** The same for what the current descriptor has so far. */
  settleCurrent(): void {
    this.settle();
    const { currentBytes, processed } = this.#queue;
    const slot = this.#entrySlots[processed & INDEX_MASK] as number;
    if (!this.#isCapture || slot === NO_SLOT || processed >= this.#queue.added) return;
    this.#slots.bringHome(slot, currentBytes);
  }

  /** Whether bytes of the oldest mapping were recorded. */
  get isOldestBegun(): boolean {
    if (this.#count === 0) return false;
    const { first } = this.#at(0);
    const { added, currentBytes, processed } = this.#queue;
    return first < processed || (first === processed && processed < added && currentBytes > 0);
  }

  /** Mappings up to and with the one that ends the oldest one's packet; all when none does. */
  get packetCount(): number {
    for (let index = 0; index < this.#count; index++) {
      if (this.#at(index).endsPacket) return index + 1;
    }
    return this.#count;
  }

  /** Takes a range of mappings away, both ends included. How many there were. */
  revoke(firstTag: unknown, lastTag: unknown): number {
    const last = this.#indexOf(lastTag);
    if (last < 0) return 0;
    // What was released already is before the oldest.
    const first = Math.max(0, this.#indexOf(firstTag));
    this.take(first, last - first + 1);
    return last - first + 1;
  }

  /** Takes `count` mappings away from the `first` oldest on, and their descriptors. */
  take(first: number, count: number): void {
    if (count <= 0) return;
    this.settle();
    const queue = this.#queue;
    const isNewest = first + count === this.#count;
    // A frame that is shared with a mapping that stays is recorded for that one's sake.
    const shared = first > 0 ? this.#at(first - 1).end : 0;
    const start = Math.max(queue.processed, this.#at(first).first, shared);
    const behind = isNewest ? queue.added : this.#at(first + count).first;
    const end = Math.max(start, Math.min(behind, this.#endOf(first + count - 1)));
    this.#dropDescriptors(start, end);
    if (isNewest) this.#dropGathering();
    for (let index = first; index < first + count; index++) {
      const { bytes, virtualAddress } = this.#at(index);
      this.#slots.forget(virtualAddress, bytes);
    }
    for (let index = first; index + count < this.#count; index++) {
      const moved = this.#at(index + count);
      this.#swap(index, index + count);
      moved.first -= end - start;
      moved.end -= end - start;
    }
    for (let index = 0; index < first; index++) {
      const before = this.#at(index);
      before.end = Math.min(before.end, start);
      if (isNewest) before.isWaiting = false;
    }
    this.#count -= count;
    this.#fed = Math.max(0, this.#fed > first ? Math.max(first, this.#fed - count) : this.#fed);
  }

  /** The stream stopped: what is left is only given back. */
  stop(): void {
    for (; this.#settled < this.#queue.added; this.#settled++) this.#giveSlot(this.#settled, 0);
    this.#dropGathering();
  }

  /** Descriptors of a mapping that still grows end where the queue does. */
  #endOf(index: number): number {
    return index < this.#fed ? this.#at(index).end : this.#queue.added;
  }

  #dropDescriptors(start: number, end: number): void {
    const { added } = this.#queue;
    for (let number = start; number < end; number++) this.#giveSlot(number, 0);
    for (let number = start; number + (end - start) < added; number++) {
      const from = (number + end - start) & INDEX_MASK;
      this.#entrySlots[number & INDEX_MASK] = this.#entrySlots[from] as number;
      this.#entrySlots[from] = NO_SLOT;
    }
    this.#queue.remove(start, end - start);
  }

  #giveSlot(number: number, recordedBytes: number): void {
    const place = number & INDEX_MASK;
    const slot = this.#entrySlots[place] as number;
    if (slot === NO_SLOT) return;
    if (this.#isCapture && recordedBytes > 0) {
      this.#slots.bringHome(slot, Math.min(recordedBytes, this.#slots.filled(slot)));
    }
    this.#slots.give(slot);
    this.#entrySlots[place] = NO_SLOT;
  }

  #dropGathering(): void {
    if (this.#gathering !== NO_SLOT) this.#slots.give(this.#gathering);
    this.#gathering = NO_SLOT;
  }

  /** One descriptor, or the beginning of a frame. False when there is no slot for it. */
  #feedPart(mapping: Mapping): boolean {
    const left = mapping.bytes - mapping.fedBytes;
    const address = mapping.address + mapping.fedBytes;
    const whole = left - (left % FRAME_BYTES);
    const isReachable = address % 2 === 0 && address + left - 1 <= HIGHEST_ADDRESS;
    if (this.#gathering === NO_SLOT && isReachable && whole > 0) {
      mapping.fedBytes += whole;
      this.#describe(mapping, address, whole, NO_SLOT);
      return true;
    }
    return this.#gather(mapping, left, isReachable);
  }

  /** Through a slot: as much as fits, or no more than completes a frame. */
  #gather(mapping: Mapping, left: number, isReachable: boolean): boolean {
    const slots = this.#slots;
    if (this.#gathering === NO_SLOT) {
      if (slots.freeCount < SLOTS_NEEDED) return false;
      this.#gathering = slots.take();
    } else if (slots.freeCount < 1) {
      return false;
    }
    const slot = this.#gathering;
    const held = slots.filled(slot);
    // A recorded mapping that waits for the rest of its frame waits for no more than that.
    const endsFrame = held > 0 && (isReachable || this.#isCapture);
    const room = endsFrame ? FRAME_BYTES - held : SLOT_BYTES - held;
    const taken = Math.min(left, room);
    const from = virtual(mapping.virtualAddress + mapping.fedBytes);
    slots.append(slot, from, taken, !this.#isCapture);
    mapping.fedBytes += taken;
    const whole = held + taken - ((held + taken) % FRAME_BYTES);
    if (whole === 0) return true;
    this.#gathering = NO_SLOT;
    if (whole < held + taken) {
      this.#gathering = slots.take();
      slots.split(slot, whole, this.#gathering, !this.#isCapture);
    }
    this.#describe(mapping, slots.physicalAddress(slot), whole, slot);
    return true;
  }

  /** A descriptor; whoever waited for the rest of a frame has it in this one. */
  #describe(mapping: Mapping, address: number, bytes: number, slot: number): void {
    const queue = this.#queue;
    const number = queue.added;
    let interrupts = number % INTERRUPT_EVERY === INTERRUPT_EVERY - 1;
    if (mapping.endsPacket && mapping.bytes - mapping.fedBytes < FRAME_BYTES) interrupts = true;
    for (let index = this.#fed - 1; index >= 0; index--) {
      const before = this.#at(index);
      if (!before.isWaiting) break;
      before.isWaiting = false;
      before.end = number + 1;
      if (before.endsPacket) interrupts = true;
    }
    this.#entrySlots[number & INDEX_MASK] = slot;
    queue.add(address, bytes, interrupts);
  }

  #indexOf(tag: unknown): number {
    for (let index = 0; index < this.#count; index++) {
      if (this.#at(index).tag === tag) return index;
    }
    return -1;
  }

  #at(index: number): Mapping {
    return this.#mappings[(this.#oldest + index) % MOST_MAPPINGS] as Mapping;
  }

  #swap(left: number, right: number): void {
    const leftPlace = (this.#oldest + left) % MOST_MAPPINGS;
    const rightPlace = (this.#oldest + right) % MOST_MAPPINGS;
    const mapping = this.#mappings[leftPlace] as Mapping;
    this.#mappings[leftPlace] = this.#mappings[rightPlace] as Mapping;
    this.#mappings[rightPlace] = mapping;
  }
}
