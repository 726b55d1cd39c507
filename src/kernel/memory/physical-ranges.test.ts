import { describe, expect, it } from 'vitest';
import { defaultRanges, NULL_BYTES, orderedRanges, ramBytesOf } from './physical-ranges.ts';

const MIB = 0x10_0000;

describe('the memory map', () => {
  it.each([1, 64, 512, 2048])('of a %i MiB machine has RAM low, below and above 4 GiB', (size) => {
    const [low, middle, high] = defaultRanges(size * MIB);
    const bytes = [low, middle, high].map((range) => range?.bytes ?? 0);
    expect(bytes.reduce((sum, part) => sum + part)).toBe(size * MIB - NULL_BYTES);
    expect(bytes.every((part) => part > 0 && part % 4096 === 0)).toBe(true);
    expect((low?.base ?? 0) + (low?.bytes ?? 0)).toBeLessThanOrEqual(16 * MIB);
    expect((middle?.base ?? 0) + (middle?.bytes ?? 0)).toBeLessThan(0x8000_0000);
    expect(high?.base).toBe(0x1_0000_0000);
    expect((high?.bytes ?? 0) / (size * MIB)).toBeCloseTo(1 / 3, 1);
    expect(orderedRanges(defaultRanges(size * MIB)).length).toBe(size >= 64 ? 2 : 3);
  });

  it.each([1, 32, 512])('fills the RAM that it was made for, %i MiB', (size) => {
    expect(ramBytesOf(defaultRanges(size * MIB))).toBe(size * MIB);
    expect(ramBytesOf([{ base: MIB, bytes: size * MIB + 4096 }])).toBe(size * MIB + 2 * NULL_BYTES);
  });

  it('is put in order of address, and ranges that touch become one', () => {
    const ranges = [
      { base: 0x9000, bytes: 0x1000 },
      { base: 0x3000, bytes: 0x1000 },
      { base: 0x1000, bytes: 0x2000 },
    ];
    expect(orderedRanges(ranges)).toEqual([
      { base: 0x1000, bytes: 0x3000 },
      { base: 0x9000, bytes: 0x1000 },
    ]);
  });

  it.each([
    [[{ base: 0x1001, bytes: 0x1000 }], /whole 4096-byte pages/],
    [[{ base: -4096, bytes: 0x1000 }], /whole 4096-byte pages/],
    [[{ base: 0x1000, bytes: 0x1001 }], /whole 4096-byte pages/],
    [[{ base: 0x1000, bytes: 0 }], /whole 4096-byte pages/],
    [[{ base: 2 ** 52 - 4096, bytes: 0x2000 }], /ends above 2\^52/],
    [
      [
        { base: 0x1000, bytes: 0x2000 },
        { base: 0x2000, bytes: 0x1000 },
      ],
      /0x2000 of 4096 bytes overlaps the range at 0x1000/,
    ],
  ])('refuses %j', (ranges, message) => {
    expect(() => orderedRanges(ranges)).toThrow(message);
  });
});
