import { describe, expect, it } from 'vitest';
import { timeOfFrame } from '../../base/frame-time.ts';
import { encodeHdaFormat, type HdaSampleBits } from '../../standards/hda/stream-format.ts';
import { VERB } from '../../standards/hda/verbs.ts';
import { HDA_NODE } from './codec-nodes.ts';
import { HdaBench, pattern, RUN, streamBase } from './hda.test-support.ts';

const FORMAT_48K_16_2 = 0x0011;
const UNITY = 0x4a;
const BOTH_OUT = 0xb000;
const { GROUP, DAC, LINE_OUT } = HDA_NODE;

/** What the ear gets from the first frame on when `data` loop in a format. */
function hearing(format: number, data: ArrayLike<number>, set: (bench: HdaBench) => void) {
  const bench = new HdaBench().boot();
  bench.play(format & 0x7fff, data);
  bench.verb(DAC, VERB.SET_FORMAT, format);
  set(bench);
  bench.control(4, RUN);
  bench.runFor(3_000_000);
  bench.device.settle();
  return bench;
}

describe('the output converter plays', () => {
  it.each<[string, HdaSampleBits, number, number, number]>([
    ['16 bits mono', 16, 1, 48_000, 2],
    ['20 bits stereo', 20, 2, 44_100, 4],
    ['24 bits stereo', 24, 2, 96_000, 4],
    ['32 bits stereo', 32, 2, 192_000, 4],
    ['16 bits, 8 channels', 16, 8, 48_000, 2],
    ['24 bits, 8 channels, the most that 8 channels may carry on one line', 24, 8, 192_000, 4],
  ])('%s bit-exact', (_, bits, channels, rateHz, containerBytes) => {
    const data = pattern(4096);
    const bench = hearing(encodeHdaFormat({ rateHz, bits, channels }), data, () => {});
    const frameBytes = containerBytes * channels;
    const frames = Math.floor((3 * rateHz) / 1_000) - Math.ceil(rateHz / 3_000) - 14;
    const expected = Array.from(
      { length: frames * frameBytes },
      (__, at) => data[at % data.length],
    );
    expect(bench.ear.sound).toEqual(expected);
    expect(bench.ear.formats).toEqual([{ rateHz, bits, channels, containerBytes, float: false }]);
  });

  it('floats, which the converter knows by its non-PCM bit', () => {
    const samples = Float32Array.from({ length: 512 }, (_, at) => Math.sin(at) / 2);
    const format = 0x8000 | encodeHdaFormat({ rateHz: 48_000, bits: 32, channels: 2 });
    const bench = hearing(format, new Uint8Array(samples.buffer), () => {});
    expect(bench.ear.formats[0]?.float).toBe(true);
    const bytes = Uint8Array.from(bench.ear.sound);
    const heard = new Float32Array(bytes.buffer);
    expect([...heard]).toEqual([...samples.subarray(0, heard.length)]);
    expect(heard.length).toBe((144 - 30) * 2);
  });

  const silent: [string, (bench: HdaBench) => void][] = [
    ['another format than SDnFMT', (b) => b.verb(DAC, VERB.SET_FORMAT, 0x0031)],
    ['another stream number', (b) => b.verb(DAC, VERB.SET_STREAM_CHANNEL, 0x20)],
    ['another first channel', (b) => b.verb(DAC, VERB.SET_STREAM_CHANNEL, 0x11)],
    ['the pin closed', (b) => b.verb(LINE_OUT, VERB.SET_PIN_CONTROL, 0)],
    ['EAPD off', (b) => b.verb(LINE_OUT, VERB.SET_EAPD, 0)],
    ['the group in D3', (b) => b.verb(GROUP, VERB.SET_POWER_STATE, 3)],
    ['the converter in D3', (b) => b.verb(DAC, VERB.SET_POWER_STATE, 3)],
    ['the pin in D3', (b) => b.verb(LINE_OUT, VERB.SET_POWER_STATE, 3)],
    [
      'no plug in the jack',
      (b) => {
        b.device.speaker.jackPresent = false;
      },
    ],
  ];
  it.each(silent)('silence with %s, and the stream runs on', (_, set) => {
    const bench = hearing(FORMAT_48K_16_2, pattern(4096), set);
    expect(bench.ear.sound).toEqual([]);
    expect(bench.read(streamBase(4) + 4, 4)).toBe((144 - 16) * 4);
  });

  it.each<[string, number]>([
    ['8 bits', encodeHdaFormat({ rateHz: 48_000, bits: 8, channels: 2 })],
    ['9 channels', encodeHdaFormat({ rateHz: 48_000, bits: 16, channels: 9 })],
    ['144 kHz', encodeHdaFormat({ rateHz: 144_000, bits: 16, channels: 2 })],
    ['more than one line carries', encodeHdaFormat({ rateHz: 192_000, bits: 32, channels: 8 })],
    ['floats of 24 bits', 0x8000 | encodeHdaFormat({ rateHz: 48_000, bits: 24, channels: 2 })],
  ])('nothing of %s, which it does not claim', (_, format) => {
    const bench = hearing(format, pattern(4128), () => {});
    expect(bench.ear.parts).toEqual([]);
    expect(bench.read(streamBase(4) + 4, 4)).toBeGreaterThan(0);
  });

  it('a stream that it joins and leaves while the stream runs', () => {
    const data = pattern(4096);
    const bench = hearing(FORMAT_48K_16_2, data, () => {});
    const heardBefore = bench.ear.sound.length;
    bench.verb(DAC, VERB.SET_STREAM_CHANNEL, 0);
    bench.runFor(3_000_000);
    bench.verb(DAC, VERB.SET_STREAM_CHANNEL, 0x10);
    bench.runFor(3_000_000);
    bench.device.settle();
    const parts = bench.ear.parts.map((part) => ('silence' in part ? 'silence' : 'sound'));
    expect(parts).toEqual(['silence', 'sound', 'silence', 'sound']);
    expect(bench.ear.sound.length).toBeGreaterThan(heardBefore);
    const { heardFrames, silentFrames } = bench.device.speaker;
    const position = bench.read(streamBase(4) + 4, 4) / 4;
    // Each switch from one clock to the other may end a frame period early.
    expect(position + 16 - (heardFrames + silentFrames)).toBeLessThanOrEqual(2);
  });
});

