import { describe, expect, it } from 'vitest';
import { virtual } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import { HdaRegisters } from './hda-registers.ts';
import { StreamEngine } from './stream-engine.ts';

const BASE = 0x1_0000;
/** SD4: the first output stream of a controller with four input streams. */
const SD4 = BASE + 0x80 + 4 * 0x20;

/** An engine over plain memory; `accesses` are the writes, as `offset width value` in hex. */
function bench(readByte: (offset: number, stored: number) => number = (_offset, value) => value) {
  const view = new DataView(new ArrayBuffer(0x200));
  const accesses: string[] = [];
  let stalledUs = 0;
  const note = (address: number, bytes: number, value: number): void => {
    accesses.push(`${(address - SD4).toString(16)} ${bytes} ${value.toString(16)}`);
  };
  const wdk = {
    READ_REGISTER_UCHAR: (at: number) => readByte(at - SD4, view.getUint8(at - BASE)),
    READ_REGISTER_USHORT: (at: number) => view.getUint16(at - BASE, true),
    READ_REGISTER_ULONG: (at: number) => view.getUint32(at - BASE, true),
    WRITE_REGISTER_UCHAR: (at: number, value: number) => {
      note(at, 1, value);
      view.setUint8(at - BASE, value);
    },
    WRITE_REGISTER_USHORT: (at: number, value: number) => note(at, 2, value),
    WRITE_REGISTER_ULONG: (at: number, value: number) => note(at, 4, value),
    KeStallExecutionProcessor: (us: number) => {
      stalledUs += us;
    },
  } as Partial<KernelDdi> as KernelDdi;
  const registers = new HdaRegisters(wdk, virtual(BASE), 0x4000);
  const engine = new StreamEngine(wdk, registers, 4, 2);
  return { engine, view, accesses, stalledUs: () => stalledUs };
}

describe('a stream engine', () => {
  it('is programmed with number, data lines, format, list, length and last entry', () => {
    const { engine, view, accesses } = bench();
    view.setUint8(SD4 - BASE + 2, 0x14);
    engine.setFormat(0x4011, 1);
    engine.setBuffer({ bytes: 3840, listAddress: 0x12_3456_7000, lastEntry: 1 });
    expect(accesses).toEqual([
      '2 1 25',
      '12 2 4011',
      '18 4 34567000',
      '1c 4 12',
      '8 4 f00',
      'c 2 1',
    ]);
  });

  it('runs with its error interrupts on, and never writes its status meanwhile', () => {
    const { engine, accesses } = bench();
    engine.run(false);
    expect(engine.pause()).toBe(true);
    engine.reset();
    expect(accesses).toEqual(['0 1 1a', '0 1 0', '0 1 0', '0 1 1', '0 1 0']);
    engine.run(true);
    expect(accesses.at(-1)).toBe('0 1 1e');
  });

  it('says when the hardware does not stop, or does not follow a reset', () => {
    const stuck = bench((offset, value) => (offset === 0 ? value | 0x2 : value));
    expect(stuck.engine.pause()).toBe(false);
    expect(stuck.stalledUs()).toBe(1000);
    expect(bench(() => 0).engine.reset()).toBe(false);
    expect(bench(() => 1).engine.reset()).toBe(false);
  });

  it('counts errors and clears exactly what it saw, by a byte [WRT-LAT-012]', () => {
    const { engine, view, accesses } = bench();
    for (const status of [0x28, 0x10, 0x1c, 0x20]) {
      view.setUint8(SD4 - BASE + 3, status);
      engine.serviceInterrupt();
    }
    expect([engine.fifoErrors, engine.descriptorErrors]).toEqual([2, 2]);
    expect(accesses).toEqual(['3 1 8', '3 1 10', '3 1 1c', '3 1 0']);
  });

  it('reads its position and its FIFO, and knows where the copy of the position lies', () => {
    const { engine, view } = bench();
    view.setUint32(SD4 - BASE + 0x04, 0x1234, true);
    view.setUint16(SD4 - BASE + 0x10, 63, true);
    expect(engine.linkPosition).toBe(0x1234);
    expect(engine.fifoBytes).toBe(64);
    expect(engine.linkPositionAlias).toBe(BASE + 0x2104);
    expect(engine.interruptBit).toBe(0x10);
  });
});
