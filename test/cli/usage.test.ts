/** What the command line takes and refuses, and what it says then. */
import { describe, expect, it } from 'vitest';
import { projectFolder, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const speech = workshop.noise('speech.wav', 480);

describe('help', () => {
  it.each([['help'], ['--help'], ['-h']])(
    '%s names the commands, with examples',
    async (option) => {
      const { exitCode, stderr, stdout } = await waveport(option);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^ {2}play .*play WAV files/m);
      expect(stdout).toMatch(/^ {2}list .*list endpoints/m);
      expect(stdout).toMatch(/Examples:\n {2}waveport play speech\.wav --out heard\.wav\n/);
    },
  );

  it.each([
    ['play', '--help'],
    ['help', 'play'],
  ])('%s %s tells every option, device and exit code', async (...argv) => {
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(0);
    for (const option of ['out', 'device', 'buffer-ms', 'driver', 'seed', 'trace', 'json']) {
      expect(stdout).toContain(`--${option}`);
    }
    expect(stdout).toMatch(/^ {2}hda +Intel HD Audio/m);
    for (const code of [0, 1, 2, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
    expect(stdout).toContain('"error"');
    expect(stdout).toMatch(/Examples:\n {2}waveport play/);
  });

  it('of list is there too', async () => {
    expect((await waveport('list', '--help')).stdout).toMatch(/Examples:\n {2}waveport list\n/);
  });

  it('--version prints the version', async () => {
    expect((await waveport('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong command line', () => {
  it.each([
    ['no command', [], /^Usage: waveport .*Examples:/s],
    ['an unknown command', ['sing'], /unknown command 'sing'\n\(the commands are play, .*list/],
    ['help for an unknown command', ['help', 'sing'], /^Usage: waveport/],
    ['a mistyped command', ['lsit'], /Did you mean list\?/],
    ['an unknown option', ['play', speech, '--loud'], /unknown option '--loud'\n.*play --help/s],
    ['no file', ['play'], /missing required argument 'file'/],
    ['an empty file name', ['play', ''], /Give the name of a file/],
    [
      'two files in exclusive mode',
      ['play', speech, speech, '--exclusive'],
      /exclusive mode plays one file/,
    ],
    ['a buffer in shared mode', ['play', speech, '--buffer-ms', '5'], /add --exclusive/],
    ['a position in shared mode', ['play', speech, '--position=register'], /add --exclusive/],
    ['volume in exclusive mode', ['play', speech, '--exclusive', '--volume=1'], /--volume is for/],
    ['mute in exclusive mode', ['play', speech, '--exclusive', '--mute'], /--mute is for shared/],
    ['a period in exclusive mode', ['play', speech, '--exclusive', '--period-ms=3'], /--period-ms/],
    ['a recording without a length', ['record', 'x.wav'], /required option '--seconds <n>'/],
    [
      'drift of a device without a clock',
      ['play', speech, '--device=simple', '--drift-ppm=9'],
      /no clock/,
    ],
    ['an option without its value', ['play', speech, '--out'], /argument missing/],
    ['an option in place of a value', ['play', speech, '--out', '--seed'], /'--seed' is invalid/],
    ['an unknown device', ['play', speech, '--device', 'gus'], /no device 'gus'; known .*: hda/],
    ['list of an unknown device', ['list', '--device', 'x'], /no device 'x'; known devices: hda/],
    ['list of a file', ['list', speech], /too many arguments/],
  ])('%s: exit 2, and the way out on stderr', async (_what, argv, message) => {
    const { exitCode, stderr, stdout } = await waveport(...argv);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it.each(['0', '0.99', '1000.5', '-5', 'ten', '', '1e2', '0x10', ' 5', 'NaN', 'Infinity'])(
    '--buffer-ms %j is refused',
    async (value) => {
      const { exitCode, stderr } = await waveport('play', speech, '--buffer-ms', value);
      expect(stderr).toContain('Give milliseconds from 1 to 1000');
      expect(exitCode).toBe(2);
    },
  );

  it.each(['-1', '1.5', '4294967296', '', 'x', '1e3'])('--seed %j is refused', async (value) => {
    const { exitCode, stderr } = await waveport('play', speech, '--seed', value);
    expect(stderr).toContain('Give a whole number from 0 to 4294967295');
    expect(exitCode).toBe(2);
  });

  it.each([
    [['sing', '--json'], /unknown command 'sing'/],
    [['--json'], /unknown option '--json'/],
    [['play', '--json'], /missing required argument 'file'/],
    [['play', speech, '--json', '--seed', 'x'], /Give a whole number/],
    [['play', 'nowhere.wav', '--json'], /cannot read nowhere\.wav: there is no such file/],
    [['list', '--json', '--device', 'x'], /no device 'x'/],
  ])('%j prints one object with the error on stdout as well', async (argv, message) => {
    const { exitCode, stderr, stdout } = await waveport(...argv);
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(message) });
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });
});

describe('options', () => {
  it('stand before or after the file, with or without =', async () => {
    const facts = [];
    for (const argv of [
      ['play', '--json', '--exclusive', '--buffer-ms', '5', '--seed=7', speech],
      ['play', speech, '--seed', '7', '--buffer-ms=5', '--json', '--exclusive'],
    ]) {
      const { stdout } = await waveport(...argv);
      const { speed: _speed, wallSeconds: _seconds, ...rest } = JSON.parse(stdout);
      facts.push(rest);
    }
    expect(facts[0]).toEqual(facts[1]);
    expect(facts[0].buffer.requestedBytes).toBe(960);
  });

  it.each(['1', '2.5', '1000'])('--buffer-ms %s is what the driver is asked for', async (value) => {
    const { exitCode, stdout } = await waveport(
      'play',
      speech,
      '--exclusive',
      '--buffer-ms',
      value,
      '--json',
    );
    expect(JSON.parse(stdout).buffer.requestedBytes).toBe(Number(value) * 192);
    expect(exitCode).toBe(0);
  });
});

describe('a file that cannot be played', () => {
  it.each([
    ['a folder', workshop.folder, /: it is a folder; give a WAV file/],
    ['not a WAV file', `${projectFolder}package.json`, /package\.json: not a WAV file/],
    ['empty', workshop.put('empty.wav', ''), /empty\.wav: the file is empty/],
    ['a part of a path', `${speech}/x.wav`, /a part of its path is a file/],
  ])('because it is %s is named, with the reason', async (_what, path, message) => {
    const { exitCode, stderr } = await waveport('play', path);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
