/** Gaps at the ear, and which of them were errors of a FIFO that are counted later. */
import { describe, expect, it } from 'vitest';
import { EarGaps } from './ear-gaps.ts';

describe('the gaps at the ear', () => {
  it('are as long as no sound comes, and stand at the frame where they began', () => {
    const gaps = new EarGaps(() => 0);
    gaps.silent(0, 3);
    expect(gaps.list).toEqual([]);
    gaps.silent(4, 10);
    gaps.silent(2, 99);
    gaps.sounded();
    gaps.silent(1, 30);
    expect(gaps.list).toEqual([
      { atFrame: 10, frames: 6, isFifoError: false },
      { atFrame: 30, frames: 1, isFifoError: false },
    ]);
  });

  it('are errors of the FIFO when one is counted before the sound comes again', () => {
    let errors = 3;
    const gaps = new EarGaps(() => errors);
    gaps.silent(4, 10);
    errors++;
    gaps.sounded();
    gaps.silent(2, 20);
    gaps.sounded();
    errors++;
    gaps.silent(1, 30);
    const isError = [10, 20, 30].map((atFrame) => gaps.isFifoError(atFrame));
    expect(isError).toEqual([true, false, true]);
    expect(gaps.list.map(({ isFifoError }) => isFifoError)).toEqual(isError);
  });

  it('are errors of the FIFO while they go on', () => {
    let errors = 0;
    const gaps = new EarGaps(() => errors);
    gaps.silent(4, 10);
    expect(gaps.isFifoError(10)).toBe(false);
    errors++;
    expect(gaps.isFifoError(10)).toBe(true);
  });
});
