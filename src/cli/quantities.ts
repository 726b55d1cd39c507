/** Numbers with their units, as a person reads them: thousands apart, one page but two pages. */
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** `230,400` */
export const thousands = (value: number): string => grouped.format(value);

/** `1 page`, `2 pages`; a plural other than with `s` is given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}

/** `20.625 ms` */
export const milliseconds = (ms: number): string => `${ms.toFixed(3)} ms`;

/** `44.1 kHz` */
export const kilohertz = (rateHz: number): string => `${rateHz / 1000} kHz`;
