import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../base/frame-time.ts';
import { encodeHdaFormat } from '../../standards/hda/stream-format.ts';
import { HdaBench, pattern, RUN, RUN_IOCE, streamBase } from './hda.test-support.ts';

const FORMAT_48K_16_2 = 0x0011;
const FRAME = 4;
/** FIFO and pipeline at 48 kHz. */
const FIFO = 16;
const DELAY = 14;

function playing(data = pattern(3840)): HdaBench {
  const bench = new HdaBench().boot();
  bench.play(FORMAT_48K_16_2, data);
  bench.control(4, RUN_IOCE);
  return bench;
}

const lpib = (bench: HdaBench, stream = 4): number => bench.read(streamBase(stream) + 4, 4);
const status = (bench: HdaBench, stream = 4): number => bench.read(streamBase(stream) + 3, 1);

describe('a running output stream', () => {
  it.each([
    { rateHz: 44_100, fifo: 15 },
    { rateHz: 48_000, fifo: 16 },
    { rateHz: 192_000, fifo: 64 },
  ])(
    'is heard FIFO + 14 frames after RUN at $rateHz Hz, exact to the frame',
    ({ rateHz, fifo }) => {
      const bench = new HdaBench().boot();
      const data = pattern(8192);
      bench.play(encodeHdaFormat({ rateHz, bits: 16, channels: 2 }), data);
      expect(bench.read(streamBase(4) + 0x10, 2)).toBe(fifo * FRAME - 1);
      bench.control(4, RUN);
      const start = bench.clock.now;
      const firstHeard = fifo + DELAY + 1;
      bench.clock.advanceTo(start + timeOfFrame(firstHeard, rateHz) - 1);
      bench.device.settle();
      expect(bench.ear.shape).toBe(`silence ${fifo + DELAY}`);
      bench.clock.advanceTo(start + timeOfFrame(firstHeard, rateHz));
      bench.device.settle();
      expect(bench.ear.sound).toEqual([...data.subarray(0, FRAME)]);
      bench.clock.advanceTo(start + timeOfFrame(500, rateHz));
      bench.device.settle();
      expect(bench.ear.sound).toEqual([...data.subarray(0, (500 - fifo - DELAY) * FRAME)]);
      expect(bench.device.speaker.heardFrames).toBe(500 - fifo - DELAY);
      expect(bench.ear.formats).toEqual([
        { rateHz, bits: 16, channels: 2, containerBytes: 2, float: false },
      ]);
    },
  );

  it('counts bytes on the link in LPIB, one FIFO behind memory, and wraps at CBL [WRT-REG-011, WRT-BUF-019]', () => {
    const bench = playing();
    const start = bench.clock.now;
    const at = (frames: number): number => {
      bench.clock.advanceTo(start + timeOfFrame(frames, 48_000));
      return lpib(bench);
    };
    expect(at(FIFO)).toBe(0);
    expect(at(FIFO + 1)).toBe(FRAME);
    expect(at(FIFO + 959)).toBe(3840 - FRAME);
    expect(at(FIFO + 960)).toBe(0);
    expect(at(FIFO + 960 * 7 + 3)).toBe(3 * FRAME);
  });

  it('walks scattered pages and entries of odd sizes, joining split frames [WPC-HW-004, WPC-HW-005]', () => {
    const bench = new HdaBench().boot();
    const data = pattern(9004);
    bench.listen(FORMAT_48K_16_2);
    const lengths = [1, 4098, 3, 4901, 1];
    let offset = 0;
    const entries = lengths.map((length) => {
      const address = bench.memory.allocate(2) + 131;
      bench.memory.put(address, data.subarray(offset, offset + length));
      offset += length;
      return { address, length };
    });
    bench.program(4, FORMAT_48K_16_2, entries);
    bench.control(4, RUN);
    bench.runFor(timeOfFrame(9004 / FRAME + FIFO + DELAY + 10, 48_000));
    bench.device.settle();
    expect(bench.ear.sound).toEqual([...data, ...data.subarray(0, 40)]);
  });

  it('does not cost an alarm per period when nobody asks for interrupts [WRT-HWL-005]', () => {
    const bench = new HdaBench().boot();
    bench.play(FORMAT_48K_16_2, pattern(3840));
    bench.control(4, RUN);
    expect(bench.clock.pending).toHaveLength(0);
    bench.runFor(10_000_000);
    // The status bit is there for whoever looks.
    expect(status(bench) & 0x4).toBe(0x4);
  });

  it('hears a late client write late: what was fetched is fetched', () => {
    const bench = new HdaBench().boot();
    bench.listen(FORMAT_48K_16_2);
    const address = bench.memory.allocate(1);
    bench.program(4, FORMAT_48K_16_2, [
      { address, length: 2048 },
      { address: address + 2048, length: 2048 },
    ]);
    bench.control(4, RUN);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.settle();
    bench.memory.put(address, new Uint8Array(4096).fill(7));
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.settle();
    const late = bench.ear.sound.indexOf(7);
    expect(late).toBe(100 * FRAME);
  });
});

