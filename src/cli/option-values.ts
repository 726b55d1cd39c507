/** Readers for the values of options: a value that makes no sense is refused, never bent. */
import { InvalidArgumentError } from 'commander';

const SMALLEST_BUFFER_MS = 1;
const LARGEST_BUFFER_MS = 1000;
const LARGEST_SEED = 0xffff_ffff;

/** Milliseconds from 1 to 1000, fractions allowed. @throws InvalidArgumentError */
export function readBufferMs(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= SMALLEST_BUFFER_MS && value <= LARGEST_BUFFER_MS)) {
    throw new InvalidArgumentError(
      `Give milliseconds from ${SMALLEST_BUFFER_MS} to ${LARGEST_BUFFER_MS}, such as 10 or 2.5.`,
    );
  }
  return value;
}

/** A whole number of 32 bits. @throws InvalidArgumentError */
export function readSeed(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= LARGEST_SEED)) {
    throw new InvalidArgumentError(`Give a whole number from 0 to ${LARGEST_SEED}.`);
  }
  return value;
}

/**
 * A file's name. One that looks like an option is refused: `--out --json` is a forgotten name,
 * not a file called `--json`. @throws InvalidArgumentError
 */
export function readFileName(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give the name of a file.');
  if (text.startsWith('-')) {
    throw new InvalidArgumentError(
      `Give the name of a file (one that begins with a dash is written ./${text}).`,
    );
  }
  return text;
}
