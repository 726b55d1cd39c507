/**
 * Whether the chunks of a WAV file fit together: the size of the whole, and that there is one
 * format and one sound. What does not fit makes no sound doubtful, and is told as a warning.
 * Source: Multimedia Programming Interface and Data Specifications 1.0, chapters 2 and 3.
 */
import {
  CHUNK_HEADER_BYTES,
  type Chunk,
  type ChunkWalker,
  fourCc,
  isPrintable,
  MOST_CHUNKS,
} from './chunk.ts';

export const FMT = fourCc('fmt ');
export const DATA = fourCc('data');

/** `riffBytes` is the header's size; null where a ds64 chunk has it. */
export function whatOfSize(riffBytes: number | null, end: number): string[] {
  const rest = end - CHUNK_HEADER_BYTES;
  // Writers differ in whether a pad byte at the end counts.
  if (riffBytes === null || Math.abs(riffBytes - rest) <= 1) return [];
  return [
    `The RIFF header says that ${riffBytes} bytes follow it, and ${rest} do; that is ignored.`,
  ];
}

/** The ids of the chunks behind the data, up to what is none. */
export function idsBehind(walker: ChunkWalker, data: Chunk, dataBytes: number): Set<number> {
  const ids = new Set<number>();
  let at = walker.after({ ...data, size: dataBytes });
  for (let count = 0; count < MOST_CHUNKS; count++) {
    const chunk = walker.chunkAt(at);
    if (chunk === null || !isPrintable(chunk.id)) break;
    ids.add(chunk.id);
    at = walker.after(chunk);
  }
  return ids;
}

export interface RepeatedChunks {
  /** Before the data. */
  readonly hasSecondFormat: boolean;
  readonly behind: ReadonlySet<number>;
}

export function whatIsTwice({ behind, hasSecondFormat }: RepeatedChunks): string[] {
  return [
    ...(hasSecondFormat || behind.has(FMT)
      ? ['The file has a second fmt chunk; the first one counts.']
      : []),
    ...(behind.has(DATA)
      ? ['The file has a second data chunk, which is left out; the first one is taken.']
      : []),
  ];
}
