/** The options of `waveport crosscheck`, and its help. */
import type { Command } from 'commander';
import { type CrosscheckOptions, crosscheck } from './crosscheck-command.ts';
import { type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readFileName } from './option-values.ts';
import { portOption } from './stream-options.ts';

const CROSSCHECK_HELP = `
Asks our model of a device and QEMU's the same questions: registers that the standard fixes, each on
hardware fresh from power-on, and streams with the driver, of which it compares what was heard, how
the driver set the device up, descriptors in memory, interrupts and their causes; of a recording, of
silence, how many buffers were full and when. Where we have a driver for each of several ports, each
streams, unless --port or --driver names one. A difference is a known deviation, with the clause of
the standard that QEMU does not follow, or unexplained.

It needs QEMU with qtest, which Debian has in the package qemu-system-xen; WAVEPORT_QEMU names
another one.
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport crosscheck
  waveport crosscheck --device ac97
  waveport crosscheck --device ac97 --port wavepci
  waveport crosscheck --driver ./my-driver.mjs
  waveport crosscheck --json`;

export function registerCrosscheck(program: Command, end: End): void {
  program
    .command('crosscheck')
    .description("hold our model of a device against QEMU's, alone and under a driver")
    .option('--device <name>', 'the device of which there are two: hda or ac97', 'hda')
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .addOption(portOption())
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', CROSSCHECK_HELP)
    .showHelpAfterError('(waveport crosscheck --help tells the options, with examples)')
    .action(async (options: CrosscheckOptions) => end(await crosscheck(options)));
}