describe('the amplifier', () => {
  const tone = Int16Array.from({ length: 1024 }, (_, at) => Math.round(20_000 * Math.sin(at)));
  const bytes = new Uint8Array(tone.buffer);
  const heard = (bench: HdaBench): Int16Array =>
    new Int16Array(Uint8Array.from(bench.ear.sound).buffer);

  it('hands frames through untouched at 0 dB and zeros when muted', () => {
    const open = hearing(FORMAT_48K_16_2, bytes, () => {});
    expect([...heard(open)]).toEqual([...tone.subarray(0, (144 - 30) * 2)]);
    const muted = hearing(FORMAT_48K_16_2, bytes, (b) =>
      b.verb(DAC, VERB.SET_AMP, BOTH_OUT | 0xca),
    );
    expect(muted.ear.sound).toEqual(new Array((144 - 30) * 4).fill(0));
  });

  it('scales by decibels and rounds, side by side', () => {
    const bench = hearing(FORMAT_48K_16_2, bytes, (b) =>
      b.verb(DAC, VERB.SET_AMP, 0xa000 | (UNITY - 6)),
    );
    const factor = 10 ** (-6 / 20);
    const expected = tone
      .subarray(0, (144 - 30) * 2)
      .map((sample, at) => (at % 2 === 0 ? Math.round(sample * factor) : sample));
    expect([...heard(bench)]).toEqual([...expected]);
  });

  it('keeps the padding of 24-bit samples clear, and scales floats', () => {
    const halve = (b: HdaBench): void => void b.verb(DAC, VERB.SET_AMP, BOTH_OUT | (UNITY - 20));
    const wide = Int32Array.from({ length: 512 }, (_, at) => ((at * 7919 - 99_999) << 8) | 0);
    const format = encodeHdaFormat({ rateHz: 48_000, bits: 24, channels: 2 });
    const bench = hearing(format, new Uint8Array(wide.buffer), halve);
    const out = new Int32Array(Uint8Array.from(bench.ear.sound).buffer);
    expect(out.every((sample) => (sample & 0xff) === 0)).toBe(true);
    expect(out[3]).toBe(Math.round(((wide[3] ?? 0) >> 8) * 0.1) << 8);
    const floats = Float32Array.from({ length: 512 }, (_, at) => at / 512);
    const floatFormat = 0x8000 | encodeHdaFormat({ rateHz: 48_000, bits: 32, channels: 2 });
    const floatBench = hearing(floatFormat, new Uint8Array(floats.buffer), halve);
    const quiet = new Float32Array(Uint8Array.from(floatBench.ear.sound).buffer);
    expect(quiet[100]).toBe(Math.fround((floats[100] ?? 0) * 0.1));
  });

  it('silences channels beyond the converter channel count', () => {
    const format = encodeHdaFormat({ rateHz: 48_000, bits: 16, channels: 4 });
    const bench = hearing(format, bytes, (b) => b.verb(DAC, VERB.SET_CHANNEL_COUNT, 2));
    const expected = tone.subarray(0, (144 - 30) * 4).map((s, at) => (at % 4 === 3 ? 0 : s));
    expect([...heard(bench)]).toEqual([...expected]);
  });

  it('acts on what is heard after the verb, not before', () => {
    const bench = hearing(FORMAT_48K_16_2, bytes, () => {});
    const loud = bench.ear.sound.length;
    bench.runFor(timeOfFrame(10, 48_000));
    bench.verb(DAC, VERB.SET_AMP, BOTH_OUT | 0x80);
    bench.device.settle();
    const after = heard(bench).subarray(loud / 2);
    expect(after.subarray(0, 20).some((sample) => sample !== 0)).toBe(true);
    expect(after.at(-1)).toBe(0);
  });
});
