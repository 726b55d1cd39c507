/**
 * Data ranges and formats as bytes: reading what a client sends, writing what a pin publishes,
 * and the two questions kernel streaming asks of them: do two ranges meet, and does a format
 * belong to a range. Source: the KSDATARANGE, KSDATARANGE_AUDIO and KsCreatePin pages.
 */
import type { Guid } from '../base/guid.ts';
import type { DataRange } from '../standards/ks/descriptors.ts';
import {
  KSDATAFORMAT,
  KSDATARANGE,
  KSDATARANGE_ANY_CHANNELS,
  KSDATARANGE_ATTRIBUTES,
  KSDATARANGE_AUDIO,
  WAVE_FORMAT_OFFSET,
} from '../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSDATAFORMAT_TYPE_WILDCARD,
} from '../standards/ks/guids.ts';
import { readWaveDataFormat } from '../standards/ks/wave-data-format.ts';

/** Bytes of KSDATAFORMAT_WAVEFORMATEX, which is packed: 64 + 18. */
export const WAVEFORMATEX_FORMAT_BYTES = 82;

/** Bytes that a range takes in memory: 88 for an audio range, 64 for any other. */
export function dataRangeBytes(range: DataRange): number {
  return range.audio === undefined ? KSDATARANGE.size : KSDATARANGE_AUDIO.size;
}

export function writeDataRange(view: DataView, at: number, range: DataRange): void {
  KSDATARANGE.write(view, at, {
    FormatSize: dataRangeBytes(range),
    Flags: 0,
    SampleSize: 0,
    Reserved: 0,
    MajorFormat: range.majorFormat,
    SubFormat: range.subFormat,
    Specifier: range.specifier,
  });
  if (range.audio === undefined) return;
  KSDATARANGE_AUDIO.write(view, at, {
    MaximumChannels: range.audio.maximumChannels,
    MinimumBitsPerSample: range.audio.minimumBitsPerSample,
    MaximumBitsPerSample: range.audio.maximumBitsPerSample,
    MinimumSampleFrequency: range.audio.minimumSampleFrequency,
    MaximumSampleFrequency: range.audio.maximumSampleFrequency,
  });
}

interface ReadRange {
  readonly range: DataRange;
  readonly byteLength: number;
  /** What follows it in a list of ranges is no range, but its attributes. */
  readonly hasAttributes: boolean;
}

/**
 * Reads the range at `at`, of which `available` bytes may be read. Null when its FormatSize is
 * below a KSDATARANGE or reaches past what is there.
 */
export function readDataRange(view: DataView, at: number, available: number): ReadRange | null {
  if (available < KSDATARANGE.size) return null;
  const header = KSDATARANGE.read(view, at);
  if (header.FormatSize < KSDATARANGE.size || header.FormatSize > available) return null;
  const range = {
    majorFormat: header.MajorFormat,
    subFormat: header.SubFormat,
    specifier: header.Specifier,
  };
  const hasAudioMembers =
    header.MajorFormat === KSDATAFORMAT_TYPE_AUDIO && header.FormatSize >= KSDATARANGE_AUDIO.size;
  const hasAttributes = (header.Flags & KSDATARANGE_ATTRIBUTES) !== 0;
  if (!hasAudioMembers) return { range, byteLength: header.FormatSize, hasAttributes };
  const audio = KSDATARANGE_AUDIO.read(view, at);
  return {
    range: {
      ...range,
      audio: {
        maximumChannels: audio.MaximumChannels,
        minimumBitsPerSample: audio.MinimumBitsPerSample,
        maximumBitsPerSample: audio.MaximumBitsPerSample,
        minimumSampleFrequency: audio.MinimumSampleFrequency,
        maximumSampleFrequency: audio.MaximumSampleFrequency,
      },
    },
    byteLength: header.FormatSize,
    hasAttributes,
  };
}

const matches = (left: Guid, right: Guid): boolean =>
  left === right || left === KSDATAFORMAT_TYPE_WILDCARD || right === KSDATAFORMAT_TYPE_WILDCARD;

