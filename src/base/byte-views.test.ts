/** Kept views: whatever was asked for before, a view shows the bytes that it was asked for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteViews } from './byte-views.ts';

const LENGTH = 4096;
const arrays = [0, 1].map((first) =>
  Uint8Array.from({ length: LENGTH }, (_, index) => (first + index * 7 + (index >> 8)) & 0xff),
);
const [one, other] = arrays as [Uint8Array, Uint8Array];

describe('kept views of bytes', () => {
  it('are the same as subarrays, in whatever order runs of several arrays come', () => {
    const run = fc.record({
      source: fc.constantFrom(one, other),
      at: fc.oneof(fc.constantFrom(0, 128, 256, 2048), fc.nat(LENGTH / 2)),
      byteLength: fc.oneof(fc.constantFrom(128, 256), fc.nat(LENGTH / 2)),
    });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 40 }), (runs) => {
        const views = new ByteViews(4);
        for (const { source, at, byteLength } of runs) {
          const view = views.of(source, at, byteLength);
          expect([view.buffer, view.byteOffset, view.length]).toEqual([
            source.buffer,
            source.byteOffset + at,
            byteLength,
          ]);
        }
      }),
    );
  });

  it.each<[string, number, number[], number]>([
    ['a cyclic buffer', 64, [1800, 1920, 120], 11_520],
    ['pages', 64, [4096], 65_536],
    ['periods of 512 frames', 64, [2048], 32_768],
    ['a file that is read ahead', 1024, [1800, 1920, 120], 65_280],
    ['a file of short periods', 1024, [64], 65_536],
  ])('are made once for the runs of %s', (_, slots, pieces, round) => {
    const bytes = new Uint8Array(round);
    const views = new ByteViews(slots);
    const goRound = (): Uint8Array[] => {
      const made: Uint8Array[] = [];
      for (let at = 0, piece = 0; at < round; piece = (piece + 1) % pieces.length) {
        const byteLength = pieces[piece] as number;
        made.push(views.of(bytes, at, byteLength));
        at += byteLength;
      }
      return made;
    };
    const first = goRound();
    for (const [index, view] of goRound().entries()) expect(view).toBe(first[index]);
  });

  it('are made once for the blocks that come to an ear', () => {
    const [memory, line] = [new Uint8Array(2 ** 18), new Uint8Array(4096)];
    const views = new ByteViews();
    const blocks = (): Uint8Array[] => [
      views.of(line, 0, 120),
      views.of(memory, 135_168, 1800),
      views.of(memory, 137_088, 1800),
    ];
    const first = blocks();
    for (const [index, view] of blocks().entries()) expect(view).toBe(first[index]);
  });

  it('are made once for two runs that begin at one place', () => {
    const views = new ByteViews();
    const [short, long] = [views.of(one, 256, 128), views.of(one, 256, 512)];
    for (let again = 0; again < 3; again++) {
      expect(views.of(one, 256, 128)).toBe(short);
      expect(views.of(one, 256, 512)).toBe(long);
    }
  });

  it('copy the bytes as they are by then', () => {
    const views = new ByteViews();
    const source = one.slice();
    const into = new Uint8Array(300);
    views.copy(source, 10, 200, into, 50);
    source[10] = (source[10] as number) ^ 0xff;
    views.copy(source, 10, 200, into, 50);
    expect([...into.subarray(0, 50)]).toEqual(Array(50).fill(0));
    expect([...into.subarray(50, 250)]).toEqual([...source.subarray(10, 210)]);
    expect([...into.subarray(250)]).toEqual(Array(50).fill(0));
  });
});
