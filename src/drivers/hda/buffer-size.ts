/**
 * How large a cyclic buffer is: whole frames, so that it ends where a sample ends, and whole 128
 * bytes, so that every entry of the descriptor list begins where HDA 1.0a 3.6.3 asks for. It is
 * never smaller than the client asked for, because the audio engine gives up a smaller one
 * (KSPROPERTY_RTAUDIO_BUFFER), and the least size that two entries can share is two granules. A
 * buffer that notifies divides into packets of one size, each of which is whole in the same way
 * and holds no less than the FIFO: the end of a shorter one would pass unseen behind it.
 */
import { roundUp } from '../../base/struct.ts';
import { BDL_LEAST_LVI } from '../../standards/hda/index.ts';

/** What the start of an entry's buffer is aligned to, 3.6.3. */
export const BUFFER_GRANULE_BYTES = 128;
/** 3.6.2: a list has 256 entries at most; an entry stands for a page at most. */
export const LIST_ENTRIES = 256;
export const PAGE_BYTES = 4096;
export const LARGEST_BUFFER_BYTES = LIST_ENTRIES * PAGE_BYTES;
const LEAST_BYTES = (BDL_LEAST_LVI + 1) * BUFFER_GRANULE_BYTES;

/** What a buffer is made for. */
export interface BufferShape {
  readonly frameBytes: number;
  /** NotificationCount; 0 for a buffer that does not notify. */
  readonly packets: number;
  readonly fifoBytes: number;
}

/** The size for a request; null for less than one frame, and for more than the list can hold. */
export function cyclicBufferBytes(requestedBytes: number, shape: BufferShape): number | null {
  const { fifoBytes, frameBytes, packets } = shape;
  if (requestedBytes < frameBytes) return null;
  const step = leastCommonMultiple(frameBytes, BUFFER_GRANULE_BYTES) * Math.max(1, packets);
  const least = Math.max(LEAST_BYTES, packets * fifoBytes);
  const bytes = roundUp(Math.max(requestedBytes, least), step);
  // A packet's end within a page cuts the page's entry in two.
  return bytes <= LARGEST_BUFFER_BYTES - packets * PAGE_BYTES ? bytes : null;
}

function leastCommonMultiple(left: number, right: number): number {
  let divisor = left;
  for (let rest = right; rest !== 0; ) [divisor, rest] = [rest, divisor % rest];
  return (left / divisor) * right;
}
