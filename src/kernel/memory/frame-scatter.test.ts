import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../sim/random.ts';
import { scatterFrames } from './frame-scatter.ts';
import { PAGE_SIZE } from './page.ts';

/** A machine of adjacent frames, one per character: `.` free, `x` in use. */
function scatter(map: string, count: number, seed: number): number[] {
  const uses = Uint8Array.from(map, (place) => (place === 'x' ? 1 : 0));
  const addresses = Float64Array.from(map, (_, frame) => frame * PAGE_SIZE);
  const frames = Int32Array.from([...uses.keys()].filter((frame) => uses[frame] === 0));
  return [...scatterFrames({ frames, addresses, uses }, count, new Random(seed))];
}

const steps = (frames: number[]): number[] =>
  frames.slice(1).map((frame, index) => frame - (frames[index] ?? 0));
const gaps = (frames: number[]): number[] => steps([...frames].sort((left, right) => left - right));

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });

describe('scattered frames', () => {
  it('are free, distinct and as many as asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), seeds, (busy, seed) => {
        const map = busy.map((isBusy) => (isBusy ? 'x' : '.')).join('');
        const free = busy.filter((isBusy) => !isBusy).length;
        for (const count of [0, 1, Math.ceil(free / 3), free].filter((wanted) => wanted <= free)) {
          const frames = scatter(map, count, seed);
          expect(new Set(frames).size).toBe(count);
          expect(frames.every((frame) => map[frame] === '.')).toBe(true);
        }
      }),
    );
  });

  it('leave a free frame on both sides of every page while there is room', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 30 }), (seed, count) => {
        expect(Math.min(...gaps(scatter('.'.repeat(count * 3), count, seed)))).toBeGreaterThan(1);
      }),
    );
  });

  it('keep away from frames in use while there is room', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const frames = scatter('...xxxxxxx...xxxxxxx...', 3, seed).sort((a, b) => a - b);
        expect(frames.every((frame) => [0, 1, 11, 21, 22].includes(frame))).toBe(true);
      }),
    );
  });

  it('never follow each other in order, even when every frame is taken', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 4, max: 40 }), (seed, count) => {
        const frames = scatter('.'.repeat(count), count, seed);
        expect(steps(frames).filter((step) => Math.abs(step) === 1)).toEqual([]);
      }),
    );
  });

  it('run downwards where there are too few frames to keep neighbours apart', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(scatter('x..x', 2, seed)).toEqual([2, 1]);
        expect(steps(scatter('...', 3, seed))).not.toContain(1);
        expect(scatter('x..xxx.x', 3, seed).map((frame) => frame === 6)[1]).toBe(true);
      }),
    );
  });

  it('lie in neighbourhoods, so that long free runs remain', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const frames = scatter('.'.repeat(4000), 40, seed);
        expect(Math.max(...gaps([-1, ...frames, 4000]))).toBeGreaterThan(700);
        expect(new Set(frames.map((frame) => Math.floor(frame / 1000))).size).toBe(4);
      }),
    );
  });

  it('depend on the seed and on nothing else', () => {
    const map = '.'.repeat(200);
    expect(scatter(map, 20, 7)).toEqual(scatter(map, 20, 7));
    expect(scatter(map, 20, 7)).not.toEqual(scatter(map, 20, 8));
  });
});
