/**
 * `npm run bench`: runs the groups of measurements one after the other, each in its own process,
 * and prints tables and how they stand against the goals. A goal that is missed is no failure:
 * the figures are for reading. Exit codes: 0 measured, 1 a group failed, 2 usage error.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { judge } from './goals.ts';
import { groups } from './groups.ts';
import { readHostFacts } from './host.ts';
import type { GroupResult } from './results.ts';
import { describeGroup, describeHost, describeVerdicts } from './tables.ts';

interface BenchOptions {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly only?: readonly string[];
}

const GROUP_PROCESS = fileURLToPath(new URL('./group-process.js', import.meta.url));
const EXAMPLES = `
Examples:
  npm run bench                          everything, about seven minutes
  npm run bench -- --quick               less sound and fewer rounds, to see that all runs
  npm run bench -- --only micro          one group; several names may follow
  npm run bench -- --json                everything, for another program

Exit codes: 0 measured, whatever the figures; 1 a group failed; 2 usage error.
`;

function readOptions(args: readonly string[]): BenchOptions {
  return new Command('npm run bench --')
    .description('Measures how fast sound goes through the stack, and how flat memory stays.')
    .option('--quick', 'less sound and fewer rounds')
    .option('--json', 'print JSON')
    .addOption(new Option('--only <names...>', 'measure these groups').choices([...groups.keys()]))
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse(args, { from: 'user' })
    .opts<BenchOptions>();
}

/** @throws Error when the group's process failed; it has said why */
function measureGroup(name: string, isQuick: boolean): GroupResult {
  const args = ['--expose-gc', GROUP_PROCESS, name, ...(isQuick ? ['--quick'] : [])];
  const done = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`measuring ${name} failed`);
  return JSON.parse(done.stdout) as GroupResult;
}

function run(options: BenchOptions): void {
  const isQuick = options.quick === true;
  const isJson = options.json === true;
  const host = readHostFacts();
  if (!isJson) console.log(describeHost(host));
  const results: GroupResult[] = [];
  for (const name of options.only ?? groups.keys()) {
    console.error(`measuring ${name} ...`);
    const result = measureGroup(name, isQuick);
    results.push(result);
    if (!isJson) console.log(describeGroup(result));
  }
  const goals = judge(results);
  if (isJson) console.log(JSON.stringify({ host, isQuick, results, goals }, null, 2));
  else console.log(describeVerdicts(goals));
}

try {
  run(readOptions(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
