/**
 * The data ranges of the streaming pin, derived from what converter and link can do: one range for
 * each size and each rate, because the rates of HD Audio are a list, and an interval would claim
 * every rate between. The first range is the preferred one, so 16 bits at 48 kHz come first.
 */
import type { DataRange } from '../../portcls/ddi/index.ts';
import { type HdaSampleBits, PCM_RATES_HZ } from '../../standards/hda/index.ts';
import {
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../../standards/ks/guids.ts';
import { channelLimit, STREAM_SAMPLE_BITS, type StreamCapabilities } from './stream-format.ts';

const PREFERRED_RATE_HZ = 48_000;
const FLOAT_BITS = 32;

/** The range of a pin that carries no data of its own: an analog or internal connection. */
export const BRIDGE_RANGE: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_ANALOG,
  specifier: KSDATAFORMAT_SPECIFIER_NONE,
};

/** PCM in 16, 24, 32 and 20 bits, then float; in each 48 kHz first, then from the top down. */
export function streamDataRanges(capabilities: StreamCapabilities): readonly DataRange[] {
  const rates = [...PCM_RATES_HZ].sort((left, right) => rateOrder(right) - rateOrder(left));
  const ranges: DataRange[] = [];
  const add = (bits: HdaSampleBits, float: boolean): void => {
    for (const rateHz of rates) {
      const maximumChannels = channelLimit(capabilities, rateHz, bits, float);
      if (maximumChannels > 0) ranges.push(makeRange(rateHz, bits, maximumChannels, float));
    }
  };
  for (const bits of STREAM_SAMPLE_BITS) add(bits, false);
  add(FLOAT_BITS, true);
  return ranges;
}

function rateOrder(rateHz: number): number {
  return rateHz === PREFERRED_RATE_HZ ? Number.POSITIVE_INFINITY : rateHz;
}

function makeRange(
  rateHz: number,
  bits: HdaSampleBits,
  maximumChannels: number,
  float: boolean,
): DataRange {
  return {
    majorFormat: KSDATAFORMAT_TYPE_AUDIO,
    subFormat: float ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM,
    specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
    audio: {
      maximumChannels,
      minimumBitsPerSample: bits,
      maximumBitsPerSample: bits,
      minimumSampleFrequency: rateHz,
      maximumSampleFrequency: rateHz,
    },
  };
}
