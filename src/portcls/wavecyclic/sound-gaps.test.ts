import { describe, expect, it } from 'vitest';
import { MARGIN_FRAMES } from './cyclic-buffer.ts';
import { SoundGaps } from './sound-gaps.ts';

describe('the gaps between sounds', () => {
  it('count as far as they lie behind a position', () => {
    const gaps = new SoundGaps();
    expect(gaps.bytesBehind(0)).toBe(0);
    gaps.add(100, 160);
    gaps.add(200, 210);
    expect([0, 100, 130, 159].map((position) => gaps.bytesBehind(position))).toEqual([
      70, 70, 40, 11,
    ]);
    expect([160, 205, 210].map((position) => gaps.bytesBehind(position))).toEqual([10, 5, 0]);
  });

  it('are as many as the margin has frames, again and again', () => {
    const gaps = new SoundGaps();
    for (let round = 0; round < 5; round++) {
      const start = round * 1000;
      for (let gap = 0; gap < MARGIN_FRAMES; gap++) gaps.add(start + 4 * gap, start + 4 * gap + 1);
      expect(gaps.bytesBehind(start)).toBe(MARGIN_FRAMES);
      expect(gaps.bytesBehind(start + 4 * 100)).toBe(MARGIN_FRAMES - 100);
      expect(gaps.bytesBehind(start + 999)).toBe(0);
    }
  });

  it('are forgotten when the stream begins', () => {
    const gaps = new SoundGaps();
    gaps.add(10, 20);
    gaps.clear();
    expect(gaps.bytesBehind(0)).toBe(0);
  });
});