describe('pause, resume and stream reset', () => {
  it('freezes position and FIFO, lets the pipeline run out, and goes on where it stopped', () => {
    const data = pattern(3840);
    const bench = playing(data);
    bench.runFor(timeOfFrame(200, 48_000));
    bench.control(4, 0);
    const paused = lpib(bench);
    expect(paused).toBe((200 - FIFO) * FRAME);
    bench.runFor(timeOfFrame(480, 48_000));
    expect(lpib(bench)).toBe(paused);
    bench.control(4, RUN_IOCE);
    bench.runFor(timeOfFrame(100, 48_000));
    expect(lpib(bench)).toBe(paused + 100 * FRAME);
    bench.device.settle();
    const heardBefore = (200 - FIFO) * FRAME;
    expect(bench.ear.shape).toBe(
      `silence 30, sound ${heardBefore}, silence 480, sound ${(100 - DELAY) * FRAME}`,
    );
    expect(bench.ear.sound).toEqual([...data.subarray(0, heardBefore + (100 - DELAY) * FRAME)]);
  });

  it('keeps the pipeline when a pause is shorter than it', () => {
    const data = pattern(3840);
    const bench = playing(data);
    bench.runFor(timeOfFrame(200, 48_000));
    bench.control(4, 0);
    bench.runFor(timeOfFrame(5, 48_000));
    bench.control(4, RUN);
    bench.runFor(timeOfFrame(50, 48_000));
    bench.device.settle();
    expect(bench.ear.shape).toBe('silence 30, sound 736, silence 5, sound 144');
    expect(bench.ear.sound).toEqual([...data.subarray(0, 736 + 144)]);
  });

  it('resets registers, position and FIFO with SRST, which reads back 1 and then 0', () => {
    const bench = playing();
    bench.runFor(timeOfFrame(1000, 48_000));
    const base = streamBase(4);
    bench.write(base, 1, 0);
    bench.write(base, 1, 1);
    expect(bench.read(base, 4)).toBe(0x0004_0001);
    bench.write(base + 8, 4, 64);
    bench.write(base, 1, 0);
    expect(bench.read(base, 4)).toBe(0x0004_0000);
    const values = [4, 8, 0x0c, 0x18, 0x1c].map((offset) => bench.read(base + offset, 4));
    expect(values).toEqual([0, 0, 0x0004_0000, 0, 0]);
    const data = pattern(400);
    bench.play(FORMAT_48K_16_2, data);
    const heard = bench.ear.sound.length;
    bench.control(4, RUN);
    bench.runFor(timeOfFrame(FIFO + DELAY + 5, 48_000));
    bench.device.settle();
    expect(bench.ear.sound.slice(-5 * FRAME)).toEqual([...data.subarray(0, 5 * FRAME)]);
    expect(bench.ear.sound.length - heard).toBeLessThanOrEqual((DELAY + 5) * FRAME);
    expect(lpib(bench)).toBe((DELAY + 5) * FRAME);
  });

  it('takes a new format only after it stopped, and tells the ear', () => {
    const bench = playing();
    bench.runFor(timeOfFrame(100, 48_000));
    bench.control(4, 1);
    bench.control(4, 0);
    const mono = encodeHdaFormat({ rateHz: 96_000, bits: 16, channels: 1 });
    const data = pattern(500);
    bench.play(mono, data);
    bench.control(4, RUN);
    bench.runFor(timeOfFrame(32 + DELAY + 3, 96_000));
    bench.device.settle();
    expect(bench.ear.formats.map((format) => format.rateHz)).toEqual([48_000, 96_000]);
    expect(bench.ear.sound.slice(-6)).toEqual([...data.subarray(0, 6)]);
  });
});

describe('descriptor errors', () => {
  it.each([
    { what: 'a list of one entry', entries: [{ address: 0, length: 64 }] },
    {
      what: 'an empty entry',
      entries: [
        { address: 0, length: 64 },
        { address: 0, length: 0 },
      ],
    },
  ])('stop the stream on $what, with an interrupt if DEIE is set', ({ entries }) => {
    const bench = new HdaBench().boot();
    bench.program(4, FORMAT_48K_16_2, entries);
    bench.write(0x20, 4, 0x8000_0010);
    bench.control(4, RUN | 0x10);
    expect(bench.read(streamBase(4), 4)).toBe(0x1014_0010);
    expect(bench.isAsserted).toBe(true);
    bench.write(streamBase(4) + 3, 1, 0x10);
    expect(bench.isAsserted).toBe(false);
  });

  it('are told also when the write that sets RUN clears the status bits', () => {
    const bench = new HdaBench().boot();
    bench.program(4, FORMAT_48K_16_2, [{ address: 0, length: 64 }]);
    bench.write(streamBase(4), 4, 0x1c10_0002);
    expect(bench.read(streamBase(4), 4)).toBe(0x1014_0000);
  });

  it('stands still with a reserved format', () => {
    const bench = new HdaBench().boot();
    const address = bench.memory.allocate(1);
    bench.program(4, 0x0071, [
      { address, length: 64 },
      { address, length: 64 },
    ]);
    bench.control(4, RUN);
    bench.runFor(1_000_000);
    expect([lpib(bench), status(bench), bench.read(streamBase(4), 1)]).toEqual([0, 0, RUN]);
  });
});
