import { describe, expect, it } from 'vitest';
import type { DataRange } from '../standards/ks/descriptors.ts';
import {
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../standards/ks/guids.ts';
import { claimedFormats } from './claimed-formats.ts';

const range = (audio: NonNullable<DataRange['audio']>, isFloat = false): DataRange => ({
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: isFloat ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM,
  specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  audio,
});

const audio = (channels: number, bits: [number, number], hz: [number, number]) => ({
  maximumChannels: channels,
  minimumBitsPerSample: bits[0],
  maximumBitsPerSample: bits[1],
  minimumSampleFrequency: hz[0],
  maximumSampleFrequency: hz[1],
});

describe('claimed formats', () => {
  it('are each number of channels, each size, the ends of a range and the rates between', () => {
    const formats = claimedFormats([range(audio(2, [16, 24], [44_000, 50_000]))]);
    const sounds = formats.map(([{ channels, rateHz, validBits }]) => {
      return `${validBits}/${rateHz}/${channels}`;
    });
    const rates = [44_000, 44_100, 48_000, 50_000];
    const due = [16, 20, 24].flatMap((bits) =>
      rates.flatMap((rate) => [1, 2].map((channels) => `${bits}/${rate}/${channels}`)),
    );
    expect(sounds).toEqual(due);
  });

  it('come in each container that their size may lie in', () => {
    const [format] = claimedFormats([range(audio(1, [24, 24], [48_000, 48_000]))]);
    expect(format?.map(({ containerBits }) => containerBits)).toEqual([32, 24]);
  });

  it('are counted once, and stop at eight channels', () => {
    const one = range(audio(0xffff_ffff, [16, 16], [48_000, 48_000]));
    expect(claimedFormats([one, one])).toHaveLength(8);
  });

  it('have floats of 32 bits only, and none for what is no wave', () => {
    const floats = claimedFormats([range(audio(1, [16, 32], [48_000, 48_000]), true)]);
    expect(floats.map(([format]) => [format.validBits, format.float])).toEqual([[32, true]]);
    const analog = { ...range(audio(1, [16, 16], [1, 1])), subFormat: KSDATAFORMAT_SUBTYPE_ANALOG };
    expect(claimedFormats([analog])).toEqual([]);
  });
});
