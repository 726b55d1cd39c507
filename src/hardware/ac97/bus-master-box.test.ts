import { describe, expect, it } from 'vitest';
import { Ac97Bench, BCIS, DCH, FEIE, FIFOE, IOCE, LVBIE, RPBM, RR } from './ac97.test-support.ts';

const FRAME_NS = 1_000_000_000 / 48_000;
/** What a stream that starts at 0 has sent after so many frame periods: 16 are the FIFO's. */
const FIFO = 16;

describe("the registers of a box (ICH datasheet 12.2, bus master's registers)", () => {
  it('hold their reset values: halted and nothing else', () => {
    const bench = new Ac97Bench();
    for (const base of [0x00, 0x10, 0x20]) {
      expect(bench.read(base, 4)).toBe(0);
      expect(bench.read(base + 4, 4)).toBe(0x0001_0000);
      expect(bench.read(base + 8, 4)).toBe(0);
    }
  });

  it('take only the bits that can be written: base 31:3, index 4:0, enables and run', () => {
    const bench = new Ac97Bench();
    bench.set('BDBAR', 0xffff_ffff);
    bench.set('LVI', 0xff);
    bench.set('CIV', 0x1f);
    bench.set('PICB', 0xffff);
    bench.set('PIV', 0x1f);
    bench.set('CR', 0xff & ~RPBM & ~RR);
    bench.set('SR', 0xffff);
    expect(bench.get('BDBAR')).toBe(0xffff_fff8);
    expect([bench.get('CIV'), bench.get('LVI'), bench.get('SR')]).toEqual([0, 0x1f, DCH]);
    expect([bench.get('PICB'), bench.get('PIV'), bench.get('CR')]).toEqual([0, 0, 0x1c]);
  });

  it('can be read together: CIV, LVI and SR in one dword, PICB, PIV and CR in another', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(100);
    bench.program([
      { address, samples },
      { address, samples },
    ]);
    bench.set('CR', RPBM | IOCE);
    bench.pass(130);
    expect(bench.read(0x14, 4)).toBe(0x0000_0101);
    expect(bench.read(0x18, 4)).toBe(0x1102_0000 + 2 * 70);
  });
});

