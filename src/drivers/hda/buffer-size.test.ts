import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundUp } from '../../base/struct.ts';
import { describeBuffer, writeBufferList } from './buffer-descriptor-list.ts';
import { cyclicBufferBytes, LARGEST_BUFFER_BYTES, PAGE_BYTES } from './buffer-size.ts';

/** A buffer that does not notify. */
const plain = (frameBytes: number) => ({ frameBytes, packets: 0, fifoBytes: 16 * frameBytes });

describe('the size of a cyclic buffer', () => {
  it('follows the request up to whole frames and whole 128 bytes [WRT-BUF-021] [WRT-BUF-022]', () => {
    expect(cyclicBufferBytes(3840, plain(4))).toBe(3840);
    expect(cyclicBufferBytes(1000, plain(4))).toBe(1024);
    expect(cyclicBufferBytes(4096, plain(6))).toBe(4224);
    expect(cyclicBufferBytes(1, plain(1))).toBe(256);
  });

  it('has room for two entries of the descriptor list', () => {
    expect(cyclicBufferBytes(4, plain(4))).toBe(256);
    expect(cyclicBufferBytes(12, plain(12))).toBe(384);
  });

  it('divides into packets, each whole in the same way and no shorter than the FIFO [WRT-NTF-008]', () => {
    const shape = { frameBytes: 4, packets: 2, fifoBytes: 64 };
    expect(cyclicBufferBytes(3840, shape)).toBe(3840);
    expect(cyclicBufferBytes(3528, shape)).toBe(3584);
    expect(cyclicBufferBytes(3528, { ...shape, packets: 1 })).toBe(3584);
    expect(cyclicBufferBytes(3900, { ...shape, packets: 1 })).toBe(3968);
    expect(cyclicBufferBytes(64, { frameBytes: 32, packets: 2, fifoBytes: 512 })).toBe(1024);
    const largest = LARGEST_BUFFER_BYTES - 2 * PAGE_BYTES;
    expect(cyclicBufferBytes(largest, shape)).toBe(largest);
    expect(cyclicBufferBytes(largest + 1, shape)).toBeNull();
  });

  it('is refused below one frame and above what the list holds [WRT-BUF-025]', () => {
    expect(cyclicBufferBytes(0, plain(4))).toBeNull();
    expect(cyclicBufferBytes(3, plain(4))).toBeNull();
    expect(cyclicBufferBytes(LARGEST_BUFFER_BYTES, plain(4))).toBe(LARGEST_BUFFER_BYTES);
    expect(cyclicBufferBytes(LARGEST_BUFFER_BYTES + 1, plain(4))).toBeNull();
    expect(cyclicBufferBytes(LARGEST_BUFFER_BYTES, plain(6))).toBeNull();
  });

  it('is the least such size at or above the request, for any request [WRT-BUF-023]', () => {
    const frames = fc.record({
      channels: fc.integer({ min: 1, max: 16 }),
      sampleBytes: fc.constantFrom(2, 4),
      requested: fc.integer({ min: 64, max: LARGEST_BUFFER_BYTES - 4096 }),
    });
    fc.assert(
      fc.property(frames, ({ channels, sampleBytes, requested }) => {
        const frameBytes = channels * sampleBytes;
        const bytes = cyclicBufferBytes(requested, plain(frameBytes)) ?? 0;
        const isAligned = (size: number): boolean => size % frameBytes === 0 && size % 128 === 0;
        expect(bytes).toBeGreaterThanOrEqual(Math.max(requested, 256));
        expect(isAligned(bytes)).toBe(true);
        for (let less = bytes - 128; less >= Math.max(requested, 256); less -= 128) {
          expect(isAligned(less)).toBe(false);
        }
      }),
    );
  });
});

