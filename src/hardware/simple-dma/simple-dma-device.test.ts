/** The simple DMA device by its registers: write, let time pass, read and listen. */
import { describe, expect, it } from 'vitest';
import {
  SIMPLE_DMA_CTL,
  SIMPLE_DMA_ID,
  SIMPLE_DMA_STS,
} from '../../standards/simple-dma/registers.ts';
import { DMA_PAGE_BYTES } from '../device.ts';
import { DmaBench, FRAME_BYTES, HIGH, STEREO_16 } from './simple-dma.test-support.ts';
import type { SimpleDmaTraits } from './traits.ts';

const { RESET, RUN } = SIMPLE_DMA_CTL;
const { CONFIG, END, THRESHOLD, XRUN } = SIMPLE_DMA_STS;

describe('a playback engine that cannot loop', () => {
  /** 20 frames in one page, a FIFO of 4, running from time 0. */
  function running(traits: Partial<SimpleDmaTraits> = {}) {
    const bench = new DmaBench({ fifoFrames: 4, ...traits });
    const address = bench.memory.allocate(1) + 64;
    const sound = bench.fill(address, 80);
    bench.program(address, 20);
    bench.set('IEN', END | XRUN);
    bench.set('ARM', 1);
    bench.set('CTL', RUN);
    return { bench, address, sound };
  }

  it('fetches a frame per frame period, and sends it one FIFO later', () => {
    const { bench, address, sound } = running();
    bench.toFrame(3);
    expect([bench.get('CNT'), bench.get('LVL'), bench.get('LNK')]).toEqual([12, 3, 3]);
    expect(bench.get('ADRL')).toBe((address + 12) % 2 ** 32);
    bench.toFrame(10);
    expect([bench.get('CNT'), bench.get('LVL'), bench.get('LNK')]).toEqual([40, 4, 10]);
    expect(bench.ear.parts).toEqual([{ silence: 4 }, { sound: sound.slice(0, 24) }]);
  });

  it('interrupts when the last byte is fetched, and stands behind the buffer', () => {
    const { bench, address } = running();
    bench.passTo(19.99);
    expect(bench.line).toBe(false);
    bench.passTo(20);
    expect(bench.rises).toEqual([Math.ceil(20e6 / 48)]);
    expect([bench.get('STS'), bench.get('ARM'), bench.global('GIS')]).toEqual([END, 0, 1]);
    expect(bench.get('ADRH') * 2 ** 32 + bench.get('ADRL')).toBe(address + 80);
    bench.set('STS', END);
    expect([bench.get('STS'), bench.line, bench.global('GIS')]).toEqual([0, false, 0]);
  });

  it('plays the FIFO out, then silence, and says when that began and how long it was', () => {
    const { bench, address, sound } = running();
    bench.toFrame(20);
    bench.set('STS', END);
    bench.toFrame(24);
    expect([bench.get('STS'), bench.get('LVL'), bench.get('LOST')]).toEqual([0, 0, 0]);
    bench.passTo(25);
    expect(bench.rises.at(-1)).toBe(Math.ceil(25e6 / 48));
    expect([bench.get('STS'), bench.get('LOST'), bench.get('LOSTAT')]).toEqual([XRUN, 1, 24]);
    bench.set('STS', XRUN);
    bench.toFrame(27);
    // One loss is told once, however long it is.
    expect([bench.get('STS'), bench.get('LOST'), bench.rises.length]).toEqual([0, 3, 2]);
    bench.point(address);
    bench.set('ARM', 1);
    expect([bench.get('CNT'), bench.get('LVL')]).toEqual([16, 4]);
    bench.toFrame(30);
    expect(bench.ear.parts).toEqual([
      { silence: 4 },
      { sound },
      { silence: 3 },
      { sound: sound.slice(0, 12) },
    ]);
    // The next loss is told again: 20 frames from frame 27 on, less none.
    bench.toFrame(48);
    expect([bench.get('STS'), bench.get('LOSTAT'), bench.get('LOST')]).toEqual([END | XRUN, 47, 4]);
  });

  it('goes on without a gap when it is armed while the FIFO lasts', () => {
    const { bench, address, sound } = running();
    for (let pass = 1; pass <= 5; pass++) {
      bench.toFrame(20 * pass + 4);
      bench.set('STS', END);
      bench.point(address);
      bench.set('ARM', 1);
    }
    expect(bench.get('LOST')).toBe(0);
    expect(bench.ear.parts).toEqual([
      { silence: 4 },
      { sound: Array.from({ length: 5 }, () => sound).flat() },
    ]);
  });

  it('takes no new address, length or format while it has one', () => {
    const { bench, address, sound } = running();
    bench.toFrame(5);
    bench.point(0);
    bench.set('FMT', 1);
    bench.set('RATE', 8_000);
    bench.set('ARM', 1);
    expect(bench.get('ADRL')).toBe((address + 20) % 2 ** 32);
    expect([bench.get('FMT'), bench.get('RATE'), bench.get('CNT')]).toEqual([
      STEREO_16,
      48_000,
      20,
    ]);
    bench.toFrame(24);
    expect(bench.ear.parts).toEqual([{ silence: 4 }, { sound }]);
  });

  it('goes on from where CNT is written between ARM and RUN, and ends where the buffer does', () => {
    const { bench, address, sound } = running({ notifies: 'threshold' });
    bench.toFrame(5);
    bench.set('CNT', 0);
    expect(bench.get('CNT')).toBe(20);
    bench.set('CTL', RESET);
    bench.program(address, 20);
    bench.set('THR', 40);
    bench.set('IEN', END | THRESHOLD);
    bench.set('CNT', 48);
    bench.set('ARM', 1);
    // Not armed, half a frame, and the end of the buffer: none of that is a place in a pass.
    bench.set('CNT', 50);
    bench.set('CNT', 80);
    expect(bench.get('CNT')).toBe(0);
    bench.set('CNT', 48);
    expect(bench.get('CNT')).toBe(48);
    bench.set('CTL', RUN);
    const startNs = bench.clock.now;
    bench.clock.advanceTo(startNs + Math.ceil(8e6 / 48));
    expect([bench.get('STS'), bench.get('CNT'), bench.get('ARM')]).toEqual([
      END | THRESHOLD,
      80,
      0,
    ]);
    expect(bench.rises).toEqual([startNs + Math.ceil(8e6 / 48)]);
    bench.clock.advanceTo(startNs + Math.ceil(12e6 / 48));
    bench.device.settle();
    expect(bench.ear.parts.at(-1)).toEqual({ sound: sound.slice(48) });
  });

  it('is silent and still between RUN and RUN, and begins anew after RESET', () => {
    const { bench, address, sound } = running();
    // Three frame periods are whole nanoseconds, so that a pause keeps in step.
    bench.toFrame(12);
    bench.set('CTL', 0);
    bench.toFrame(60);
    expect([bench.get('CNT'), bench.get('LVL'), bench.get('LNK')]).toEqual([48, 4, 12]);
    bench.set('CTL', RUN);
    bench.toFrame(63);
    bench.set('CTL', RESET);
    expect([bench.get('CTL'), bench.get('LVL'), bench.get('LNK'), bench.get('ARM')]).toEqual([
      0, 0, 0, 0,
    ]);
    bench.toFrame(72);
    bench.program(address, 20);
    bench.set('ARM', 1);
    bench.set('CTL', RUN);
    bench.toFrame(78);
    expect(bench.ear.parts).toEqual([
      { silence: 4 },
      { sound: sound.slice(0, 32) },
      { silence: 48 },
      { sound: sound.slice(32, 44) },
      { silence: 9 + 4 },
      { sound: sound.slice(0, 8) },
    ]);
  });

  it('never raises its line when it cannot interrupt, and keeps its status all the same', () => {
    const { bench } = running({ notifies: 'never' });
    expect(bench.get('IEN')).toBe(0);
    bench.toFrame(40);
    expect([bench.get('STS'), bench.rises.length]).toEqual([END | XRUN, 0]);
    expect(bench.clock.pending).toEqual([]);
  });

  it('is heard through a plug only', () => {
    const { bench, sound } = running();
    bench.toFrame(8);
    bench.device.speaker.jackPresent = false;
    bench.toFrame(10);
    bench.device.speaker.jackPresent = true;
    bench.toFrame(12);
    expect(bench.ear.parts).toEqual([
      { silence: 4 },
      { sound: sound.slice(0, 16) },
      { silence: 2 },
      { sound: sound.slice(24, 32) },
    ]);
  });

  it('leaves nothing when it is switched off', () => {
    const { bench } = running();
    bench.toFrame(20);
    bench.device.powerOff();
    expect([bench.line, bench.clock.pending]).toEqual([false, []]);
  });
});

