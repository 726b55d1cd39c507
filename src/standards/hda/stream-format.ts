/**
 * The stream format word, HDA 1.0a 3.7.1: what SDnFMT and a converter's format verb hold. A rate
 * is 48 or 44.1 kHz times 1 to 4, divided by 1 to 8. In memory (4.5.1) an 8-bit sample takes one
 * byte, a 16-bit sample two, and 20, 24 and 32 bits take four, in the high bits.
 */

export type HdaSampleBits = 8 | 16 | 20 | 24 | 32;

export interface HdaFormat {
  readonly rateHz: number;
  readonly bits: HdaSampleBits;
  /** 1 to 16. */
  readonly channels: number;
}

/** Bit 15, which only a converter has: the stream is not integer PCM. */
export const HDA_FORMAT_NON_PCM = 0x8000;
/** The bits that a converter and SDnFMT must have in common. */
export const HDA_FORMAT_LINK_MASK = 0x7fff;

const BASE_44K1 = 0x4000;
const SAMPLE_BITS: readonly HdaSampleBits[] = [8, 16, 20, 24, 32];
const MAX_MULTIPLE = 4;
const MAX_DIVISOR = 8;
const MAX_CHANNELS = 16;

/** The word for a format. @throws Error when the word cannot hold it. */
export function encodeHdaFormat(format: HdaFormat): number {
  const base = format.rateHz % 11_025 === 0 ? 44_100 : 48_000;
  const sampleCode = SAMPLE_BITS.indexOf(format.bits);
  const isCountable = Number.isInteger(format.channels) && format.channels >= 1;
  if (sampleCode >= 0 && isCountable && format.channels <= MAX_CHANNELS) {
    for (let multiple = 1; multiple <= MAX_MULTIPLE; multiple++) {
      const divisor = (base * multiple) / format.rateHz;
      if (!Number.isInteger(divisor) || divisor < 1 || divisor > MAX_DIVISOR) continue;
      const rate =
        (base === 44_100 ? BASE_44K1 : 0) | ((multiple - 1) << 11) | ((divisor - 1) << 8);
      return rate | (sampleCode << 4) | (format.channels - 1);
    }
  }
  const { rateHz, bits, channels } = format;
  throw new Error(`no HD Audio format for ${rateHz} Hz, ${bits} bits, ${channels} channels`);
}

/** What a word says; null for reserved codes and for rates that are no whole number of hertz. */
export function decodeHdaFormat(word: number): HdaFormat | null {
  const base = (word & BASE_44K1) !== 0 ? 44_100 : 48_000;
  const multiple = ((word >>> 11) & 0x7) + 1;
  const divisor = ((word >>> 8) & 0x7) + 1;
  const bits = SAMPLE_BITS[(word >>> 4) & 0x7];
  const rateHz = (base * multiple) / divisor;
  if (bits === undefined || multiple > MAX_MULTIPLE || !Number.isInteger(rateHz)) return null;
  if ((word & 0x80) !== 0) return null;
  return { rateHz, bits, channels: (word & 0xf) + 1 };
}

/** Bytes that one sample takes in memory, 4.5.1. */
export function hdaContainerBytes(bits: HdaSampleBits): 1 | 2 | 4 {
  if (bits === 8) return 1;
  return bits === 16 ? 2 : 4;
}

/** Bytes of one frame in memory. */
export function hdaFrameBytes(format: HdaFormat): number {
  return format.channels * hdaContainerBytes(format.bits);
}

/**
 * Words of 16 bits that the stream takes of a 48 kHz link frame, for OUTSTRMPAY and INSTRMPAY
 * (3.3.11), on all the lines it uses together: samples padded to whole bytes, and as many frames as the fullest link frame carries.
 */
export function hdaPayloadWords(format: HdaFormat): number {
  const framesPerLinkFrame = Math.ceil(format.rateHz / 48_000);
  const sampleBytes = Math.ceil(format.bits / 8);
  return Math.ceil((framesPerLinkFrame * format.channels * sampleBytes) / 2);
}
