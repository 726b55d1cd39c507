/**
 * The formats that the hardware takes: PCM of 16 bits in stereo, at the rates of a codec with
 * variable rate audio, or at the link's 48 kHz. A data range has no least number of channels, so
 * the intersection refuses a client that wants fewer than two by itself.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import type { DataRange } from '../../portcls/ddi/index.ts';
import { AC97_LINK_FRAME_HZ, AC97_RATES_HZ } from '../../standards/ac97/index.ts';
import {
  KSDATAFORMAT,
  KSDATARANGE,
  KSDATARANGE_ANY_CHANNELS,
  KSDATARANGE_AUDIO,
} from '../../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../../standards/ks/guids.ts';
import { readWaveDataFormat } from '../../standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  STATUS_NO_MATCH,
  STATUS_NOT_IMPLEMENTED,
} from '../../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';

const TICKS_PER_SECOND = 10_000_000;
const CHANNELS = 2;
const BITS = 16;
export const FRAME_BYTES = 4;
/** Frames of an output FIFO; an input engine leaves half of one in it (ICH datasheet 5.18). */
export const FIFO_FRAMES = 16;
export const FIFO_BYTES = FIFO_FRAMES * FRAME_BYTES;
export const CAPTURE_HOLD_FRAMES = FIFO_FRAMES / 2;

/** The range of a pin that carries no data of its own: an analog or internal connection. */
export const BRIDGE_RANGE: DataRange = {
  majorFormat: KSDATAFORMAT_TYPE_AUDIO,
  subFormat: KSDATAFORMAT_SUBTYPE_ANALOG,
  specifier: KSDATAFORMAT_SPECIFIER_NONE,
};

export function dataRanges(hasVariableRate: boolean): DataRange[] {
  return [
    {
      majorFormat: KSDATAFORMAT_TYPE_AUDIO,
      subFormat: KSDATAFORMAT_SUBTYPE_PCM,
      specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
      audio: {
        maximumChannels: CHANNELS,
        minimumBitsPerSample: BITS,
        maximumBitsPerSample: BITS,
        minimumSampleFrequency: hasVariableRate ? AC97_RATES_HZ.LEAST : AC97_LINK_FRAME_HZ,
        maximumSampleFrequency: AC97_LINK_FRAME_HZ,
      },
    },
  ];
}

/**
 * STATUS_NO_MATCH to a client that takes no stereo; else STATUS_NOT_IMPLEMENTED, which hands over
 * to the port's default handler.
 */
export function refuseMono(
  wdk: KernelDdi,
  clientRange: VirtualAddress,
  resultantFormatLength: Out<number>,
): NtStatus {
  resultantFormatLength.value = 0;
  const bytes = wdk.viewAt(clientRange, KSDATARANGE.size).getUint32(0, true);
  if (bytes < KSDATARANGE_AUDIO.size) return STATUS_NOT_IMPLEMENTED;
  const range = KSDATARANGE_AUDIO.read(wdk.viewAt(clientRange, bytes), 0);
  const isAudio = range.MajorFormat === KSDATAFORMAT_TYPE_AUDIO;
  const channels = range.MaximumChannels;
  const takesStereo = channels === KSDATARANGE_ANY_CHANNELS || channels >= CHANNELS;
  return isAudio && !takesStereo ? STATUS_NO_MATCH : STATUS_NOT_IMPLEMENTED;
}

/** Reads a KSDATAFORMAT in memory; null when it is none, or none that the hardware takes. */
export function readFormat(
  wdk: KernelDdi,
  dataFormat: VirtualAddress,
  hasVariableRate: boolean,
): PcmFormat | null {
  const bytes = wdk.viewAt(dataFormat, KSDATAFORMAT.size).getUint32(0, true);
  if (bytes < KSDATAFORMAT.size) return null;
  const format = readWaveDataFormat(wdk.viewAt(dataFormat, bytes), 0);
  if (format === null || format.float) return null;
  const { channels, containerBits, rateHz, validBits } = format;
  const least = hasVariableRate ? AC97_RATES_HZ.LEAST : AC97_LINK_FRAME_HZ;
  const isTaken =
    channels === CHANNELS &&
    validBits === BITS &&
    containerBits === BITS &&
    rateHz >= least &&
    rateHz <= AC97_LINK_FRAME_HZ;
  return isTaken ? format : null;
}

/**
 * The byte of the stream at the converter, when `moved` bytes are between memory and an engine that
 * was set going at byte `start`: the DAC is a FIFO behind memory, once as much has been fetched;
 * the ADC is before it by what stays in the FIFO.
 */
export function converterBytes(moved: number, start: number, isCapture: boolean): number {
  if (!isCapture) return Math.max(start, moved - FIFO_BYTES);
  return moved === start ? start : moved + CAPTURE_HOLD_FRAMES * FRAME_BYTES;
}

/** Bytes in units of 100 ns; split at the second, so that no product passes 2^53. */
export function bytesAsTicks(bytes: number, rateHz: number): number {
  const perSecond = rateHz * FRAME_BYTES;
  const seconds = Math.floor(bytes / perSecond);
  const rest = bytes - seconds * perSecond;
  return seconds * TICKS_PER_SECOND + Math.floor((rest * TICKS_PER_SECOND) / perSecond);
}
