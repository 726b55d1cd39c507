/**
 * Every format that the data ranges of a pin claim: each size, each number of channels, and the
 * usual rates inside a range with both its ends. A range says nothing of containers, so a format
 * comes with all that its size may lie in, and one that opens is enough.
 */
import type { DataRange } from '../standards/ks/descriptors.ts';
import {
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
} from '../standards/ks/guids.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';

/** One claimed format in each container that it may come in. */
export type ClaimedFormat = readonly [PcmFormat, ...PcmFormat[]];

const RATES_HZ = [
  8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000,
  176_400, 192_000, 352_800, 384_000,
];
/** Widths of samples with their containers. */
const CONTAINERS: ReadonlyMap<number, readonly [number, ...number[]]> = new Map([
  [8, [8]],
  [16, [16]],
  [20, [32, 24]],
  [24, [32, 24]],
  [32, [32]],
]);
/** As many as have a usual place; a range may be without limit. */
const MOST_CHANNELS = 8;

export function claimedFormats(ranges: readonly DataRange[]): ClaimedFormat[] {
  const formats = new Map<string, ClaimedFormat>();
  for (const range of ranges) {
    for (const format of formatsOf(range)) formats.set(JSON.stringify(format), format);
  }
  return [...formats.values()];
}

function formatsOf({ audio, subFormat }: DataRange): ClaimedFormat[] {
  const float = subFormat === KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
  if (audio === undefined || (!float && subFormat !== KSDATAFORMAT_SUBTYPE_PCM)) return [];
  const [leastHz, mostHz] = [audio.minimumSampleFrequency, audio.maximumSampleFrequency];
  const between = RATES_HZ.filter((rate) => rate > leastHz && rate < mostHz);
  const rates = new Set([leastHz, ...between, mostHz]);
  const found: ClaimedFormat[] = [];
  for (const [validBits, containers] of CONTAINERS) {
    const { maximumBitsPerSample, minimumBitsPerSample } = audio;
    if (validBits < minimumBitsPerSample || validBits > maximumBitsPerSample) continue;
    if (float && validBits !== 32) continue;
    for (const rateHz of rates) {
      for (
        let channels = 1;
        channels <= Math.min(audio.maximumChannels, MOST_CHANNELS);
        channels++
      ) {
        const channelMask = defaultChannelMask(channels);
        const sound = { rateHz, channels, validBits, float, channelMask };
        const [first, ...rest] = containers;
        found.push([
          { ...sound, containerBits: first },
          ...rest.map((containerBits) => ({ ...sound, containerBits })),
        ]);
      }
    }
  }
  return found;
}
