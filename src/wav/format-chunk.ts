/**
 * The `fmt ` chunk. It holds a WAVEFORMATEX that files cut short (14 or 16 bytes) or extend
 * (40 bytes), and which they fill in with less care than a KS client: what a file gets wrong
 * without making its sound doubtful is put right with a warning, the rest is refused with the
 * reason. Source: Multimedia Programming Interface and Data Specifications 1.0, WAVE, and
 * Microsoft's pages on WAVEFORMATEX and WAVEFORMATEXTENSIBLE.
 */
import { type Guid, guid } from '../base/guid.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import {
  frameBytes,
  type PcmFormat,
  WAVE_FORMAT_EXTENSIBLE,
  WAVE_FORMAT_IEEE_FLOAT,
  WAVE_FORMAT_PCM,
  WAVEFORMATEX,
  WAVEFORMATEXTENSIBLE,
} from '../standards/pcm/format.ts';
import { WavError } from './wav-error.ts';

/** The part of the chunk that is understood; a longer one is legal, and the rest ignored. */
export const FORMAT_CHUNK_BYTES = WAVEFORMATEXTENSIBLE.size;

const SHORTEST_BYTES = WAVEFORMATEX.offsets.wBitsPerSample;
const MOST_CHANNELS = 8;
const CONVERT = 'convert it first, for example with "ffmpeg -i in.wav -c:a pcm_s16le out.wav"';

/** Subformats that carry a format tag in their first word all end like this one. */
const TAGGED_SUBFORMAT = guid('{00000000-0000-0010-8000-00AA00389B71}');

const codecNames: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  5: 'IBM CVSD',
  6: 'A-law',
  7: 'mu-law',
  8: 'DTS',
  16: 'OKI ADPCM',
  17: 'IMA ADPCM',
  20: 'G.723 ADPCM',
  22: 'G.721 ADPCM',
  34: 'TrueSpeech',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  69: 'G.726 ADPCM',
  80: 'MPEG audio',
  85: 'MP3',
  100: 'G.726 ADPCM',
  101: 'G.722 ADPCM',
  146: 'AC-3 over S/PDIF',
  255: 'AAC',
  352: 'Windows Media Audio 1',
  353: 'Windows Media Audio 2',
  354: 'Windows Media Audio Pro',
  355: 'Windows Media Audio Lossless',
  5632: 'AAC',
  5648: 'AAC',
  8192: 'AC-3',
  8193: 'DTS',
  26447: 'Ogg Vorbis',
  61868: 'FLAC',
};

/**
 * Reads the chunk's body, of which `view` holds the first FORMAT_CHUNK_BYTES and the file
 * `byteLength`. Adds to `warnings`. @throws WavError on a format that cannot be played.
 */
export function readFormatChunk(view: DataView, byteLength: number, warnings: string[]): PcmFormat {
  if (byteLength < SHORTEST_BYTES) {
    throw new WavError(
      `the fmt chunk is ${byteLength} bytes long, and ${SHORTEST_BYTES} are the least that ` +
        'describe a format: the file is damaged',
    );
  }
  const base = WAVEFORMATEX.read(view, 0);
  const channels = base.nChannels;
  const blockBytes = base.nBlockAlign;
  const extension =
    base.wFormatTag === WAVE_FORMAT_EXTENSIBLE ? readExtension(view, byteLength) : null;
  const tag = extension === null ? base.wFormatTag : tagOf(extension.SubFormat);
  checkCodec(tag);
  checkCounts(channels, base.nSamplesPerSec);

  const bits =
    byteLength >= SHORTEST_BYTES + 2
      ? base.wBitsPerSample
      : Math.floor((8 * blockBytes) / channels);
  const float = tag === WAVE_FORMAT_IEEE_FLOAT;
  const containerBits = containerOf(bits, float);
  const format: PcmFormat = {
    rateHz: base.nSamplesPerSec,
    channels,
    validBits: float
      ? bits
      : validBitsOf(extension?.wValidBitsPerSample ?? bits, bits, containerBits),
    containerBits,
    float,
    channelMask: extension?.dwChannelMask ?? defaultChannelMask(channels),
  };
  checkRates(format, blockBytes, base.nAvgBytesPerSec, warnings);
  return format;
}

