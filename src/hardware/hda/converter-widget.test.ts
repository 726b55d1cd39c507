import { describe, expect, it } from 'vitest';
import { encodeHdaFormat } from '../../standards/hda/stream-format.ts';
import { VERB } from '../../standards/hda/verbs.ts';
import { HDA_NODE } from './codec-nodes.ts';
import { HdaBench, pattern, RUN, streamBase } from './hda.test-support.ts';

const FORMAT_48K_16_2 = 0x0011;
/** 64 words of a link frame; one line carries 60. */
const WIDEST = encodeHdaFormat({ rateHz: 192_000, bits: 32, channels: 8 });
const ONE_LINE = 0;
const TWO_LINES = 1;
const { GROUP, DAC } = HDA_NODE;
const CTL = streamBase(4);
const CTL_HIGH = CTL + 2;

/** SD4 runs `format` for 3 ms with a STRIPE of its own and one of the converter's. */
function striped(format: number, streamStripe: number, converterStripe: number): HdaBench {
  const bench = new HdaBench().boot();
  bench.play(format, pattern(4096));
  bench.verb(DAC, VERB.SET_STRIPE, converterStripe);
  bench.write(CTL, 4, (0x10 | streamStripe) * 0x1_0000 + RUN);
  bench.runFor(3_000_000);
  bench.device.settle();
  return bench;
}

const linkPosition = (bench: HdaBench): number => bench.read(CTL + 4, 4);
const heardOf = (byteLength: number): number[] => {
  const data = pattern(4096);
  return Array.from({ length: byteLength }, (_, at) => data[at % data.length] ?? -1);
};

describe('a striped stream', () => {
  it('of 8 channels, 32 bits and 192 kHz fits two lines and is heard bit-exact', () => {
    const bench = striped(WIDEST, TWO_LINES, TWO_LINES);
    expect(bench.ear.sound).toEqual(heardOf((576 - 64 - 14) * 32));
    expect(bench.ear.formats).toEqual([
      { rateHz: 192_000, bits: 32, channels: 8, containerBytes: 4, float: false },
    ]);
  });

  it('does not fit one line: the converter stays silent and the stream runs on', () => {
    const bench = striped(WIDEST, ONE_LINE, ONE_LINE);
    expect(bench.ear.parts).toEqual([]);
    expect(linkPosition(bench)).toBe(((576 - 64) * 32) % 4096);
  });

  it('sounds the same as on one line when it fits both', () => {
    const expected = heardOf((144 - 30) * 4);
    expect(striped(FORMAT_48K_16_2, ONE_LINE, ONE_LINE).ear.sound).toEqual(expected);
    expect(striped(FORMAT_48K_16_2, TWO_LINES, TWO_LINES).ear.sound).toEqual(expected);
  });

  it.each([
    ['two lines for a converter on one', TWO_LINES, ONE_LINE],
    ['one line for a converter on two', ONE_LINE, TWO_LINES],
    ['four lines, which the link has not', 2, TWO_LINES],
    ['a reserved number of lines', 3, TWO_LINES],
  ])('over %s is silence, and the stream runs on', (_, streamStripe, converterStripe) => {
    const bench = striped(FORMAT_48K_16_2, streamStripe, converterStripe);
    expect(bench.ear.shape).toBe('silence 144');
    expect(linkPosition(bench)).toBe((144 - 16) * 4);
  });

  it('keeps its lines while it runs, and takes new ones with RUN', () => {
    const bench = striped(FORMAT_48K_16_2, TWO_LINES, TWO_LINES);
    const heard = bench.ear.sound.length;
    bench.write(CTL_HIGH, 1, 0x10);
    bench.runFor(1_000_000);
    bench.device.settle();
    expect(bench.ear.sound).toHaveLength(heard + 48 * 4);
    bench.write(CTL, 1, 0);
    bench.write(CTL, 1, RUN);
    bench.runFor(3_000_000);
    bench.device.settle();
    // What was in the pipeline still comes out.
    expect(bench.ear.sound).toHaveLength(heard + (48 + 14) * 4);
  });

  it('loses its converter to a double function group reset, which sets it back to one line', () => {
    const bench = striped(FORMAT_48K_16_2, TWO_LINES, TWO_LINES);
    /** Frames heard in 3 ms after the driver set everything again but the stripes. */
    const heardAfter = (...resets: number[]): number => {
      for (const verb of resets) bench.verb(GROUP, verb);
      bench.listen(FORMAT_48K_16_2);
      bench.runFor(1_000_000);
      bench.device.settle();
      const before = bench.device.speaker.heardFrames;
      bench.runFor(3_000_000);
      bench.device.settle();
      return bench.device.speaker.heardFrames - before;
    };
    expect(heardAfter(VERB.FUNCTION_RESET)).toBe(144);
    expect(heardAfter(VERB.FUNCTION_RESET, VERB.FUNCTION_RESET)).toBe(0);
    bench.verb(DAC, VERB.SET_STRIPE, TWO_LINES);
    expect(heardAfter()).toBe(144);
  });

  it('is back on one line after a controller reset, at both ends', () => {
    const bench = striped(FORMAT_48K_16_2, TWO_LINES, TWO_LINES);
    bench.write(0x08, 4, 0);
    bench.boot();
    expect(bench.read(CTL_HIGH, 1)).toBe(0x04);
    expect(bench.verb(DAC, VERB.GET_STRIPE)).toBe(0x0030_0000);
  });
});
