/**
 * The buffer descriptor list as the driver writes it, HDA 1.0a 3.6.2 and 3.6.3: pages that follow
 * each other in memory share an entry, and there are never fewer than two. No entry asks for an
 * interrupt: a WaveRT client follows the position by itself.
 */
import { writeU64 } from '../../base/struct.ts';
import { BDL_ENTRY_BYTES } from '../../standards/hda/index.ts';
import { BUFFER_GRANULE_BYTES, PAGE_BYTES } from './buffer-size.ts';

export interface BufferEntry {
  /** Physical. */
  readonly address: number;
  readonly bytes: number;
}

/** The entries of a buffer of `bytes` bytes that begins with the first of `pages`. */
export function describeBuffer(pages: readonly number[], bytes: number): readonly BufferEntry[] {
  const entries: BufferEntry[] = [];
  for (const [index, address] of pages.entries()) {
    const inPage = Math.min(PAGE_BYTES, bytes - index * PAGE_BYTES);
    if (inPage <= 0) break;
    const last = entries.at(-1);
    if (last !== undefined && last.address + last.bytes === address) {
      entries[entries.length - 1] = { address: last.address, bytes: last.bytes + inPage };
    } else {
      entries.push({ address, bytes: inPage });
    }
  }
  const [only] = entries;
  return only !== undefined && entries.length === 1 ? splitEntry(only) : entries;
}

/** Writes entries at the start of `view`, 16 bytes each. */
export function writeBufferList(view: DataView, entries: readonly BufferEntry[]): void {
  for (const [index, { address, bytes }] of entries.entries()) {
    const at = index * BDL_ENTRY_BYTES;
    writeU64(view, at, address);
    view.setUint32(at + 8, bytes, true);
    view.setUint32(at + 12, 0, true);
  }
}

/** Two entries out of one, the second as near to the middle as its alignment allows. */
function splitEntry({ address, bytes }: BufferEntry): readonly BufferEntry[] {
  const granules = Math.ceil(bytes / (2 * BUFFER_GRANULE_BYTES));
  const firstBytes = granules * BUFFER_GRANULE_BYTES;
  return [
    { address, bytes: firstBytes },
    { address: address + firstBytes, bytes: bytes - firstBytes },
  ];
}
