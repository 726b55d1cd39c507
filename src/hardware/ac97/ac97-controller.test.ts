import { describe, expect, it } from 'vitest';
import { COLD_RESET_NS, WARM_RESET_NS } from './ac-link.ts';
import { Ac97Bench, BCIS, DCH, IOCE, RPBM } from './ac97.test-support.ts';

const PCR = 0x100;
const RCS = 0x8000;
const MULTICHANNEL = 0x30_0000;

describe('the global registers (ICH datasheet 12.2.8, 12.2.9)', () => {
  it('come up with the codec in cold reset, and tell of six channels', () => {
    const bench = new Ac97Bench();
    expect([bench.global('GLOB_CNT'), bench.global('GLOB_STA')]).toEqual([0, MULTICHANNEL]);
    bench.runFor(10 * COLD_RESET_NS);
    expect(bench.global('GLOB_STA')).toBe(MULTICHANNEL);
  });

  it('say that the codec is ready a while after the cold reset has ended', () => {
    const bench = new Ac97Bench();
    bench.setGlobal('GLOB_CNT', 0x2);
    bench.runFor(COLD_RESET_NS - 1);
    expect(bench.global('GLOB_STA') & PCR).toBe(0);
    bench.runFor(1);
    expect(bench.global('GLOB_STA') & PCR).toBe(PCR);
  });

  it('keep two bits for software, and take no others', () => {
    const bench = new Ac97Bench().boot();
    bench.setGlobal('GLOB_STA', 0xffff_ffff);
    expect(bench.global('GLOB_STA')).toBe(MULTICHANNEL | 0x3_0000 | PCR);
    bench.setGlobal('GLOB_CNT', 0xffff_ffff);
    // Six channels and four are a reserved value; the warm reset finds BIT_CLK running.
    expect(bench.global('GLOB_CNT')).toBe(0x30_000b);
  });

  it('lose all data in controller and codec in a cold reset', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(20);
    bench.program([{ address, samples, ioc: true }]);
    bench.set('CR', RPBM | IOCE);
    bench.pass(30);
    expect(bench.isAsserted).toBe(true);
    bench.setGlobal('GLOB_CNT', 0);
    expect(bench.isAsserted).toBe(false);
    expect([bench.get('CR'), bench.get('SR'), bench.get('BDBAR')]).toEqual([0, DCH, 0]);
    bench.setGlobal('GLOB_CNT', 0x2);
    bench.runFor(COLD_RESET_NS);
    expect(bench.mixer('MASTER_VOLUME')).toBe(0x8000);
  });

  it("cut a stream short in a cold reset; the ear's time goes on", () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(50);
    bench.setGlobal('GLOB_CNT', 0);
    bench.listen(50);
    expect(bench.ear.parts).toEqual([
      { silence: 16 },
      { sound: data.slice(0, 4 * 34) },
      { silence: 50 },
    ]);
  });

  it('tell GPI changes, with an interrupt if GIE is set', () => {
    const bench = new Ac97Bench().boot();
    bench.device.gpiStatusChanged();
    expect([bench.global('GLOB_STA') & 1, bench.isAsserted]).toEqual([1, false]);
    bench.setGlobal('GLOB_CNT', 0x3);
    expect(bench.isAsserted).toBe(true);
    bench.setGlobal('GLOB_STA', 1);
    expect([bench.global('GLOB_STA') & 1, bench.isAsserted]).toEqual([0, false]);
  });

  it('show which box interrupts: the line drops when the last cause is gone', () => {
    const bench = new Ac97Bench().boot();
    for (const channel of ['PCM_IN', 'PCM_OUT', 'MIC_IN'] as const) {
      const { address, samples } = bench.frames(100);
      bench.program([{ address, samples, ioc: true }], channel);
      bench.set('CR', RPBM | IOCE, channel);
    }
    bench.pass(300);
    expect(bench.global('GLOB_STA') & 0xe0).toBe(0xe0);
    bench.set('SR', BCIS, 'PCM_IN');
    expect([bench.global('GLOB_STA') & 0xe0, bench.isAsserted]).toEqual([0xc0, true]);
    bench.set('SR', BCIS, 'MIC_IN');
    bench.set('SR', BCIS, 'PCM_OUT');
    expect([bench.global('GLOB_STA') & 0xe0, bench.isAsserted]).toEqual([0, false]);
    expect(bench.rises).toHaveLength(1);
  });
});

describe("the AC-link (ICH datasheet 12.2.8; AC'97 2.3, 4.2)", () => {
  it('stands still while the codec sleeps (PR4): nothing moves, nothing answers', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(50);
    bench.setMixer('POWERDOWN', 0x1000);
    bench.pass(100);
    expect([bench.get('PICB'), bench.global('GLOB_STA') & PCR]).toEqual([100, 0]);
    expect(bench.mixer('MASTER_VOLUME')).toBe(0xffff);
    bench.setGlobal('GLOB_CNT', 0x6);
    bench.runFor(WARM_RESET_NS);
    bench.listen(50);
    expect(bench.get('PICB')).toBe(0);
    expect(bench.ear.sound).toEqual(data.slice(0, 4 * 84));
  });

  it("wakes by a warm reset, which keeps the codec's registers and clears itself", () => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('MASTER_VOLUME', 0x0707);
    bench.setGlobal('GLOB_CNT', 0x6);
    expect(bench.global('GLOB_CNT')).toBe(0x2);
    bench.setMixer('POWERDOWN', 0x1000);
    bench.setGlobal('GLOB_CNT', 0x6);
    expect(bench.global('GLOB_CNT')).toBe(0x6);
    bench.runFor(WARM_RESET_NS);
    expect([bench.global('GLOB_CNT'), bench.global('GLOB_STA') & PCR]).toEqual([0x2, PCR]);
    expect([bench.mixer('MASTER_VOLUME'), bench.mixer('POWERDOWN')]).toEqual([0x0707, 0x000f]);
  });

  it('can be shut off by the controller', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.setGlobal('GLOB_CNT', 0xa);
    bench.pass(50);
    expect([bench.get('PICB'), bench.global('GLOB_STA') & PCR]).toEqual([200, 0]);
    bench.setGlobal('GLOB_CNT', 0x2);
    bench.pass(50);
    expect(bench.get('PICB')).toBe(100);
  });
});