describe('an engine that loops', () => {
  it('goes round a list of pages, cut where the pages are, with a threshold', () => {
    const bench = new DmaBench({
      fifoFrames: 8,
      loops: true,
      gathers: true,
      notifies: 'threshold',
    });
    const pages = [bench.memory.allocate(1), bench.memory.allocate(1)];
    const [first = 0, second = 0] = pages;
    // 6 bytes in a frame: 3 channels of 16 bits, so that the page boundary cuts one.
    const frames = 1000;
    const sound = bench.fill(second, DMA_PAGE_BYTES);
    const rest = bench.fill(first, 6 * frames - DMA_PAGE_BYTES, 77);
    const list = bench.memory.allocate(1);
    for (const [index, page] of [second, first].entries()) {
      bench.memory.putWord(list + 8 * index, page % 2 ** 32);
      bench.memory.putWord(list + 8 * index + 4, Math.floor(page / 2 ** 32));
    }
    bench.program(list, 1);
    bench.set('FMT', (16 << 16) | (2 << 8) | 3);
    bench.set('LEN', 6 * frames);
    bench.set('THR', 3 * frames);
    bench.set('IEN', THRESHOLD | XRUN);
    bench.set('ARM', 1);
    bench.set('CTL', RUN);
    for (let half = 1; half <= 5; half++) {
      bench.passTo(500 * half);
      expect([bench.rises.length, bench.get('STS') & THRESHOLD]).toEqual([half, THRESHOLD]);
      bench.set('STS', THRESHOLD | END);
    }
    expect([bench.get('CNT'), bench.get('ARM'), bench.get('LOST')]).toEqual([3000, 1, 0]);
    const lap = [...sound, ...rest];
    const heard = [...lap, ...lap, ...lap].slice(0, 6 * (2500 - 8));
    expect(bench.ear.parts).toEqual([{ silence: 8 }, { sound: heard }]);
  });

  it('goes through one run of pages from the middle of a page', () => {
    const bench = new DmaBench({ fifoFrames: 2, loops: true });
    const address = bench.memory.allocate(3) + 4094;
    const frames = 1100;
    const sound = bench.fill(address, frames * FRAME_BYTES);
    bench.program(address, frames);
    bench.set('ARM', 1);
    bench.set('CTL', RUN);
    bench.toFrame(2 * frames + 2);
    expect(bench.ear.parts).toEqual([{ silence: 2 }, { sound: [...sound, ...sound] }]);
  });

  it('sets no alarm when nothing is to interrupt', () => {
    const bench = new DmaBench({ loops: true });
    const address = bench.memory.allocate(1);
    bench.program(address, 100);
    bench.set('IEN', XRUN);
    bench.set('ARM', 1);
    bench.set('CTL', RUN);
    expect(bench.clock.pending).toEqual([]);
    bench.toFrame(250);
    expect([bench.get('CNT'), bench.get('STS')]).toEqual([50 * FRAME_BYTES, END]);
  });
});

