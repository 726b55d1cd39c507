import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guid } from '../base/guid.ts';
import type { DataRange } from '../standards/ks/descriptors.ts';
import { KSDATAFORMAT } from '../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSDATAFORMAT_TYPE_WILDCARD,
} from '../standards/ks/guids.ts';
import { readWaveDataFormat } from '../standards/ks/wave-data-format.ts';
import {
  dataRangeBytes,
  formatBelongsToRange,
  intersectByDefault,
  rangesAgree,
  readDataRange,
  WAVEFORMATEX_FORMAT_BYTES,
  writeDataRange,
  writePlainWaveFormat,
} from './data-range.ts';

const OTHER = guid('{3C0E5B2A-70F1-4E0B-8B0A-19D3C5E6F7A8}');
const WILD = KSDATAFORMAT_TYPE_WILDCARD;
const PCM: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_PCM,
  specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  audio: {
    maximumChannels: 2,
    minimumBitsPerSample: 8,
    maximumBitsPerSample: 24,
    minimumSampleFrequency: 8_000,
    maximumSampleFrequency: 96_000,
  },
};
const ANALOG: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_ANALOG,
  specifier: KSDATAFORMAT_SPECIFIER_NONE,
};
const view = (bytes = 256): DataView => new DataView(new ArrayBuffer(bytes));
const withAudio = (audio: Partial<NonNullable<DataRange['audio']>>): DataRange => ({
  ...PCM,
  audio: { ...(PCM.audio as NonNullable<DataRange['audio']>), ...audio },
});

describe('a data range in memory', () => {
  it('comes back as it was written, with audio members and without', () => {
    for (const [range, bytes] of [
      [PCM, 88],
      [ANALOG, 64],
    ] as const) {
      const at = view();
      writeDataRange(at, 8, range);
      expect(dataRangeBytes(range)).toBe(bytes);
      expect(readDataRange(at, 8, bytes)).toEqual({
        range,
        byteLength: bytes,
        hasAttributes: false,
      });
      expect(readDataRange(at, 8, bytes - 1)).toBeNull();
    }
  });

  it('has audio members only if it is audio, and long enough', () => {
    const at = view();
    writeDataRange(at, 0, PCM);
    at.setUint32(0, 64, true);
    expect(readDataRange(at, 0, 200)?.range.audio).toBeUndefined();
    writeDataRange(at, 0, { ...PCM, majorFormat: OTHER });
    expect(readDataRange(at, 0, 200)?.range.audio).toBeUndefined();
    writeDataRange(at, 0, PCM);
    at.setUint32(0, 100, true);
    expect(readDataRange(at, 0, 200)?.byteLength).toBe(100);
  });

  it('is refused when its size contradicts the room, and never read beyond it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const at = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const read = readDataRange(at, 0, bytes.length);
        if (read === null) return;
        expect(read.byteLength).toBeGreaterThanOrEqual(64);
        expect(read.byteLength).toBeLessThanOrEqual(bytes.length);
      }),
    );
    const at = view();
    for (const size of [0, 63, 257, 0xffff_ffff]) {
      at.setUint32(0, size, true);
      expect(readDataRange(at, 0, 256)).toBeNull();
    }
  });
});

describe('two ranges', () => {
  it('agree when each GUID is the same or wild on either side', () => {
    expect(rangesAgree(PCM, PCM)).toBe(true);
    expect(rangesAgree(PCM, ANALOG)).toBe(false);
    for (const wild of [{ majorFormat: WILD }, { subFormat: WILD }, { specifier: WILD }]) {
      expect(rangesAgree({ ...PCM, ...wild }, PCM)).toBe(true);
      expect(rangesAgree(PCM, { ...PCM, ...wild })).toBe(true);
    }
    for (const other of [{ majorFormat: OTHER }, { subFormat: OTHER }, { specifier: OTHER }]) {
      expect(rangesAgree({ ...PCM, ...other }, PCM)).toBe(false);
    }
  });
});

