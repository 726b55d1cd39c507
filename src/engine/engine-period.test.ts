import { describe, expect, it } from 'vitest';
import { guid } from '../base/guid.ts';
import {
  FILE_128_BYTE_ALIGNMENT,
  FILE_BYTE_ALIGNMENT,
  type PacketSizeConstraints,
} from '../standards/ks/packet-size-constraints.ts';
import {
  AUDIO_SIGNALPROCESSINGMODE_DEFAULT as DEFAULT,
  AUDIO_SIGNALPROCESSINGMODE_RAW as RAW,
} from '../standards/ks/signal-processing.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { enginePeriods, isEnginePeriod, packetPeriods, period100ns } from './engine-period.ts';

const format = (rateHz: number, channels = 2, containerBits = 16): PcmFormat => ({
  rateHz,
  channels,
  validBits: containerBits,
  containerBits,
  float: false,
  channelMask: 0,
});

/** As Windows' own HD Audio driver declares its packets. */
const HDA: PacketSizeConstraints = {
  minimum100ns: 26_666,
  alignmentMask: FILE_128_BYTE_ALIGNMENT,
  maximumBytes: 0,
  modes: [],
};
const FREE: PacketSizeConstraints = {
  minimum100ns: 0,
  alignmentMask: FILE_BYTE_ALIGNMENT,
  maximumBytes: 0,
  modes: [],
};
const MS = 10_000;
const SPEECH = guid('{FC1CFC9B-B9D6-4CFA-B5E0-4BB2166878B2}', 'SPEECH');

/** Default, fundamental, minimum and maximum at 48 kHz in 16-bit stereo. */
function declared(limits: PacketSizeConstraints | null, rateHz = 48_000): number[] {
  const periods = enginePeriods(format(rateHz), limits);
  const { defaultFrames, fundamentalFrames, maximumFrames, minimumFrames } = periods;
  return [defaultFrames, fundamentalFrames, minimumFrames, maximumFrames];
}

describe('the periods of a driver that declares its packets', () => {
  it('are 10 ms alone where it declares nothing', () => {
    expect(declared(null)).toEqual([480, 480, 480, 480]);
    expect(declared(null, 44_100)).toEqual([441, 441, 441, 441]);
  });

  it('begin at its minimum, or at 1 ms where it has none [WRT-LLA-003]', () => {
    expect(declared({ ...FREE, minimum100ns: 2 * MS })).toEqual([480, 1, 96, 480]);
    expect(declared(FREE)).toEqual([480, 1, 48, 480]);
    expect(declared({ ...FREE, minimum100ns: 20 * MS })).toEqual([960, 1, 960, 960]);
  });

  it('begin at its packet for the default mode, unless that is too small [WRT-LLA-003]', () => {
    const withMode = (samples: number, duration100ns: number, mode = DEFAULT) =>
      declared({ ...FREE, minimum100ns: 2 * MS, modes: [{ mode, samples, duration100ns }] })[2];
    expect(withMode(128, 0)).toBe(128);
    expect(period100ns(withMode(128, 0) ?? 0, 48_000)).toBe(26_667);
    // The duration counts where there are no samples, and only there.
    expect(withMode(128, 5 * MS)).toBe(128);
    expect(withMode(0, 5 * MS)).toBe(240);
    expect([withMode(64, 0), withMode(0, MS)]).toEqual([96, 96]);
    expect([withMode(128, 0, RAW), withMode(128, 0, SPEECH)]).toEqual([96, 96]);
  });

  it('are whole units of its alignment, and no larger than it takes [WRT-LLA-003]', () => {
    expect(declared({ ...FREE, minimum100ns: 2 * MS, alignmentMask: 0xff })).toEqual([
      512, 64, 128, 512,
    ]);
    expect(declared({ ...FREE, maximumBytes: 1920 })).toEqual([480, 1, 48, 480]);
    expect(declared({ ...HDA, maximumBytes: 1800 })).toEqual([448, 32, 128, 448]);
  });
});

describe('the periods of shared mode', () => {
  it.each([
    [48_000, 2, 16, [480, 32, 128, 480]],
    [48_000, 2, 32, [480, 16, 128, 480]],
    [44_100, 2, 16, [448, 32, 128, 448]],
    [96_000, 2, 16, [960, 32, 256, 960]],
    [48_000, 8, 32, [480, 4, 128, 480]],
    [48_000, 6, 24, [512, 64, 128, 512]],
    [8_000, 1, 16, [128, 64, 64, 128]],
  ] as const)('at %i Hz in %i channels of %i bits', (rateHz, channels, bits, expected) => {
    const periods = enginePeriods(format(rateHz, channels, bits), HDA);
    const { defaultFrames, fundamentalFrames, maximumFrames, minimumFrames } = periods;
    expect([defaultFrames, fundamentalFrames, minimumFrames, maximumFrames]).toEqual(expected);
    const bytes = (fundamentalFrames * channels * bits) / 8;
    expect(bytes % 128).toBe(0);
  });

  it('are whole multiples of the fundamental one, between the bounds', () => {
    const periods = enginePeriods(format(48_000), HDA);
    const taken = [96, 128, 144, 160, 480, 512].filter((frames) => isEnginePeriod(periods, frames));
    expect(taken).toEqual([128, 160, 480]);
  });

  it.each([
    [48_000, 0, [480, 480, 480, 480]],
    [44_100, 0, [441, 441, 441, 441]],
    [48_000, 128, [512, 128, 128, 512]],
    [48_000, 240, [480, 240, 240, 480]],
    [48_000, 480, [480, 480, 480, 480]],
    [48_000, 4096, [480, 480, 480, 480]],
  ] as const)('of packets at %i Hz, of %i frames if the driver may choose', (rate, framed, all) => {
    const { defaultFrames, ...others } = packetPeriods(format(rate), framed);
    const { fundamentalFrames, maximumFrames, minimumFrames } = others;
    expect([defaultFrames, fundamentalFrames, minimumFrames, maximumFrames]).toEqual(all);
  });

  it('are told in 100 ns as Windows tells them', () => {
    expect([period100ns(480, 48_000), period100ns(448, 44_100)]).toEqual([100_000, 101_587]);
    expect(period100ns(128, 48_000)).toBe(26_667);
  });
});