describe('a capture engine', () => {
  it('stores a frame that was in the FIFO for half of its depth, and loses the newest', () => {
    const bench = new DmaBench({ fifoFrames: 6 });
    const address = bench.memory.allocate(1);
    let spoken = 0;
    bench.device.lineIn.source = {
      speak: (bytes, offset, frames) => {
        for (let at = 0; at < 4 * frames; at++) bytes[offset + at] = 1 + Math.floor(spoken++ / 4);
      },
    };
    bench.program(address, 10, 1);
    bench.set('IEN', END | XRUN, 1);
    bench.set('ARM', 1, 1);
    bench.set('CTL', RUN, 1);
    bench.toFrame(8);
    expect([bench.get('CNT', 1), bench.get('LVL', 1)]).toEqual([20, 3]);
    expect(bench.memory.take(address, 24)).toEqual(
      [1, 2, 3, 4, 5, 0].flatMap((frame) => [frame, frame, frame, frame]),
    );
    bench.toFrame(13);
    expect([bench.get('STS', 1), bench.global('GIS')]).toEqual([END, 2]);
    bench.set('STS', END, 1);
    bench.toFrame(18);
    expect([bench.get('STS', 1), bench.get('LOST', 1), bench.get('LVL', 1)]).toEqual([XRUN, 2, 6]);
    expect(bench.get('LOSTAT', 1)).toBe(16);
    bench.point(address, 1);
    bench.set('ARM', 1, 1);
    bench.toFrame(23);
    // Frames 17 and 18 were lost.
    const stored = [11, 12, 13, 14, 15, 16, 19, 20].flatMap((frame) => [
      frame,
      frame,
      frame,
      frame,
    ]);
    expect(bench.get('CNT', 1)).toBe(stored.length);
    expect(bench.memory.take(address, stored.length)).toEqual(stored);
  });
});

