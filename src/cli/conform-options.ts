/** The options of `waveport conform`, and its help. */
import type { Command } from 'commander';
import { type ConformOptions, conform } from './conform-command.ts';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readFileName, readSeed } from './option-values.ts';

const CONFORM_HELP = `
Every case runs on a machine of its own, in virtual time, for each endpoint and each kind of stream
that the driver offers: timer-driven, with notifications, in packets. A case is named by its id, or
with others by what their ids begin with, such as C-POS. Warnings do not fail a run.
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport conform
  waveport conform --driver ./my-driver.mjs
  waveport conform --only C-POS C-WAV-02 --json
  waveport conform --junit results.xml`;

export function registerConform(program: Command, end: End): void {
  program
    .command('conform')
    .description('check a driver against the published limits of audio conformance tests')
    .option('--device <name>', 'device to test', 'hda')
    .option('--driver <module>', 'ES module with the driver to test', readFileName)
    .option('--only <id...>', 'run these cases only')
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--junit <file>', 'write the results as JUnit XML too', readFileName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', CONFORM_HELP)
    .showHelpAfterError('(waveport conform --help tells the options, with examples)')
    .action(async (options: ConformOptions) => end(await conform(options)));
}
