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

  it('are made once for a run that comes again', () => {
    const views = new ByteViews();
    const [first, second] = [views.of(one, 0, 1920), views.of(one, 1920, 1920)];
    expect(views.of(one, 0, 1920)).toBe(first);
    expect(views.of(one, 1920, 1920)).toBe(second);
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
