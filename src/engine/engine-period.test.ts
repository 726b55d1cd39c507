import { describe, expect, it } from 'vitest';
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
    const periods = enginePeriods(format(rateHz, channels, bits));
    const { defaultFrames, fundamentalFrames, maximumFrames, minimumFrames } = periods;
    expect([defaultFrames, fundamentalFrames, minimumFrames, maximumFrames]).toEqual(expected);
    const bytes = (fundamentalFrames * channels * bits) / 8;
    expect(bytes % 128).toBe(0);
  });

  it('are whole multiples of the fundamental one, between the bounds', () => {
    const periods = enginePeriods(format(48_000));
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
