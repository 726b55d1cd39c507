/** The options of `waveport compare`, and its help. */
import type { Command } from 'commander';
import { type CompareOptions, compare } from './compare-command.ts';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readBufferMs, readFileName, readSeed } from './option-values.ts';

const COMPARE_HELP = `
The same recording on the same device, in exclusive mode, through every port that the device has a
driver for. Counts are per second of sound while the stream runs; calls are counted where they cross
between PortCls and the driver, either way. Processor time is the host's, of a run that has been done
before. Latency is from the client's write to the ear.
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport compare
  waveport compare speech.wav --buffer-ms 40
  waveport compare --json`;

export function registerCompare(program: Command, end: End): void {
  program
    .command('compare')
    .description('play one recording through each port of a device, and compare what it takes')
    .argument('[file]', 'WAV file (default: the recording that comes with Waveport)', readFileName)
    .option('--device <name>', 'device to play on', 'ac97')
    .option(
      '--buffer-ms <n>',
      'cyclic buffer, or two of three packets, in milliseconds (default: 20, or what a device ' +
        'needs that takes much at once)',
      readBufferMs,
    )
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', COMPARE_HELP)
    .showHelpAfterError('(waveport compare --help tells the options, with examples)')
    .action(async (file: string | undefined, options: CompareOptions) =>
      end(await compare(file, options)),
    );
}
