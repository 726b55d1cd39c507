import { describe, expect, it } from 'vitest';
import { fitLine, mean } from './regression.ts';

describe('a fitted line', () => {
  it('goes through points that lie on one, without an error', () => {
    const line = fitLine([0, 1, 2, 3], [5, 7, 9, 11]);
    expect(line.slope).toBeCloseTo(2, 12);
    expect(line.intercept).toBeCloseTo(5, 12);
    expect(line.largestError).toBeCloseTo(0, 12);
    expect(line.slopeError).toBeCloseTo(0, 12);
  });

  it('tells how far points lie off it: by hand, for four of them', () => {
    // Slope 0.6, intercept 0.1; the errors are -0.1, 0.3, -0.3, 0.1.
    const line = fitLine([0, 1, 2, 3], [0, 1, 1, 2]);
    expect(line.slope).toBeCloseTo(0.6, 12);
    expect(line.intercept).toBeCloseTo(0.1, 12);
    expect(line.largestError).toBeCloseTo(0.3, 12);
    expect(line.spread).toBeCloseTo(Math.sqrt(0.2 / 4), 12);
    expect(line.slopeError).toBeCloseTo(Math.sqrt(0.2 / 2 / 5), 12);
  });

  it('takes three points or more', () => {
    expect(() => fitLine([0, 1], [0, 1])).toThrow(/three points/);
  });
});

it('takes the mean of values', () => {
  expect(mean([1, 2, 6])).toBe(3);
});
