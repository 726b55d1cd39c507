/** The command line. Parsing is commander's; each command has a file of its own. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { deviceKinds } from '../machine/devices.ts';
import { type ConformOptions, conform } from './conform-command.ts';
import { describeThrown } from './driver-module.ts';
import { faultOf } from './fault.ts';
import { jsonFault } from './json-report.ts';
import { type ListOptions, list } from './list-command.ts';
import { readBufferMs, readFileName, readSeed } from './option-values.ts';
import { EXIT_CLEAN, EXIT_USAGE } from './outcome.ts';
import { type PlayOptions, play } from './play-command.ts';
import { complain, printJson, withQuietStdout } from './terminal.ts';

const EXAMPLES = `
Examples:
  waveport play speech.wav --out heard.wav
  waveport list --json
  waveport conform --driver ./my-driver.mjs --junit results.xml

Each command has --help with examples of its own.`;

const DEVICES = `
Devices:
${deviceKinds.map((kind) => `  ${kind.name.padEnd(6)} ${kind.description}`).join('\n')}`;

const JSON_HELP = `
With --json, stdout carries one object whatever happens; when the command could not do its work,
that object says why in "error". Warnings and errors go to stderr as text in any case.`;

const EXIT_HELP = `
Exit codes:
  0  clean
  1  the run found a fault: a glitch, a mismatch, a bug check, a broken rule, something left
     behind, a driver that does not load or start
  2  the command line is wrong, or a file cannot be read, written or played
  130  stopped by Ctrl-C`;

const PLAY_HELP = `
The heard file has the format of the stream: 8-bit sound is carried in 16 bits, 24-bit containers
in 32, as the device wants them; no bit of sound is changed. It is complete however the run ends.
${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport play speech.wav
  waveport play speech.wav --out heard.wav --buffer-ms 2
  waveport play speech.wav --driver ./my-driver.mjs --json
  waveport play speech.wav --seed 7 --trace run.txt`;

const LIST_HELP = `${DEVICES}
${JSON_HELP}
${EXIT_HELP}

Examples:
  waveport list
  waveport list --driver ./my-driver.mjs
  waveport list --json`;

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

/** Parses and runs. Returns the exit code. @throws only what is a mistake of Waveport's own */
export async function main(argv: readonly string[]): Promise<number> {
  const endOfOptions = argv.indexOf('--');
  const options = endOfOptions < 0 ? argv : argv.slice(0, endOfOptions);
  if (!options.includes('--json')) return run(argv, false);
  return withQuietStdout(() => run(argv, true));
}

async function run(argv: readonly string[], asJson: boolean): Promise<number> {
  let exitCode = EXIT_CLEAN;
  const program = makeProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return outcomeOf(error, asJson);
  }
}

function makeProgram(end: (exitCode: number) => void): Command {
  const program = new Command('waveport')
    .description('Runs Windows wave audio drivers anywhere: the PortCls wave stack in user mode.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(the commands are play, list and conform; waveport --help tells more)')
    .exitOverride();
  program
    .command('play')
    .description('play a WAV file through driver, DMA and codec, and check what the speaker hears')
    .argument('<file>', 'WAV file: PCM 8 to 32 bits or 32-bit float, 1 to 8 channels', readFileName)
    .option('--out <file>', 'write what was heard, from the first sent frame on', readFileName)
    .option('--device <name>', 'device to play on', 'hda')
    .option(
      '--buffer-ms <n>',
      'cyclic buffer in milliseconds, 1 to 1000 (default: 20)',
      readBufferMs,
    )
    .addOption(
      new Option(
        '--position <how>',
        'how the client learns the position: a request, or the mapped register if there is one',
      )
        .choices(['property', 'register'])
        .default('register'),
    )
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .option('--seed <n>', 'seed of everything that is left to chance (default: 1)', readSeed)
    .option('--trace <file>', 'write every event as one line of text', readFileName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', PLAY_HELP)
    .showHelpAfterError('(waveport play --help tells the options, with examples)')
    .action(async (file: string, options: PlayOptions) => end(await play(file, options)));
  program
    .command('list')
    .description('list filters and endpoints as the client enumerates them')
    .option('--device <name>', 'device to look at', 'hda')
    .option('--driver <module>', 'ES module with the driver to use', readFileName)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', LIST_HELP)
    .showHelpAfterError('(waveport list --help tells the options, with examples)')
    .action(async (options: ListOptions) => end(await list(options)));
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
  return program;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The exit code for what a command threw before it began, or what commander did not take. */
function outcomeOf(error: unknown, asJson: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CLEAN;
    // Commander has told the person already; without a command it printed the help.
    const message =
      error.code === 'commander.help' ? 'give a command: play, list or conform' : error.message;
    if (asJson) printJson({ error: message.replace(/^error: /, '') });
    return EXIT_USAGE;
  }
  const fault = faultOf(error, null);
  if (fault === null) {
    if (asJson) printJson({ error: `a mistake of Waveport's own: ${describeThrown(error)}` });
    throw error;
  }
  complain(`waveport: ${fault.message}`);
  if (asJson) printJson(jsonFault(fault, null));
  return fault.exitCode;
}
