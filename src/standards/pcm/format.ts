/**
 * A PCM format, and the two structures that carry one through Windows and through WAV files:
 * WAVEFORMATEX (18 bytes) and WAVEFORMATEXTENSIBLE (40 bytes), both packed and little-endian, as
 * the public headers mmreg.h and ksmedia.h declare them. The reader believes nothing: a driver
 * divides by these fields, so fields that contradict each other make no format at all.
 */
import { struct } from '../../base/struct.ts';
import { KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, KSDATAFORMAT_SUBTYPE_PCM } from '../ks/guids.ts';
import { defaultChannelMask } from './channel-mask.ts';

/** Interleaved samples, little-endian; integers are left-justified in their containers. */
export interface PcmFormat {
  /** Frames per second. */
  readonly rateHz: number;
  readonly channels: number;
  /** Bits of a container that carry sound, from the top. */
  readonly validBits: number;
  /** Bits that a sample takes up: 8 (unsigned), 16, 24 or 32 (signed). */
  readonly containerBits: number;
  /** IEEE 754 single precision, full scale at 1.0; then both widths are 32. */
  readonly float: boolean;
  /** SPEAKER_* bits; 0 gives no channel a place. */
  readonly channelMask: number;
}

export const WAVE_FORMAT_PCM = 0x0001;
export const WAVE_FORMAT_IEEE_FLOAT = 0x0003;
export const WAVE_FORMAT_EXTENSIBLE = 0xfffe;

const baseFields = {
  wFormatTag: 'u16',
  nChannels: 'u16',
  nSamplesPerSec: 'u32',
  nAvgBytesPerSec: 'u32',
  nBlockAlign: 'u16',
  wBitsPerSample: 'u16',
  cbSize: 'u16',
} as const;

export const WAVEFORMATEX = struct('WAVEFORMATEX', baseFields, { packed: true });
export const WAVEFORMATEXTENSIBLE = struct(
  'WAVEFORMATEXTENSIBLE',
  { ...baseFields, wValidBitsPerSample: 'u16', dwChannelMask: 'u32', SubFormat: 'guid' },
  { packed: true },
);

/** What `cbSize` counts in a WAVEFORMATEXTENSIBLE: 22 bytes. */
const EXTENSION_BYTES = WAVEFORMATEXTENSIBLE.size - WAVEFORMATEX.size;
const WIDEST_CONTAINER_BITS = 32;

export function frameBytes(format: PcmFormat): number {
  return format.channels * (format.containerBits >> 3);
}

/** Whether samples of both stand for the same sound, byte for byte. */
export function isSameFormat(left: PcmFormat, right: PcmFormat): boolean {
  return (
    left.rateHz === right.rateHz &&
    left.channels === right.channels &&
    left.channelMask === right.channelMask &&
    left.validBits === right.validBits &&
    left.containerBits === right.containerBits &&
    left.float === right.float
  );
}

/** The format in a few words: `48000 Hz, 2 channels, 20 bits in 24`. */
export function describeFormat(format: PcmFormat): string {
  const { rateHz, channels, validBits, containerBits } = format;
  const padding = validBits === containerBits ? '' : ` in ${containerBits}`;
  const sample = format.float ? '32-bit float' : `${validBits} bits${padding}`;
  return `${rateHz} Hz, ${channels} channel${channels === 1 ? '' : 's'}, ${sample}`;
}

/**
 * Reads the structure at `at`, of which the sender says that it is `byteLength` bytes long.
 * Null when it is too short for what it claims, is neither PCM nor 32-bit float, or contradicts
 * itself: nBlockAlign, nAvgBytesPerSec and cbSize must be the only values that the others allow.
 * The channel mask is taken as it is; a structure without one gets the default layout.
 */
export function readWaveFormat(view: DataView, at: number, byteLength: number): PcmFormat | null {
  if (byteLength < WAVEFORMATEX.size || at + byteLength > view.byteLength) return null;
  const base = WAVEFORMATEX.read(view, at);
  if (WAVEFORMATEX.size + base.cbSize > byteLength) return null;

  let float = base.wFormatTag === WAVE_FORMAT_IEEE_FLOAT;
  let validBits = base.wBitsPerSample;
  let channelMask = defaultChannelMask(base.nChannels);
  if (base.wFormatTag === WAVE_FORMAT_EXTENSIBLE) {
    if (base.cbSize < EXTENSION_BYTES) return null;
    const extended = WAVEFORMATEXTENSIBLE.read(view, at);
    float = extended.SubFormat === KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    if (!float && extended.SubFormat !== KSDATAFORMAT_SUBTYPE_PCM) return null;
    validBits = extended.wValidBitsPerSample;
    channelMask = extended.dwChannelMask;
  } else if (!float && base.wFormatTag !== WAVE_FORMAT_PCM) {
    return null;
  }

  const format: PcmFormat = {
    rateHz: base.nSamplesPerSec,
    channels: base.nChannels,
    validBits,
    containerBits: base.wBitsPerSample,
    float,
    channelMask,
  };
  const blockBytes = frameBytes(format);
  const isConsistent =
    hasPossibleWidths(format) &&
    blockBytes > 0 &&
    format.rateHz > 0 &&
    base.nBlockAlign === blockBytes &&
    base.nAvgBytesPerSec === format.rateHz * blockBytes;
  return isConsistent ? format : null;
}

function hasPossibleWidths({ validBits, containerBits, float }: PcmFormat): boolean {
  if (float) return validBits === WIDEST_CONTAINER_BITS && containerBits === WIDEST_CONTAINER_BITS;
  if (containerBits % 8 !== 0 || containerBits > WIDEST_CONTAINER_BITS) return false;
  return validBits > 0 && validBits <= containerBits;
}

/**
 * Bytes that `writeWaveFormat` takes: 18 for what WAVEFORMATEX can say without loss and every
 * reader knows (8- or 16-bit PCM, mono or stereo, no unused bits, the default layout), else 40.
 */
export function waveFormatBytes(format: PcmFormat): number {
  const { channels, validBits, containerBits } = format;
  const isPlain =
    !format.float &&
    channels <= 2 &&
    containerBits <= 16 &&
    validBits === containerBits &&
    format.channelMask === defaultChannelMask(channels);
  return isPlain ? WAVEFORMATEX.size : WAVEFORMATEXTENSIBLE.size;
}

/** Writes the shortest structure that says all of `format`, and returns its bytes: 18 or 40. */
export function writeWaveFormat(view: DataView, at: number, format: PcmFormat): number {
  const size = waveFormatBytes(format);
  const isExtensible = size === WAVEFORMATEXTENSIBLE.size;
  const blockBytes = frameBytes(format);
  WAVEFORMATEX.write(view, at, {
    wFormatTag: isExtensible ? WAVE_FORMAT_EXTENSIBLE : WAVE_FORMAT_PCM,
    nChannels: format.channels,
    nSamplesPerSec: format.rateHz,
    nAvgBytesPerSec: format.rateHz * blockBytes,
    nBlockAlign: blockBytes,
    wBitsPerSample: format.containerBits,
    cbSize: isExtensible ? EXTENSION_BYTES : 0,
  });
  if (isExtensible) {
    WAVEFORMATEXTENSIBLE.write(view, at, {
      wValidBitsPerSample: format.validBits,
      dwChannelMask: format.channelMask,
      SubFormat: format.float ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM,
    });
  }
  return size;
}
