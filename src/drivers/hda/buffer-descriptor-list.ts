/**
 * The buffer descriptor list as the driver writes it, HDA 1.0a 3.6.2 and 3.6.3: pages that follow
 * each other in memory share an entry, and there are never fewer than two. Where a packet ends,
 * an entry ends and asks for an interrupt; without packets none does, because a WaveRT client can
 * follow the position by itself.
 */
import { writeU64 } from '../../base/struct.ts';
import { BDL_ENTRY_BYTES, BDL_IOC } from '../../standards/hda/index.ts';
import { BUFFER_GRANULE_BYTES, PAGE_BYTES } from './buffer-size.ts';

export interface BufferEntry {
  /** Physical. */
  readonly address: number;
  readonly bytes: number;
  /** IOC: a packet ends with this entry. */
  readonly interrupts: boolean;
}

/**
 * The entries of a buffer of `bytes` bytes that begins with the first of `pages` and divides into
 * `packets`; 0 for none.
 */
export function describeBuffer(
  pages: readonly number[],
  bytes: number,
  packets: number,
): readonly BufferEntry[] {
  const packetBytes = packets === 0 ? Number.POSITIVE_INFINITY : bytes / packets;
  const entries: BufferEntry[] = [];
  for (let at = 0; at < bytes; ) {
    const pageEnd = PAGE_BYTES - (at % PAGE_BYTES);
    const packetEnd = packets === 0 ? packetBytes : packetBytes - (at % packetBytes);
    const part = Math.min(pageEnd, packetEnd, bytes - at);
    const address = (pages[Math.floor(at / PAGE_BYTES)] ?? 0) + (at % PAGE_BYTES);
    const interrupts = part === packetEnd;
    const last = entries.at(-1);
    if (last !== undefined && !last.interrupts && last.address + last.bytes === address) {
      const joined = last.bytes + part;
      entries[entries.length - 1] = { address: last.address, bytes: joined, interrupts };
    } else {
      entries.push({ address, bytes: part, interrupts });
    }
    at += part;
  }
  const [only] = entries;
  return only !== undefined && entries.length === 1 ? splitEntry(only) : entries;
}

/** Writes entries at the start of `view`, 16 bytes each. */
export function writeBufferList(view: DataView, entries: readonly BufferEntry[]): void {
  for (const [index, { address, bytes, interrupts }] of entries.entries()) {
    const at = index * BDL_ENTRY_BYTES;
    writeU64(view, at, address);
    view.setUint32(at + 8, bytes, true);
    view.setUint32(at + 12, interrupts ? BDL_IOC : 0, true);
  }
}

/** Two entries out of one, the second as near to the middle as its alignment allows. */
function splitEntry({ address, bytes, interrupts }: BufferEntry): readonly BufferEntry[] {
  const granules = Math.ceil(bytes / (2 * BUFFER_GRANULE_BYTES));
  const firstBytes = granules * BUFFER_GRANULE_BYTES;
  return [
    { address, bytes: firstBytes, interrupts: false },
    { address: address + firstBytes, bytes: bytes - firstBytes, interrupts },
  ];
}
