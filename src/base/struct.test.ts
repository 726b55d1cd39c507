import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guid } from './guid.ts';
import { readU64, roundUp, struct, writeU64 } from './struct.ts';

const view = (): DataView => new DataView(new ArrayBuffer(64));

const MIXED = struct('MIXED', { A: 'u8', B: 'u32', C: 'u16', D: 'ptr', E: 'u8', F: 'guid' });

describe('a struct layout', () => {
  it('aligns every field to its own size, and the whole to the largest', () => {
    expect(MIXED.offsets).toEqual({ A: 0, B: 4, C: 8, D: 16, E: 24, F: 28 });
    expect([MIXED.size, MIXED.align]).toEqual([48, 8]);
  });

  it('gives a 32-bit reader pointers of four bytes', () => {
    const narrow = MIXED.layout(4);
    expect(narrow.offsets).toEqual({ A: 0, B: 4, C: 8, D: 12, E: 16, F: 20 });
    expect([narrow.size, narrow.align]).toEqual([36, 4]);
    expect(MIXED.layout(8).offsets).toEqual(MIXED.offsets);
  });

  it('packs without padding, and keeps a least alignment', () => {
    const packed = struct('PACKED', { A: 'u8', B: 'u32', C: 'u64' }, { packed: true });
    expect([packed.offsets, packed.size]).toEqual([{ A: 0, B: 1, C: 5 }, 13]);
    const aligned = struct('ALIGNED', { A: 'u32' }, { align: 8 });
    expect([aligned.size, aligned.align]).toEqual([8, 8]);
  });

  it('reads what it wrote, of every kind, little-endian', () => {
    const all = struct('ALL', {
      A: 'u8',
      B: 'u16',
      C: 'u32',
      D: 'i32',
      E: 'u64',
      F: 'i64',
      G: 'guid',
    });
    const at = view();
    const value = {
      A: 0xff,
      B: 0xfffe,
      C: 0xffff_fffd,
      D: -3,
      E: 2 ** 53 - 1,
      F: -(2 ** 40) - 1,
      G: guid('{01234567-89AB-CDEF-0123-456789ABCDEF}'),
    };
    all.write(at, 0, value);
    expect(all.read(at, 0)).toEqual(value);
    expect(at.getUint8(all.offsets.B)).toBe(0xfe);
  });

  it('writes the fields that are given and leaves every other byte', () => {
    const at = view();
    new Uint8Array(at.buffer).fill(0xaa);
    MIXED.write(at, 8, { B: 0 });
    const touched = [...new Uint8Array(at.buffer).entries()].filter(([, byte]) => byte !== 0xaa);
    expect(touched.map(([index]) => index)).toEqual([12, 13, 14, 15]);
  });

  it('writes a pointer as wide as its reader has them', () => {
    const at = view();
    MIXED.layout(4).write(at, 0, { D: 0x1234_5678, E: 0x77 });
    expect([at.getUint32(12, true), at.getUint8(16)]).toEqual([0x1234_5678, 0x77]);
    MIXED.write(at, 0, { D: 2 ** 40 + 5 });
    expect(MIXED.read(at, 0).D).toBe(2 ** 40 + 5);
  });
});

describe('64-bit values', () => {
  it('come back as they went in, also negative ones in two words', () => {
    const at = view();
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        writeU64(at, 0, value);
        expect(readU64(at, 0)).toBe(value);
        expect(at.getBigUint64(0, true)).toBe(BigInt(value));
        writeU64(at, 8, -value);
        expect(at.getBigInt64(8, true)).toBe(-BigInt(value));
      }),
    );
  });
});

describe('roundUp', () => {
  it('gives the least multiple that is not below', () => {
    expect([0, 1, 8, 9].map((value) => roundUp(value, 8))).toEqual([0, 8, 8, 16]);
  });
});
