import { describe, expect, it } from 'vitest';
import { type Guid, writeGuid } from '../../base/guid.ts';
import { KSDATARANGE, KSDATARANGE_AUDIO } from '../../standards/ks/formats.ts';
import {
  GUID_NULL,
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../../standards/ks/guids.ts';
import { intersectRanges } from './range-intersection.ts';

interface RangeOptions {
  readonly rates?: readonly [number, number];
  readonly bits?: readonly [number, number];
  readonly channels?: number;
  readonly subFormat?: Guid;
  readonly specifier?: Guid;
}

function range(options: RangeOptions): DataView {
  const view = new DataView(new ArrayBuffer(KSDATARANGE_AUDIO.size));
  const { rates = [48_000, 48_000], bits = [16, 16], channels = 8 } = options;
  KSDATARANGE_AUDIO.write(view, 0, {
    FormatSize: KSDATARANGE_AUDIO.size,
    MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
    SubFormat: options.subFormat ?? KSDATAFORMAT_SUBTYPE_PCM,
    Specifier: options.specifier ?? KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
    MaximumChannels: channels,
    MinimumBitsPerSample: bits[0],
    MaximumBitsPerSample: bits[1],
    MinimumSampleFrequency: rates[0],
    MaximumSampleFrequency: rates[1],
  });
  return view;
}

const OWN = range({});
const EVERYTHING = { rates: [1, 1_000_000], bits: [1, 64], channels: 0xffff_ffff } as const;

describe('the intersection of two ranges', () => {
  it('is the highest rate, the most bits and the most channels of both', () => {
    const own = range({ rates: [8_000, 96_000], bits: [16, 32] });
    const client = range({ rates: [44_100, 192_000], bits: [8, 24], channels: 6 });
    expect(intersectRanges(client, own)).toEqual({
      rateHz: 96_000,
      channels: 6,
      validBits: 24,
      containerBits: 32,
      float: false,
      channelMask: 0x3f,
    });
  });

  it('is what the pin can do where the client sets no limit', () => {
    expect(intersectRanges(range(EVERYTHING), OWN)).toMatchObject({
      rateHz: 48_000,
      channels: 8,
      validBits: 16,
      containerBits: 16,
    });
    const float = range({ bits: [32, 32], subFormat: KSDATAFORMAT_SUBTYPE_IEEE_FLOAT });
    const client = range({ ...EVERYTHING, subFormat: GUID_NULL, specifier: GUID_NULL });
    expect(intersectRanges(client, float)).toMatchObject({ float: true, containerBits: 32 });
  });

  it('takes a short range, and one of wild cards, for no limit at all [PCL-DI-015]', () => {
    const wild = new DataView(new ArrayBuffer(KSDATARANGE.size));
    expect(intersectRanges(wild, OWN)).toMatchObject({ rateHz: 48_000, channels: 8 });
    writeGuid(wild, KSDATARANGE.offsets.MajorFormat, KSDATAFORMAT_TYPE_AUDIO);
    expect(intersectRanges(wild, OWN)).toMatchObject({ rateHz: 48_000, channels: 8 });
  });

  it('is nothing where rates, bits, channels or names do not meet [PCL-DI-001]', () => {
    const strangers: RangeOptions[] = [
      { rates: [44_100, 44_100] },
      { rates: [96_000, 192_000] },
      { bits: [8, 8] },
      { bits: [24, 32] },
      { channels: 0 },
      { subFormat: KSDATAFORMAT_SUBTYPE_IEEE_FLOAT },
      { specifier: KSDATAFORMAT_SPECIFIER_DSOUND },
    ];
    for (const options of strangers) expect(intersectRanges(range(options), OWN)).toBeNull();
  });

  it('is nothing on a pin that carries no data of its own', () => {
    const bridge = range({ subFormat: KSDATAFORMAT_SUBTYPE_ANALOG });
    expect(intersectRanges(bridge, bridge)).toBeNull();
    const short = new DataView(bridge.buffer, 0, KSDATARANGE.size);
    expect(intersectRanges(short, short)).toBeNull();
  });
});
