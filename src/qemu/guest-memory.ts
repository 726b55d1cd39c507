/**
 * The machine's RAM and QEMU's, kept alike where a device may look. The machine's is an array of
 * JavaScript, QEMU's a file; physical addresses are the same. Before QEMU does anything, pages that
 * the machine changed are written to the file; afterwards pages that QEMU's device changed are
 * read back. What QEMU has of a page is remembered, so that only changes are moved. Pages that are
 * no device's any more hold a pattern on QEMU's side: a device that still plays them is heard, and
 * one that writes them stops the machine as an IOMMU would.
 */
import { DMA_PAGE_BYTES, type DmaMemory, type DmaReach } from '../hardware/device.ts';
import { QemuError } from './qemu-error.ts';
import type { QemuJournal } from './qemu-journal.ts';
import type { QemuProcess } from './qemu-process.ts';

/** QEMU's q35 board has 2 GiB below the PCI hole once it has 2.75 GiB, and the rest at 4 GiB. */
const LOW_BYTES = 0x8000_0000;
const HIGH_BASE = 0x1_0000_0000;
const HIGH_BYTES = 0x3400_0000;
export const GUEST_RAM_MIB = (LOW_BYTES + HIGH_BYTES) / 0x10_0000;
export const GUEST_RAM_BYTES = LOW_BYTES + HIGH_BYTES;
/** No sound is like this, and no pointer. */
const POISON = 0xa5;

interface Page {
  readonly address: number;
  /** Where in the machine's RAM it is kept; it moves when the page gets another owner. */
  offset: number;
  readonly fileOffset: number;
  /** What QEMU has. */
  readonly shadow: Buffer;
  /** Whether a device may reach it. */
  isOpen: boolean;
}

export class GuestMemory {
  readonly #memory: DmaMemory;
  readonly #reach: DmaReach;
  readonly #journal: QemuJournal;
  readonly #ram: Buffer;
  #process: QemuProcess;
  readonly #scratch = Buffer.alloc(DMA_PAGE_BYTES);
  readonly #pages = new Map<number, Page>();
  #open: Page[] = [];
  #closed: Page[] = [];
  #generation = -1;

  /** @throws QemuError when the memory cannot tell its pages */
  constructor(memory: DmaMemory, process: QemuProcess, journal: QemuJournal) {
    if (memory.reach === undefined) throw new QemuError('QEMU needs to know which pages are open');
    this.#memory = memory;
    this.#reach = memory.reach;
    this.#process = process;
    this.#journal = journal;
    const { buffer, byteOffset, byteLength } = memory.bytes;
    this.#ram = Buffer.from(buffer, byteOffset, byteLength);
  }

  /** Before QEMU goes on: it gets what the machine changed. */
  flush(): void {
    if (this.#generation !== this.#reach.generation) this.#follow();
    const ram = this.#ram;
    for (const page of this.#open) {
      const { offset, shadow } = page;
      if (ram.compare(shadow, 0, DMA_PAGE_BYTES, offset, offset + DMA_PAGE_BYTES) === 0) continue;
      ram.copy(shadow, 0, offset, offset + DMA_PAGE_BYTES);
      this.#write(page);
    }
  }

  /** After QEMU went on: the machine gets what its devices wrote. */
  refresh(): void {
    const scratch = this.#scratch;
    for (const page of this.#open) {
      this.#process.readRam(scratch, page.fileOffset);
      if (scratch.equals(page.shadow)) continue;
      scratch.copy(page.shadow);
      scratch.copy(this.#ram, page.offset);
    }
  }

  /** Pages that were taken back hold what they held then. Bug check when a device wrote one. */
  checkClosed(): void {
    for (const page of this.#closed) {
      this.#process.readRam(this.#scratch, page.fileOffset);
      if (!this.#scratch.equals(page.shadow)) this.#memory.resolve(page.address, 'write');
    }
  }

  /** Another QEMU has taken over, with the same in its RAM. */
  moveTo(process: QemuProcess): void {
    this.#process = process;
  }

  /** Pages were given to devices or taken back. */
  #follow(): void {
    this.#generation = this.#reach.generation;
    for (const page of this.#open) page.isOpen = false;
    const open: Page[] = [];
    this.#reach.forEachPage((address, offset) => {
      const page = this.#pages.get(address) ?? this.#addPage(address, offset);
      page.offset = offset;
      page.isOpen = true;
      open.push(page);
    });
    for (const page of this.#open) if (!page.isOpen) this.#close(page);
    this.#closed = this.#closed.filter((page) => !page.isOpen);
    this.#open = open;
    this.checkClosed();
  }

  #addPage(address: number, offset: number): Page {
    const fileOffset = fileOffsetOf(address);
    // The file is zeros where nobody has written.
    const shadow = Buffer.alloc(DMA_PAGE_BYTES);
    const page = { address, offset, fileOffset, shadow, isOpen: true };
    this.#pages.set(address, page);
    return page;
  }

  #write({ fileOffset, shadow }: Page): void {
    this.#process.writeRam(shadow, fileOffset);
    this.#journal.noteRam(shadow, fileOffset);
  }

  #close(page: Page): void {
    page.shadow.fill(POISON);
    this.#write(page);
    this.#closed.push(page);
  }
}

/** @throws QemuError for an address that QEMU's board has no RAM at */
function fileOffsetOf(address: number): number {
  if (address + DMA_PAGE_BYTES <= LOW_BYTES) return address;
  const high = address - HIGH_BASE;
  if (high >= 0 && high + DMA_PAGE_BYTES <= HIGH_BYTES) return LOW_BYTES + high;
  throw new QemuError(`QEMU's board has no RAM at 0x${address.toString(16)}: use default ranges`);
}
