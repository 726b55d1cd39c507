/**
 * A cyclic buffer cut for descriptors: a piece lies in one physical run, is made of whole frames,
 * is no longer than a descriptor can say, and ends where a packet ends.
 */
import { AC97_BDL_MOST_SAMPLES, AC97_SAMPLE_BYTES } from '../../standards/ac97/index.ts';
import { FRAME_BYTES } from './wave-format.ts';

export const PAGE_BYTES = 4096;
const MOST_FRAMES = Math.floor((AC97_BDL_MOST_SAMPLES * AC97_SAMPLE_BYTES) / FRAME_BYTES);
/** The most that one descriptor takes, in whole frames. */
export const MOST_PIECE_BYTES = MOST_FRAMES * FRAME_BYTES;

export interface Piece {
  /** Physical. */
  readonly address: number;
  readonly bytes: number;
  /** Of its first byte in the buffer. */
  readonly offset: number;
  /** A packet ends with it. */
  readonly endsPacket: boolean;
}

/**
 * The pieces of a buffer of whole frames that begins with the first of `pages`, of `packets` equal
 * packets; 0 for none.
 */
export function cutBuffer(pages: readonly number[], bytes: number, packets: number): Piece[] {
  const packetBytes = packets === 0 ? Number.POSITIVE_INFINITY : bytes / packets;
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes; ) {
    const packetEnd = packets === 0 ? packetBytes : packetBytes - (at % packetBytes);
    const part = Math.min(PAGE_BYTES - (at % PAGE_BYTES), packetEnd, bytes - at);
    const address = (pages[Math.floor(at / PAGE_BYTES)] ?? 0) + (at % PAGE_BYTES);
    const endsPacket = part === packetEnd;
    const last = pieces.at(-1);
    const joins =
      last !== undefined &&
      !last.endsPacket &&
      last.address + last.bytes === address &&
      last.bytes + part <= MOST_PIECE_BYTES;
    if (joins) pieces[pieces.length - 1] = { ...last, bytes: last.bytes + part, endsPacket };
    else pieces.push({ address, bytes: part, offset: at, endsPacket });
    at += part;
  }
  return pieces;
}

/** The pieces of one run of memory, each an interval and each the end of a packet. */
export function cutRun(address: number, bytes: number, intervalBytes: number): Piece[] {
  const pieces: Piece[] = [];
  for (let offset = 0; offset < bytes; offset += intervalBytes) {
    const part = Math.min(intervalBytes, bytes - offset);
    pieces.push({ address: address + offset, bytes: part, offset, endsPacket: true });
  }
  return pieces;
}
