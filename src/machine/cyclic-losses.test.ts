import { describe, expect, it } from 'vitest';
import { CyclicLosses } from './cyclic-losses.ts';

const FRAME_BYTES = 2;

/** What a journal was told, in its order: `3` for frames taken, `-2` for frames lost. */
function told(): { losses: CyclicLosses; events: number[] } {
  const events: number[] = [];
  const journal = {
    take: (_bytes: Uint8Array, offset: number, byteLength: number) => {
      expect(offset).toBe(
        events.reduce((sum, frames) => sum + Math.max(0, frames) * FRAME_BYTES, 0),
      );
      events.push(byteLength / FRAME_BYTES);
    },
    lose: (frames: number) => events.push(-frames),
  };
  return { losses: new CyclicLosses(journal, FRAME_BYTES), events };
}

describe('frames that a port lost', () => {
  const bytes = new Uint8Array(40);

  it('are told in their place, within a packet too', () => {
    const { events, losses } = told();
    losses.note(3, 7);
    losses.note(5, 1);
    losses.take(bytes, 0, 8);
    losses.take(bytes, 8, 8);
    expect(events).toEqual([3, -7, 1, 1, -1, 3]);
    expect(losses.lostFrames).toBe(8);
  });

  it('in one place are one loss, and wait until the client is there', () => {
    const { events, losses } = told();
    losses.take(bytes, 0, 4);
    losses.note(4, 5);
    losses.note(4, 6);
    losses.take(bytes, 4, 4);
    expect([events, losses.lostFrames]).toEqual([[2, 2], 0]);
    losses.take(bytes, 8, 2);
    expect([events, losses.lostFrames]).toEqual([[2, 2, -11, 1], 11]);
  });
});
