import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../base/frame-time.ts';
import { HdaBench, pattern, RUN, RUN_IOCE, streamBase } from './hda.test-support.ts';

const FORMAT_48K_16_2 = 0x0011;
const FRAME = 4;
const FIFO = 16;

const lpib = (bench: HdaBench, stream = 4): number => bench.read(streamBase(stream) + 4, 4);
const status = (bench: HdaBench, stream = 4): number => bench.read(streamBase(stream) + 3, 1);

/** Where the enabled position buffer lies. */
function placePositions(bench: HdaBench): number {
  const table = bench.memory.allocate(1);
  bench.write(0x74, 4, Math.floor(table / 0x1_0000_0000));
  bench.write(0x70, 4, (table % 0x1_0000_0000) + 1);
  return table;
}

describe('the DMA position buffer', () => {
  it('shows bytes fetched and stored, every third of a millisecond while a stream runs', () => {
    const bench = new HdaBench().boot();
    const table = placePositions(bench);
    bench.play(FORMAT_48K_16_2, pattern(3840));
    const address = bench.memory.allocate(1);
    bench.program(1, FORMAT_48K_16_2, [
      { address, length: 1920 },
      { address: address + 1920, length: 1920 },
    ]);
    expect(bench.clock.pending).toHaveLength(0);
    bench.control(1, RUN);
    bench.control(4, RUN);
    bench.runFor(666_667);
    expect(bench.memory.word(table + 4 * 8)).toBe(31 * FRAME);
    expect(bench.memory.word(table + 1 * 8)).toBe((31 - FIFO) * FRAME);
    bench.runFor(timeOfFrame(960, 48_000));
    bench.device.settle();
    expect(bench.memory.word(table + 4 * 8)).toBe(32 * FRAME);
    bench.control(1, 0);
    bench.control(4, 0);
    expect(bench.clock.pending).toHaveLength(0);
  });

  it('is written before the interrupt', () => {
    const bench = new HdaBench().boot();
    const table = placePositions(bench);
    bench.write(0x20, 4, 0x8000_0010);
    bench.play(FORMAT_48K_16_2, pattern(3840));
    const seen: number[] = [];
    bench.onAssert = () => seen.push(bench.memory.word(table + 4 * 8));
    bench.control(4, RUN_IOCE);
    bench.runFor(10_000_000);
    expect(seen).toEqual([1920]);
  });

  it('keeps the last position of a stream that stopped, and 0 of one that was reset', () => {
    const bench = new HdaBench().boot();
    const table = placePositions(bench);
    bench.play(FORMAT_48K_16_2, pattern(3840));
    const address = bench.memory.allocate(1);
    bench.program(1, FORMAT_48K_16_2, [
      { address, length: 1920 },
      { address: address + 1920, length: 1920 },
    ]);
    const shown = (stream: number): number => bench.memory.word(table + stream * 8);
    bench.control(1, RUN);
    bench.control(4, RUN);
    bench.runFor(timeOfFrame(43, 48_000));
    bench.control(1, 0);
    bench.control(4, 0);
    expect([shown(1), shown(4)]).toEqual([(43 - FIFO) * FRAME, 43 * FRAME]);
    bench.control(1, 1);
    bench.control(4, 1);
    expect([shown(1), shown(4)]).toEqual([0, 0]);
  });
});

describe('stream synchronization', () => {
  it('holds streams that RUN while SSYNC is set, ready, and starts them at one nanosecond', () => {
    const bench = new HdaBench().boot();
    bench.write(0x38, 4, 0x30);
    bench.play(FORMAT_48K_16_2, pattern(3840));
    const address = bench.memory.allocate(1);
    bench.program(5, FORMAT_48K_16_2, [
      { address, length: 2000 },
      { address: address + 2000, length: 1840 },
    ]);
    bench.control(4, RUN);
    bench.runFor(3_333);
    bench.control(5, RUN, 3);
    bench.runFor(5_000_000);
    expect([status(bench, 4), status(bench, 5)]).toEqual([0x20, 0x20]);
    expect([lpib(bench, 4), lpib(bench, 5)]).toEqual([0, 0]);
    bench.write(0x38, 4, 0);
    bench.runFor(timeOfFrame(100, 48_000) - 1);
    expect([lpib(bench, 4), lpib(bench, 5)]).toEqual([83 * FRAME, 83 * FRAME]);
    bench.runFor(1);
    expect([lpib(bench, 4), lpib(bench, 5)]).toEqual([84 * FRAME, 84 * FRAME]);
    bench.write(0x38, 4, 0x30);
    bench.runFor(1_000_000);
    expect([lpib(bench, 4), lpib(bench, 5)]).toEqual([84 * FRAME, 84 * FRAME]);
  });
});

describe('lazy settling', () => {
  it('is not heard: polled each 1 ms, each 7 ms, or only at the end, the ear gets the same', () => {
    const run = (pollNs: number) => {
      const bench = new HdaBench().boot();
      bench.play(FORMAT_48K_16_2, pattern(3840));
      bench.control(4, pollNs === 0 ? RUN : RUN_IOCE);
      const wait = (totalNs: number): void => {
        const end = bench.clock.now + totalNs;
        while (pollNs > 0 && bench.clock.now + pollNs < end) {
          bench.runFor(pollNs);
          bench.device.settle();
        }
        bench.clock.advanceTo(end);
      };
      wait(134_567_891);
      bench.control(4, 0);
      wait(20_000_003);
      bench.control(4, RUN);
      wait(100_000_001);
      bench.device.settle();
      return bench.ear.parts;
    };
    const atTheEnd = run(0);
    expect(run(1_000_000)).toEqual(atTheEnd);
    expect(run(7_000_000)).toEqual(atTheEnd);
    expect(atTheEnd).toHaveLength(4);
  });
});
