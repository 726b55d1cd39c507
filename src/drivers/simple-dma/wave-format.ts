/**
 * The formats that the part takes: PCM of 16 bits, or of 24 or 32 in a container of 32, at any
 * rate that the link runs at. A part that has to be armed again by a poll takes only rates at
 * which its FIFO outlasts the poll's period.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import type { DataRange } from '../../portcls/ddi/index.ts';
import { KSDATAFORMAT } from '../../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../../standards/ks/guids.ts';
import { readWaveDataFormat } from '../../standards/ks/wave-data-format.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';
import { SIMPLE_DMA_RATES_HZ } from '../../standards/simple-dma/registers.ts';
import { type DmaCapabilities, graceFrames } from './dma-registers.ts';
import { POLL_PERIOD_MS } from './status-poll.ts';

const MS_PER_SECOND = 1000;
/** What the port's default intersection handler can make formats for. */
const MOST_CHANNELS = 2;
/** Sizes of samples with their containers; the first is the preferred one. */
const SAMPLE_BITS: ReadonlyMap<number, number> = new Map([
  [16, 16],
  [24, 32],
  [32, 32],
]);

/** The range of a pin that carries no data of its own: an analog or internal connection. */
export const BRIDGE_RANGE: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_ANALOG,
  specifier: KSDATAFORMAT_SPECIFIER_NONE,
};

/** The highest rate of a channel. */
export function highestRateHz(capabilities: DmaCapabilities, isCapture: boolean): number {
  const { interrupts, loops } = capabilities;
  if (loops || interrupts) return SIMPLE_DMA_RATES_HZ.MOST;
  const polled = (graceFrames(capabilities, isCapture) * MS_PER_SECOND) / POLL_PERIOD_MS;
  return Math.min(SIMPLE_DMA_RATES_HZ.MOST, polled);
}

export function dataRanges(capabilities: DmaCapabilities, isCapture: boolean): DataRange[] {
  return [...SAMPLE_BITS.keys()].map((bits) => ({
    majorFormat: KSDATAFORMAT_TYPE_AUDIO,
    subFormat: KSDATAFORMAT_SUBTYPE_PCM,
    specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
    audio: {
      maximumChannels: MOST_CHANNELS,
      minimumBitsPerSample: bits,
      maximumBitsPerSample: bits,
      minimumSampleFrequency: SIMPLE_DMA_RATES_HZ.LEAST,
      maximumSampleFrequency: highestRateHz(capabilities, isCapture),
    },
  }));
}

/** Reads a KSDATAFORMAT in memory; null when it is none, or none that the channel takes. */
export function readFormat(
  wdk: KernelDdi,
  dataFormat: VirtualAddress,
  capabilities: DmaCapabilities,
  isCapture: boolean,
): PcmFormat | null {
  const bytes = wdk.viewAt(dataFormat, KSDATAFORMAT.size).getUint32(0, true);
  if (bytes < KSDATAFORMAT.size) return null;
  const format = readWaveDataFormat(wdk.viewAt(dataFormat, bytes), 0);
  if (format === null || format.float) return null;
  const { channels, containerBits, rateHz, validBits } = format;
  const isTaken =
    SAMPLE_BITS.get(validBits) === containerBits &&
    channels <= MOST_CHANNELS &&
    rateHz >= SIMPLE_DMA_RATES_HZ.LEAST &&
    rateHz <= highestRateHz(capabilities, isCapture);
  return isTaken ? format : null;
}
