/**
 * The page: the unit in which the machine's memory is given out, mapped and reached by devices.
 * It is 4 KiB, as on x86 and x64 Windows; every room that counts pages counts with these.
 */

/** Bytes of one page. */
export const PAGE_SIZE = 4096;
/** `address >>> PAGE_SHIFT` is the page of an address below 4 GiB. */
export const PAGE_SHIFT = 12;
/** The offset of a byte in its page. */
export const PAGE_MASK = PAGE_SIZE - 1;

/** Whole pages that hold `bytes` bytes; 0 for anything that is not a positive number. */
export function pagesFor(bytes: number): number {
  return bytes > 0 ? Math.ceil(bytes / PAGE_SIZE) : 0;
}