describe('values that make no sense', () => {
  it('leave the engine as it was, with STS.CONFIG', () => {
    const bench = new DmaBench({ lowAddress: 2 ** 32, notifies: 'threshold' });
    const address = bench.memory.allocate(1);
    const refused = (change: () => void): void => {
      bench.set('CTL', RESET);
      bench.program(address, 8);
      change();
      bench.set('ARM', 1);
      expect([bench.get('STS'), bench.get('ARM')]).toEqual([CONFIG, 0]);
    };
    refused(() => bench.set('LEN', 0));
    refused(() => bench.set('LEN', 30));
    refused(() => bench.set('THR', 12));
    refused(() => bench.set('FMT', 0));
    refused(() => bench.set('FMT', (33 << 16) | (4 << 8) | 2));
    refused(() => bench.set('RATE', 7_999));
    refused(() => bench.point(2 ** 32 - 16));
    bench.set('CTL', RESET);
    bench.set('CTL', RUN);
    expect([bench.get('STS'), bench.get('CTL')]).toEqual([CONFIG, 0]);
  });

  it('are refused in traits', () => {
    expect(() => new DmaBench({ fifoFrames: 1 })).toThrow(/fifoFrames/);
    expect(() => new DmaBench({ highAddress: 0x1000 })).toThrow(/lowAddress/);
    expect(() => new DmaBench({ highAddress: 2 ** 45 - 1 })).toThrow(/lowAddress/);
  });
});

it('tells what it is and what it can do', () => {
  const bench = new DmaBench({ fifoFrames: 10, gathers: true, notifies: 'threshold' });
  expect(bench.global('ID')).toBe(SIMPLE_DMA_ID);
  expect(bench.global('CAP')).toBe(0b1110);
  expect(bench.global('FIFO')).toBe((5 << 16) | 10);
  expect([bench.global('WINL'), bench.global('WINH')]).toEqual([0, Math.floor(HIGH / 4096)]);
});
