/** WAV files on disk, behind the byte streams that the reader and writer know. */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync, writeSync } from 'node:fs';
import { ByteViews } from '../base/byte-views.ts';
import type { ByteSink, ByteSource } from '../wav/byte-stream.ts';
import { whyRefused } from './disk-errors.ts';
import { FileError } from './outcome.ts';

const READ_AHEAD_BYTES = 64 * 1024;
/** Small reads of a stream begin at the same places of each read-ahead; their views are kept. */
const AHEAD_VIEWS = 1024;

export interface OpenSource extends ByteSource {
  close(): void;
}

/**
 * Opens a file for reading, with a read-ahead so that small reads cost no system call.
 * @throws FileError when it is no regular file: the reader goes to places, a pipe has none.
 */
export function openSource(path: string): OpenSource {
  const { file, size } = openRegularFile(path);
  const ahead = new Uint8Array(READ_AHEAD_BYTES);
  const views = new ByteViews(AHEAD_VIEWS);
  let aheadAt = 0;
  let aheadBytes = 0;
  const fill = (at: number): void => {
    aheadAt = at;
    try {
      aheadBytes = readSync(file, ahead, 0, READ_AHEAD_BYTES, at);
    } catch (error) {
      throw new FileError(`cannot read ${path}: ${whyRefused(error)}`);
    }
  };
  return {
    size,
    read(at, into, offset, length) {
      if (at < aheadAt || at + length > aheadAt + aheadBytes) fill(at);
      const from = at - aheadAt;
      const count = Math.max(0, Math.min(length, aheadBytes - from));
      views.copy(ahead, from, count, into, offset);
      return count;
    },
    close: () => closeSync(file),
  };
}

function openRegularFile(path: string): { file: number; size: number } {
  try {
    // Opening a pipe that nobody writes to would wait for ever, so it is looked at first.
    checkRegular(path, statSync(path));
    const file = openSync(path, 'r');
    return { file, size: fstatSync(file).size };
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`cannot read ${path}: ${whyRefused(error)}`);
  }
}

function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const what = stats.isDirectory() ? 'it is a folder' : 'it is a pipe or a device';
  throw new FileError(`cannot read ${path}: ${what}; give a WAV file`);
}

export interface OpenSink extends ByteSink {
  close(): void;
}

/** Makes a file, or empties it, and opens it for writing. @throws FileError */
export function openSink(path: string): OpenSink {
  try {
    return sinkInto(openSync(path, 'w'), path);
  } catch (error) {
    throw new FileError(`cannot write ${path}: ${whyRefused(error)}`);
  }
}

/** A sink into a file that is open. It gathers nothing: a WavWriter hands over whole blocks. */
export function sinkInto(file: number, path: string): OpenSink {
  return {
    close: () => closeSync(file),
    write(at, bytes) {
      try {
        let done = 0;
        while (done < bytes.length) {
          done += writeSync(file, bytes, done, bytes.length - done, at + done);
        }
      } catch (error) {
        throw new FileError(`cannot write ${path}: ${whyRefused(error)}`);
      }
    },
  };
}
