/**
 * The buffer descriptor list of one stream, HDA 1.0a 3.6.2 and 3.6.3: up to 256 fragments of
 * memory that the DMA engine goes round. The entries are read once, when RUN is set; the data are
 * moved page by page, since two pages that follow each other in the list lie anywhere in memory.
 * An entry may start and end at any byte: a frame cut in two is joined by the copy.
 */
import { BDL_ENTRY_BYTES, BDL_IOC } from '../../standards/hda/stream-registers.ts';
import { DMA_PAGE_BYTES, type DmaMemory } from '../device.ts';
import { copyBytes, SampleBlock } from './sample-block.ts';

const MAX_ENTRIES = 256;

export class BufferDescriptorList {
  /** The RAM that the fragments lie in. */
  readonly ram: SampleBlock;
  readonly #memory: DmaMemory;
  readonly #addresses = new Float64Array(MAX_ENTRIES);
  /** Where in its page an entry starts: kept apart, since % of a large address is slow. */
  readonly #pageOffsets = new Uint16Array(MAX_ENTRIES);
  readonly #lengths = new Uint32Array(MAX_ENTRIES);
  readonly #interrupts = new Uint8Array(MAX_ENTRIES);
  #count = 0;
  #totalBytes = 0;
  #entry = 0;
  #offset = 0;

  constructor(memory: DmaMemory) {
    this.#memory = memory;
    this.ram = new SampleBlock(memory.bytes);
  }

  /** Reads `count` entries at a physical address. False when one of them is empty: unusable. */
  load(address: number, count: number): boolean {
    const { view } = this.#memory;
    this.#count = count;
    this.#totalBytes = 0;
    for (let entry = 0; entry < count; entry++) {
      const at = this.#memory.resolve(address + entry * BDL_ENTRY_BYTES, 'read');
      const length = view.getUint32(at + 8, true);
      if (length === 0) return false;
      const low = view.getUint32(at, true);
      this.#addresses[entry] = view.getUint32(at + 4, true) * 0x1_0000_0000 + low;
      this.#pageOffsets[entry] = low & (DMA_PAGE_BYTES - 1);
      this.#lengths[entry] = length;
      this.#interrupts[entry] = view.getUint32(at + 12, true) & BDL_IOC;
      this.#totalBytes += length;
    }
    return true;
  }

  /** Goes to where the engine is after `bytes` bytes from the start of the list. */
  locate(bytes: number): void {
    let rest = bytes % this.#totalBytes;
    let entry = 0;
    while (rest >= (this.#lengths[entry] as number)) {
      rest -= this.#lengths[entry] as number;
      entry++;
    }
    this.#entry = entry;
    this.#offset = rest;
  }

  /** Bytes until the next buffer that asks for an interrupt is complete; Infinity if none does. */
  bytesToInterrupt(): number {
    let bytes = -this.#offset;
    for (let step = 0; step <= this.#count; step++) {
      const entry = (this.#entry + step) % this.#count;
      bytes += this.#lengths[entry] as number;
      if (this.#interrupts[entry] !== 0) return bytes;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Memory to `target[at ..]`. The number of buffers completed that ask for an interrupt. */
  fetch(target: SampleBlock, at: number, byteLength: number): number {
    let completed = 0;
    for (let done = 0; done < byteLength; ) {
      const chunk = this.bytesTogether(byteLength - done);
      copyBytes(target, at + done, this.ram, this.readAt(), chunk);
      completed += this.step(chunk);
      done += chunk;
    }
    return completed;
  }

  /** `source[at ..]` to memory. The number of buffers completed that ask for an interrupt. */
  store(source: SampleBlock, at: number, byteLength: number): number {
    let completed = 0;
    for (let done = 0; done < byteLength; ) {
      const chunk = this.bytesTogether(byteLength - done);
      const to = this.#memory.resolve(this.#address, 'write');
      copyBytes(this.ram, to, source, at + done, chunk);
      completed += this.step(chunk);
      done += chunk;
    }
    return completed;
  }

  /** How much of `wanted` lies together in memory: in this entry and in this page. */
  bytesTogether(wanted: number): number {
    const inEntry = (this.#lengths[this.#entry] as number) - this.#offset;
    const pageOffset = (this.#pageOffsets[this.#entry] as number) + this.#offset;
    const inPage = DMA_PAGE_BYTES - (pageOffset & (DMA_PAGE_BYTES - 1));
    return Math.min(wanted, inEntry, inPage);
  }

  /** Where in `ram` the next byte lies. The bus sees a read of that page. */
  readAt(): number {
    return this.#memory.resolve(this.#address, 'read');
  }

  /** Goes on by bytes that lie together. 1 when that completes a buffer that asks for it. */
  step(bytes: number): number {
    this.#offset += bytes;
    if (this.#offset < (this.#lengths[this.#entry] as number)) return 0;
    const interrupts = this.#interrupts[this.#entry] as number;
    this.#offset = 0;
    this.#entry = this.#entry + 1 === this.#count ? 0 : this.#entry + 1;
    return interrupts;
  }

  get #address(): number {
    return (this.#addresses[this.#entry] as number) + this.#offset;
  }
}
