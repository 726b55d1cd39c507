import { describe, expect, it } from 'vitest';
import { PCM_RATES_HZ } from './parameters.ts';
import {
  decodeHdaFormat,
  encodeHdaFormat,
  type HdaSampleBits,
  hdaFrameBytes,
  hdaPayloadWords,
} from './stream-format.ts';

describe('the stream format word', () => {
  it.each<[number, HdaSampleBits, number, number]>([
    [48_000, 16, 2, 0x0011],
    [44_100, 16, 2, 0x4011],
    [8_000, 8, 1, 0x0500],
    [11_025, 16, 1, 0x4310],
    [32_000, 20, 2, 0x0a21],
    [88_200, 24, 2, 0x4831],
    [96_000, 24, 6, 0x0835],
    [176_400, 32, 2, 0x5841],
    [192_000, 32, 8, 0x1847],
  ])('for %i Hz, %i bits, %i channels is %i', (rateHz, bits, channels, word) => {
    expect(encodeHdaFormat({ rateHz, bits, channels })).toBe(word);
    expect(decodeHdaFormat(word)).toEqual({ rateHz, bits, channels });
  });

  it('goes there and back for every rate but 384 kHz, which it cannot say', () => {
    for (const rateHz of PCM_RATES_HZ.filter((rate) => rate <= 192_000)) {
      const format = { rateHz, bits: 16, channels: 16 } as const;
      expect(decodeHdaFormat(encodeHdaFormat(format))).toEqual(format);
    }
    expect(() => encodeHdaFormat({ rateHz: 384_000, bits: 16, channels: 2 })).toThrow(/384000 Hz/);
  });

  it.each([
    { rateHz: 12_345, bits: 16, channels: 2 },
    { rateHz: 48_000, bits: 16, channels: 0 },
    { rateHz: 48_000, bits: 16, channels: 17 },
    { rateHz: 48_000, bits: 16, channels: 1.5 },
  ] as const)('cannot say $rateHz Hz with $channels channels', (format) => {
    expect(() => encodeHdaFormat(format)).toThrow(/no HD Audio format/);
  });

  it('is reserved for sizes above 32 bits, multiples above 4, bit 7 and broken rates', () => {
    for (const word of [0x0051, 0x2011, 0x0091, 0x0611, 0x4711]) {
      expect(decodeHdaFormat(word)).toBeNull();
    }
  });

  it('gives frame bytes with 20 and more bits in 32, and payload with samples padded to bytes', () => {
    const frame = (bits: HdaSampleBits) => hdaFrameBytes({ rateHz: 48_000, bits, channels: 2 });
    expect(([8, 16, 20, 24, 32] as const).map(frame)).toEqual([2, 4, 8, 8, 8]);
    expect(hdaPayloadWords({ rateHz: 48_000, bits: 16, channels: 2 })).toBe(2);
    expect(hdaPayloadWords({ rateHz: 192_000, bits: 20, channels: 8 })).toBe(48);
    expect(hdaPayloadWords({ rateHz: 192_000, bits: 32, channels: 8 })).toBe(64);
    expect(hdaPayloadWords({ rateHz: 44_100, bits: 24, channels: 1 })).toBe(2);
  });
});