/** Whether the GUIDs of two ranges agree, wild cards agreeing with all. */
export function rangesAgree(left: DataRange, right: DataRange): boolean {
  return (
    matches(left.majorFormat, right.majorFormat) &&
    matches(left.subFormat, right.subFormat) &&
    matches(left.specifier, right.specifier)
  );
}

/**
 * The check KsCreatePin documents: the range's major format is a wild card; or the major formats
 * are equal and the range's subtype is a wild card; or major, subtype and specifier are all equal.
 */
export function formatBelongsToRange(view: DataView, formatAt: number, range: DataRange): boolean {
  const format = KSDATAFORMAT.read(view, formatAt);
  if (range.majorFormat === KSDATAFORMAT_TYPE_WILDCARD) return true;
  if (format.MajorFormat !== range.majorFormat) return false;
  if (range.subFormat === KSDATAFORMAT_TYPE_WILDCARD) return true;
  return format.SubFormat === range.subFormat && format.Specifier === range.specifier;
}

/** Whether the range takes the format: its GUIDs, and its depth, rate and channels. */
export function formatInRange(view: DataView, formatAt: number, range: DataRange): boolean {
  if (!formatBelongsToRange(view, formatAt, range)) return false;
  const { audio } = range;
  if (audio === undefined) return true;
  const wave = readWaveDataFormat(view, formatAt);
  return (
    wave !== null &&
    wave.channels <= audio.maximumChannels &&
    wave.validBits >= audio.minimumBitsPerSample &&
    wave.validBits <= audio.maximumBitsPerSample &&
    wave.rateHz >= audio.minimumSampleFrequency &&
    wave.rateHz <= audio.maximumSampleFrequency
  );
}

/** What the default intersection handler would choose. */
export interface DefaultFormat {
  readonly rateHz: number;
  readonly bits: number;
  readonly channels: number;
}

/**
 * The default intersection of two audio ranges: PCM only, one or two channels only, the highest
 * rate, the largest depth, and stereo where both have it. Null when they do not meet.
 */
export function intersectByDefault(client: DataRange, pin: DataRange): DefaultFormat | null {
  if (!rangesAgree(client, pin)) return null;
  if (pin.majorFormat !== KSDATAFORMAT_TYPE_AUDIO || pin.audio === undefined) return null;
  if (pin.subFormat !== KSDATAFORMAT_SUBTYPE_PCM) return null;
  const isWave = pin.specifier === KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  if (!isWave && pin.specifier !== KSDATAFORMAT_SPECIFIER_DSOUND) return null;
  const asked = client.audio ?? pin.audio;
  const own = pin.audio;
  const rateHz = Math.min(asked.maximumSampleFrequency, own.maximumSampleFrequency);
  const bits = Math.min(asked.maximumBitsPerSample, own.maximumBitsPerSample);
  const channels = Math.min(asked.maximumChannels, own.maximumChannels, 2);
  const meets =
    rateHz >= Math.max(asked.minimumSampleFrequency, own.minimumSampleFrequency) &&
    bits >= Math.max(asked.minimumBitsPerSample, own.minimumBitsPerSample) &&
    channels >= 1 &&
    channels !== KSDATARANGE_ANY_CHANNELS;
  return meets ? { rateHz, bits, channels } : null;
}

/** Writes KSDATAFORMAT_WAVEFORMATEX with a plain WAVEFORMATEX: 82 bytes. */
export function writePlainWaveFormat(view: DataView, at: number, format: DefaultFormat): void {
  const frameBytes = format.channels * Math.ceil(format.bits / 8);
  KSDATAFORMAT.write(view, at, {
    FormatSize: WAVEFORMATEX_FORMAT_BYTES,
    Flags: 0,
    SampleSize: frameBytes,
    Reserved: 0,
    MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
    SubFormat: KSDATAFORMAT_SUBTYPE_PCM,
    Specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  });
  const wave = at + WAVE_FORMAT_OFFSET;
  view.setUint16(wave, 1, true);
  view.setUint16(wave + 2, format.channels, true);
  view.setUint32(wave + 4, format.rateHz, true);
  view.setUint32(wave + 8, format.rateHz * frameBytes, true);
  view.setUint16(wave + 12, frameBytes, true);
  view.setUint16(wave + 14, format.bits, true);
  view.setUint16(wave + 16, 0, true);
}