describe('the buffer descriptor list', () => {
  it('has an entry for each page, and the last one ends with the buffer', () => {
    expect(describeBuffer([0x9000, 0x3000, 0x6000], 9216, 0)).toEqual([
      { address: 0x9000, bytes: 4096, interrupts: false },
      { address: 0x3000, bytes: 4096, interrupts: false },
      { address: 0x6000, bytes: 1024, interrupts: false },
    ]);
  });

  it('joins pages that follow each other, and keeps two entries all the same', () => {
    expect(describeBuffer([0x1000, 0x2000, 0x8000], 12_288, 0)).toEqual([
      { address: 0x1000, bytes: 8192, interrupts: false },
      { address: 0x8000, bytes: 4096, interrupts: false },
    ]);
    expect(describeBuffer([0x1000, 0x2000], 8192, 0)).toEqual([
      { address: 0x1000, bytes: 4096, interrupts: false },
      { address: 0x2000, bytes: 4096, interrupts: false },
    ]);
    expect(describeBuffer([0x1000], 384, 0)).toEqual([
      { address: 0x1000, bytes: 256, interrupts: false },
      { address: 0x1100, bytes: 128, interrupts: false },
    ]);
  });

  it('ends an entry where a packet ends, and asks for an interrupt there [WRT-NTF-017]', () => {
    const rows = (pages: readonly number[], bytes: number, packets: number) =>
      describeBuffer(pages, bytes, packets).map(
        (entry) => [entry.address, entry.bytes, entry.interrupts] as const,
      );
    expect(rows([0x5000], 3840, 2)).toEqual([
      [0x5000, 1920, true],
      [0x5780, 1920, true],
    ]);
    expect(rows([0x5000], 3840, 1)).toEqual([
      [0x5000, 1920, false],
      [0x5780, 1920, true],
    ]);
    expect(rows([0x5000, 0x6000, 0x9000], 9216, 2)).toEqual([
      [0x5000, 4608, true],
      [0x6200, 3584, false],
      [0x9000, 1024, true],
    ]);
    expect(rows([0x5000, 0x6000], 8192, 2)).toEqual([
      [0x5000, 4096, true],
      [0x6000, 4096, true],
    ]);
  });

  it('leads once through every byte in order, in aligned entries, whatever the pages', () => {
    const buffer = fc.record({
      pages: fc.uniqueArray(fc.integer({ min: 1, max: 0x20_0000 }), {
        minLength: 1,
        maxLength: 256,
      }),
      tail: fc.integer({ min: 2, max: 32 }),
    });
    fc.assert(
      fc.property(buffer, ({ pages, tail }) => {
        const addresses = pages.map((page) => page * PAGE_BYTES);
        const bytes = (pages.length - 1) * PAGE_BYTES + tail * 128;
        const entries = describeBuffer(addresses, bytes, 0);
        expect(entries.length).toBeGreaterThanOrEqual(2);
        expect(entries.length).toBeLessThanOrEqual(Math.max(2, pages.length));
        expect(entries.every((entry) => entry.address % 128 === 0 && entry.bytes > 0)).toBe(true);
        const walked = entries.flatMap((entry) =>
          Array.from({ length: entry.bytes / 128 }, (_, step) => entry.address + 128 * step),
        );
        const wanted = Array.from({ length: bytes / 128 }, (_, step) => {
          return (addresses[Math.floor(step / 32)] as number) + 128 * (step % 32);
        });
        expect(walked).toEqual(wanted);
      }),
    );
  });

  it('is written as 64-bit address, length and whether its completion interrupts', () => {
    const bytes = new Uint8Array(roundUp(33, 16)).fill(0xff);
    const view = new DataView(bytes.buffer);
    writeBufferList(view, [
      { address: 0x12_3456_7000, bytes: 0x1000, interrupts: false },
      { address: 0x8000, bytes: 0x80, interrupts: true },
    ]);
    const words = Array.from({ length: 9 }, (_, word) => view.getUint32(4 * word, true));
    expect(words).toEqual([0x3456_7000, 0x12, 0x1000, 0, 0x8000, 0, 0x80, 1, 0xffff_ffff]);
  });
});
