/**
 * The miniport's own intersection of a client's data range with one of its ranges. The port's
 * default handler stops at two channels and never makes an extensible format, so it would lose
 * what this hardware can do. Source: IMiniport::DataRangeIntersection.
 */
import { readGuid } from '../../base/guid.ts';
import { roundUp } from '../../base/struct.ts';
import {
  KSDATARANGE,
  KSDATARANGE_ANY_CHANNELS,
  KSDATARANGE_AUDIO,
} from '../../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
  KSDATAFORMAT_TYPE_WILDCARD,
} from '../../standards/ks/guids.ts';
import { defaultChannelMask } from '../../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';

const GUID_OFFSETS: readonly number[] = [
  KSDATARANGE.offsets.MajorFormat,
  KSDATARANGE.offsets.SubFormat,
  KSDATARANGE.offsets.Specifier,
];
const SMALL_CONTAINER_BITS = 16;
const WIDE_CONTAINER_BITS = 32;

/**
 * The best format that both ranges hold: the highest rate, the most bits, the most channels. Each
 * view begins with its range and ends where the range's FormatSize says. Null when they do not
 * meet, or when `own` is no audio range.
 */
export function intersectRanges(client: DataView, own: DataView): PcmFormat | null {
  if (own.byteLength < KSDATARANGE_AUDIO.size) return null;
  if (!GUID_OFFSETS.every((offset) => agree(client, own, offset))) return null;
  const mine = KSDATARANGE_AUDIO.read(own, 0);
  const float = mine.SubFormat === KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
  if (mine.MajorFormat !== KSDATAFORMAT_TYPE_AUDIO) return null;
  if (!float && mine.SubFormat !== KSDATAFORMAT_SUBTYPE_PCM) return null;
  // A range that is no audio range, a wild card, leaves all of it open.
  const asked = isAudioRange(client) ? KSDATARANGE_AUDIO.read(client, 0) : mine;
  const rateHz = Math.min(asked.MaximumSampleFrequency, mine.MaximumSampleFrequency);
  const bits = Math.min(asked.MaximumBitsPerSample, mine.MaximumBitsPerSample);
  const channels =
    asked.MaximumChannels === KSDATARANGE_ANY_CHANNELS
      ? mine.MaximumChannels
      : Math.min(asked.MaximumChannels, mine.MaximumChannels);
  const meets =
    rateHz >= Math.max(asked.MinimumSampleFrequency, mine.MinimumSampleFrequency) &&
    bits >= Math.max(asked.MinimumBitsPerSample, mine.MinimumBitsPerSample) &&
    channels >= 1;
  if (!meets) return null;
  const containerBits = bits <= SMALL_CONTAINER_BITS ? roundUp(bits, 8) : WIDE_CONTAINER_BITS;
  const channelMask = defaultChannelMask(channels);
  return { rateHz, channels, validBits: bits, containerBits, float, channelMask };
}

/** Equal, or the client leaves it open. */
function agree(client: DataView, own: DataView, offset: number): boolean {
  const asked = readGuid(client, offset);
  return asked === KSDATAFORMAT_TYPE_WILDCARD || asked === readGuid(own, offset);
}

function isAudioRange(view: DataView): boolean {
  const { MajorFormat } = KSDATARANGE.read(view, 0);
  return MajorFormat === KSDATAFORMAT_TYPE_AUDIO && view.byteLength >= KSDATARANGE_AUDIO.size;
}
