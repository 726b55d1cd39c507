import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../base/frame-time.ts';
import { encodeHdaFormat } from '../../standards/hda/stream-format.ts';
import { HdaBench, pattern, RUN, RUN_IOCE, streamBase } from './hda.test-support.ts';

const FORMAT_48K_16_2 = 0x0011;
const FRAME = 4;
const FIFO = 16;

const lpib = (bench: HdaBench, stream = 4): number => bench.read(streamBase(stream) + 4, 4);
const status = (bench: HdaBench, stream = 4): number => bench.read(streamBase(stream) + 3, 1);

describe('interrupt on completion', () => {
  it('comes at the nanosecond at which the last byte of the entry was fetched', () => {
    const bench = new HdaBench().boot();
    bench.write(0x20, 4, 0xc000_00ff);
    bench.play(encodeHdaFormat({ rateHz: 44_100, bits: 16, channels: 2 }), pattern(1764 * 2));
    const start = bench.clock.now;
    bench.control(4, RUN_IOCE);
    bench.clock.advanceTo(start + 9_999_999);
    expect(bench.edges).toEqual([]);
    bench.clock.advanceTo(start + 10_000_000);
    expect(bench.edges).toEqual([`${start + 10_000_000} up`]);
    expect(bench.read(0x24, 4)).toBe(0x8000_0010);
    expect(lpib(bench)).toBe(1764 - 15 * FRAME);
    bench.write(streamBase(4) + 3, 1, 0x4);
    bench.clock.advanceTo(start + 20_000_000);
    expect(bench.edges.at(-1)).toBe(`${start + 20_000_000} up`);
    expect(bench.trace.tail().filter((row) => row.includes('hda-ioc'))).toHaveLength(2);
  });

  it('leaves rows of run, completion, line and stop in the trace', () => {
    const bench = new HdaBench().boot();
    bench.write(0x20, 4, 0x8000_0010);
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.control(4, RUN_IOCE);
    bench.runFor(10_000_000);
    bench.write(streamBase(4) + 3, 1, 0x4);
    bench.control(4, 0);
    const rows = bench.trace.tail(5).map((row) => row.slice(row.indexOf(' ') + 1));
    expect(rows).toEqual([
      'hda-run stream=4 tag=1 format=0x11 frame=0',
      'hda-ioc stream=4 buffers=1 frame=480',
      'hda-line level=1 status=0x80000010',
      'hda-line level=0 status=0x00000000',
      'hda-stop stream=4 frame=480',
    ]);
  });

  it('waits for the frame that holds the last byte when an entry ends inside a frame', () => {
    const bench = new HdaBench().boot();
    const address = bench.memory.allocate(1);
    bench.write(0x20, 4, 0xc000_00ff);
    bench.program(4, FORMAT_48K_16_2, [
      { address, length: 401, ioc: true },
      { address, length: 399 },
    ]);
    const start = bench.clock.now;
    bench.control(4, RUN_IOCE);
    bench.runFor(5_000_000);
    bench.write(streamBase(4) + 3, 1, 0x4);
    bench.runFor(2_000_000);
    expect(bench.edges.map((edge) => edge.split(' ')[0])).toEqual([
      String(start + timeOfFrame(101, 48_000)),
      String(start + 5_000_000),
      String(start + timeOfFrame(301, 48_000)),
    ]);
  });

  it('sets BCIS but raises nothing without IOCE, and rises when IOCE is set afterwards', () => {
    const bench = new HdaBench().boot();
    bench.write(0x20, 4, 0xc000_00ff);
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.control(4, RUN);
    bench.runFor(11_000_000);
    expect([status(bench) & 0x4, bench.read(0x24, 4), bench.isAsserted]).toEqual([4, 0, false]);
    bench.control(4, RUN_IOCE);
    expect(bench.isAsserted).toBe(true);
  });

  it('holds the line while one of two causes is left, and shows causes that INTCTL masks', () => {
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, pattern(3840));
    const address = bench.memory.allocate(1);
    bench.program(5, FORMAT_48K_16_2, [
      { address, length: 1920, ioc: true },
      { address: address + 1920, length: 1920, ioc: true },
    ]);
    bench.control(4, RUN_IOCE);
    bench.control(5, RUN_IOCE, 3);
    bench.runFor(11_000_000);
    expect(bench.read(0x24, 4)).toBe(0x8000_0030);
    for (const masked of [0, 0x8000_0000, 0xc000_0000, 0x8000_000f, 0x4000_00ff]) {
      bench.write(0x20, 4, masked);
      expect(bench.isAsserted).toBe(false);
    }
    bench.write(0x20, 4, 0x8000_0010);
    expect(bench.isAsserted).toBe(true);
    bench.write(0x20, 4, 0x8000_0030);
    bench.write(streamBase(4) + 3, 1, 0x4);
    expect([bench.isAsserted, bench.read(0x24, 4)]).toEqual([true, 0x8000_0020]);
    bench.write(streamBase(5) + 3, 1, 0x4);
    expect([bench.isAsserted, bench.read(0x24, 4)]).toEqual([false, 0]);
    expect(bench.edges).toHaveLength(2);
  });

  it('lets the handler stop the stream from inside the interrupt', () => {
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.write(0x20, 4, 0x8000_0010);
    bench.onAssert = () => {
      bench.write(streamBase(4) + 3, 1, 0x4);
      bench.control(4, 0);
    };
    bench.control(4, RUN_IOCE);
    bench.runFor(50_000_000);
    expect(bench.edges).toHaveLength(2);
    expect(bench.clock.pending).toHaveLength(0);
    expect(lpib(bench)).toBe(1920 - FIFO * FRAME);
  });
});

describe('FIFO errors [WRT-LAT-012, VER-DPC-007]', () => {
  it('replace one frame by silence, set FIFOE and interrupt if FEIE is set', () => {
    const data = pattern(3840);
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, data);
    bench.control(4, RUN);
    bench.write(0x20, 4, 0x8000_0010);
    bench.control(4, RUN | 0x8);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.injectFifoError(4);
    expect([status(bench) & 0x8, bench.isAsserted]).toEqual([0x8, true]);
    bench.write(streamBase(4) + 3, 1, 0x8);
    expect(bench.isAsserted).toBe(false);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.settle();
    const before = (100 - FIFO) * FRAME;
    expect(bench.ear.shape).toBe(
      `silence 30, sound ${before}, silence 1, sound ${(200 - 30 - 84 - 1) * FRAME}`,
    );
    expect(bench.ear.sound.slice(before, before + FRAME)).toEqual([
      ...data.subarray(before + FRAME, before + 2 * FRAME),
    ]);
    expect(lpib(bench)).toBe((200 - FIFO) * FRAME);
  });

  it('need a stream that runs', () => {
    const bench = new HdaBench().boot();
    expect(() => bench.device.injectFifoError(4)).toThrow(/stream 4 is not running/);
    expect(() => bench.device.injectFifoError(8)).toThrow(/no stream 8/);
  });
});