describe('access to the codec', () => {
  it('is by words; a read that nobody answers is all ones, and sets RCS', () => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('MASTER_VOLUME', 0x0305);
    expect([bench.readNam(0x02, 1), bench.readNam(0x00, 4)]).toEqual([0xff, 0xffff_ffff]);
    bench.writeNam(0x02, 1, 0x1f);
    expect([bench.mixer('MASTER_VOLUME'), bench.global('GLOB_STA') & RCS]).toEqual([0x0305, 0]);
    // The second codec is not there.
    expect([bench.readNam(0x80, 2), bench.global('GLOB_STA') & RCS]).toEqual([0xffff, RCS]);
    bench.setGlobal('GLOB_STA', RCS);
    expect(bench.global('GLOB_STA') & RCS).toBe(0);
    expect(bench.trace.tail().join()).toContain('ac97-stray space=0 offset=0x80 width=2 written=0');
  });

  it('goes nowhere before the codec is ready', () => {
    const bench = new Ac97Bench();
    expect([bench.mixer('RESET'), bench.global('GLOB_STA') & RCS]).toEqual([0xffff, RCS]);
    bench.setMixer('MASTER_VOLUME', 0);
    bench.setGlobal('GLOB_CNT', 0x2);
    bench.runFor(COLD_RESET_NS);
    expect(bench.mixer('MASTER_VOLUME')).toBe(0x8000);
  });

  it('is taken by the read of CAS that finds it free, and given back by the access', () => {
    const bench = new Ac97Bench().boot();
    bench.runFor(100_000);
    expect([bench.global('CAS'), bench.global('CAS'), bench.global('CAS')]).toEqual([0, 1, 1]);
    bench.mixer('MASTER_VOLUME');
    expect(bench.global('CAS')).toBe(0);
    bench.setMixer('MASTER_VOLUME', 0);
    // The write is on its way for one frame of the link.
    expect(bench.global('CAS')).toBe(1);
    bench.runFor(20_833);
    expect(bench.global('CAS')).toBe(1);
    bench.runFor(1);
    expect(bench.global('CAS')).toBe(0);
  });
});

describe('the bus master', () => {
  it('tells of accesses where no register is', () => {
    const bench = new Ac97Bench().boot();
    expect([bench.read(0x0c, 4), bench.read(0x38, 4)]).toEqual([0, 0]);
    bench.write(0x1c, 4, 1);
    const stray = bench.trace.tail().filter((row) => row.includes('ac97-stray'));
    expect(stray.map((row) => row.replace(/^\S+ /, ''))).toEqual([
      'ac97-stray space=1 offset=0xc width=4 written=0',
      'ac97-stray space=1 offset=0x38 width=4 written=0',
      'ac97-stray space=1 offset=0x1c width=4 written=1',
    ]);
  });

  it('leaves nothing when it is switched off, and comes back as after power on', () => {
    const bench = new Ac97Bench().boot();
    const { address, samples } = bench.frames(100);
    bench.program([{ address, samples, ioc: true }]);
    bench.set('CR', RPBM | IOCE);
    bench.pass(20);
    bench.device.powerOff();
    expect([bench.isAsserted, bench.clock.pending]).toEqual([false, []]);
    expect([bench.global('GLOB_CNT'), bench.get('CR'), bench.get('SR')]).toEqual([0, 0, DCH]);
  });

  it('counts frames by the crystal of the codec, which may be fast or slow', () => {
    const passed = (driftPpm: number): number => {
      const bench = new Ac97Bench({ driftPpm }).boot();
      const { address, samples } = bench.frames(16_000);
      bench.program(Array.from({ length: 32 }, () => ({ address, samples })));
      bench.set('CR', RPBM);
      bench.runFor(10_000_000_000);
      return bench.get('CIV') * 16_000 + (32_000 - bench.get('PICB')) / 2;
    };
    expect([0, 100, -100].map(passed)).toEqual([480_000, 480_048, 479_952]);
  });

  it('gives the same trace in every run', () => {
    const run = () => {
      const bench = new Ac97Bench().boot();
      const { address, samples } = bench.frames(100);
      bench.program([
        { address, samples, ioc: true },
        { address, samples, ioc: true },
      ]);
      bench.onAssert = () => bench.set('SR', BCIS);
      bench.set('CR', RPBM | IOCE);
      bench.pass(300);
      return bench.trace.tail(100).join('\n');
    };
    expect(run()).toBe(run());
    expect(run()).toContain('ac97-halt box=1 civ=1');
  });
});
