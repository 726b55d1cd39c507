import { describe, expect, it } from 'vitest';
import { cutBuffer, cutRun, MOST_PIECE_BYTES } from './buffer-pieces.ts';

const shape = (pages: readonly number[], bytes: number, packets: number) =>
  cutBuffer(pages, bytes, packets).map(({ address, bytes: size, endsPacket, offset }) => [
    address,
    size,
    offset,
    endsPacket,
  ]);

describe('the pieces of a buffer', () => {
  it('are its physical runs', () => {
    expect(shape([0x5000, 0x6000, 0x3000], 10_000, 0)).toEqual([
      [0x5000, 8_192, 0, false],
      [0x3000, 1_808, 8_192, false],
    ]);
  });

  it('end where packets end', () => {
    expect(shape([0x5000, 0x6000, 0x3000], 9_600, 2)).toEqual([
      [0x5000, 4_800, 0, true],
      [0x62c0, 3_392, 4_800, false],
      [0x3000, 1_408, 8_192, true],
    ]);
  });

  it('are no longer than a descriptor can say, in whole frames', () => {
    const pages = Array.from({ length: 40 }, (_, index) => 0x10_0000 + index * 0x1000);
    const pieces = shape(pages, 160_000, 0);
    expect(pieces.map(([, bytes]) => bytes)).toEqual([126_976, 33_024]);
    expect(MOST_PIECE_BYTES).toBe(131_068);
  });

  it('of one run are its intervals', () => {
    const pieces = cutRun(0x8000, 1_000, 400);
    expect(pieces.map(({ address, bytes }) => [address, bytes])).toEqual([
      [0x8000, 400],
      [0x8190, 400],
      [0x8320, 200],
    ]);
    expect(pieces.every(({ endsPacket }) => endsPacket)).toBe(true);
  });
});
