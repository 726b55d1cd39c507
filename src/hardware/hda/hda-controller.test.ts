import { describe, expect, it } from 'vitest';
import type { RegisterRow } from '../../base/registers.ts';
import { GCAP, HDA_CONTROLLER_REGISTERS } from '../../standards/hda/controller-registers.ts';
import { HDA_STREAM_REGISTERS } from '../../standards/hda/stream-registers.ts';
import type { AccessWidth } from '../device.ts';
import { HdaBench, pattern, RUN, RUN_IOCE, streamBase } from './hda.test-support.ts';
import { HdaController } from './hda-controller.ts';

const FORMAT_48K_16_2 = 0x0011;

/** name, offset, bytes, value after reset, value after all ones were written and settled */
const GLOBAL_TABLE = `
  GCAP        00 2 4403     4403
  VMIN        02 1 00       00
  VMAJ        03 1 01       01
  OUTPAY      04 2 3c       3c
  INPAY       06 2 1d       1d
  WAKEEN      0c 2 0        7fff
  STATESTS    0e 2 0        0
  GSTS        10 2 0        0
  OUTSTRMPAY  18 2 40       40
  INSTRMPAY   1a 2 18       18
  INTCTL      20 4 0        c00000ff
  INTSTS      24 4 0        0
  SSYNC       38 4 0        ff
  CORBLBASE   40 4 0        ffffff80
  CORBUBASE   44 4 0        ffffffff
  CORBWP      48 2 0        ff
  CORBRP      4a 2 0        8000
  CORBSTS     4d 1 0        0
  CORBSIZE    4e 1 42       42
  RIRBLBASE   50 4 0        ffffff80
  RIRBUBASE   54 4 0        ffffffff
  RIRBWP      58 2 0        0
  RINTCNT     5a 2 0        ff
  RIRBCTL     5c 1 0        7
  RIRBSTS     5d 1 0        0
  RIRBSIZE    5e 1 42       42
  ICOI        60 4 0        ffffffff
  ICII        64 4 0        0
  ICIS        68 2 0        1
  DPUBASE     74 4 0        ffffffff
  DPLBASE     70 4 0        ffffff81
  CORBCTL     4c 1 0        3`;

const STREAM_TABLE = `
  STS         03 1 0        0
  LPIB        04 4 0        0
  CBL         08 4 0        ffffffff
  LVI         0c 2 0        ff
  FIFOW       0e 2 4        7
  FIFOS       10 2 f        0
  FMT         12 2 0        7f7f
  BDPL        18 4 0        ffffff80
  BDPU        1c 4 0        ffffffff`;

function rows(table: string): [string, number, AccessWidth, number, number][] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([name = '', offset = '', bytes = '', reset = '', ones = '']) => [
      name,
      Number.parseInt(offset, 16),
      Number.parseInt(bytes, 10) as AccessWidth,
      Number.parseInt(reset, 16),
      Number.parseInt(ones, 16),
    ]);
}

describe('the register file of the controller', () => {
  it.each(rows(GLOBAL_TABLE))('%s at %i has its width, reset value and mask', (...row) => {
    const [name, offset, bytes, reset, ones] = row;
    const map: Readonly<Record<string, RegisterRow>> = HDA_CONTROLLER_REGISTERS;
    expect(map[name]).toMatchObject({ offset, bytes });
    const bench = new HdaBench();
    bench.write(0x08, 4, 1);
    expect(bench.read(offset, bytes)).toBe(reset);
    bench.write(offset, bytes, 0xffff_ffff);
    expect(bench.read(offset, bytes)).toBe(ones);
  });

  it.each(rows(STREAM_TABLE))('SDn%s at %i has its width, reset value and mask', (...row) => {
    const [name, offset, bytes, reset, ones] = row;
    const map: Readonly<Record<string, RegisterRow>> = HDA_STREAM_REGISTERS;
    expect(map[name]).toMatchObject({ offset, bytes });
    const bench = new HdaBench();
    bench.write(0x08, 4, 1);
    for (const stream of [0, 3, 4, 7]) {
      const base = streamBase(stream);
      expect(bench.read(base + offset, bytes)).toBe(reset);
      bench.write(base + offset, bytes, 0xffff_ffff);
      if (name === 'FIFOS') bench.write(base + 0x12, 2, 0xffff);
      expect(bench.read(base + offset, bytes)).toBe(ones);
    }
  });

  it('lists every register of both maps in these tables, but GCTL, WALCLK and SDnCTL', () => {
    const named = [...rows(GLOBAL_TABLE), ...rows(STREAM_TABLE)].map(([name]) => name);
    const mapped = [...Object.keys(HDA_CONTROLLER_REGISTERS), ...Object.keys(HDA_STREAM_REGISTERS)];
    expect([...named, 'GCTL', 'WALCLK', 'CTL'].sort()).toEqual(mapped.sort());
  });

  it.each([
    ['an output stream, which has stripes', 4, 0x00f7_001c],
    ['an input stream, which has none', 3, 0x00f4_001c],
  ])('joins SDnCTL and SDnSTS of %s in a dword', (_, stream, ones) => {
    const bench = new HdaBench().boot();
    const base = streamBase(stream);
    expect(bench.read(base, 4)).toBe(0x0004_0000);
    bench.write(base, 4, 0xffff_fffc);
    expect(bench.read(base, 4)).toBe(ones);
    expect(bench.read(base + 2, 1)).toBe(ones >>> 16);
    bench.write(base, 4, 1);
    expect(bench.read(base, 4)).toBe(0x0004_0001);
  });

  it('counts its SDO lines in GCAP', () => {
    const capabilities = new HdaBench().boot().read(0x00, 2);
    expect((capabilities & GCAP.NSDO_MASK) >>> GCAP.NSDO_SHIFT).toBe(1);
    expect(capabilities & GCAP.OK64).toBe(GCAP.OK64);
  });

  it('is a PCI function that the HD Audio bus driver knows', () => {
    const bench = new HdaBench();
    expect(bench.device.identity).toMatchObject({ vendorId: 0x8086, deviceId: 0x2668 });
    expect(bench.device.registers.sizeBytes).toBe(0x4000);
  });

  it('refuses a codec address that the link does not have', () => {
    const { clock, trace, memory } = new HdaBench();
    const interrupt = { assert: () => {}, deassert: () => {} };
    const slot = { clock, trace, memory, interrupt };
    expect(() => new HdaController(slot, { codecAddress: 15 })).toThrow(/0 to 14/);
  });
});

