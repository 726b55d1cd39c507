/**
 * The stream that questions to an HD Audio controller are asked with: four pages of a pattern, one
 * entry each, round and round at 48 kHz.
 */
import { DMA_PAGE_BYTES } from '../hardware/device.ts';
import { SDCTL } from '../standards/hda/index.ts';
import type { DeviceBench } from './device-bench.ts';
import type { HdaHost, ListEntry } from './hda-host.ts';

export const MS = 1_000_000;
export const RATE_HZ = 48_000;
/** Long enough for what a codec keeps to itself to come out. */
export const LONG_NS = 300 * MS;
const BUFFERS = 4;
export const BUFFER_BYTES = BUFFERS * DMA_PAGE_BYTES;

/** Whole pages of a pattern, one entry each. */
function patternPages(
  bench: DeviceBench,
  count: number,
  interrupts: (index: number) => boolean,
): ListEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const address = bench.memory.givePage();
    const bytes = bench.memory.at(address, DMA_PAGE_BYTES);
    for (let at = 0; at < bytes.length; at++) bytes[at] = patternByte(index * DMA_PAGE_BYTES + at);
    return { address, bytes: DMA_PAGE_BYTES, interrupts: interrupts(index) };
  });
}

/** Bytes with a period that no buffer has. */
export const patternByte = (at: number): number => (at * 7 + Math.floor(at / 251) * 13) & 0xff;

/** The buffer of all questions. */
export function buffer(
  { bench }: HdaHost,
  interrupts: (index: number) => boolean = () => false,
): ListEntry[] {
  return patternPages(bench, BUFFERS, interrupts);
}

export function play(
  host: HdaHost,
  entries: readonly ListEntry[],
  bits: number = SDCTL.IOCE,
): void {
  host.openPath(RATE_HZ);
  host.load(entries, RATE_HZ);
  host.run(bits);
}
