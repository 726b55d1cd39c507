/**
 * The rooms of src/ and the arrows between them, with the house rules that keep a machine the
 * same on every run. Read the table with a pencil: a room imports from itself and from the rooms
 * behind its name, and from nowhere else.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { filesUnder, type Token, tokenize } from '../contract/index.mjs';

const ARROWS = `
  base         ->
  standards    -> base
  sim          -> base
  wav          -> base standards
  engine/dsp   -> base standards
  hardware     -> base standards sim
  kernel       -> base standards sim
  kernel/ddi   -> base standards sim kernel
  ks           -> base standards sim kernel
  portcls/ddi  -> base standards sim kernel kernel/ddi ks
  portcls      -> base standards sim kernel kernel/ddi ks portcls/ddi
  drivers      -> base standards kernel/ddi portcls/ddi
  client       -> base standards sim wav kernel ks
  engine       -> base standards sim kernel ks client engine/dsp
  wasapi       -> base standards kernel client engine
  machine      -> base standards sim wav hardware kernel kernel/ddi ks portcls/ddi portcls
                  drivers client engine wasapi
  qemu         -> base standards sim hardware drivers machine
  crosscheck   -> base standards sim wav hardware portcls/ddi machine
  conformance  -> base standards sim hardware kernel client machine
  testing      -> base standards sim wav hardware drivers client engine wasapi machine
  cli          -> base standards sim wav hardware kernel kernel/ddi ks portcls/ddi portcls
                  drivers client machine conformance qemu crosscheck
`;

const MAX_LINES = 400;
// Time, chance and concurrency of the host, which would make two runs differ.
const HOST_WORDS = new Set(
  'Date setTimeout setInterval setImmediate performance async await Promise'.split(' '),
);
// An alias of the global object would be a way round the words above.
const GLOBAL_OBJECTS = new Set(['globalThis', 'self', 'window']);

// What a room below the command line may import of Node: a backend that is another process.
const NODE_MODULES = new Map([
  ['qemu', new Set(['node:child_process', 'node:fs', 'node:os', 'node:path'])],
]);

const arrows = readArrows();

/** The rooms that each room may import from. A row without an arrow goes on with the last one. */
function readArrows(): Map<string, Set<string>> {
  const table = new Map<string, Set<string>>();
  let room = '';
  for (const row of ARROWS.trim().split('\n')) {
    const [left = '', right] = row.split('->');
    if (right !== undefined) room = left.trim();
    const targets = (right ?? left).split(' ').filter((name) => name !== '');
    table.set(room, new Set([...(table.get(room) ?? []), ...targets]));
  }
  return table;
}

/** The room of a path in src/: its folder there, or the folder below that has a row of its own. */
function roomOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return arrows.has(`${first}/${second}`) ? `${first}/${second}` : first;
}

function isExempt(path: string): boolean {
  return path.endsWith('.test.ts') || path.endsWith('.test-support.ts');
}

/** What the source file at `path`, such as src/sim/clock.ts, breaks. */
function violations(path: string, source: string): string[] {
  const tokens = tokenize(source);
  const isHostFree = roomOf(path) !== 'cli';
  const found = [...brokenArrows(path, tokens), ...casts(path, tokens)];
  if (isHostFree) found.push(...hostWords(path, tokens));
  const lines = source.trimEnd().split('\n').length;
  if (lines > MAX_LINES && roomOf(path) !== 'standards')
    found.push(`${path} has ${lines} lines, and may have ${MAX_LINES}`);
  return found;
}

function brokenArrows(path: string, tokens: readonly Token[]): string[] {
  const room = roomOf(path);
  const allowed = arrows.get(room);
  if (allowed === undefined) return [`${path} is in the room ${room}, which has no row of arrows`];
  const found: string[] = [];
  for (const { text, line } of imports(tokens)) {
    if (!text.startsWith('.')) {
      if (text.startsWith('node:') && !mayImport(room, text))
        found.push(`${path}:${line} imports ${text}`);
      continue;
    }
    const target = posix.join(posix.dirname(path), text);
    const targetRoom = target.startsWith('src/') ? roomOf(target) : target;
    if (targetRoom !== room && !allowed.has(targetRoom))
      found.push(`${path}:${line} breaks an arrow: ${room} -> ${targetRoom}`);
  }
  return found;
}

function mayImport(room: string, nodeModule: string): boolean {
  return room === 'cli' || NODE_MODULES.get(room)?.has(nodeModule) === true;
}

/** The specifiers of `import '...'`, `import ... from '...'`, `export ... from` and `import()`. */
function imports(tokens: readonly Token[]): Token[] {
  return tokens.filter((token, index) => {
    const before = tokens[index - 1];
    if (token.kind !== 'string' && token.kind !== 'template') return false;
    if (before?.text === '(') return tokens[index - 2]?.text === 'import';
    return before?.kind === 'word' && (before.text === 'from' || before.text === 'import');
  });
}

