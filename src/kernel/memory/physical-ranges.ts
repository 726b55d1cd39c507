/**
 * Where RAM answers on the bus. Installed memory is a list of physical ranges, as a firmware's
 * memory map gives it. The default one puts some of it below 16 MiB (what an ISA bus master
 * reaches), some below 4 GiB (a 32-bit one), and a third above, so that a driver that drops the
 * upper half of an address meets a page it does not own.
 */
import { PAGE_SIZE } from './page.ts';
import { hex } from './report-text.ts';

export interface PhysicalRange {
  readonly base: number;
  readonly bytes: number;
}

/** RAM bytes at offset 0 that no page is made of: NULL and its neighbours belong to nobody. */
export const NULL_BYTES = 0x1_0000;
/** RAM comes in multiples of this. */
const RAM_UNIT_BYTES = 0x1_0000;

const LOW_BASE = 0x10_0000;
const ISA_LIMIT = 0x100_0000;
const HIGH_BASE = 0x1_0000_0000;
/** Above this an address and its last byte no longer fit into a whole number. */
const ADDRESS_LIMIT = 2 ** 52;

/** The memory map of a machine with `ramBytes` of RAM; the null pages are not on the bus. */
export function defaultRanges(ramBytes: number): PhysicalRange[] {
  const pages = (ramBytes - NULL_BYTES) / PAGE_SIZE;
  const lowPages = Math.min((ISA_LIMIT - LOW_BASE) / PAGE_SIZE, Math.floor(pages / 4));
  const highPages = Math.floor(pages / 3);
  const middlePages = pages - lowPages - highPages;
  return [
    { base: LOW_BASE, bytes: lowPages * PAGE_SIZE },
    { base: ISA_LIMIT, bytes: middlePages * PAGE_SIZE },
    { base: HIGH_BASE, bytes: highPages * PAGE_SIZE },
  ];
}

/** RAM that these ranges fill. @throws Error as `orderedRanges` */
export function ramBytesOf(ranges: readonly PhysicalRange[]): number {
  const bytes = orderedRanges(ranges).reduce((sum, range) => sum + range.bytes, NULL_BYTES);
  return Math.ceil(bytes / RAM_UNIT_BYTES) * RAM_UNIT_BYTES;
}

/**
 * The ranges in order of address, those that touch made one.
 * @throws Error when one is empty, not page-aligned, out of reach, or overlaps another.
 */
export function orderedRanges(ranges: readonly PhysicalRange[]): PhysicalRange[] {
  const ordered: PhysicalRange[] = [];
  for (const range of [...ranges].sort((left, right) => left.base - right.base)) {
    const { base, bytes } = range;
    const name = `physical range ${hex(base)} of ${bytes} bytes`;
    if (base < 0 || base % PAGE_SIZE !== 0 || !(bytes > 0) || bytes % PAGE_SIZE !== 0)
      throw new Error(`${name} is not made of whole ${PAGE_SIZE}-byte pages`);
    if (base + bytes > ADDRESS_LIMIT) throw new Error(`${name} ends above 2^52`);
    const last = ordered.at(-1);
    if (last === undefined || last.base + last.bytes < base) {
      ordered.push(range);
    } else if (last.base + last.bytes === base) {
      ordered[ordered.length - 1] = { base: last.base, bytes: last.bytes + bytes };
    } else {
      throw new Error(`${name} overlaps the range at ${hex(last.base)}`);
    }
  }
  return ordered;
}
