/** The command line. Parsing is commander's; each command has a file of its own. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { registerCompare } from './compare-options.ts';
import { registerConform } from './conform-options.ts';
import { registerCrosscheck } from './crosscheck-options.ts';
import { describeThrown } from './driver-module.ts';
import { faultOf } from './fault.ts';
import type { End } from './help-text.ts';
import { untilInterrupted } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import { registerLatency } from './latency-options.ts';
import { registerList } from './list-options.ts';
import { EXIT_CLEAN, EXIT_USAGE } from './outcome.ts';
import { registerPlay } from './play-options.ts';
import { registerRecord } from './record-options.ts';
import { complain, printJson, withQuietStdout } from './terminal.ts';
import { registerTop } from './top-options.ts';

/** In the order in which the help names them. */
const commands = [
  registerPlay,
  registerRecord,
  registerTop,
  registerList,
  registerConform,
  registerLatency,
  registerCompare,
  registerCrosscheck,
];

const EXAMPLES = `
Examples:
  waveport play speech.wav --out heard.wav
  waveport record out.wav --seconds 5
  waveport list --json
  waveport conform --driver ./my-driver.mjs --junit results.xml

Each command has --help with examples of its own.`;

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
    await untilInterrupted(() => program.parseAsync([...argv], { from: 'user' }));
    return exitCode;
  } catch (error) {
    return outcomeOf(error, asJson);
  }
}

function makeProgram(end: End): Command {
  const program = new Command('waveport')
    .description('Runs Windows wave audio drivers anywhere: the PortCls wave stack in user mode.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  for (const register of commands) register(program, end);
  return program.showHelpAfterError(
    `(the commands are ${commandNames(program)}; waveport --help tells more)`,
  );
}

function commandNames(program: Command): string {
  return program.commands.map((command) => command.name()).join(', ');
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
      error.code === 'commander.help'
        ? 'give a command; waveport --help names them'
        : error.message;
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
