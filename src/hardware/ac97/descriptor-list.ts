/**
 * The buffer descriptor list of one DMA engine: 32 entries that it goes round, of which it knows
 * two, the one it processes (CIV) and the next one, which it prefetches (PIV) as soon as LVI says
 * that it is valid. An entry that software changes after that is not seen. ICH datasheet 12.2.2 to
 * 12.2.6; AC'97 Programmer's Reference Manual (ICH5) 3.2 and 3.4: no frame spans two descriptors,
 * so samples at the end of one that fill no frame are not moved.
 */
import {
  AC97_BDL,
  AC97_BDL_ENTRIES,
  AC97_BDL_ENTRY_BYTES,
  AC97_SAMPLE_BYTES,
} from '../../standards/ac97/bus-master-registers.ts';
import { DMA_PAGE_BYTES, type DmaMemory } from '../device.ts';
import { copyBytes, SampleBlock } from '../hda/sample-block.ts';

const PAGE_MASK = DMA_PAGE_BYTES - 1;
const INDEX_MASK = AC97_BDL_ENTRIES - 1;
/** Bit 0 of an address is reserved: samples lie at even addresses. */
const RESERVED_ADDRESS_BIT = 1;

export class DescriptorList {
  /** Bus address of entry 0. */
  base = 0;
  /** CIV and PIV. */
  current = 0;
  prefetched = 0;
  /** Samples of the current buffer that are not moved yet. */
  samplesLeft = 0;
  readonly #memory: DmaMemory;
  readonly #ram: SampleBlock;
  #address = 0;
  #flags = 0;
  #nextAddress = 0;
  #nextControl = 0;
  #isNextFetched = false;

  constructor(memory: DmaMemory) {
    this.#memory = memory;
    this.#ram = new SampleBlock(memory.bytes);
  }

  /** The current buffer asks for an interrupt when it is complete. */
  get interrupts(): boolean {
    return (this.#flags & AC97_BDL.IOC) !== 0;
  }

  /** After the current buffer come zeros if no other follows; else its last sample goes on. */
  get endsInZeros(): boolean {
    return (this.#flags & AC97_BDL.BUP) !== 0;
  }

  reset(): void {
    this.base = 0;
    this.current = 0;
    this.prefetched = 0;
    this.samplesLeft = 0;
    this.#flags = 0;
    this.#isNextFetched = false;
  }

  /** Fetches the entry that CIV names, afresh. */
  loadCurrent(): void {
    this.#isNextFetched = false;
    this.#fetchEntry(this.current);
    this.#takeNext();
  }

  /** Fetches the entry behind the current one, unless that was done. */
  prefetch(): void {
    this.prefetched = (this.current + 1) & INDEX_MASK;
    if (this.#isNextFetched) return;
    this.#fetchEntry(this.prefetched);
    this.#isNextFetched = true;
  }

  /** The entry behind the current one is not valid yet; PIV names it all the same. */
  expectNext(): void {
    this.prefetched = (this.current + 1) & INDEX_MASK;
    this.#isNextFetched = false;
  }

  /** Goes on to the next entry, as it was prefetched or, when it was not, as it is now. */
  advance(): void {
    this.current = (this.current + 1) & INDEX_MASK;
    if (!this.#isNextFetched) this.#fetchEntry(this.current);
    this.#isNextFetched = false;
    this.#takeNext();
  }

  /** Memory to `target[at ..]`. */
  fetch(target: SampleBlock, at: number, byteLength: number): void {
    for (let done = 0; done < byteLength; ) {
      const chunk = this.#bytesTogether(byteLength - done);
      copyBytes(target, at + done, this.#ram, this.#memory.resolve(this.#address, 'read'), chunk);
      this.#step(chunk);
      done += chunk;
    }
  }

  /** `source[at ..]` to memory. */
  store(source: SampleBlock, at: number, byteLength: number): void {
    for (let done = 0; done < byteLength; ) {
      const chunk = this.#bytesTogether(byteLength - done);
      copyBytes(this.#ram, this.#memory.resolve(this.#address, 'write'), source, at + done, chunk);
      this.#step(chunk);
      done += chunk;
    }
  }

  #fetchEntry(index: number): void {
    const { view } = this.#memory;
    const at = this.#memory.resolve(this.base + index * AC97_BDL_ENTRY_BYTES, 'read');
    this.#nextAddress = (view.getUint32(at, true) & ~RESERVED_ADDRESS_BIT) >>> 0;
    this.#nextControl = view.getUint32(at + 4, true);
  }

  #takeNext(): void {
    this.#address = this.#nextAddress;
    this.#flags = this.#nextControl;
    this.samplesLeft = this.#nextControl & AC97_BDL.LENGTH_MASK;
  }

  #bytesTogether(wanted: number): number {
    return Math.min(wanted, DMA_PAGE_BYTES - (this.#address & PAGE_MASK));
  }

  #step(bytes: number): void {
    this.#address += bytes;
    this.samplesLeft -= bytes / AC97_SAMPLE_BYTES;
  }
}
