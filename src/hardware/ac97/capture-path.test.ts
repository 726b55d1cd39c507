import { describe, expect, it } from 'vitest';
import { DMA_PAGE_BYTES } from '../device.ts';
import { Ac97Bench, CELV, counting, DCH, LVBCI, LVBIE, RPBM } from './ac97.test-support.ts';

const FRAME_NS = 1_000_000_000 / 48_000;
/** What a stream that starts at 0 has sent after so many frame periods: 16 are the FIFO's. */
const _FIFO = 16;

describe('an input engine', () => {
  const recording = (frames: readonly number[]) => {
    const bench = new Ac97Bench().boot();
    let spoken = 0;
    bench.device.lineIn.source = {
      speak: (bytes, offset, count) => {
        for (let at = 0; at < 4 * count; at++) bytes[offset + at] = 1 + Math.floor(spoken++ / 4);
      },
    };
    const entries = frames.map((count) => {
      return { address: bench.memory.allocate(2) + DMA_PAGE_BYTES - 8, samples: 2 * count };
    });
    bench.program(entries, 'PCM_IN');
    return { bench, addresses: entries.map(({ address }) => address) };
  };

  it('counts in PICB the samples not yet written to memory, half a FIFO behind the link', () => {
    const { bench, addresses } = recording([30, 30]);
    bench.set('CR', RPBM | LVBIE, 'PCM_IN');
    const start = bench.clock.now;
    bench.pass(28);
    expect(bench.get('PICB', 'PCM_IN')).toBe(2 * 10);
    bench.pass(22);
    expect([bench.get('CIV', 'PCM_IN'), bench.get('PICB', 'PCM_IN')]).toEqual([1, 2 * 18]);
    expect(bench.memory.take(addresses[0] as number, 120)).toEqual(counting(30));
    bench.pass(30);
    // LVBCI: the data for the last buffer have been written to memory (12.2.4).
    expect(bench.rises).toEqual([start + Math.ceil(68 * FRAME_NS)]);
    expect(bench.get('SR', 'PCM_IN')).toBe(DCH | CELV | LVBCI);
    expect(bench.global('GLOB_STA') & 0xe0).toBe(0x20);
    expect(bench.memory.take(addresses[1] as number, 120)).toEqual(counting(30, 31));
  });

  it('loses what a full FIFO has no room for, until LVI names a new buffer', () => {
    const { bench, addresses } = recording([30, 40]);
    bench.set('LVI', 0, 'PCM_IN');
    bench.set('CR', RPBM, 'PCM_IN');
    // 30 frames in memory, 16 in the FIFO, 4 lost.
    bench.pass(50);
    bench.set('LVI', 1, 'PCM_IN');
    bench.listen(31);
    const stored = bench.memory.take(addresses[1] as number, 160);
    expect(stored.slice(0, 4 * 16)).toEqual(counting(16, 31));
    expect(stored.slice(4 * 16, 4 * 39)).toEqual(counting(23, 51));
    expect(stored.slice(4 * 39)).toEqual([0, 0, 0, 0]);
  });

  it('does not hear what is spoken in a pause', () => {
    const { bench, addresses } = recording([60]);
    bench.set('CR', RPBM, 'PCM_IN');
    bench.pass(20);
    bench.set('CR', 0, 'PCM_IN');
    bench.pass(100);
    bench.set('CR', RPBM, 'PCM_IN');
    bench.pass(20);
    expect(bench.get('PICB', 'PCM_IN')).toBe(2 * (60 - 32));
    const stored = bench.memory.take(addresses[0] as number, 4 * 32);
    expect(stored).toEqual([...counting(20), ...counting(12, 121)]);
  });

  it('records the microphone ADC in mono', () => {
    const bench = new Ac97Bench().boot();
    let spoken = 0;
    bench.device.dedicatedMicrophone.source = {
      speak: (bytes, offset, count, format) => {
        expect(format).toMatchObject({ rateHz: 48_000, channels: 1, bits: 16 });
        for (let at = 0; at < 2 * count; at++) bytes[offset + at] = 1 + Math.floor(spoken++ / 2);
      },
    };
    const address = bench.memory.allocate(1);
    bench.program([{ address, samples: 100 }], 'MIC_IN');
    bench.set('CR', RPBM, 'MIC_IN');
    bench.pass(48);
    expect(bench.get('PICB', 'MIC_IN')).toBe(60);
    const expected = Array.from({ length: 80 }, (_, at) => 1 + (at >> 1));
    expect(bench.memory.take(address, 80)).toEqual(expected);
  });
});