describe('controller reset', () => {
  it('ignores every write but the CRST byte of GCTL, and reads reset values', () => {
    const bench = new HdaBench();
    bench.write(0x20, 4, 0xffff_ffff);
    bench.write(streamBase(4) + 8, 4, 0x1234);
    bench.write(0x09, 1, 0x01);
    expect(bench.read(0x20, 4)).toBe(0);
    expect(bench.read(streamBase(4) + 8, 4)).toBe(0);
    expect(bench.read(0x08, 4)).toBe(0);
    bench.write(0x08, 1, 0x01);
    expect(bench.read(0x08, 4)).toBe(1);
  });

  it('shows the codec in STATESTS 25 link frames after CRST, and interrupts if WAKEEN says so', () => {
    const bench = new HdaBench({ codecAddress: 2 });
    bench.write(0x08, 4, 1);
    bench.write(0x20, 4, 0xc000_0000);
    bench.write(0x0c, 2, 0x4);
    bench.clock.advanceTo(520_833);
    expect(bench.read(0x0e, 2)).toBe(0);
    bench.clock.advanceTo(520_834);
    expect(bench.read(0x0e, 2)).toBe(0x4);
    expect(bench.read(0x24, 4)).toBe(0xc000_0000);
    expect(bench.isAsserted).toBe(true);
    bench.write(0x0e, 2, 0x4);
    expect(bench.isAsserted).toBe(false);
  });

  it('clears everything but WAKEEN and STATESTS', () => {
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.control(4, RUN_IOCE);
    bench.write(0x20, 4, 0xffff_ffff);
    bench.write(0x0c, 2, 0x3);
    bench.runFor(11_000_000);
    expect(bench.isAsserted).toBe(true);
    bench.write(0x08, 4, 0);
    // STATESTS outlives reset and WAKEEN enables it, but INTCTL is 0.
    expect(bench.isAsserted).toBe(false);
    expect([0x0c, 0x0e].map((offset) => bench.read(offset, 2))).toEqual([0x3, 0x1]);
    expect([0x20, 0x24, 0x30].map((offset) => bench.read(offset, 4))).toEqual([0, 0xc000_0000, 0]);
    expect(bench.read(streamBase(4), 4)).toBe(0x0004_0000);
    expect(bench.read(streamBase(4) + 4, 4)).toBe(0);
    expect(bench.clock.pending).toHaveLength(0);
  });

  it('answers a flush one link frame later', () => {
    const bench = new HdaBench().boot();
    bench.write(0x08, 4, 0x3);
    expect(bench.read(0x08, 4)).toBe(0x3);
    bench.runFor(20_834);
    expect([bench.read(0x08, 4), bench.read(0x10, 2)]).toEqual([0x1, 0x2]);
    bench.write(0x10, 2, 0x2);
    expect(bench.read(0x10, 2)).toBe(0);
  });

  it('leaves no alarm and no interrupt when the machine is switched off', () => {
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.write(0x20, 4, 0xffff_ffff);
    bench.control(4, RUN_IOCE);
    bench.runFor(11_000_000);
    bench.device.powerOff();
    expect(bench.clock.pending).toHaveLength(0);
    expect(bench.isAsserted).toBe(false);
  });
});

describe('clocks and copies', () => {
  it('counts WALCLK at 24 MHz from CRST on, modulo 2^32 [WRT-REG-015]', () => {
    const bench = new HdaBench();
    bench.runFor(777);
    bench.write(0x08, 4, 1);
    bench.runFor(1_000);
    expect(bench.read(0x30, 4)).toBe(24);
    bench.runFor(200_000_000_000);
    expect(bench.read(0x30, 4)).toBe((24 + 200 * 24_000_000) % 0x1_0000_0000);
    expect(bench.read(0x2030, 4)).toBe(bench.read(0x30, 4));
  });

  it('repeats clock and link positions alone on a read-only page [WRT-REG-018]', () => {
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.control(4, RUN);
    bench.runFor(5_000_000);
    const lpib = bench.read(streamBase(4) + 4, 4);
    expect(lpib).toBe((240 - 16) * 4);
    expect(bench.read(0x2104, 4)).toBe(lpib);
    bench.write(0x2104, 4, 0);
    bench.write(0x2030, 4, 0);
    expect(bench.read(0x2104, 4)).toBe(lpib);
    const others = [];
    for (let offset = 0x2000; offset < 0x3000; offset += 4) {
      if (offset !== 0x2030 && offset !== 0x2104) others.push(bench.read(offset, 4));
    }
    expect(others.every((value) => value === 0)).toBe(true);
  });
});
