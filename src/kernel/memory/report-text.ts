/**
 * How the memory rooms word what they report: bug check details and the facts of a leak report.
 * One spelling for addresses and counts keeps two runs comparable line by line.
 */

/** `0x` and the address in hex. */
export function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

/** `1 page`, `2 pages`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
