/** The options of `waveport list`, and its help. */
import type { Command } from 'commander';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { type ListOptions, list } from './list-command.ts';
import { readFileName } from './option-values.ts';

const LIST_HELP = `${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport list
  waveport list --driver ./my-driver.mjs
  waveport list --json`;

export function registerList(program: Command, end: End): void {
  program
    .command('list')
    .description('list filters and endpoints as the client enumerates them')
    .option('--device <name>', 'device to look at', 'hda')
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', LIST_HELP)
    .showHelpAfterError('(waveport list --help tells the options, with examples)')
    .action(async (options: ListOptions) => end(await list(options)));
}
