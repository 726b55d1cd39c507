import { describe, expect, it } from 'vitest';
import {
  Ac97Bench,
  BCIS,
  CELV,
  DCH,
  FIFOE,
  IOCE,
  LVBCI,
  LVBIE,
  RPBM,
} from './ac97.test-support.ts';

const _FRAME_NS = 1_000_000_000 / 48_000;
/** What a stream that starts at 0 has sent after so many frame periods: 16 are the FIFO's. */
const FIFO = 16;

describe('the last valid buffer (ICH datasheet 12.2.4)', () => {
  const halted = (bup: boolean) => {
    const bench = new Ac97Bench().boot();
    const first = bench.frames(20);
    const list = bench.program([
      { ...first, ioc: true },
      { ...first, ioc: true, bup },
    ]);
    bench.set('CR', RPBM | IOCE | LVBIE);
    bench.pass(50);
    return { bench, first, list };
  };

  it('halts the engine when it was fetched: DCH, CELV, LVBCI, BCIS; CIV stays, PICB is 0', () => {
    const { bench } = halted(true);
    expect(bench.get('SR')).toBe(DCH | CELV | LVBCI | BCIS);
    expect([bench.get('CIV'), bench.get('PIV'), bench.get('PICB')]).toEqual([1, 2, 0]);
    expect(bench.isAsserted).toBe(true);
    bench.set('SR', BCIS);
    expect([bench.get('SR'), bench.isAsserted]).toEqual([DCH | CELV | LVBCI, true]);
    bench.set('SR', LVBCI);
    expect([bench.get('SR'), bench.isAsserted]).toEqual([DCH | CELV, false]);
    expect(bench.clock.pending).toEqual([]);
  });

  it('sets LVBCI and BCIS when the last sample is fetched, not when it is sent', () => {
    const { bench } = halted(true);
    const start = bench.rises[0] as number;
    expect(bench.rises).toHaveLength(1);
    bench.set('SR', BCIS | LVBCI);
    bench.set('LVI', 2);
    const before = bench.clock.now;
    // Entry 2 is all zeros: no samples.
    expect(bench.get('SR') & LVBCI).toBe(LVBCI);
    expect(bench.rises).toEqual([start, before]);
  });

  it('is followed by zeros when its BUP is set', () => {
    const { bench, first } = halted(true);
    bench.listen(30);
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: [...first.data, ...first.data] },
      { silence: 80 - FIFO - 40 },
    ]);
  });

  it('is followed by its last sample, over and over, when BUP is clear', () => {
    const { bench, first } = halted(false);
    bench.listen(600);
    const last = first.data.slice(-4);
    const repeated = Array.from({ length: 650 - FIFO - 40 }, () => last).flat();
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: [...first.data, ...first.data, ...repeated] },
    ]);
  });

  it('is no FIFO error: no valid buffer was left to process', () => {
    const { bench } = halted(true);
    bench.pass(100);
    expect(bench.get('SR') & FIFOE).toBe(0);
  });

  it('lets the engine go on with the next buffer when LVI is written, without a gap in time', () => {
    const { bench, first, list } = halted(true);
    const next = bench.frames(40, 101);
    bench.putEntry(list, 2, next);
    bench.set('SR', BCIS | LVBCI);
    bench.set('LVI', 2);
    // The FIFO had given 10 frames out; they are made up at once.
    expect([bench.get('CIV'), bench.get('PICB'), bench.get('SR')]).toEqual([2, 60, 0]);
    bench.listen(20);
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: [...first.data, ...first.data, ...next.data.slice(0, 4 * 14)] },
    ]);
  });

  it('goes on by any write of LVI, also of the same value: 32 new buffers (3.2.4)', () => {
    const { bench, list } = halted(true);
    const next = bench.frames(40, 101);
    bench.putEntry(list, 2, next);
    bench.set('LVI', 1);
    expect([bench.get('CIV'), bench.get('SR') & (DCH | CELV)]).toEqual([2, 0]);
  });

  it('keeps an engine halted that is paused and run again while LVI is what it was', () => {
    const { bench, list } = halted(true);
    bench.set('CR', 0);
    bench.set('CR', RPBM);
    expect(bench.get('SR') & (DCH | CELV)).toBe(DCH | CELV);
    const next = bench.frames(40);
    bench.putEntry(list, 2, next);
    bench.set('CR', 0);
    bench.set('LVI', 2);
    expect(bench.get('SR') & (DCH | CELV)).toBe(DCH);
    bench.set('CR', RPBM);
    expect([bench.get('CIV'), bench.get('SR') & DCH]).toEqual([2, 0]);
  });
});
