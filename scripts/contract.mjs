/**
 * `npm run contract`: how much of the contract the tests show. Exit codes: 0 counted; 1 the
 * catalogue, its decisions or a citation is wrong, or the page is stale; 2 usage error.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import {
  countContract,
  listArea,
  listLater,
  listTally,
  PAGE,
  readPage,
  readProject,
  renderPage,
} from '../contract/index.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLES = `
Examples:
  npm run contract                       the table of files and areas
  npm run contract -- --area WRT-MDL     every entry of one area, with its state
  npm run contract -- --json             everything, for another program
  npm run contract -- --write            rewrite ${PAGE}
  npm run contract -- --check            fail when ${PAGE} is stale

Exit codes: 0 fine, 1 a wrong catalogue, decision or citation, or a stale page, 2 usage error.
`;

function readOptions(argv) {
  const command = new Command('npm run contract --')
    .description('Counts which entries of the contract catalogue a test shows.')
    .addOption(
      new Option('--area <area>', 'list the entries of one area').conflicts(['write', 'check']),
    )
    .addOption(new Option('--json', 'print JSON').conflicts(['write', 'check']))
    .addOption(new Option('--write', `write ${PAGE}`).conflicts('check'))
    .option('--check', `fail when ${PAGE} is not what --write would write`)
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  return command.parse(argv, { from: 'user' }).opts();
}

function run(options) {
  const count = countContract(readProject(root));
  if (count.problems.length > 0) {
    for (const problem of count.problems) console.error(`error: ${problem}`);
    return 1;
  }
  if (options.write) return writePage(count);
  if (options.check) return checkPage(count);
  return print(count, options);
}

function print(count, { area, json }) {
  const entries = count.entries.filter((entry) => area === undefined || entry.area === area);
  if (entries.length === 0) {
    const areas = [...new Set(count.entries.map((entry) => entry.area))];
    console.error(`error: there is no area ${area}; there are ${areas.join(' ')}`);
    return 2;
  }
  if (json) {
    const { files, total, first } = count;
    const value = area === undefined ? { total, first, files, entries } : { area, entries };
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  } else if (area === undefined) {
    process.stdout.write(listTally(count) + listLater(count));
  } else {
    process.stdout.write(listArea(count, area));
  }
  return 0;
}

function writePage(count) {
  mkdirSync(dirname(join(root, PAGE)), { recursive: true });
  writeFileSync(join(root, PAGE), renderPage(count));
  const { entries, shown } = count.total;
  process.stdout.write(`wrote ${PAGE}: ${shown} of ${entries} entries are shown\n`);
  return 0;
}

function checkPage(count) {
  if (readPage(root) !== renderPage(count)) {
    console.error(`error: ${PAGE} is stale; run npm run contract -- --write`);
    return 1;
  }
  process.stdout.write(`${PAGE} is up to date\n`);
  return 0;
}

try {
  process.exitCode = run(readOptions(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
