import { describe, expect, it } from 'vitest';
import { framesIn } from '../base/frame-time.ts';
import { StarvedTime } from './starved-time.ts';

const MS = 1_000_000;

/** A device whose clock is `ppm` too fast; `position` is where it is when nothing holds it up. */
function running(ppm: number) {
  const clock = { now: 5 * MS };
  const starved = new StarvedTime(clock, 48_000);
  starved.start();
  const framesAt = (ms: number): number => framesIn(ms * MS * (1 + ppm / 1e6), 48_000);
  const at = (ms: number): void => {
    clock.now = (5 + ms) * MS;
  };
  return { at, framesAt, starved };
}

describe('the time without packets', () => {
  it('is what the clock says beyond the end of the packets', () => {
    const { at, starved } = running(0);
    at(30.01);
    expect(starved.endedAt(960)).toBe(480);
    at(100.003);
    expect(starved.endedAt(960 + 480)).toBe(4800 - 480 - 1440);
  });

  it('is none while the device has not come to the end', () => {
    const { at, starved } = running(0);
    at(10);
    expect(starved.endedAt(481)).toBe(0);
  });

  it.each([-400, 150, 400])('leaves out what a clock %i ppm too fast gains in an hour', (ppm) => {
    const { at, framesAt, starved } = running(ppm);
    const hourMs = 3_600_000;
    at(hourMs);
    starved.moved(framesAt(hourMs));
    const end = framesAt(hourMs) + 960;
    at(hourMs + 70);
    const isLong = framesAt(hourMs + 70) - end;
    expect(Math.abs(starved.endedAt(end) - isLong)).toBeLessThanOrEqual(2);
  });

  it('starts anew with the stream', () => {
    const { at, starved } = running(0);
    at(50);
    starved.moved(480);
    expect(starved.endedAt(480)).toBe(0);
    starved.start();
    at(60);
    expect(starved.endedAt(240)).toBe(240);
  });
});
