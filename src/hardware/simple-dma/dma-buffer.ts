/**
 * The buffer of one engine as its DMA walks it: one contiguous run, or a list of 64-bit addresses
 * of pages. The list is read when DMA is armed. Data move page by page, since a physical address
 * is good to the end of its page; a frame that a page boundary cuts is joined by the copy.
 */
import {
  SIMPLE_DMA_LIST_ENTRY_BYTES,
  SIMPLE_DMA_MAX_PAGES,
} from '../../standards/simple-dma/registers.ts';
import { DMA_PAGE_BYTES, type DmaMemory } from '../device.ts';
import { copyBytes, SampleBlock } from '../hda/sample-block.ts';
import type { SimpleDmaTraits } from './traits.ts';

const PAGE_MASK = DMA_PAGE_BYTES - 1;

export class DmaBuffer {
  readonly #memory: DmaMemory;
  readonly #traits: SimpleDmaTraits;
  readonly #ram: SampleBlock;
  readonly #pages = new Float64Array(SIMPLE_DMA_MAX_PAGES);
  #address = 0;
  #pageOffset = 0;
  #length = 0;
  #offset = 0;

  constructor(memory: DmaMemory, traits: SimpleDmaTraits) {
    this.#memory = memory;
    this.#traits = traits;
    this.#ram = new SampleBlock(memory.bytes);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes moved in this pass; `length` at the end of one that does not start over. */
  get offset(): number {
    return this.#offset;
  }

  /** What the address registers read as: the next byte, or the list's next entry. */
  get runningAddress(): number {
    if (!this.#traits.gathers) return this.#address + this.#offset;
    return this.#address + Math.ceil(this.#offset / DMA_PAGE_BYTES) * SIMPLE_DMA_LIST_ENTRY_BYTES;
  }

  /** ARM: takes a buffer from its start. False when it lies out of reach, or is too long. */
  load(address: number, length: number): boolean {
    const isLoaded = this.#traits.gathers
      ? this.#loadList(address, length)
      : this.#isInReach(address, length);
    if (!isLoaded) return false;
    this.#address = address;
    this.#pageOffset = address % DMA_PAGE_BYTES;
    this.#length = length;
    this.#offset = 0;
    return true;
  }

  /** The pass goes on from there: less than `length`. */
  seek(offset: number): void {
    this.#offset = offset;
  }

  /** Memory to `target[at ..]`. */
  fetch(target: SampleBlock, at: number, byteLength: number): void {
    for (let done = 0; done < byteLength; ) {
      const chunk = this.#bytesTogether(byteLength - done);
      copyBytes(target, at + done, this.#ram, this.#resolve('read'), chunk);
      this.#step(chunk);
      done += chunk;
    }
  }

  /** `source[at ..]` to memory. */
  store(source: SampleBlock, at: number, byteLength: number): void {
    for (let done = 0; done < byteLength; ) {
      const chunk = this.#bytesTogether(byteLength - done);
      copyBytes(this.#ram, this.#resolve('write'), source, at + done, chunk);
      this.#step(chunk);
      done += chunk;
    }
  }

  #loadList(address: number, length: number): boolean {
    const count = Math.ceil(length / DMA_PAGE_BYTES);
    if (count > SIMPLE_DMA_MAX_PAGES) return false;
    if (!this.#isInReach(address, count * SIMPLE_DMA_LIST_ENTRY_BYTES)) return false;
    const { view } = this.#memory;
    for (let index = 0; index < count; index++) {
      const at = this.#memory.resolve(address + index * SIMPLE_DMA_LIST_ENTRY_BYTES, 'read');
      const page = view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
      if (page % DMA_PAGE_BYTES !== 0 || !this.#isInReach(page, DMA_PAGE_BYTES)) return false;
      this.#pages[index] = page;
    }
    return true;
  }

  #isInReach(address: number, byteLength: number): boolean {
    const { highAddress, lowAddress } = this.#traits;
    return address >= lowAddress && address + byteLength - 1 <= highAddress;
  }

  #bytesTogether(wanted: number): number {
    const inBuffer = this.#length - this.#offset;
    const pageOffset = this.#traits.gathers ? this.#offset : this.#pageOffset + this.#offset;
    return Math.min(wanted, inBuffer, DMA_PAGE_BYTES - (pageOffset & PAGE_MASK));
  }

  #resolve(access: 'read' | 'write'): number {
    if (!this.#traits.gathers) return this.#memory.resolve(this.#address + this.#offset, access);
    const page = this.#pages[this.#offset >>> 12] as number;
    return this.#memory.resolve(page + (this.#offset & PAGE_MASK), access);
  }

  #step(bytes: number): void {
    this.#offset += bytes;
    if (this.#offset === this.#length && this.#traits.loops) this.#offset = 0;
  }
}
