import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultChannelMask, KSAUDIO_SPEAKER, SPEAKER } from '../../standards/pcm/channel-mask.ts';
import { createChannelMap } from './channel-map.ts';
import { type ChannelLayout, channelMatrix, isIdentity } from './channel-matrix.ts';
import { DspBench } from './dsp.test-support.ts';

const bench = new DspBench();
const { SPEAKER_LOW_FREQUENCY } = SPEAKER;
const half = Math.SQRT1_2;
const layout = (channels: number, channelMask = defaultChannelMask(channels)): ChannelLayout => {
  return { channels, channelMask };
};
const mono = layout(1);
const stereo = layout(2);
const surround = layout(6, KSAUDIO_SPEAKER.KSAUDIO_SPEAKER_5POINT1);
const sideSurround = layout(6, KSAUDIO_SPEAKER.KSAUDIO_SPEAKER_5POINT1_SURROUND);
const eight = layout(8, KSAUDIO_SPEAKER.KSAUDIO_SPEAKER_7POINT1_SURROUND);
const layouts = [mono, stereo, layout(3), layout(4), layout(5), surround, layout(7), eight];

/** One frame mapped by each kind of kernel. */
function mapped(from: ChannelLayout, to: ChannelLayout, frame: readonly number[]): number[][] {
  const inAt = bench.hold(frame);
  const outAt = bench.allocate(4 * to.channels);
  return bench.both.map((dsp) => {
    createChannelMap(dsp, from, to, bench.allocate)?.process(outAt, inAt, 1);
    return [...bench.floatsAt(outAt, to.channels)];
  });
}

describe('the channel map', () => {
  it.each([
    ['mono plays from both sides at full level', mono, stereo, [0.5], [0.5, 0.5]],
    ['mono plays from the centre where there is one', mono, surround, [0.5], [0, 0, 0.5, 0, 0, 0]],
    ['stereo becomes the mean', stereo, mono, [0.5, 0.25], [0.375]],
    ['stereo stays in front', stereo, surround, [0.5, 0.25], [0.5, 0.25, 0, 0, 0, 0]],
    [
      'front left and right of 5.1 stay, the low-frequency channel is dropped',
      surround,
      stereo,
      [0.5, 0.25, 0, 1, 0, 0],
      [0.5, 0.25],
    ],
    ['the centre of 5.1 goes to both', surround, stereo, [0, 0, 1, 0, 0, 0], [half, half]],
    ['the surrounds go to their sides', surround, stereo, [0, 0, 0, 0, 1, 0.5], [half, half / 2]],
    [
      'side and back are one pair in 5.1',
      surround,
      sideSurround,
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      'sides and backs of 7.1 share the pair of 5.1',
      eight,
      surround,
      [1, 2, 3, 4, 1, 0, 1, 0],
      [1, 2, 3, 4, Math.fround(half) * 2, 0],
    ],
    ['5.1 stands in 7.1 as it is', surround, eight, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 0, 0]],
    ['no mask, no places', layout(2, 0), layout(4, 0), [1, 2], [1, 2, 0, 0]],
  ])('%s', (_, from, to, frame, expected) => {
    const matrix = channelMatrix(from, to);
    if (isIdentity(matrix)) {
      expect(createChannelMap(bench.simd, from, to, bench.allocate)).toBeNull();
      expect(frame).toEqual(expected);
      return;
    }
    for (const made of mapped(from, to, frame)) {
      expect(made).toEqual(expected.map(Math.fround));
    }
  });

  it('is free where nothing changes', () => {
    for (const each of layouts) {
      const allocate = (): never => {
        throw new Error('nothing needs memory');
      };
      expect(createChannelMap(bench.simd, each, each, allocate)).toBeNull();
    }
  });

  it('loses no speaker but the low-frequency one where there is none', () => {
    for (const from of layouts) {
      for (const to of layouts) {
        const matrix = channelMatrix(from, to);
        for (let input = 0; input < from.channels; input++) {
          const power = matrix.reduce((sum, row) => sum + (row[input] ?? 0) ** 2, 0);
          const isLow = (from.channelMask & SPEAKER_LOW_FREQUENCY) !== 0 && input === 3;
          const isLost = isLow && (to.channelMask & SPEAKER_LOW_FREQUENCY) === 0;
          if (isLost) expect(power).toBe(0);
          else expect(power, `${input} of ${from.channels} in ${to.channels}`).toBeGreaterThan(0.1);
        }
      }
    }
  });

  it('gives the bits of its specification, and not one float more', () => {
    const inAt = bench.allocate(4 * 8 * 20);
    const outAt = bench.allocate(4 * 8 * 21);
    for (const from of layouts) {
      for (const to of layouts) {
        const [simd, script] = bench.both.map((dsp) =>
          createChannelMap(dsp, from, to, bench.allocate),
        );
        if (!simd || !script) continue;
        fc.assert(
          fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 160 }), (noise) => {
            const frames = Math.floor(noise.length / from.channels);
            if (frames > 20) return;
            bench.floats.set(noise, inAt >>> 2);
            const [bySimd, byScript] = [simd, script].map((map) => {
              bench.floats.fill(9, outAt >>> 2, (outAt >>> 2) + 168);
              map.process(outAt, inAt, frames);
              return bench.floatsAt(outAt, 168);
            });
            expect(bySimd).toEqual(byScript);
            const behind = bySimd?.subarray(frames * to.channels);
            expect(behind?.every((value) => value === 9)).toBe(true);
          }),
          { numRuns: 20 },
        );
      }
    }
  });

  it('refuses more than 8 channels', () => {
    expect(() => createChannelMap(bench.simd, layout(9, 0), stereo, bench.allocate)).toThrow(
      '9 channels cannot be mapped to 2: up to 8 can',
    );
  });
});
