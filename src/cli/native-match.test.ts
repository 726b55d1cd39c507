import { describe, expect, it } from 'vitest';
import { nativeMatcher } from './native-match.ts';

/** More than is compared by a loop. */
const LENGTH = 1000;

const counting = (from: number): Uint8Array =>
  Uint8Array.from({ length: 2 * LENGTH }, (_, index) => from + index);

describe('the native matcher', () => {
  it('compares the places that it is told, of whichever arrays it is given', () => {
    const matches = nativeMatcher();
    const [one, same, later] = [counting(0), counting(0), counting(7)];
    for (let round = 0; round < 2; round++) {
      expect(matches(one, 0, same, 0, LENGTH)).toBe(true);
      expect(matches(one, 0, later, 0, LENGTH)).toBe(false);
      expect(matches(one, 7, later, 0, LENGTH)).toBe(true);
      expect(matches(later, 0, one, 7, LENGTH)).toBe(true);
      expect(matches(later, 0, same, 0, LENGTH)).toBe(false);
    }
  });

  it('sees what has changed in an array that it knows, up to the last byte', () => {
    const matches = nativeMatcher();
    const [one, same] = [counting(0), counting(0)];
    expect(matches(one, 0, same, 0, LENGTH)).toBe(true);
    same[LENGTH - 1] = 1;
    expect(matches(one, 0, same, 0, LENGTH)).toBe(false);
    expect(matches(one, 0, same, 0, LENGTH - 1)).toBe(true);
  });

  it('compares a part of a buffer that has others', () => {
    const matches = nativeMatcher();
    const whole = counting(0);
    const part = whole.subarray(10, 10 + LENGTH);
    expect(matches(whole, 10, part, 0, LENGTH)).toBe(true);
    expect(matches(whole, 0, part, 0, LENGTH)).toBe(false);
  });
});
