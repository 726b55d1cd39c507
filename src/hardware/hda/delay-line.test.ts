import { describe, expect, it } from 'vitest';
import { type DelayExit, DelayLine } from './delay-line.ts';
import { makeBlock } from './sample-block.ts';

const FRAME = 2;

/** A line of `slots` slots whose exit writes one word per slot: the frame's value, or `-`. */
function lineOf(slots: number) {
  const out: string[] = [];
  const exit: DelayExit = {
    hear: (block, offset, frames) => {
      for (let frame = 0; frame < frames; frame++)
        out.push(`${block.int16[offset / FRAME + frame]}`);
    },
    silence: (frames) => {
      for (let frame = 0; frame < frames; frame++) out.push('-');
    },
  };
  const line = new DelayLine(slots, exit);
  line.open(FRAME);
  let next = 1;
  const block = makeBlock(256);
  return {
    line,
    out,
    sound: (frames: number): void => {
      for (let frame = 0; frame < frames; frame++) block.int16[3 + frame] = next++;
      line.push(block, 3 * FRAME, frames);
      line.keep();
    },
  };
}

describe('a delay line', () => {
  it.each([
    [1, [1, 1, 1, 1, 1, 1, 1, 1]],
    [2, [3, 5]],
    [3, [8]],
  ])('gives frames back in order, three slots later, however they come (case %i)', (_, steps) => {
    const { out, sound } = lineOf(3);
    for (const frames of steps) sound(frames);
    expect(out.join(' ')).toBe('- - - 1 2 3 4 5');
  });

  it('keeps frames and silence apart when both are inside', () => {
    const { line, out, sound } = lineOf(4);
    sound(1);
    line.pushSilence(2);
    sound(1);
    line.pushSilence(1);
    sound(2);
    line.pushSilence(9);
    expect(out.join(' ')).toBe('- - - - 1 - - 2 - 3 4 - - - - -');
  });

  it('is silent inside after it was opened, whatever it held', () => {
    const { line, out, sound } = lineOf(2);
    sound(2);
    line.open(FRAME);
    line.pushSilence(3);
    expect(out.join(' ')).toBe('- - - - -');
  });

  it('plays frames from where they lie until they are kept, and then from its own copy', () => {
    const { line, out } = lineOf(2);
    const block = makeBlock(16);
    block.int16.set([1, 2, 3, 4, 5, 6, 7, 8]);
    line.push(block, 0, 3);
    line.push(block, 3 * FRAME, 2);
    line.push(block, 5 * FRAME, 1);
    line.keep();
    block.bytes.fill(0);
    line.pushSilence(2);
    expect(out.join(' ')).toBe('- - 1 2 3 4 5 6');
  });

  it('joins short blocks to what it holds, and lets all out together', () => {
    const runs: number[] = [];
    const heard: number[] = [];
    const line = new DelayLine(3, {
      hear: (block, offset, frames) => {
        runs.push(frames);
        for (let frame = 0; frame < frames; frame++) {
          heard.push(block.int16[offset / FRAME + frame] as number);
        }
      },
      silence: () => undefined,
    });
    line.open(FRAME);
    const block = makeBlock(400);
    for (let frame = 0; frame < 200; frame++) block.int16[frame] = frame;
    line.push(block, 0, 3);
    line.keep();
    // Two short blocks and a long one: 2 + 4 + 3 frames come out of the line's own memory.
    line.push(block, 3 * FRAME, 2);
    line.push(block, 5 * FRAME, 4);
    line.push(block, 9 * FRAME, 100);
    expect(runs).toEqual([9, 97]);
    line.keep();
    // What no block follows comes out when it is kept; more than a FIFO holds is not joined.
    for (let first = 109; first < 189; first += 40) line.push(block, first * FRAME, 40);
    line.keep();
    expect(runs.slice(2)).toEqual([43, 37]);
    line.push(block, 189 * FRAME, 2);
    line.pushSilence(1);
    expect(runs.slice(4)).toEqual([2, 1]);
    line.pushSilence(5);
    expect(heard).toEqual(Array.from({ length: 191 }, (_, frame) => frame));
  });

  it('forgets what it was lent when it is opened', () => {
    const { line, out } = lineOf(2);
    line.push(makeBlock(16), 0, 2);
    line.open(FRAME);
    line.keep();
    line.pushSilence(2);
    expect(out.join(' ')).toBe('- - - -');
  });

  it('is a wire when it has no slots', () => {
    const { line, out, sound } = lineOf(0);
    sound(2);
    line.pushSilence(1);
    expect(out.join(' ')).toBe('1 2 -');
  });
});
