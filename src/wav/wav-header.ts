/**
 * The header of a WAV file: everything before the samples. A spare chunk stands where RF64's
 * 64-bit sizes go, so that a file which passes 4 GiB is turned into RF64 by writing the header
 * again (EBU Tech 3306, 3.5). Formats that WAVEFORMATEX can describe get the 16-byte format
 * chunk that every program reads; floats get the fact chunk that all but PCM must have.
 */
import { writeU64 } from '../base/struct.ts';
import {
  frameBytes,
  type PcmFormat,
  WAVEFORMATEX,
  WAVEFORMATEXTENSIBLE,
  waveFormatBytes,
  writeWaveFormat,
} from '../standards/pcm/format.ts';
import { CHUNK_HEADER_BYTES, fourCc, UNKNOWN_SIZE } from './chunk.ts';

const RIFF_HEADER_BYTES = 12;
/** RIFF size, data size, sample count, and the length of an empty table. */
const DS64_BYTES = 28;
/** The sample count. */
const FACT_BYTES = 4;

/**
 * The header of a file with `dataBytes` bytes of samples, or null while that is not known: then
 * the sizes are all ones, and readers take what they find. As long in one case as in the other.
 */
export function encodeWavHeader(format: PcmFormat, dataBytes: number | null): Uint8Array {
  const formatBytes = formatChunkBytes(format);
  const factBytes = format.float ? CHUNK_HEADER_BYTES + FACT_BYTES : 0;
  const headerBytes =
    RIFF_HEADER_BYTES + DS64_BYTES + formatBytes + factBytes + 3 * CHUNK_HEADER_BYTES;
  const size = dataBytes ?? UNKNOWN_SIZE;
  const riffBytes = headerBytes - CHUNK_HEADER_BYTES + size + (size % 2);
  const isLong = dataBytes !== null && riffBytes >= UNKNOWN_SIZE;
  const frames = dataBytes === null ? UNKNOWN_SIZE : Math.floor(size / frameBytes(format));

  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  let at = writeChunkHeader(view, 0, isLong ? 'RF64' : 'RIFF', Math.min(riffBytes, UNKNOWN_SIZE));
  view.setUint32(at, fourCc('WAVE'), true);
  at = writeChunkHeader(view, at + 4, isLong ? 'ds64' : 'JUNK', DS64_BYTES);
  if (isLong) {
    writeU64(view, at, riffBytes);
    writeU64(view, at + 8, size);
    writeU64(view, at + 16, frames);
  }
  at = writeChunkHeader(view, at + DS64_BYTES, 'fmt ', formatBytes);
  // The format goes through a buffer of its own because the chunk leaves out a plain `cbSize`.
  const waveFormat = new Uint8Array(WAVEFORMATEXTENSIBLE.size);
  writeWaveFormat(new DataView(waveFormat.buffer), 0, format);
  header.set(waveFormat.subarray(0, formatBytes), at);
  at += formatBytes;
  if (format.float) {
    at = writeChunkHeader(view, at, 'fact', FACT_BYTES);
    view.setUint32(at, Math.min(frames, UNKNOWN_SIZE), true);
    at += FACT_BYTES;
  }
  writeChunkHeader(view, at, 'data', isLong ? UNKNOWN_SIZE : size);
  return header;
}

function formatChunkBytes(format: PcmFormat): number {
  const size = waveFormatBytes(format);
  return size === WAVEFORMATEX.size ? WAVEFORMATEX.offsets.cbSize : size;
}

/** Returns where the chunk's body starts. */
function writeChunkHeader(view: DataView, at: number, id: string, size: number): number {
  view.setUint32(at, fourCc(id), true);
  view.setUint32(at + 4, size, true);
  return at + CHUNK_HEADER_BYTES;
}
