import { describe, expect, it } from 'vitest';
import { HdaBench, pattern, RUN_IOCE, streamBase } from './hda.test-support.ts';
import { LinkClock } from './link-clock.ts';

const FORMAT_48K_16_2 = 0x0011;
const FIFO_FRAMES = 16;
/** One frame of 48 kHz are 20834 whole nanoseconds of the link, at 1.001 for each of ours. */
const FRAME_NS_FAST = 20_814;

function running(driftPpm: number): { bench: HdaBench; startNs: number } {
  const bench = new HdaBench({ driftPpm }).boot();
  bench.play(FORMAT_48K_16_2, pattern(3840));
  bench.control(4, RUN_IOCE);
  return { bench, startNs: bench.clock.now };
}

describe('the link clock', () => {
  it('counts periods of its own time, and gives the first nanosecond of each', () => {
    const fast = new LinkClock(1_000);
    expect(fast.timeOf(1, 48_000)).toBe(FRAME_NS_FAST);
    expect(fast.periodsIn(FRAME_NS_FAST - 1, 48_000)).toBe(0);
    expect(fast.periodsIn(FRAME_NS_FAST, 48_000)).toBe(1);
    expect(fast.periodsIn(1e9, 48_000)).toBe(48_048);
    expect(new LinkClock(-1_000).periodsIn(1e9, 48_000)).toBe(47_952);
    expect(new LinkClock().periodsIn(1e9, 48_000)).toBe(48_000);
    // A day later nothing has been rounded twice: 86400 s at 48048 frames.
    expect(fast.periodsIn(864e11, 48_000)).toBe(86_400 * 48_048);
  });

  it.each([0.5, 100_001, -100_001, Number.NaN])('refuses %d parts per million', (driftPpm) => {
    expect(() => new LinkClock(driftPpm)).toThrow(/driftPpm is a whole number/);
  });

  it.each([
    { driftPpm: 250, frames: 48_012, ticks: 24_006_000 },
    { driftPpm: 0, frames: 48_000, ticks: 24_000_000 },
    { driftPpm: -250, frames: 47_988, ticks: 23_994_000 },
  ])('at $driftPpm ppm is what sound, position, wall clock and interrupts follow', (expected) => {
    const { bench, startNs } = running(expected.driftPpm);
    const wallClock = bench.read(0x30, 4);
    bench.clock.advanceTo(startNs + 1e9);
    expect(bench.read(streamBase(4) + 4, 4)).toBe(((expected.frames - FIFO_FRAMES) * 4) % 3840);
    const { heardFrames } = bench.device.speaker;
    expect(heardFrames).toBe(expected.frames - FIFO_FRAMES - 14);
    expect(bench.read(0x30, 4) - wallClock).toBe(expected.ticks);
  });

  it('interrupts when the last byte of a buffer is fetched by its own time', () => {
    const { bench, startNs } = running(1_000);
    bench.write(0x20, 4, 0x8000_0010);
    const due = Math.ceil(480e9 / 48_000 / 1.001);
    bench.clock.advanceTo(startNs + due - 1);
    expect(bench.read(streamBase(4) + 3, 1) & 4).toBe(0);
    bench.clock.advanceTo(startNs + due);
    expect(bench.edges.at(-1)).toBe(`${startNs + due} up`);
  });
});
