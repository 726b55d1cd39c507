/**
 * A file that a command will write. Naming it and beginning it are two things: the name is
 * claimed first, which finds out whether the file can be written, and what stood in it is
 * dropped only when there is something to write. A command that stops before then leaves
 * everything as it was.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  realpathSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { whyRefused } from './disk-errors.ts';
import { FileError, UsageError } from './outcome.ts';

/** A file that the command reads or writes too, and so must not be the one that is claimed. */
export interface TakenFile {
  /** Names it in a message: `the file that is played`. */
  readonly role: string;
  readonly path: string;
}

export class OutputFile {
  readonly path: string;
  readonly file: number;
  readonly #isNew: boolean;
  readonly #isRegular: boolean;
  #isBegun = false;
  #isOpen = true;

  /**
   * @param needsPlaces the writer goes back to earlier places, which a pipe has not.
   * @throws UsageError when it is a file of `taken`, FileError when it cannot be written.
   */
  constructor(path: string, taken: readonly TakenFile[], needsPlaces: boolean) {
    this.path = path;
    this.#isNew = !existsSync(path);
    if (!this.#isNew) checkExisting(path, taken, needsPlaces);
    try {
      this.file = openSync(path, constants.O_WRONLY | constants.O_CREAT);
    } catch (error) {
      throw new FileError(`cannot write ${path}: ${whyUnwritable(path, error)}`);
    }
    this.#isRegular = fstatSync(this.file).isFile();
  }

  /** Drops what stood in the file; from here on it is this command's. */
  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.cut(0);
  }

  /** Makes the file end at `bytes`; devices have no end. @throws FileError */
  cut(bytes: number): void {
    if (!this.#isRegular) return;
    try {
      ftruncateSync(this.file, bytes);
    } catch (error) {
      throw new FileError(`cannot write ${this.path}: ${whyRefused(error)}`);
    }
  }

  /** Closes the file; one that was never begun is as it was, or gone again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.file);
    if (this.#isBegun || !this.#isNew || !existsSync(this.path)) return;
    // The path may be a link to the file that was made.
    unlinkSync(realpathSync(this.path));
  }
}

function checkExisting(path: string, taken: readonly TakenFile[], needsPlaces: boolean): void {
  const stats = statSync(path, { bigint: true });
  for (const other of taken) {
    if (isSameFile(stats, other.path)) {
      throw new UsageError(`${path} is ${other.role} and would be written over: name another file`);
    }
  }
  if (needsPlaces && (stats.isFIFO() || stats.isSocket())) {
    throw new FileError(`cannot write ${path}: it is a pipe, and a WAV file's header comes last`);
  }
}

function isSameFile(stats: BigIntStats, otherPath: string): boolean {
  const other = statSync(otherPath, { bigint: true, throwIfNoEntry: false });
  return other !== undefined && other.ino === stats.ino && other.dev === stats.dev;
}

function whyUnwritable(path: string, error: unknown): string {
  const folder = dirname(path);
  const isMissing = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
  return isMissing && !existsSync(folder) ? `there is no folder ${folder}` : whyRefused(error);
}