function hostWords(path: string, tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ kind, text, line }, index) => {
    if (kind !== 'word') return [];
    const isMember = tokens[index - 1]?.text === '.';
    const owner = isMember ? (tokens[index - 2]?.text ?? '') : '';
    const isChance = text === 'random' && owner === 'Math';
    const isHostWord = HOST_WORDS.has(text) && (!isMember || GLOBAL_OBJECTS.has(owner));
    return isChance || isHostWord
      ? [`${path}:${line} uses ${isChance ? 'Math.random' : text}`]
      : [];
  });
}

function casts(path: string, tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ kind, text, line }, index) => {
    const before = tokens[index - 1]?.text ?? '';
    const isCast = kind === 'word' && text === 'any' && ['as', '<', ':'].includes(before);
    return isCast ? [`${path}:${line} casts to any`] : [];
  });
}

describe('the rooms of src/', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const paths = filesUnder(root, 'src').filter((path) => path.endsWith('.ts') && !isExempt(path));

  it('import along the arrows only, and keep the house rules', () => {
    expect(paths).toContain('src/sim/clock.ts');
    const found = paths.flatMap((path) =>
      violations(path, readFileSync(`${root}/${path}`, 'utf8')),
    );
    expect(found).toEqual([]);
  });

  it('have arrows without a circle', () => {
    const settled = new Set<string>();
    for (const [room, targets] of arrows) {
      for (const target of targets) expect(settled, room).toContain(target);
      settled.add(room);
    }
  });
});

describe('the check of the rooms', () => {
  it('names file, line and arrow of every import that breaks one', () => {
    const source = [
      "import { ns } from '../base/brand.ts';",
      "import type { HdaDevice } from '../hardware/device.ts';",
      "export * from './ddi/index.ts';",
      "const late = import('../portcls/ddi/index.ts');",
      "import '../cli/main.ts';",
      "import {\n  outside,\n} from '../../contract/index.mjs';",
    ].join('\n');
    expect(violations('src/kernel/irql.ts', source)).toEqual([
      'src/kernel/irql.ts:2 breaks an arrow: kernel -> hardware',
      'src/kernel/irql.ts:3 breaks an arrow: kernel -> kernel/ddi',
      'src/kernel/irql.ts:4 breaks an arrow: kernel -> portcls/ddi',
      'src/kernel/irql.ts:5 breaks an arrow: kernel -> cli',
      'src/kernel/irql.ts:8 breaks an arrow: kernel -> contract/index.mjs',
    ]);
    expect(violations('src/portcls/ddi/port.ts', "import '../wavert/port.ts';")).toEqual([
      'src/portcls/ddi/port.ts:1 breaks an arrow: portcls/ddi -> portcls',
    ]);
    expect(violations('src/attic/old.ts', '')).toEqual([
      'src/attic/old.ts is in the room attic, which has no row of arrows',
    ]);
  });

  it('finds the time and chance of the host, and casts to any', () => {
    const source = [
      "import { readFileSync } from 'node:fs';",
      'const now = Date.now() + performance.now();',
      'const chance = Math.random();',
      'export async function wait() { await new Promise(() => globalThis.setTimeout()); }',
      'const cast = now as any;',
    ].join('\n');
    expect(violations('src/sim/clock.ts', source).sort()).toEqual([
      'src/sim/clock.ts:1 imports node:fs',
      'src/sim/clock.ts:2 uses Date',
      'src/sim/clock.ts:2 uses performance',
      'src/sim/clock.ts:3 uses Math.random',
      'src/sim/clock.ts:4 uses Promise',
      'src/sim/clock.ts:4 uses async',
      'src/sim/clock.ts:4 uses await',
      'src/sim/clock.ts:4 uses setTimeout',
      'src/sim/clock.ts:5 casts to any',
    ]);
    expect(violations('src/qemu/clock.ts', source)).toContain('src/qemu/clock.ts:2 uses Date');
    expect(violations('src/qemu/clock.ts', source)).not.toContain(
      'src/qemu/clock.ts:1 imports node:fs',
    );
    expect(violations('src/qemu/clock.ts', "import 'node:net';")).toEqual([
      'src/qemu/clock.ts:1 imports node:net',
    ]);
    expect(violations('src/cli/main.ts', source)).toEqual(['src/cli/main.ts:5 casts to any']);
  });

  it('finds a file that is too long, unless it is a table of a standard', () => {
    const source = 'x;\n'.repeat(MAX_LINES + 1);
    expect(violations('src/ks/pin.ts', source)).toEqual([
      'src/ks/pin.ts has 401 lines, and may have 400',
    ]);
    expect(violations('src/ks/pin.ts', 'x;\n'.repeat(MAX_LINES))).toEqual([]);
    expect(violations('src/standards/hda.ts', source)).toEqual([]);
  });

  it('is not put off by comments, strings and members of the same name', () => {
    const source = [
      "// Promise nothing: import { a } from '../cli/main.ts' as any",
      "const text = 'await Date';",
      'const held = lab.performance + random.random();',
      "/* import x from '../hardware/device.ts' */",
    ].join('\n');
    expect(violations('src/kernel/irql.ts', source)).toEqual([]);
  });
});