describe("an engine that runs (AC'97 Programmer's Reference Manual 3.2)", () => {
  it('counts in PICB the samples not yet read from memory, and is heard a FIFO later', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    expect([bench.get('PICB'), bench.get('SR')]).toEqual([200, 0]);
    bench.pass(30);
    expect(bench.get('PICB')).toBe(140);
    expect(bench.ear.parts).toEqual([{ silence: FIFO }, { sound: data.slice(0, 4 * (30 - FIFO)) }]);
  });

  it('walks scattered buffers at any even address, and is heard exactly in any number of looks', () => {
    const play = (step: number) => {
      const bench = new Ac97Bench().boot();
      const data = Array.from({ length: 3 * 5000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
      const entries = [0, 1, 2].map((part) => {
        const address = bench.memory.allocate(3) + 130 + 2 * part;
        bench.memory.put(address, data.slice(5000 * part, 5000 * (part + 1)));
        return { address, samples: 2500 };
      });
      bench.program(entries);
      bench.set('CR', RPBM);
      const start = bench.clock.now;
      for (let at = step; at < 3700; at += step) {
        bench.clock.advanceTo(start + Math.ceil(at * FRAME_NS));
        bench.device.settle();
      }
      bench.clock.advanceTo(start + Math.ceil(3700 * FRAME_NS));
      bench.device.settle();
      expect(bench.ear.sound).toEqual(data.slice(0, 4 * (3700 - FIFO)));
      return bench.ear.parts;
    };
    const whole = play(3700);
    for (const step of [1, 7, 16, 100, 1251]) expect(play(step)).toEqual(whole);
  });

  it('moves buffers of one frame, and of many pages across a 64 KiB boundary [WPC-HW-007]', () => {
    const bench = new Ac97Bench().boot();
    bench.memory.allocate(13);
    const { address, data } = bench.frames(5_000);
    expect([address, address + data.length].map((at) => at >> 16)).toEqual([0x10, 0x11]);
    bench.program([
      { address, samples: 2 },
      { address: address + 4, samples: 9_998 },
    ]);
    bench.set('CR', RPBM);
    bench.listen(5_000 + FIFO);
    expect(bench.ear.sound).toEqual(data);
  });

  it('goes round 32 descriptors as long as LVI stays ahead: CIV rolls over after 31', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(10);
    bench.program(Array.from({ length: 32 }, () => ({ address, samples })));
    bench.set('CR', RPBM);
    bench.pass(10 * 31 + 5);
    expect([bench.get('CIV'), bench.get('PIV')]).toEqual([31, 0]);
    bench.set('LVI', 20);
    bench.pass(10);
    expect([bench.get('CIV'), bench.get('PIV'), bench.get('SR')]).toEqual([0, 1, 0]);
    bench.pass(10 * 20);
    expect([bench.get('CIV'), bench.get('SR')]).toEqual([20, 0]);
  });

  it('does not see an entry that changes after it was prefetched, but one that was not yet valid', () => {
    const bench = new Ac97Bench().boot();
    const first = bench.frames(20);
    const second = bench.frames(20, 101);
    const list = bench.program([first, first, first]);
    bench.set('LVI', 1);
    bench.set('CR', RPBM);
    // Entry 1 is prefetched as soon as entry 0 is processed; entry 2 lies behind LVI.
    bench.putEntry(list, 1, second);
    bench.putEntry(list, 2, second);
    bench.set('LVI', 2);
    bench.listen(60 + FIFO);
    expect(bench.ear.sound).toEqual([...first.data, ...first.data, ...second.data]);
  });

  it('skips a buffer of length 0, with its interrupt', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(20);
    bench.program([
      { address, samples },
      { address, samples: 0, ioc: true },
      { address, samples },
    ]);
    bench.set('CR', RPBM | IOCE);
    const start = bench.clock.now;
    bench.listen(30);
    expect(bench.rises).toEqual([start + Math.ceil(20 * FRAME_NS)]);
    expect([bench.get('CIV'), bench.get('PICB')]).toEqual([2, 20]);
    bench.listen(10 + FIFO);
    expect(bench.ear.sound).toEqual([...data, ...data]);
  });

  it('does not join a frame that two buffers share (3.4.2): the part is not moved', () => {
    const bench = new Ac97Bench().boot();
    const { address, data } = bench.frames(40);
    bench.program([
      { address, samples: 21 },
      { address: address + 40, samples: 20 },
    ]);
    bench.set('CR', RPBM);
    bench.listen(20 + FIFO);
    expect(bench.ear.sound).toEqual(data.slice(0, 80));
    expect(bench.trace.tail().join()).toContain('ac97-split-frame box=1 civ=0 samples=1');
  });
});

