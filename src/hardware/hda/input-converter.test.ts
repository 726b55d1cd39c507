import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../base/frame-time.ts';
import { VERB } from '../../standards/hda/verbs.ts';
import type { SoundSource } from '../endpoint/line-in.ts';
import { HDA_NODE } from './codec-nodes.ts';
import { HdaBench, RUN, RUN_IOCE, streamBase } from './hda.test-support.ts';

const FORMAT_48K_16_2 = 0x0011;
const FRAME = 4;
const FIFO = 16;
const DELAY = 14;
const BUFFER_FRAMES = 960;

/** Speaks frame numbers: left the number, right its complement. */
class Counter implements SoundSource {
  next = 1;
  speak(bytes: Uint8Array, offset: number, frames: number): void {
    const view = new DataView(bytes.buffer);
    for (let frame = 0; frame < frames; frame++) {
      view.setUint16(offset + frame * FRAME, this.next, true);
      view.setUint16(offset + frame * FRAME + 2, ~this.next & 0xffff, true);
      this.next++;
    }
  }
}

function recording() {
  const bench = new HdaBench().boot();
  const source = new Counter();
  bench.device.lineIn.source = source;
  bench.speakInto(FORMAT_48K_16_2);
  const address = bench.memory.allocate(1);
  bench.memory.put(address, new Uint8Array(BUFFER_FRAMES * FRAME).fill(0xee));
  bench.program(1, FORMAT_48K_16_2, [
    { address, length: 1921, ioc: true },
    { address: address + 1921, length: 1919, ioc: true },
  ]);
  /** The left samples of the buffer. */
  const stored = (): number[] => {
    const bytes = Uint8Array.from(bench.memory.take(address, BUFFER_FRAMES * FRAME));
    return Array.from({ length: BUFFER_FRAMES }, (_, frame) => {
      return (bytes[frame * FRAME] ?? 0) | ((bytes[frame * FRAME + 1] ?? 0) << 8);
    });
  };
  const lpib = (): number => bench.read(streamBase(1) + 4, 4);
  return { bench, source, stored, lpib };
}

