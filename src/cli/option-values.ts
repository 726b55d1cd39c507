/** Readers for the values of options: a value that makes no sense is refused, never bent. */
import { InvalidArgumentError } from 'commander';

const LARGEST_SEED = 0xffff_ffff;
const LONGEST_DELAY_US = 1_000_000;
const LARGEST_DRIFT_PPM = 10_000;
const LONGEST_RECORDING_S = 86_400;
/** What the system clock of Windows can be set to. */
const TIMER_RESOLUTIONS_MS = [15.625, 1, 0.5];

/** Digits with a fraction, between two limits. @throws InvalidArgumentError */
function readDecimal(text: string, least: number, most: number, advice: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(advice);
  return value;
}

/** Milliseconds from 1 to 1000, fractions allowed. @throws InvalidArgumentError */
export const readBufferMs = (text: string): number =>
  readDecimal(text, 1, 1000, 'Give milliseconds from 1 to 1000, such as 10 or 2.5.');

/** Milliseconds from 1 to 100, fractions allowed. @throws InvalidArgumentError */
export const readPeriodMs = (text: string): number =>
  readDecimal(text, 1, 100, 'Give milliseconds from 1 to 100, such as 10 or 2.5.');

/** 0 to 1, as ISimpleAudioVolume has it. @throws InvalidArgumentError */
export const readVolume = (text: string): number =>
  readDecimal(text, 0, 1, 'Give a level from 0 (silent) to 1 (as it is), such as 0.5.');

/** Above 0, and not more than a day. @throws InvalidArgumentError */
export const readSeconds = (text: string): number =>
  readDecimal(text, 0.001, LONGEST_RECORDING_S, 'Give seconds, such as 10 or 2.5; a day at most.');

/** Whole microseconds, a second at most. @throws InvalidArgumentError */
export function readDelayUs(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= LONGEST_DELAY_US) return value;
  throw new InvalidArgumentError(`Give whole microseconds from 0 to ${LONGEST_DELAY_US}.`);
}

/** One of the ticks that Windows can have. @throws InvalidArgumentError */
export function readTimerResolutionMs(text: string): number {
  const value = Number(text);
  if (TIMER_RESOLUTIONS_MS.includes(value)) return value;
  throw new InvalidArgumentError('Give 15.625, 1 or 0.5 milliseconds.');
}

/** Parts per million, faster or slower. @throws InvalidArgumentError */
export function readDriftPpm(text: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(value) <= LARGEST_DRIFT_PPM) return value;
  throw new InvalidArgumentError(
    `Give whole parts per million, from -${LARGEST_DRIFT_PPM} to ${LARGEST_DRIFT_PPM}.`,
  );
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
