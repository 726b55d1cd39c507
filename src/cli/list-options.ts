/** The options of `waveport list`, and its help. */
import type { Command } from 'commander';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { type ListOptions, list } from './list-command.ts';
import { readFileName } from './option-values.ts';
import { portOption } from './stream-options.ts';

const LIST_HELP = `
Endpoints are told as the audio engine builds them: jack, volume and mute as the driver answers, the
shared-mode format, every format with which the pin opens, the periods of the engine, the streams
that an open pin offers (by timer, by events, in packets) with the one that the engine drives, and
the least buffer of an exclusive client. Then come the filters with their pins. Pins are opened for
it and closed again; nothing plays.
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport list
  waveport list --device simple
  waveport list --driver ./my-driver.mjs
  waveport list --json`;

export function registerList(program: Command, end: End): void {
  program
    .command('list')
    .description('list endpoints as the audio engine builds them, and filters with their pins')
    .option('--device <name>', 'device to look at', 'hda')
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .addOption(portOption())
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', LIST_HELP)
    .showHelpAfterError('(waveport list --help tells the options, with examples)')
    .action(async (options: ListOptions) => end(await list(options)));
}