function readExtension(view: DataView, byteLength: number) {
  if (byteLength < WAVEFORMATEXTENSIBLE.size) {
    throw new WavError(
      `the fmt chunk says that it is extensible, but has ${byteLength} of the ` +
        `${WAVEFORMATEXTENSIBLE.size} bytes which that takes: the file is damaged`,
    );
  }
  return WAVEFORMATEXTENSIBLE.read(view, 0);
}

function tagOf(subformat: Guid): number {
  const [tag, ...rest] = subformat.words;
  const [, ...tail] = TAGGED_SUBFORMAT.words;
  if (tag <= 0xffff && rest.every((word, place) => word === tail[place])) return tag;
  throw new WavError(
    `the samples are of the kind ${subformat.name}, which is neither PCM nor float: ${CONVERT}`,
  );
}

function checkCodec(tag: number): void {
  if (tag === WAVE_FORMAT_PCM || tag === WAVE_FORMAT_IEEE_FLOAT) return;
  const name = codecNames[tag] ?? 'an unknown codec';
  const number = `0x${tag.toString(16).toUpperCase().padStart(4, '0')}`;
  throw new WavError(
    `the sound is compressed with ${name} (format tag ${number}); only PCM and 32-bit float ` +
      `can be played: ${CONVERT}`,
  );
}

function checkCounts(channels: number, rateHz: number): void {
  if (channels === 0) throw new WavError('the fmt chunk says 0 channels: the file is damaged');
  if (channels > MOST_CHANNELS) {
    throw new WavError(
      `the file has ${channels} channels, and ${MOST_CHANNELS} are the most that can be played: ` +
        'mix it down first, for example with "ffmpeg -i in.wav -ac 2 out.wav"',
    );
  }
  if (rateHz === 0) throw new WavError('the fmt chunk says 0 Hz: the file is damaged');
}

/** Samples of other than whole bytes lie at the top of the next larger container. */
function containerOf(bits: number, float: boolean): number {
  if (float) {
    if (bits === 32) return bits;
    throw new WavError(
      `the samples are ${bits}-bit floats, and only 32-bit ones can be played: ${CONVERT}`,
    );
  }
  if (bits >= 1 && bits <= 32) return 8 * Math.ceil(bits / 8);
  throw new WavError(
    `the samples are ${bits} bits wide, and 8, 16, 24 and 32 can be played: ${CONVERT}`,
  );
}

function validBitsOf(given: number, bits: number, containerBits: number): number {
  // Some writers leave the field 0, which can only mean that all bits are valid.
  if (given === 0) return bits;
  if (given <= containerBits) return given;
  throw new WavError(
    `the fmt chunk says that ${given} bits of each ${containerBits}-bit sample are valid: ` +
      'the file is damaged',
  );
}

function checkRates(
  format: PcmFormat,
  blockBytes: number,
  bytesPerSecond: number,
  warnings: string[],
): void {
  const expected = frameBytes(format);
  if (blockBytes !== expected) {
    throw new WavError(
      `the fmt chunk says that a frame takes ${blockBytes} bytes, but ${format.channels} ` +
        `channels of ${format.containerBits} bits take ${expected}: the file is damaged`,
    );
  }
  const rate = format.rateHz * expected;
  if (rate > 0xffff_ffff) {
    throw new WavError(
      `the fmt chunk says ${format.rateHz} Hz, which no device plays: the file is damaged`,
    );
  }
  if (bytesPerSecond === rate) return;
  warnings.push(
    `The fmt chunk says ${bytesPerSecond} bytes per second, which should be ${rate}; ` +
      'that is ignored.',
  );
}
