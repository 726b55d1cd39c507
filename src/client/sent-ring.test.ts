/** The ring of sent bytes: what is kept, found and forgotten, round its end and as it grows. */
import { describe, expect, it } from 'vitest';
import { wordMatcher } from './byte-match.ts';
import { SentRing } from './sent-ring.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const ring = (roomBytes: number): SentRing => new SentRing(roomBytes, wordMatcher());

/** Whether the ring holds just these bytes, oldest first. */
function holds(kept: SentRing, ...values: number[]): boolean {
  const isWhole = kept.matches(bytes(...values), 0, values.length);
  return isWhole && !kept.matches(bytes(...values, 0), 0, values.length + 1);
}

describe('the ring of sent bytes', () => {
  it('keeps what was appended, from the offset on, until it is dropped', () => {
    const kept = ring(8);
    kept.append(bytes(9, 1, 2, 3, 9), 1, 3);
    expect(holds(kept, 1, 2, 3)).toBe(true);
    kept.drop(2);
    expect(holds(kept, 3)).toBe(true);
    kept.drop(1);
    expect(kept.matches(bytes(3), 0, 1)).toBe(false);
  });

  it('says no to other bytes, to more than it has, and looks at the place that is asked for', () => {
    const kept = ring(8);
    kept.append(bytes(1, 2, 3, 4), 0, 4);
    expect(kept.matches(bytes(1, 2, 3, 5), 0, 4)).toBe(false);
    expect(kept.matches(bytes(0, 1, 2), 1, 2)).toBe(true);
    expect(kept.matches(bytes(3, 4), 0, 2, 2)).toBe(true);
    expect(kept.matches(bytes(3, 4, 0), 0, 3, 2)).toBe(false);
  });

  it('goes round its end, byte by byte and word by word', () => {
    for (const step of [1, 3, 4]) {
      const kept = ring(8);
      let next = 0;
      for (let round = 0; round < 20; round++) {
        const sent = Array.from({ length: step }, () => next++ & 0xff);
        kept.append(Uint8Array.from(sent), 0, step);
        expect(holds(kept, ...sent), `step ${step}, round ${round}`).toBe(true);
        kept.drop(step);
      }
    }
  });

  it('sees a difference on either side of its end', () => {
    const kept = ring(8);
    kept.append(new Uint8Array(6), 0, 6);
    kept.drop(6);
    kept.append(bytes(1, 2, 3, 4), 0, 4);
    expect(holds(kept, 1, 2, 3, 4)).toBe(true);
    expect(kept.matches(bytes(1, 9, 3, 4), 0, 4)).toBe(false);
    expect(kept.matches(bytes(1, 2, 3, 9), 0, 4)).toBe(false);
    expect(kept.matches(bytes(3, 4), 0, 2, 2)).toBe(true);
  });

  it('grows when more is sent than it has room for, with its content split by its end', () => {
    const kept = ring(4);
    kept.append(bytes(0, 0, 0), 0, 3);
    kept.drop(3);
    kept.append(bytes(1, 2, 3), 0, 3);
    kept.append(bytes(4, 5, 6, 7, 8, 9), 0, 6);
    expect(holds(kept, 1, 2, 3, 4, 5, 6, 7, 8, 9)).toBe(true);
    kept.append(new Uint8Array(100).fill(7), 0, 100);
    kept.drop(9);
    expect(holds(kept, ...new Array<number>(100).fill(7))).toBe(true);
  });
});
