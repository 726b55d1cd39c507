/** `--driver MODULE`: drivers that are not ours, and everything that can be wrong with one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { driverFile, Workshop, waveport, waveportProcess } from './command-line.ts';

const workshop = new Workshop();
const speech = workshop.noise('speech.wav', 24_000);
const heard = workshop.path('heard.wav');
const trace = workshop.path('trace.txt');
const STATUS_UNSUCCESSFUL = 0xc000_0001;

const playWith = (driver: string, ...options: string[]) =>
  waveport('play', speech, '--driver', driver, ...options);

/** A module whose default export has this `load`. */
const moduleOf = (name: string, load: string): string =>
  workshop.put(
    `${name}.mjs`,
    `export default { name: '${name}', hardwareIds: [], load: ${load} };`,
  );

describe('a driver module', () => {
  it('inside the clone imports waveport and waveport/ddi by name, and plays', () => {
    const renamed = driverFile('renamed.mjs');
    const { exitCode, stderr, stdout } = waveportProcess(
      'play',
      speech,
      '--driver',
      renamed,
      '--json',
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ driver: 'renamed', bitExact: true, leaks: [] });
    expect(exitCode).toBe(0);
    const listed = JSON.parse(waveportProcess('list', '--driver', renamed, '--json').stdout);
    expect(listed).toMatchObject({
      driver: 'renamed',
      endpoints: [{ direction: 'render' }, { direction: 'capture' }],
    });
  });

  it('that is not there is a mistake on the command line', async () => {
    const { exitCode, stderr } = await playWith('./nowhere.mjs');
    expect(stderr).toMatch(/^waveport: cannot read driver module \.\/nowhere\.mjs: there is no/);
    expect(exitCode).toBe(2);
    expect((await playWith(workshop.folder)).stderr).toMatch(/it is a folder/);
  });

  it.each([
    ['has no default export', 'export const driver = 1;', /none\.mjs has no default export: .*ddi/],
    [
      'exports something else',
      'export default { name: 1 };',
      /none\.mjs is no driver: .*load\(wdk\)/,
    ],
    ['exports null', 'export default null;', /none\.mjs is no driver/],
    ['throws when it is imported', "throw new RangeError('no luck');", /RangeError: no luck/],
    ['is no JavaScript', 'export default {', /none\.mjs does not load: /],
    ['imports what is not there', "import './gone.mjs';", /does not load: .*gone\.mjs/],
  ])('that %s is a driver that failed', async (what, source, message) => {
    // Modules are kept by address, so each has a folder of its own.
    const driver = workshop.put(`${what}/none.mjs`, source);
    for (const command of [['play', speech], ['list']]) {
      const { exitCode, stderr, stdout } = await waveport(...command, '--driver', driver, '--json');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr).toContain('none.mjs');
      expect(stderr).not.toMatch(/^ +at /m);
      expect(JSON.parse(stdout).error).toMatch(message);
    }
  });
});

