/** The options of `waveport conform`, and its help. */
import { type Command, Option } from 'commander';
import { type ConformOptions, conform } from './conform-command.ts';
import { DEVICES, type End, EXIT_HELP, JSON_HELP } from './help-text.ts';
import { readFileName, readSeed } from './option-values.ts';
import { portOption } from './stream-options.ts';

const CONFORM_HELP = `
Every case runs on a machine of its own, in virtual time, for each endpoint and each kind of stream
that the driver offers: of WaveRT pins timer-driven, with notifications, in packets; of WavePci and
WaveCyclic pins by stream packets, where cases about a cyclic buffer do not apply. A case is named
by its id, or with others by what their ids begin with. Warnings do not fail a run.

Cases:
  C-POS  the position as a clock: drift, error and jitter of Microsoft's KS Position test
  C-WAV  states, buffers, formats, modes and jacks of Microsoft's Wave test
  C-ACT  claimed parameters and rates, also after sleep, of ChromiumOS' alsa_conformance_test
  C-LNX  duration, data and reset of Linux' ALSA selftests
  C-EXA  what virtual time lets one hold to the frame: positions, latency, sleep, no DMA before RUN
  C-NTF  notification events; C-PKT  packets
  C-WVP  what is left behind, IRQL, the packet protocol, counters that wrap, determinism
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport conform
  waveport conform --driver ./my-driver.mjs
  waveport conform --device simple --direction capture
  waveport conform --device ac97 --port wavecyclic
  waveport conform --only C-POS C-WAV-02 --json
  waveport conform --junit results.xml`;

export function registerConform(program: Command, end: End): void {
  program
    .command('conform')
    .description('check a driver against the published limits of audio conformance tests')
    .option('--device <name>', 'device to test', 'hda')
    .option('--driver <module>', 'ES module with the driver to test', readFileName)
    .addOption(portOption())
    .option('--only <id...>', 'run these cases only')
    .addOption(
      new Option('--direction <which>', 'test streams of one direction only').choices([
        'render',
        'capture',
      ]),
    )
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--junit <file>', 'write the results as JUnit XML too', readFileName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', CONFORM_HELP)
    .showHelpAfterError('(waveport conform --help tells the options, with examples)')
    .action(async (options: ConformOptions) => end(await conform(options)));
}
