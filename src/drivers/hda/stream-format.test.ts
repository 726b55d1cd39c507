import { describe, expect, it } from 'vitest';
import {
  encodePcmSupport,
  isPcmSupported,
  PCM_RATES_HZ,
  STREAM_FORMATS,
  STRIPE,
} from '../../standards/hda/index.ts';
import {
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
} from '../../standards/ks/guids.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';
import { streamDataRanges } from './data-ranges.ts';
import { channelLimit, type StreamCapabilities, streamFormatWords } from './stream-format.ts';

const RATES = PCM_RATES_HZ.filter((rateHz) => rateHz <= 192_000);
/** The modelled codec and controller: 60 words on each of two data lines. */
const CODEC: StreamCapabilities = {
  pcmSupport: encodePcmSupport(RATES, [16, 20, 24, 32]),
  streamFormats: STREAM_FORMATS.PCM | STREAM_FORMATS.FLOAT32,
  channels: 8,
  streamWords: 0x40,
  lineWords: 0x3c,
  stripes: STRIPE.ONE_LINE | STRIPE.TWO_LINES,
};
const ONE_LINE = { ...CODEC, stripes: STRIPE.ONE_LINE };

const format = (options: Partial<PcmFormat>): PcmFormat => {
  const base = { rateHz: 48_000, channels: 2, validBits: 16, containerBits: 16 };
  return { ...base, float: false, channelMask: 3, ...options };
};

describe('the format of a stream', () => {
  it('becomes the words of HDA 1.0a 3.7.1', () => {
    expect(streamFormatWords(format({}), CODEC)).toEqual({
      link: 0x0011,
      converter: 0x0011,
      stripe: 0,
    });
    const wide = { validBits: 24, containerBits: 32, rateHz: 44_100, channels: 6 };
    expect(streamFormatWords(format(wide), CODEC)?.link).toBe(0x4035);
    expect(streamFormatWords(format({ ...wide, validBits: 20 }), CODEC)?.link).toBe(0x4025);
  });

  it('is told as float to the converter alone', () => {
    const float = format({ validBits: 32, containerBits: 32, float: true });
    expect(streamFormatWords(float, CODEC)).toEqual({ link: 0x0041, converter: 0x8041, stripe: 0 });
    const deaf = { ...CODEC, streamFormats: STREAM_FORMATS.PCM };
    expect(streamFormatWords(float, deaf)).toBeNull();
    expect(streamFormatWords({ ...float, float: false }, deaf)?.converter).toBe(0x0041);
    const onlyFloat = { ...CODEC, streamFormats: STREAM_FORMATS.FLOAT32 };
    expect(streamFormatWords(format({}), onlyFloat)).toBeNull();
  });

  it('is refused in any packing but that of the link', () => {
    const packings = [
      [8, 8],
      [16, 32],
      [20, 24],
      [24, 24],
      [12, 16],
      [30, 32],
    ] as const;
    for (const [validBits, containerBits] of packings) {
      expect(streamFormatWords(format({ validBits, containerBits }), CODEC)).toBeNull();
    }
  });

  it('is refused at rates and channel counts that converter or link do not have', () => {
    expect(streamFormatWords(format({ rateHz: 12_345 }), CODEC)).toBeNull();
    expect(streamFormatWords(format({ channels: 9 }), CODEC)).toBeNull();
    expect(streamFormatWords(format({ channels: 0 }), CODEC)).toBeNull();
  });

  it('takes a second data line when it does not fit one', () => {
    const full = { validBits: 32, containerBits: 32, rateHz: 192_000 };
    expect(streamFormatWords(format({ ...full, channels: 7 }), CODEC)?.stripe).toBe(0);
    const widest = format({ ...full, channels: 8 });
    expect(streamFormatWords(widest, CODEC)?.stripe).toBe(1);
    expect(streamFormatWords(widest, ONE_LINE)).toBeNull();
    expect(streamFormatWords(widest, { ...CODEC, streamWords: 0x3f })).toBeNull();
    const four = { ...CODEC, lineWords: 0x10, stripes: STRIPE.ONE_LINE | STRIPE.FOUR_LINES };
    expect(streamFormatWords(widest, four)?.stripe).toBe(2);
  });

  it('has as many channels as one stream carries on the link', () => {
    expect(channelLimit(CODEC, 192_000, 32, false)).toBe(8);
    expect(channelLimit(ONE_LINE, 192_000, 24, false)).toBe(8);
    expect(channelLimit(ONE_LINE, 176_400, 32, true)).toBe(7);
    expect(channelLimit({ ...CODEC, streamWords: 1 }, 48_000, 16, false)).toBe(1);
    // A register that reads 0 is not there (QEMU's controller): the link alone limits.
    expect(channelLimit({ ...CODEC, streamWords: 0 }, 48_000, 16, false)).toBe(8);
    const poor = { ...CODEC, streamWords: 0, lineWords: 1, stripes: STRIPE.ONE_LINE };
    expect(channelLimit(poor, 48_000, 16, false)).toBe(1);
    const fast = { ...CODEC, pcmSupport: encodePcmSupport([384_000], [16]) };
    expect(channelLimit(fast, 384_000, 16, false)).toBe(0);
  });
});

describe('the data ranges of the streaming pin', () => {
  const ranges = streamDataRanges(CODEC);

  it('put 48 kHz and 16 bits first [PCL-DI-017]', () => {
    expect(ranges[0]).toMatchObject({
      subFormat: KSDATAFORMAT_SUBTYPE_PCM,
      audio: { minimumBitsPerSample: 16, minimumSampleFrequency: 48_000, maximumChannels: 8 },
    });
  });

  it('are discrete: one for each rate and size, each exactly what can be played [PCL-DI-017]', () => {
    const isDiscrete = ranges.every(
      ({ audio }) =>
        audio !== undefined &&
        audio.minimumBitsPerSample === audio.maximumBitsPerSample &&
        audio.minimumSampleFrequency === audio.maximumSampleFrequency,
    );
    expect(isDiscrete).toBe(true);
    expect(ranges).toHaveLength(RATES.length * 5);
    for (const bits of [16, 20, 24, 32] as const) {
      for (const rateHz of PCM_RATES_HZ) {
        const found = ranges.filter(
          ({ audio, subFormat }) =>
            subFormat === KSDATAFORMAT_SUBTYPE_PCM &&
            audio?.minimumBitsPerSample === bits &&
            audio.minimumSampleFrequency === rateHz,
        );
        const isSupported = isPcmSupported(CODEC.pcmSupport, rateHz, bits);
        expect(found, `${bits} bits at ${rateHz} Hz`).toHaveLength(isSupported ? 1 : 0);
      }
    }
  });

  it('have float only where the codec claims it', () => {
    const isFloat = (range: (typeof ranges)[number]): boolean =>
      range.subFormat === KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    expect(ranges.filter(isFloat)).toHaveLength(RATES.length);
    const plain = { ...CODEC, streamFormats: STREAM_FORMATS.PCM };
    expect(streamDataRanges(plain).filter(isFloat)).toEqual([]);
  });

  it('follow a poorer codec', () => {
    const poor = {
      pcmSupport: encodePcmSupport([44_100, 48_000], [16]),
      streamFormats: STREAM_FORMATS.PCM,
      channels: 2,
      streamWords: 0x30,
      lineWords: 0x3c,
      stripes: STRIPE.ONE_LINE,
    };
    expect(streamDataRanges(poor).map(({ audio }) => audio?.maximumSampleFrequency)).toEqual([
      48_000, 44_100,
    ]);
  });
});