describe('interrupts (ICH datasheet 12.2.7)', () => {
  it('come at the nanosecond at which a buffer with IOC is complete, and only with IOCE', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(30);
    bench.program([
      { address, samples },
      { address, samples, ioc: true },
      { address, samples },
    ]);
    bench.set('CR', RPBM | IOCE);
    const start = bench.clock.now;
    bench.pass(80);
    expect(bench.rises).toEqual([start + Math.ceil(60 * FRAME_NS)]);
    expect([bench.get('SR'), bench.global('GLOB_STA') & 0xe0]).toEqual([BCIS, 0x40]);
    bench.set('CR', RPBM);
    expect(bench.isAsserted).toBe(false);
    expect(bench.global('GLOB_STA') & 0xe0).toBe(0);
    bench.set('CR', RPBM | IOCE);
    expect(bench.isAsserted).toBe(true);
  });

  it('may be served at once: a handler that acknowledges and adds a buffer keeps it going', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(30);
    bench.program(Array.from({ length: 32 }, () => ({ address, samples, ioc: true })));
    bench.set('LVI', 1);
    bench.onAssert = () => {
      bench.set('SR', bench.get('SR'));
      bench.set('LVI', (bench.get('CIV') + 1) % 32);
    };
    bench.set('CR', RPBM | IOCE);
    bench.listen(30 * 40);
    expect(bench.rises).toHaveLength(40);
    const heard = Array.from({ length: 40 }, () => data).flat();
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: heard.slice(0, 4 * (1200 - FIFO)) },
    ]);
  });

  it('tell a FIFO error, in which the last sample is sent again', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(60);
    bench.program([{ address, samples, ioc: true }]);
    bench.set('CR', RPBM | FEIE | IOCE);
    const start = bench.clock.now;
    bench.pass(20);
    bench.device.injectFifoError('PCM_OUT', 3);
    expect([bench.get('SR'), bench.isAsserted]).toEqual([FIFOE, true]);
    bench.set('SR', FIFOE);
    bench.listen(50);
    expect(bench.rises[1]).toBe(start + Math.ceil(63 * FRAME_NS));
    const fourth = data.slice(12, 16);
    expect(bench.ear.sound).toEqual([
      ...data.slice(0, 16),
      ...fourth,
      ...fourth,
      ...fourth,
      ...data.slice(16, 4 * (70 - FIFO - 3)),
    ]);
    expect(() => bench.device.injectFifoError('PCM_IN')).toThrow(/does not run/);
  });
});

describe('pause and reset', () => {
  it('pause keeps every register; the FIFO is sent, then silence; run goes on (3.2.4)', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(200);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(50);
    bench.set('CR', 0);
    expect([bench.get('SR'), bench.get('PICB'), bench.get('CIV')]).toEqual([DCH, 300, 0]);
    bench.pass(100);
    expect(bench.get('PICB')).toBe(300);
    bench.set('CR', RPBM);
    expect(bench.get('SR')).toBe(0);
    bench.listen(50);
    expect(bench.get('PICB')).toBe(200);
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: data.slice(0, 4 * 50) },
      { silence: 100 },
      { sound: data.slice(4 * 50, 4 * (100 - FIFO)) },
    ]);
  });

  it('a pause shorter than the FIFO cuts nothing out', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(200);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(50);
    bench.set('CR', 0);
    bench.pass(5);
    bench.set('CR', RPBM);
    bench.listen(50);
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: data.slice(0, 4 * 50) },
      { silence: 5 },
      { sound: data.slice(4 * 50, 4 * (100 - FIFO)) },
    ]);
  });

  it('RR resets all registers but the interrupt enables, and clears itself', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(20);
    bench.program([{ address, samples, ioc: true }]);
    bench.set('CR', RPBM | IOCE | LVBIE);
    bench.pass(30);
    expect(bench.isAsserted).toBe(true);
    bench.set('CR', IOCE | LVBIE);
    bench.set('CR', IOCE | LVBIE | RR);
    expect(bench.isAsserted).toBe(false);
    expect(bench.get('BDBAR')).toBe(0);
    expect(bench.read(0x14, 4)).toBe(0x0001_0000);
    expect(bench.read(0x18, 4)).toBe((IOCE | LVBIE) * 0x0100_0000);
  });

  it('RR while the engine runs does nothing, and the trace tells', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(50);
    bench.set('CR', RPBM | RR);
    expect([bench.get('CR'), bench.get('PICB')]).toEqual([RPBM, 100]);
    expect(bench.trace.tail().join()).toContain('ac97-stray space=1 offset=0x1b width=1 written=1');
    bench.set('CR', RR);
    expect(bench.get('PICB')).toBe(100);
    bench.listen(20);
    expect(bench.ear.sound).toEqual(data.slice(0, 4 * 50));
  });
});
