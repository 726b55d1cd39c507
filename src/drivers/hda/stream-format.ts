/**
 * Wave formats in the terms of HD Audio: which ones a converter and the link take, and the format
 * words they become. HDA 1.0a 4.5.1 gives each sample size one container: 16 bits lie in 16; 20,
 * 24 and 32 lie left-justified in 32. No other packing can be played.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  encodeHdaFormat,
  HDA_FORMAT_LINK_MASK,
  HDA_FORMAT_NON_PCM,
  type HdaFormat,
  type HdaSampleBits,
  hdaContainerBytes,
  hdaPayloadWords,
  isPcmSupported,
  PCM_RATES_HZ,
  STREAM_FORMATS,
} from '../../standards/hda/index.ts';
import { KSDATAFORMAT } from '../../standards/ks/formats.ts';
import { readWaveDataFormat } from '../../standards/ks/wave-data-format.ts';
import type { PcmFormat } from '../../standards/pcm/format.ts';

/** What limits a stream: the converter's claims, and what the link carries for one stream. */
export interface StreamCapabilities {
  /** 7.3.4.7 and 7.3.4.8. */
  readonly pcmSupport: number;
  readonly streamFormats: number;
  readonly channels: number;
  /** OUTSTRMPAY, 3.3.11: 16-bit words per 48 kHz link frame that a stream may have; 0: not told. */
  readonly streamWords: number;
  /** OUTPAY, 3.3.5: words that one data line carries. */
  readonly lineWords: number;
  /** Over how many lines controller and converter can spread a stream: bits of STRIPE. */
  readonly stripes: number;
}

export interface StreamFormatWords {
  /** What SDnFMT takes. */
  readonly link: number;
  /** What the converter's format verb takes. */
  readonly converter: number;
  /** What SDnCTL.STRIPE and the converter's stripe verb take: 0 is one line, 1 two, 2 four. */
  readonly stripe: number;
}

/** A wave format with the words that make the hardware play it. */
export interface PlayableFormat {
  readonly pcm: PcmFormat;
  readonly words: StreamFormatWords;
}

/** Sizes that are offered; 8-bit samples are unsigned in Windows and signed on the link. */
export const STREAM_SAMPLE_BITS: readonly HdaSampleBits[] = [16, 24, 32, 20];
const FLOAT_BITS = 32;
const STRIPE_CODES = [0, 1, 2];
const isFloatClaimed = (capabilities: StreamCapabilities): boolean =>
  (capabilities.streamFormats & STREAM_FORMATS.FLOAT32) !== 0;
const isPcmClaimed = (capabilities: StreamCapabilities): boolean =>
  (capabilities.streamFormats & STREAM_FORMATS.PCM) !== 0;

/** Reads a KSDATAFORMAT in memory; null when it is none, or none that can be played. */
export function readPlayableFormat(
  wdk: KernelDdi,
  dataFormat: VirtualAddress,
  capabilities: StreamCapabilities,
): PlayableFormat | null {
  const bytes = wdk.viewAt(dataFormat, KSDATAFORMAT.size).getUint32(0, true);
  if (bytes < KSDATAFORMAT.size) return null;
  const pcm = readWaveDataFormat(wdk.viewAt(dataFormat, bytes), 0);
  const words = pcm === null ? null : streamFormatWords(pcm, capabilities);
  return pcm === null || words === null ? null : { pcm, words };
}

/** Highest channel count at this rate and size; 0 when the converter has not this rate or size. */
export function channelLimit(
  capabilities: StreamCapabilities,
  rateHz: number,
  bits: HdaSampleBits,
  float: boolean,
): number {
  const isClaimed = float
    ? isFloatClaimed(capabilities) && bits === FLOAT_BITS
    : isPcmClaimed(capabilities);
  if (!isClaimed || !isPcmSupported(capabilities.pcmSupport, rateHz, bits)) return 0;
  if (!isEncodable(rateHz)) return 0;
  let channels = capabilities.channels;
  while (channels > 0 && stripeFor(capabilities, { rateHz, bits, channels }) === null) channels--;
  return channels;
}

/** The least number of lines that carries a format, as a stripe code; null when none does. */
function stripeFor(capabilities: StreamCapabilities, format: HdaFormat): number | null {
  const { streamWords, lineWords, stripes } = capabilities;
  const words = hdaPayloadWords(format);
  // A controller that does not say what it buffers is limited by the link alone.
  if (streamWords !== 0 && words > streamWords) return null;
  const stripe = STRIPE_CODES.find((code) => {
    return ((stripes >>> code) & 1) === 1 && words <= lineWords << code;
  });
  return stripe ?? null;
}

/** The words of a format; null when it cannot be played. */
export function streamFormatWords(
  format: PcmFormat,
  capabilities: StreamCapabilities,
): StreamFormatWords | null {
  const { rateHz, channels, validBits, containerBits, float } = format;
  const bits = STREAM_SAMPLE_BITS.find((size) => size === validBits);
  if (bits === undefined || containerBits !== 8 * hdaContainerBytes(bits)) return null;
  if (channels < 1 || channels > channelLimit(capabilities, rateHz, bits, float)) return null;
  const stripe = stripeFor(capabilities, { rateHz, bits, channels });
  if (stripe === null) return null;
  const word = encodeHdaFormat({ rateHz, bits, channels });
  return {
    stripe,
    link: word & HDA_FORMAT_LINK_MASK,
    converter: float ? word | HDA_FORMAT_NON_PCM : word,
  };
}

/** A rate that the standard has a bit for but no stream format: 384 kHz. */
function isEncodable(rateHz: number): boolean {
  return PCM_RATES_HZ.includes(rateHz) && rateHz <= 192_000;
}