describe('an input stream', () => {
  it('stores what was spoken 14 frames of pipeline and one FIFO later, and counts what is stored [WRT-POS-013]', () => {
    const { bench, stored, lpib } = recording();
    bench.control(1, RUN);
    const start = bench.clock.now;
    bench.clock.advanceTo(start + timeOfFrame(FIFO + 1, 48_000) - 1);
    expect(lpib()).toBe(0);
    bench.clock.advanceTo(start + timeOfFrame(200, 48_000));
    expect(lpib()).toBe((200 - FIFO) * FRAME);
    const frames = stored();
    expect(frames.slice(0, DELAY)).toEqual(new Array(DELAY).fill(0));
    const spoken = Array.from({ length: 200 - FIFO - DELAY }, (_, frame) => frame + 1);
    expect(frames.slice(DELAY, 200 - FIFO)).toEqual(spoken);
    expect(frames[200 - FIFO]).toBe(0xeeee);
    expect(bench.device.lineIn.spokenFrames).toBe(200);
  });

  it('is the same however often it is settled, over laps of the buffer', () => {
    const run = (pollNs: number) => {
      const { bench, stored } = recording();
      bench.control(1, RUN);
      for (let elapsed = 0; elapsed < 70_000_000; elapsed += pollNs) {
        bench.runFor(pollNs);
        bench.device.settle();
      }
      return stored();
    };
    const once = run(70_000_000);
    expect(run(1_000_000)).toEqual(once);
    expect(run(100_000)).toEqual(once);
    expect(new Set(once).size).toBe(BUFFER_FRAMES);
  });

  it('interrupts when the last byte of an entry is in memory', () => {
    const { bench } = recording();
    bench.write(0x20, 4, 0x8000_0002);
    bench.control(1, RUN_IOCE);
    const start = bench.clock.now;
    bench.runFor(20_000_000);
    expect(bench.edges).toEqual([`${start + timeOfFrame(481 + FIFO, 48_000)} up`]);
  });

  it('loses what is spoken during a pause, but for what the FIFO and the pipeline held', () => {
    const { bench, source, stored } = recording();
    bench.control(1, RUN);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.control(1, 0);
    bench.runFor(timeOfFrame(1_000, 48_000));
    expect(source.next).toBe(101);
    bench.control(1, RUN);
    expect(source.next).toBe(1_101);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.settle();
    const frames = stored();
    const lastBefore = 100 - DELAY;
    const seam = frames.indexOf(lastBefore);
    expect(frames.slice(seam - 1, seam + 3)).toEqual([
      lastBefore - 1,
      lastBefore,
      1_100 - DELAY + 1,
      1_100 - DELAY + 2,
    ]);
  });

  it('hears silence with the pin closed, in the wrong format, in D3, muted, unplugged and from nobody', () => {
    const silences: ((bench: HdaBench) => void)[] = [
      (bench) => bench.verb(HDA_NODE.LINE_IN, VERB.SET_PIN_CONTROL, 0),
      (bench) => bench.verb(HDA_NODE.ADC, VERB.SET_FORMAT, 0x4011),
      (bench) => bench.verb(HDA_NODE.GROUP, VERB.SET_POWER_STATE, 3),
      (bench) => bench.verb(HDA_NODE.ADC, VERB.SET_AMP, 0x7080 | 74),
      (bench) => {
        bench.device.lineIn.source = null;
      },
      (bench) => {
        bench.device.lineIn.jackPresent = false;
      },
    ];
    for (const silence of silences) {
      const { bench, stored, lpib } = recording();
      silence(bench);
      bench.control(1, RUN);
      bench.runFor(timeOfFrame(300, 48_000));
      expect(lpib()).toBe((300 - FIFO) * FRAME);
      expect(stored().slice(0, 300 - FIFO)).toEqual(new Array(300 - FIFO).fill(0));
    }
  });

  it('halves what is spoken at 6 dB less, and nothing that came before', () => {
    const { bench, stored } = recording();
    bench.control(1, RUN);
    const start = bench.clock.now;
    bench.clock.advanceTo(start + timeOfFrame(100, 48_000));
    bench.verb(HDA_NODE.ADC, VERB.SET_AMP, 0x7000 | (74 - 6));
    bench.clock.advanceTo(start + timeOfFrame(400, 48_000));
    bench.device.settle();
    const spoken = stored().slice(DELAY, 400 - FIFO);
    const changedAt = spoken.findIndex((sample, frame) => sample !== frame + 1);
    expect(changedAt).toBe(100);
    const factor = 10 ** (-6 / 20);
    spoken.slice(100).forEach((sample, index) => {
      expect(sample).toBe(Math.round((101 + index) * factor));
    });
  });

  it('loses a frame to a FIFO error', () => {
    const { bench, stored } = recording();
    bench.control(1, RUN);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.injectFifoError(1);
    expect(bench.read(streamBase(1) + 3, 1) & 0x8).toBe(0x8);
    bench.runFor(timeOfFrame(100, 48_000));
    bench.device.settle();
    expect(stored().slice(99, 102)).toEqual([99 - DELAY + 1, 0, 101 - DELAY + 1]);
  });

  it('starts with an output stream at one nanosecond by SSYNC', () => {
    const { bench, lpib } = recording();
    bench.write(0x38, 4, 0x12);
    bench.play(FORMAT_48K_16_2, new Uint8Array(3840));
    bench.control(4, RUN);
    bench.runFor(12_345);
    bench.control(1, RUN);
    bench.write(0x38, 4, 0);
    bench.runFor(timeOfFrame(50, 48_000));
    expect([lpib(), bench.read(streamBase(4) + 4, 4)]).toEqual([34 * FRAME, 34 * FRAME]);
  });
});
