/**
 * The WAV file reader: RIFF WAVE, and RF64 for what passes 4 GiB (EBU Tech 3306). It finds the
 * format and the place of the samples, then hands out frames from wherever they are asked for;
 * it never holds sound, so an hour needs no more memory than a minute. Files that end early or
 * were never finished give the frames that are really there, with a warning.
 */
import { readU64 } from '../base/struct.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { type ByteSource, measureBytes, readFully } from './byte-stream.ts';
import { type Chunk, ChunkWalker, chunkName, fourCc, MOST_CHUNKS, UNKNOWN_SIZE } from './chunk.ts';
import { FORMAT_CHUNK_BYTES, readFormatChunk } from './format-chunk.ts';
import { WavError } from './wav-error.ts';
import { DATA, FMT, idsBehind, whatIsTwice, whatOfSize } from './wav-structure.ts';

export interface WavFile {
  readonly format: PcmFormat;
  /** Whole frames that are in the file; at least 1. */
  readonly frames: number;
  /** What was wrong but could be put right, one sentence each. */
  readonly warnings: readonly string[];
  /**
   * Copies frames from `firstFrame` on to `into[offset]`, as they lie in the file. Returns how
   * many: fewer than `frames` at the end of the file, 0 beyond it.
   * @throws RangeError when `into` has no room for them, or an argument is not a whole number.
   */
  readFrames(firstFrame: number, into: Uint8Array, offset: number, frames: number): number;
}

const RIFF_HEADER_BYTES = 12;
const RIFF = fourCc('RIFF');
const RF64 = fourCc('RF64');
/** The name that ITU-R BS.2088 gives to RF64. */
const BW64 = fourCc('BW64');
const WAVE = fourCc('WAVE');
const DS64 = fourCc('ds64');
/** RIFF size and data size, the part of a ds64 chunk that is used here. */
const DS64_BYTES = 16;
const CONVERT = 'convert it to WAV first, for example with "ffmpeg -i INPUT out.wav"';

const otherFormats = new Map<number, string>([
  [fourCc('OggS'), 'an Ogg file'],
  [fourCc('fLaC'), 'a FLAC file'],
  [fourCc('FORM'), 'an AIFF file'],
  [fourCc('caff'), 'a Core Audio file'],
  [fourCc('.snd'), 'a Sun audio file'],
  [fourCc('riff'), 'a Sony Wave64 file'],
  [fourCc('RIFX'), 'a big-endian WAV file (RIFX)'],
]);

/**
 * Opens the WAV file in `source`: uncompressed PCM of 1 to 32 bits or 32-bit float, 1 to 8
 * channels. @throws WavError when it is something else, or holds no sound.
 */
export function openWav(source: ByteSource): WavFile {
  const end = measureBytes(source);
  const riffBytes = readRiffHeader(source, end);
  const warnings: string[] = [];
  const walker = new ChunkWalker(source, end);
  const { data, formatChunk, dataBytes64, hasSecondFormat } = findChunks(walker, source);
  const format = readFormat(source, formatChunk, warnings);
  const declared = data.size === UNKNOWN_SIZE ? dataBytes64 : data.size;
  const measured = measureData(walker, data, declared, frameBytes(format));
  warnings.push(...measured.warnings);
  // What cuts the sound short was told already, and has the same cause.
  const isWhole = measured.isWhole;
  const behind = isWhole ? idsBehind(walker, data, declared) : new Set<number>();
  warnings.push(...whatIsTwice({ hasSecondFormat, behind }));
  if (isWhole) warnings.push(...whatOfSize(riffBytes, end));
  return new OpenWavFile(source, format, data.bodyAt, measured.dataBytes, warnings);
}

