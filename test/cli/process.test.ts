/** The built command as a process: what only shows when there is a real one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { encodeWavHeader } from '../../src/wav/wav-header.ts';
import { binary, projectFolder, Workshop, waveportProcess } from './command-line.ts';

const workshop = new Workshop();
const recording = join(projectFolder, 'assets/first-sound.wav');
const built = pathToFileURL(join(projectFolder, 'dist/'));
const isWindows = process.platform === 'win32';

/** Ten hours of silence, of which the disk holds only the header. */
function makeLongFile(name: string): string {
  const format = {
    rateHz: 48_000,
    channels: 2,
    validBits: 16,
    containerBits: 16,
    float: false,
    channelMask: 3,
  };
  const dataBytes = 36_000 * format.rateHz * frameBytes(format);
  const header = encodeWavHeader(format, dataBytes);
  const file = openSync(workshop.path(name), 'w');
  writeSync(file, header);
  ftruncateSync(file, header.length + dataBytes);
  return workshop.path(name);
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command, waits until `isUnderWay`, interrupts it, and waits for its end. */
const interrupt = (argv: string[], isUnderWay: (stderr: string) => boolean): Promise<Ended> =>
  interrupted(spawn(process.execPath, [binary, ...argv]), isUnderWay);

async function interrupted(
  child: ChildProcess,
  isUnderWay: (stderr: string) => boolean,
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  while (!isUnderWay(stderr) && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill('SIGINT');
  return ended;
}

const hasBytes = (name: string): boolean =>
  workshop.has(name) && statSync(workshop.path(name)).size > 1_000_000;

describe('the built command', () => {
  it('plays the recording, writes what was heard, and exits 0', () => {
    const heard = workshop.path('heard.wav');
    const { exitCode, stderr, stdout } = waveportProcess('play', recording, '--out', heard);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\nclean\n$/);
    // 44 and 80 bytes of header; the sound behind them is the same.
    const sent = readFileSync(recording).subarray(44);
    expect(Buffer.compare(readFileSync(heard).subarray(80), sent)).toBe(0);
  });

  it('exits 2 with one object on stdout for a file that is not there', () => {
    const { exitCode, stderr, stdout } = waveportProcess('play', 'gone.wav', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout).error).toMatch(/^cannot read gone\.wav/);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('ends although its driver left a timer running', () => {
    const driver = workshop.put(
      'ticks.mjs',
      `setInterval(() => {}, 1000);
       export default { name: 'ticks', hardwareIds: [], load: () => () => 0xc0000001 };`,
    );
    const { exitCode, stderr } = waveportProcess('list', '--driver', driver);
    expect(stderr).toMatch(/^waveport: driver ticks failed to load/);
    expect(exitCode).toBe(1);
  });

  it('plays a file that is cut short meanwhile as far as it goes, with a warning', () => {
    const shrinking = workshop.put('shrinking.wav', readFileSync(recording));
    const driver = workshop.put(
      'cuts.mjs',
      `import { truncateSync } from 'node:fs';
       import { deviceKind } from '${built}machine/devices.js';
       const { driver } = deviceKind('hda');
       const load = (wdk) => {
         truncateSync(${JSON.stringify(shrinking)}, 600_044);
         return driver.load(wdk);
       };
       export default { ...driver, load };`,
    );
    const { exitCode, stderr, stdout } = waveportProcess(
      'play',
      shrinking,
      '--driver',
      driver,
      '--json',
    );
    const warning = /became shorter while it was played: 230400 frames were there, 150000 could/;
    expect(stderr).toMatch(warning);
    expect(JSON.parse(stdout)).toMatchObject({
      frames: 150_000,
      bitExact: true,
      warnings: [expect.stringMatching(warning)],
    });
    expect(exitCode).toBe(0);
  });

  it.skipIf(isWindows)('does not mind a reader that leaves', () => {
    const [node, bin] = [process.execPath, binary].map((path) => `'${path}'`);
    // What a driver prints before the command does meets the closed pipe first.
    const driver = workshop.put(
      'prints.mjs',
      `process.stdout.write('early'); await new Promise((resolve) => setTimeout(resolve, 100));
       import { deviceKind } from '${built}machine/devices.js';
       export default deviceKind('hda').driver;`,
    );
    const commands = ['list --json', 'help', `play '${recording}'`, `list --driver '${driver}'`];
    for (const command of commands) {
      const script = `(${node} ${bin} ${command}; echo "exit $?" >&2) | (exec 0<&-; sleep 0.1)`;
      const { stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(stderr).toBe('exit 0\n');
    }
  });
});

describe.skipIf(isWindows)('Ctrl-C', () => {
  it('ends a long play at once with 130, and the heard file is whole', async () => {
    const long = makeLongFile('long.wav');
    const argv = ['play', long, '--out', workshop.path('part.wav'), '--json'];
    const { exitCode, signal, stderr, stdout } = await interrupt(argv, () => hasBytes('part.wav'));
    expect([exitCode, signal]).toEqual([130, null]);
    expect(stderr).toMatch(/^waveport: stopped by Ctrl-C: \d+ of 1728000000 frames were heard\n$/);
    const part = workshop.wav('part.wav');
    expect(JSON.parse(stdout)).toMatchObject({
      error: 'stopped by Ctrl-C',
      bitExact: false,
      heardFrames: part.frames,
    });
    expect(part.warnings).toEqual([]);
    expect(workshop.get('part.wav').length).toBe(80 + 4 * part.frames);
  });

  it('ends a driver that never returns', async () => {
    const driver = workshop.put(
      'spins.mjs',
      `export default { name: 'spins', hardwareIds: [], load: () => () => {
         console.error('spinning'); for (;;); } };`,
    );
    const argv = ['play', recording, '--driver', driver, '--out', workshop.path('none.wav')];
    const ended = await interrupt(argv, (stderr) => stderr.includes('spinning'));
    expect(ended).toMatchObject({
      exitCode: 130,
      stderr: 'spinning\nwaveport: stopped by Ctrl-C\n',
    });
    expect(workshop.has('none.wav')).toBe(false);
  });
});

describe.skipIf(isWindows)('Ctrl-C before there is a machine', () => {
  const stopped = { exitCode: 130, signal: null, stderr: 'waveport: stopped by Ctrl-C\n' };
  /** What the process has in hand when it is interrupted: `isUnderWay` waits for a file of it. */
  const marked = (name: string) => ({
    says: `import { writeFileSync } from 'node:fs';
           writeFileSync(${JSON.stringify(workshop.path(name))}, '');`,
    isThere: () => workshop.has(name),
  });

  it.each([
    ['play', recording, '--out', workshop.path('unborn.wav')],
    ['record', workshop.path('unborn.wav'), '--seconds', '1'],
    ['list'],
    ['conform', '--junit', workshop.path('unborn.xml')],
  ])(
    'in a driver module that is still loading ends %s with 130 and one object',
    async (...argv) => {
      const { isThere, says } = marked(`loading-${argv[0]}`);
      const source = `${says}\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`;
      const driver = workshop.put(`loads-for-ever-${argv[0]}.mjs`, source);
      const ended = await interrupt([...argv, '--driver', driver, '--json'], isThere);
      expect(ended).toMatchObject(stopped);
      expect(JSON.parse(ended.stdout)).toEqual({ error: 'stopped by Ctrl-C' });
      expect([workshop.has('unborn.wav'), workshop.has('unborn.xml')]).toEqual([false, false]);
    },
  );

  it('prints nothing on stdout where no --json asks for it', async () => {
    const { isThere, says } = marked('loading');
    const source = `${says}\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`;
    const driver = workshop.put('loads-for-ever.mjs', source);
    const ended = await interrupt(['list', '--driver', driver], isThere);
    expect(ended).toEqual({ ...stopped, stdout: '' });
  });

  it('while the command itself is loaded does the same', async () => {
    const { isThere, says } = marked('starting');
    const script = join(workshop.path('slow'), 'bin/waveport.mjs');
    mkdirSync(join(workshop.path('slow'), 'bin'), { recursive: true });
    cpSync(binary, script);
    const loading = `${says}\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`;
    workshop.put('slow/dist/cli/main.js', loading);
    const child = spawn(process.execPath, [script, 'list', '--json']);
    const ended = await interrupted(child, isThere);
    expect(ended).toMatchObject(stopped);
    expect(JSON.parse(ended.stdout)).toEqual({ error: 'stopped by Ctrl-C' });
  });
});

describe('bin/waveport.mjs', () => {
  /** A clone that has nothing but the start script, and a set-up script that does as it is told. */
  function makeClone(name: string, setUp: string | null): string {
    const folder = workshop.path(name);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    cpSync(binary, join(folder, 'bin/waveport.mjs'));
    if (setUp !== null) workshop.put(`${name}/scripts/set-up.mjs`, setUp);
    return join(folder, 'bin/waveport.mjs');
  }
  const run = (script: string) =>
    spawnSync(process.execPath, [script, 'list', '--json'], { encoding: 'utf8' });

  it('sets a fresh clone up first, once, and keeps stdout clean', () => {
    const script = makeClone(
      'fresh',
      `import { mkdirSync, writeFileSync } from 'node:fs';
       console.log('building');
       const at = (path) => new URL('../' + path, import.meta.url);
       mkdirSync(at('node_modules'), { recursive: true });
       mkdirSync(at('dist/cli'), { recursive: true });
       writeFileSync(at('package.json'), '{ "type": "module" }');
       writeFileSync(at('dist/cli/main.js'),
         'export const main = async (argv) => { console.log(argv.join()); return 7; };');`,
    );
    const first = run(script);
    expect(first).toMatchObject({ status: 7, stdout: 'list,--json\n' });
    expect(first.stderr).toMatch(/^waveport: a fresh clone: setting it up first .*\nbuilding\n$/);
    expect(run(script)).toMatchObject({ status: 7, stdout: 'list,--json\n', stderr: '' });
  });

  it('says so when setting up fails', () => {
    const script = makeClone('failing', `console.error('no network'); process.exit(1);`);
    const { status, stderr, stdout } = run(script);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/no network\nwaveport: setting up failed/);
  });

  it('says so when an installed package is not whole', () => {
    const { status, stderr } = run(makeClone('broken', null));
    expect(stderr).toMatch(/^waveport: dist\/ is missing from this installation/);
    expect(status).toBe(2);
  });
});