describe('a format and a range', () => {
  it('belong together by major, then subtype, then specifier [PCL-PIN-016]', () => {
    const at = view();
    const belongs = (format: Partial<DataRange>, range: Partial<DataRange>): boolean => {
      const whole = { ...PCM, ...format };
      KSDATAFORMAT.write(at, 0, {
        MajorFormat: whole.majorFormat,
        SubFormat: whole.subFormat,
        Specifier: whole.specifier,
      });
      return formatBelongsToRange(at, 0, { ...PCM, ...range });
    };
    expect(belongs({}, {})).toBe(true);
    expect(belongs({ majorFormat: OTHER }, {})).toBe(false);
    expect(belongs({ subFormat: OTHER }, {})).toBe(false);
    expect(belongs({ specifier: OTHER }, {})).toBe(false);
    expect(belongs({ majorFormat: OTHER, subFormat: OTHER }, { majorFormat: WILD })).toBe(true);
    expect(belongs({ subFormat: OTHER, specifier: OTHER }, { subFormat: WILD })).toBe(true);
    expect(belongs({ majorFormat: OTHER }, { subFormat: WILD })).toBe(false);
    expect(belongs({ specifier: OTHER }, { specifier: WILD })).toBe(false);
    expect(belongs({ majorFormat: WILD }, {})).toBe(false);
  });
});

describe('the default intersection', () => {
  it('takes the highest rate, the largest depth, and stereo where both have it', () => {
    expect(intersectByDefault(PCM, PCM)).toEqual({ rateHz: 96_000, bits: 24, channels: 2 });
    const asked = withAudio({ maximumChannels: 1, maximumSampleFrequency: 44_100 });
    expect(intersectByDefault(asked, PCM)).toEqual({ rateHz: 44_100, bits: 24, channels: 1 });
    const surround = withAudio({ maximumChannels: 8 });
    expect(intersectByDefault(surround, surround)?.channels).toBe(2);
    const unlimited = withAudio({ maximumChannels: 0xffff_ffff });
    expect(intersectByDefault(unlimited, unlimited)?.channels).toBe(2);
  });

  it('lets a client without audio members take what the pin has', () => {
    const { audio: _audio, ...plain } = PCM;
    expect(intersectByDefault(plain, PCM)).toEqual({ rateHz: 96_000, bits: 24, channels: 2 });
    expect(intersectByDefault(PCM, plain)).toBeNull();
  });

  it('knows PCM in two specifiers, and intervals that overlap', () => {
    const direct = { ...PCM, specifier: KSDATAFORMAT_SPECIFIER_DSOUND };
    expect(intersectByDefault(direct, direct)).not.toBeNull();
    const none = { ...PCM, specifier: KSDATAFORMAT_SPECIFIER_NONE };
    expect(intersectByDefault(none, none)).toBeNull();
    expect(intersectByDefault(PCM, { ...PCM, subFormat: OTHER })).toBeNull();
    expect(intersectByDefault(withAudio({ minimumSampleFrequency: 96_001 }), PCM)).toBeNull();
    expect(intersectByDefault(withAudio({ maximumSampleFrequency: 7_999 }), PCM)).toBeNull();
    expect(intersectByDefault(withAudio({ minimumBitsPerSample: 25 }), PCM)).toBeNull();
    expect(intersectByDefault(withAudio({ maximumBitsPerSample: 7 }), PCM)).toBeNull();
    expect(intersectByDefault(withAudio({ maximumChannels: 0 }), PCM)).toBeNull();
  });

  it('is written as a plain wave format of 82 bytes', () => {
    const at = view();
    writePlainWaveFormat(at, 0, { rateHz: 44_100, bits: 24, channels: 2 });
    expect(at.getUint32(0, true)).toBe(WAVEFORMATEX_FORMAT_BYTES);
    expect(formatBelongsToRange(at, 0, PCM)).toBe(true);
    expect(readWaveDataFormat(at, 0)).toMatchObject({ rateHz: 44_100, channels: 2, validBits: 24 });
    expect([at.getUint32(72, true), at.getUint16(76, true)]).toEqual([264_600, 6]);
  });
});