/** The size that the header gives; null where a ds64 chunk gives it. */
function readRiffHeader(source: ByteSource, end: number): number | null {
  if (end === 0) throw new WavError('the file is empty (0 bytes): give a WAV file');
  const bytes = new Uint8Array(RIFF_HEADER_BYTES);
  const length = readFully(source, 0, bytes, 0, Math.min(end, RIFF_HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  const container = view.getUint32(0, true);
  const other = otherFormats.get(container);
  if (other !== undefined) throw new WavError(`this is ${other}: ${CONVERT}`);
  if (container !== RIFF && container !== RF64 && container !== BW64) {
    throw new WavError(
      `not a WAV file: it starts with ${chunkName(container)} instead of "RIFF": ${CONVERT}`,
    );
  }
  if (length < RIFF_HEADER_BYTES) {
    throw new WavError(`the file ends after ${length} bytes, within its header: it is damaged`);
  }
  const form = view.getUint32(8, true);
  if (form !== WAVE) {
    throw new WavError(`a RIFF file, but of type ${chunkName(form)} instead of "WAVE": ${CONVERT}`);
  }
  return container === RIFF ? view.getUint32(4, true) : null;
}

interface FoundChunks {
  readonly data: Chunk;
  readonly formatChunk: Chunk;
  /** From ds64; `UNKNOWN_SIZE` when there is none. */
  readonly dataBytes64: number;
  /** Before the data. */
  readonly hasSecondFormat: boolean;
}

/** Walks up to the data chunk, before which the format has to stand. */
function findChunks(walker: ChunkWalker, source: ByteSource): FoundChunks {
  let formatChunk: Chunk | null = null;
  let hasSecondFormat = false;
  let dataBytes64 = UNKNOWN_SIZE;
  let at = RIFF_HEADER_BYTES;
  let last: Chunk | null = null;
  for (let count = 0; count < MOST_CHUNKS; count++) {
    const chunk = walker.chunkAt(at);
    if (chunk === null) throw new WavError(describeMissingData(walker, last));
    if (chunk.id === DATA) {
      if (formatChunk !== null) return { data: chunk, formatChunk, dataBytes64, hasSecondFormat };
      throw new WavError(describeMissingFormat(walker, chunk));
    }
    if (chunk.id === FMT) {
      hasSecondFormat = formatChunk !== null;
      formatChunk ??= chunk;
    }
    if (chunk.id === DS64) dataBytes64 = readDataBytes64(source, chunk);
    last = chunk;
    at = walker.after(chunk);
  }
  throw new WavError(`no data chunk among the first ${MOST_CHUNKS} chunks: the file is damaged`);
}

function describeMissingData(walker: ChunkWalker, last: Chunk | null): string {
  if (last !== null && last.bodyAt + last.size > walker.end) {
    return (
      `no data chunk: the file ends within its ${chunkName(last.id)} chunk, before any sound; ` +
      'it is damaged or not wholly copied'
    );
  }
  return 'no data chunk: the file holds no sound, or was cut off before it';
}

function describeMissingFormat(walker: ChunkWalker, data: Chunk): string {
  let chunk: Chunk | null = data;
  for (let count = 0; chunk !== null && count < MOST_CHUNKS; count++) {
    if (chunk.id === FMT) {
      return 'the fmt chunk comes after the data chunk, and has to come before: rewrite the file';
    }
    chunk = walker.chunkAt(walker.after(chunk));
  }
  return 'no fmt chunk: nothing says how the samples are to be read, the file is damaged';
}

/** The data size in a ds64 chunk: bytes 8 to 15 of its body. */
function readDataBytes64(source: ByteSource, chunk: Chunk): number {
  const bytes = new Uint8Array(DS64_BYTES);
  const wanted = Math.min(chunk.size, DS64_BYTES);
  if (readFully(source, chunk.bodyAt, bytes, 0, wanted) < DS64_BYTES) return UNKNOWN_SIZE;
  return readU64(new DataView(bytes.buffer), 8);
}

function readFormat(source: ByteSource, chunk: Chunk, warnings: string[]): PcmFormat {
  const bytes = new Uint8Array(FORMAT_CHUNK_BYTES);
  const wanted = Math.min(chunk.size, FORMAT_CHUNK_BYTES);
  const length = readFully(source, chunk.bodyAt, bytes, 0, wanted);
  return readFormatChunk(new DataView(bytes.buffer), length, warnings);
}

interface MeasuredData {
  /** Of whole frames. */
  readonly dataBytes: number;
  /** The chunk is as long as its header says. */
  readonly isWhole: boolean;
  /** What is not as declared. */
  readonly warnings: readonly string[];
}

function measureData(
  walker: ChunkWalker,
  data: Chunk,
  declared: number,
  bytesPerFrame: number,
): MeasuredData {
  const warnings: string[] = [];
  const available = walker.end - data.bodyAt;
  const wholeFrames = (byteLength: number): number => Math.floor(byteLength / bytesPerFrame);
  // Streaming writers leave 0 or all ones; a 0 with nothing but chunks behind it is meant.
  const isUnknown = declared === UNKNOWN_SIZE || (declared === 0 && !walker.fillFrom(data.bodyAt));
  const dataBytes = isUnknown ? available : Math.min(declared, available);
  const frames = wholeFrames(dataBytes);
  if (frames === 0) {
    throw new WavError(
      declared === 0
        ? 'the file holds no sound: its data chunk is empty'
        : 'the file holds no sound: it ends before the first frame is complete',
    );
  }
  if (isUnknown) {
    warnings.push(
      'The header does not say how long the sound is, as its writer never finished it; ' +
        `all ${frames} frames up to the end of the file are taken.`,
    );
  } else if (declared > available) {
    warnings.push(
      `The file ends early: its header promises ${wholeFrames(declared)} frames, ` +
        `${frames} are there.`,
    );
  }
  const rest = dataBytes - frames * bytesPerFrame;
  if (rest > 0) {
    warnings.push(`The last ${rest} bytes of sound are less than a frame and are left out.`);
  }
  const isWhole = !isUnknown && declared <= available;
  return { dataBytes: frames * bytesPerFrame, isWhole, warnings };
}

class OpenWavFile implements WavFile {
  readonly format: PcmFormat;
  readonly frames: number;
  readonly warnings: readonly string[];
  readonly #source: ByteSource;
  readonly #dataAt: number;
  readonly #frameBytes: number;

  constructor(
    source: ByteSource,
    format: PcmFormat,
    dataAt: number,
    dataBytes: number,
    warnings: readonly string[],
  ) {
    this.#source = source;
    this.format = format;
    this.#dataAt = dataAt;
    this.#frameBytes = frameBytes(format);
    this.frames = dataBytes / this.#frameBytes;
    this.warnings = warnings;
  }

  readFrames(firstFrame: number, into: Uint8Array, offset: number, frames: number): number {
    const count = Math.min(frames, this.frames - firstFrame);
    const byteLength = count * this.#frameBytes;
    const areWhole = isWhole(firstFrame) && isWhole(offset) && isWhole(frames);
    if (!areWhole || offset + byteLength > into.length) {
      throw new RangeError(
        `frames ${firstFrame} to ${firstFrame + count} do not fit into ${into.length} bytes ` +
          `from byte ${offset} on`,
      );
    }
    const from = this.#dataAt + firstFrame * this.#frameBytes;
    return Math.floor(readFully(this.#source, from, into, offset, byteLength) / this.#frameBytes);
  }
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