describe('a driver that does not start', () => {
  it.each([
    ['fails-entry', `() => () => ${STATUS_UNSUCCESSFUL}`, /failed to load: STATUS_UNSUCCESSFUL/],
    [
      'fails-start',
      `(wdk) => (driver, path) => wdk.PcInitializeAdapterDriver(driver, path, (object, pdo) =>
        wdk.PcAddAdapterDevice(object, pdo, () => ${STATUS_UNSUCCESSFUL}, 2, 0))`,
      /failed to start the device: STATUS_UNSUCCESSFUL/,
    ],
    ['throws-load', `() => { throw new Error('not today'); }`, /Error: not today.* line 1 of /],
    [
      'throws-entry',
      `() => () => { null.x; }`,
      /threw an exception \(TypeError: .*, at line 1 of /,
    ],
    ['throws-text', `() => () => { throw 'plain text'; }`, /threw an exception \(plain text\)/],
    ['returns-nothing', `() => () => undefined`, /driver returns-nothing/],
    ['loads-nothing', `() => undefined`, /driver loads-nothing threw an exception/],
    [
      'shows-nothing',
      `(wdk) => (driver, path) => wdk.PcInitializeAdapterDriver(driver, path, (object, pdo) =>
        wdk.PcAddAdapterDevice(object, pdo, () => 0, 2, 0))`,
      /driver shows-nothing: there is no render endpoint/,
    ],
  ])('%s: exit 1, its name, and no stack', async (name, load, message) => {
    const options = ['--json', '--out', heard, '--trace', trace];
    const { exitCode, stderr, stdout } = await playWith(moduleOf(name, load), ...options);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(new RegExp(`^waveport: driver ${name}`));
    expect(stderr).not.toMatch(/^ +at /m);
    expect(JSON.parse(stdout).error).toMatch(message);
    expect(exitCode).toBe(1);
    // Nothing was heard, so there is no file.
    expect(workshop.has('heard.wav')).toBe(false);
    expect(readFileSync(trace, 'utf8')).not.toContain('undefined');
  });

  it('leaves an old file of sound as it was, to play and to record', async () => {
    const driver = moduleOf('fails-entry-too', `() => () => ${STATUS_UNSUCCESSFUL}`);
    const old = workshop.put('old.wav', 'as it was');
    const recording = ['record', old, '--seconds', '1', '--driver', driver];
    for (const { exitCode } of [
      await playWith(driver, '--out', old),
      await playWith(driver, '--out', old, '--exclusive'),
      await waveport(...recording),
      await waveport(...recording, '--exclusive'),
    ]) {
      expect(exitCode).toBe(1);
      expect(workshop.get('old.wav').toString()).toBe('as it was');
    }
  });

  it('leaves a trace that shows how far it came', async () => {
    const driver = moduleOf(
      'fails-late',
      `(wdk) => (driver, path) => wdk.PcInitializeAdapterDriver(driver, path, (object, pdo) =>
        wdk.PcAddAdapterDevice(object, pdo, () => ${STATUS_UNSUCCESSFUL}, 2, 0))`,
    );
    expect((await playWith(driver, '--trace', trace)).exitCode).toBe(1);
    expect(readFileSync(trace, 'utf8')).toMatch(/^0000\.000000000 .*START_DEVICE/m);
  });
});

describe('a driver that fails while it plays', () => {
  const expectPartOfTheSound = (): void => {
    const sent = workshop.sound('speech.wav');
    const part = workshop.sound('heard.wav');
    expect(workshop.wav('heard.wav').warnings).toEqual([]);
    expect(part.length).toBeGreaterThan(0);
    expect(part.length).toBeLessThan(sent.length);
    expect(Buffer.compare(part, sent.subarray(0, part.length))).toBe(0);
  };

  it('with a bug check tells code, parameters and the last events, and the heard file is whole', async () => {
    const driver = driverFile('bug-checks-while-running.ts');
    const text = await playWith(driver, '--out', heard, '--trace', trace);
    expect(text.exitCode).toBe(1);
    expect(text.stderr).toMatch(/^waveport: driver crasher: bug check BAD_POOL_CALLER \(0xC2\)/);
    expect(text.stderr).toMatch(/the last things that happened:\n {2}0000\.\d{9} /);
    expect(text.stdout).toMatch(/\nFAULT: driver crasher: bug check BAD_POOL_CALLER .*\n$/);
    expectPartOfTheSound();
    const lastEvent = text.stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
    expect(readFileSync(trace, 'utf8').trimEnd().split('\n').at(-1)).toBe(lastEvent);

    const json = JSON.parse((await playWith(driver, '--json')).stdout);
    expect(json).toMatchObject({
      error: expect.stringMatching(/^driver crasher: bug check BAD_POOL_CALLER/),
      bugCheck: { code: 0xc2, name: 'BAD_POOL_CALLER', parameters: expect.any(Array) },
      bitExact: false,
      firstDifference: null,
      callsWhileRunning: { IMiniportWaveRTStream: { GetPosition: 21 } },
    });
    expect(json.heardFrames).toBe(workshop.wav('heard.wav').frames);
  });

  it('with an exception names the driver and its line', async () => {
    const driver = driverFile('throws-while-running.ts');
    const { exitCode, stderr, stdout } = await playWith(driver, '--out', heard, '--json');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^waveport: driver thrower threw an exception \(Error: the register map is upside down\)/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    expect(JSON.parse(stdout)).toMatchObject({ bitExact: false, driver: 'thrower' });
    expectPartOfTheSound();
  });

  it('with a smaller buffer than it was asked for is given up', async () => {
    const { exitCode, stderr } = await playWith(
      driverFile('returns-small-buffer.ts'),
      '--exclusive',
    );
    expect(stderr).toMatch(/^waveport: driver miser: .* 1920 bytes for 3840 requested/);
    expect(exitCode).toBe(1);
  });

  it('with a wrong position makes a glitch, which is heard, written and named', async () => {
    const driver = driverFile('lies-about-position.ts');
    const text = await playWith(driver, '--out', heard);
    expect(text.exitCode).toBe(1);
    expect(text.stdout).toMatch(/\nFAULT: .*glitch.*, the first at frame [\d,]+ \(.*\)\n$/);
    const report = JSON.parse((await playWith(driver, '--json')).stdout);
    expect(report).toMatchObject({ bitExact: false, glitches: expect.any(Number) });
    expect(report.firstDifference).toBe(report.glitchList[0].atFrame);
    expect(workshop.wav('heard.wav').frames).toBe(report.heardFrames);
    expect(report.verdict).toBe(/FAULT: (.*)\n$/.exec(text.stdout)?.[1]);
  });
});

describe('with --json', () => {
  it('what a driver prints goes to stderr', async () => {
    const driver = moduleOf(
      'talks',
      `() => () => { console.log('hello'); console.table([1]); return 1e10; }`,
    );
    const { stderr, stdout } = await playWith(driver, '--json');
    expect(stderr).toMatch(/^hello\n/);
    expect(JSON.parse(stdout).error).toMatch(/^driver talks/);
  });
});
