import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../base/frame-time.ts';
import { encodeHdaFormat, type HdaSampleBits } from '../../standards/hda/stream-format.ts';
import { VERB } from '../../standards/hda/verbs.ts';
import { HDA_NODE } from './codec-nodes.ts';
import { HdaBench, pattern, RUN } from './hda.test-support.ts';

/** SD4 loops over `data`, cut at `lengths`, each piece `skew` bytes into its page. */
function looping(format: number, data: Uint8Array, lengths: readonly number[], skew: number) {
  const bench = new HdaBench().boot();
  bench.listen(format);
  let offset = 0;
  const entries = lengths.map((length) => {
    const address = bench.memory.allocate(3) + skew;
    bench.memory.put(address, data.subarray(offset, offset + length));
    offset += length;
    return { address, length };
  });
  bench.program(4, format, entries);
  bench.control(4, RUN);
  return bench;
}

/** The same run, settled at every multiple of `stepFrames`. */
function heardInSteps(bench: HdaBench, rateHz: number, frames: number, stepFrames: number) {
  const start = bench.clock.now;
  for (let at = stepFrames; at < frames; at += stepFrames) {
    bench.clock.advanceTo(start + timeOfFrame(at, rateHz));
    bench.device.settle();
  }
  bench.clock.advanceTo(start + timeOfFrame(frames, rateHz));
  bench.device.settle();
  return bench.ear;
}

describe('an output engine', () => {
  it.each<[string, HdaSampleBits, number, number, number[]]>([
    ['16 bits stereo from whole pages', 16, 2, 0, [4096, 4096]],
    ['16 bits stereo from odd addresses', 16, 2, 131, [4099, 4093]],
    ['16 bits mono', 16, 1, 2, [1022, 6]],
    ['24-byte frames that pages cut', 32, 6, 4, [8184, 6000]],
    ['24-byte frames that entries cut at odd bytes', 24, 6, 1, [8183, 1, 24, 5999]],
  ])('sends %s the same in one block and in many', (_, bits, channels, skew, lengths) => {
    const format = encodeHdaFormat({ rateHz: 48_000, bits, channels });
    const byteLength = lengths.reduce((sum, length) => sum + length, 0);
    const data = pattern(byteLength);
    const run = (step: number) =>
      heardInSteps(looping(format, data, lengths, skew), 48_000, 1_500, step);
    const whole = run(1_500);
    const frameBytes = channels * (bits === 16 ? 2 : 4);
    const expected = Array.from(
      { length: (1_500 - 30) * frameBytes },
      (__, at) => data[at % byteLength] ?? -1,
    );
    expect(whole.sound).toEqual(expected);
    expect(whole.leadingSilence).toBe(30);
    for (const step of [1, 13, 17, 31, 100, 480]) expect(run(step).parts).toEqual(whole.parts);
  });

  it('loses the frames that FIFO errors take, also those that go right through the FIFO', () => {
    const data = pattern(8192);
    const bench = looping(0x0011, data, [4096, 4096], 0);
    bench.runFor(timeOfFrame(100, 48_000));
    for (let error = 0; error < 20; error++) bench.device.injectFifoError(4);
    bench.runFor(timeOfFrame(200, 48_000));
    bench.device.settle();
    // 84 frames were on the link; of the next 20, the FIFO held 16.
    expect(bench.ear.sound).toEqual([
      ...data.subarray(0, 84 * 4),
      ...data.subarray(104 * 4, (300 - 30) * 4),
    ]);
    expect(bench.ear.shape).toBe(`silence 30, sound ${84 * 4}, silence 20, sound ${166 * 4}`);
  });

  it('leaves memory as it is, whatever the amplifier makes of the frames', () => {
    const data = pattern(8192);
    const bench = looping(0x0011, data, [4096, 4096], 0);
    const before = bench.memory.bytes.slice();
    bench.verb(HDA_NODE.DAC, VERB.SET_AMP, 0xb000 | 0x30);
    bench.runFor(50_000_000);
    bench.device.settle();
    expect(bench.ear.sound.slice(-800)).not.toEqual([...data.subarray(0, 800)]);
    const { bytes } = bench.memory;
    expect(before.every((byte, at) => byte === bytes[at])).toBe(true);
  });

  it('fetches on for nobody, and a listener that comes back hears where memory is', () => {
    const data = pattern(3840);
    const bench = looping(0x0011, data, [1920, 1920], 0);
    bench.verb(HDA_NODE.DAC, VERB.SET_STREAM_CHANNEL, 0);
    bench.runFor(timeOfFrame(5_000, 48_000));
    const heard = bench.ear.sound.length;
    bench.verb(HDA_NODE.DAC, VERB.SET_STREAM_CHANNEL, 0x10);
    bench.runFor(timeOfFrame(500, 48_000));
    const position = bench.read(0x104, 4);
    const last = Array.from({ length: 400 }, (_, at) => {
      return data[(position - 14 * 4 - 400 + at + 2 * 3840) % 3840];
    });
    expect(bench.ear.sound.length).toBeGreaterThan(heard + 400);
    expect(bench.ear.sound.slice(-400)).toEqual(last);
  });
});
