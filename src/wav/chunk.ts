/**
 * RIFF chunks: an id of four characters, a 32-bit size, a body, and a pad byte after a body of
 * odd size. Writers forget that pad byte often enough that a reader has to look for what follows.
 * Source: Multimedia Programming Interface and Data Specifications 1.0, chapter 2.
 */
import { type ByteSource, readFully } from './byte-stream.ts';

export const CHUNK_HEADER_BYTES = 8;
/** Stands for "too long for 32 bits" in RF64, and for "not known yet" in streamed files. */
export const UNKNOWN_SIZE = 0xffff_ffff;

/** A chunk id as the little-endian word that it is in the file. @throws Error unless 4 long. */
export function fourCc(text: string): number {
  if (text.length !== 4) throw new Error(`not a four-character code: ${text}`);
  let word = 0;
  for (let place = 3; place >= 0; place--) word = (word << 8) | text.charCodeAt(place);
  return word >>> 0;
}

/** The id in quotes where it is printable, in hexadecimal where it is not. */
export function chunkName(id: number): string {
  if (!isPrintable(id)) return `0x${id.toString(16).padStart(8, '0')}`;
  const codes = [id & 0xff, (id >>> 8) & 0xff, (id >>> 16) & 0xff, id >>> 24];
  return `"${String.fromCharCode(...codes)}"`;
}

/** A file with more chunks than this before its sound is none, and would take long to walk. */
export const MOST_CHUNKS = 4096;

const wellKnown = new Set(
  'fmt ,data,fact,LIST,JUNK,junk,PAD ,FLLR,bext,iXML,cue ,smpl,inst,plst,PEAK,id3 ,ID3 ,_PMX'
    .split(',')
    .map(fourCc),
);

export interface Chunk {
  readonly id: number;
  /** As the header says; the body may be shorter. */
  readonly size: number;
  readonly bodyAt: number;
}

/** Walks over the chunks of one source. Holds one small buffer, whatever the chunks hold. */
export class ChunkWalker {
  readonly end: number;
  readonly #source: ByteSource;
  readonly #bytes = new Uint8Array(CHUNK_HEADER_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);

  /** @param end where the file ends, in bytes. */
  constructor(source: ByteSource, end: number) {
    this.#source = source;
    this.end = end;
  }

  /** The chunk at `at`, or null when the file ends within its header. */
  chunkAt(at: number): Chunk | null {
    if (this.end - at < CHUNK_HEADER_BYTES) return null;
    const length = readFully(this.#source, at, this.#bytes, 0, CHUNK_HEADER_BYTES);
    if (length < CHUNK_HEADER_BYTES) return null;
    const id = this.#view.getUint32(0, true);
    return { id, size: this.#view.getUint32(4, true), bodyAt: at + CHUNK_HEADER_BYTES };
  }

  /** Where the chunk after `chunk` starts: past the pad byte, unless that is plainly missing. */
  after(chunk: Chunk): number {
    const bodyEnd = chunk.bodyAt + chunk.size;
    if (chunk.size % 2 === 0) return bodyEnd;
    const isPadMissing = wellKnown.has(this.chunkAt(bodyEnd)?.id ?? 0);
    return isPadMissing ? bodyEnd : bodyEnd + 1;
  }

  /** Whether chunks with readable ids fill the file from `at` to its end, without a gap. */
  fillFrom(at: number): boolean {
    let count = 0;
    for (; at < this.end; count++) {
      const chunk = this.chunkAt(at);
      if (chunk === null || !isPrintable(chunk.id) || count > MOST_CHUNKS) return false;
      if (chunk.bodyAt + chunk.size > this.end) return false;
      at = this.after(chunk);
    }
    return count > 0;
  }
}

export function isPrintable(id: number): boolean {
  for (let shift = 0; shift < 32; shift += 8) {
    const code = (id >>> shift) & 0xff;
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
