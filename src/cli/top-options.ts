/** The options of `waveport top`, and its help. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readFileName, readPeriodMs, readSeconds, readSeed } from './option-values.ts';
import {
  addLatenessOptions,
  addLoudnessOptions,
  LATENESS_HELP,
  portOption,
} from './stream-options.ts';
import { DEFAULT_JSON_SECONDS, type TopOptions, top } from './top-command.ts';

const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 60_000;
const FASTEST = 1000;

const TOP_HELP = `
The first line is the stream of the device: its KSSTATE, the period, the lead (frames that were
written to the cyclic buffer and that the device has not fetched yet; below 0 the device plays what
nobody wrote), glitches so far, and, for each second of sound, the device's interrupts, DPCs and
microseconds of this computer's time inside DPCs. Under it, in shared mode, is a line for each
session: its state, the frames it has written and the engine not taken (padding), the size of its
buffer, its volume, and frames that the engine asked for before they were written (starved).
Formats are short: 44.1 kHz 2ch 24/32 is 24 bits in 32, f32 is float.

Virtual time follows the wall clock, at --speed times its pace; the table is redrawn in place on a
terminal, and printed anew elsewhere. It ends with the longest file, or after --seconds. Looking
changes nothing of what the machine does.
${LATENESS_HELP}
${DEVICES}
${JSON_HELP}
For top that object has a table in "intervals" for each interval, of ${DEFAULT_JSON_SECONDS} seconds of sound if
--seconds does not say otherwise.
${EXIT_HELP}

Examples:
  waveport top speech.wav
  waveport top speech.wav music.wav --stream timer --interval-ms 100
  waveport top speech.wav --volume 0.5 --wake-jitter-us 12000
  waveport top speech.wav --exclusive --stream packet --period-ms 5 --speed 10
  waveport top speech.wav --driver ./my-driver.mjs --speed max --once
  waveport top speech.wav --speed max --seconds 2 --json`;

/** Commander's way of gathering what may be named more than once. */
const gather = (text: string, before: string[] = []): string[] => [...before, readFileName(text)];

export function registerTop(program: Command, end: End): void {
  const command = program
    .command('top')
    .description('play WAV files and show a live table of their streams')
    .argument('<file...>', 'WAV files: PCM 8 to 32 bits or 32-bit float, 1 to 8 channels', gather)
    .option('--device <name>', 'device to play on', 'hda')
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .addOption(portOption())
    .addOption(
      new Option(
        '--stream <kind>',
        'what drives the stream (default: the best that the driver offers; exclusive: timer)',
      ).choices(['timer', 'event', 'packet']),
    )
    .option('--exclusive', 'one file, past the audio engine')
    .option('--period-ms <n>', 'period, as near as there is one (default: 10)', readPeriodMs)
    .option('--seconds <n>', 'seconds of sound to play (default: to the end)', readSeconds)
    .option('--interval-ms <n>', 'time between two tables (default: 500)', readIntervalMs)
    .option(
      '--speed <n>',
      `times as fast as real time, up to ${FASTEST}, or max to wait for nothing (default: 1)`,
      readSpeed,
    )
    .option('--once', 'print one table, of the first interval');
  addLatenessOptions(addLoudnessOptions(command))
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', TOP_HELP)
    .showHelpAfterError('(waveport top --help tells the options, with examples)')
    .action(async (files: string[], options: TopOptions) => end(await top(files, options)));
}

/** Milliseconds of wall time, or of sound when nothing waits. @throws InvalidArgumentError */
function readIntervalMs(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= SHORTEST_INTERVAL_MS && value <= LONGEST_INTERVAL_MS) return value;
  throw new InvalidArgumentError(
    `Give whole milliseconds from ${SHORTEST_INTERVAL_MS} to ${LONGEST_INTERVAL_MS}.`,
  );
}

/** Infinity for `max`. @throws InvalidArgumentError */
function readSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 / FASTEST && value <= FASTEST) return value;
  throw new InvalidArgumentError(`Give a number up to ${FASTEST}, such as 1 or 10, or max.`);
}
