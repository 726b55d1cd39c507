/**
 * Scenarios over HD Audio or AC'97 hardware run on both backends, or stand in model-only.md with
 * the reason; and nothing stands there that is gone or that runs on both. A file has such hardware
 * when what it imports, through test/support, leads to a controller, to its driver, or to the
 * devices by name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const TESTS = join(import.meta.dirname, '..');
const SCENARIOS = 'scenario';
const TABLE = readFileSync(join(import.meta.dirname, 'model-only.md'), 'utf8');
const WHOLE_FILE = 'all';
const IMPORTS = /^(?:import|export) (?!type\b)([^;]*?)from '(\.[^']+)';/gms;
/** Modules that are hardware or come with it; of the room's door, what is asked for by name. */
const HARDWARE = /src\/(?:hardware\/(?:hda|ac97)\/|drivers\/(?:hda|ac97)\/|machine\/devices\.ts)/;
const DEVICE_NAMES = /src\/cli\/device-kinds\.ts/;
const HARDWARE_DOOR = /src\/hardware\/index\.ts/;
const CONTROLLERS = /\b(?:HdaController|Ac97Controller)\b/;
/** A block at the top level that runs on what it boots itself, and its title's first literal. */
const BLOCKS =
  /^(?:describe|scenario|pinTable|it|test|fuzz)(?:\.\w+\([^\n]*?\))?\(\s*(['`])((?:\\.|(?!\1).)*)\1/gm;

interface Row {
  readonly file: string;
  readonly title: string;
  readonly reason: string;
}

const rows: readonly Row[] = TABLE.split('\n')
  .filter((line) => /^\| [\w-]+\.test\.ts /.test(line))
  .map((line) => {
    const [, file = '', title = '', reason = ''] = line.split('|').map((cell) => cell.trim());
    return { file, title: bare(title), reason };
  });

/** Without the entries that it cites, which come and go. */
function bare(title: string): string {
  return title
    .replace(/ \[[^\]]*\]$/, '')
    .replaceAll("\\'", "'")
    .trim();
}

const isBooting = new Map<string, boolean>();

/** Whether a file below test/ leads to hardware. */
function bootsHardware(path: string): boolean {
  const known = isBooting.get(path);
  if (known !== undefined) return known;
  isBooting.set(path, false);
  const source = readFileSync(join(TESTS, path), 'utf8');
  const leads = [...source.matchAll(IMPORTS)].some(([, names = '', from = '']) => {
    const target = normalize(join(dirname(path), from));
    if (HARDWARE.test(target) || DEVICE_NAMES.test(target)) return true;
    if (HARDWARE_DOOR.test(target)) return CONTROLLERS.test(names);
    return !target.startsWith('..') && bootsHardware(target);
  });
  isBooting.set(path, leads);
  return leads;
}

const modelBlocks = (source: string): string[] =>
  [...source.matchAll(BLOCKS)].map(([, , title = '']) => bare(title));

/** Files that boot hardware, and the titles of their blocks that are not on both backends. */
const found = new Map<string, readonly string[]>();
for (const file of readdirSync(join(TESTS, SCENARIOS))) {
  const path = join(SCENARIOS, file);
  if (!file.endsWith('.test.ts') || !bootsHardware(path)) continue;
  found.set(file, modelBlocks(readFileSync(join(TESTS, path), 'utf8')));
}

it('every scenario over HD Audio or AC97 runs on both backends or says why not', () => {
  expect(found.size).toBeGreaterThan(50);
  const unsaid: string[] = [];
  for (const [file, titles] of found) {
    const said = rows.filter((row) => row.file === file).map(({ title }) => title);
    if (said.includes(WHOLE_FILE)) continue;
    unsaid.push(...titles.filter((title) => !said.includes(title)).map((it) => `${file}: ${it}`));
  }
  expect(unsaid).toEqual([]);
});

it('nothing in the table is gone, runs on both, or is there twice', () => {
  const stale = rows.filter(({ file, title }) => {
    const titles = found.get(file);
    if (titles === undefined) return true;
    if (title !== WHOLE_FILE) return !titles.includes(title);
    const source = readFileSync(join(TESTS, SCENARIOS, file), 'utf8');
    return /^(?:describeBackends|backendScenario)\(/m.test(source);
  });
  expect(stale).toEqual([]);
  const keys = rows.map(({ file, title }) => `${file}: ${title}`);
  expect(keys).toEqual([...new Set(keys)]);
  expect(rows.filter(({ reason }) => reason.length < 10)).toEqual([]);
  // Every line of the table was read.
  expect(TABLE.match(/^\|/gm)).toHaveLength(rows.length + 2);
});

it('a block is found by its title, wherever that stands', () => {
  const source = [
    "describe('one', () => {",
    "  scenario('inside', () => {});",
    '});',
    "describe.each(KINDS)('two by %s', () => {});",
    "scenario(\n  'three [WRT-BUF-001]',\n  () => {},\n);",
    "describeBackends('four', 'hda', () => {});",
    "it('it\\'s five', () => {});",
  ].join('\n');
  expect(modelBlocks(source)).toEqual(['one', 'two by %s', 'three', "it's five"]);
});
