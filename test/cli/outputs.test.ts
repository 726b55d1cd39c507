/** The files that a play writes, and those that it must not touch. */
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { driverFile, noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const speech = workshop.noise('speech.wav', 4800);
const original = readFileSync(speech);
const linked = workshop.path('linked.wav');
linkSync(speech, linked);
const pointing = workshop.path('pointing.wav');
symlinkSync(speech, pointing);
const driver = driverFile('lies-about-position.ts');

describe('--out and --trace', () => {
  it.each([
    ['--out', speech, 'the file that is played'],
    ['--out', linked, 'the file that is played'],
    ['--out', pointing, 'the file that is played'],
    ['--out', `${workshop.folder}/./speech.wav`, 'the file that is played'],
    ['--trace', linked, 'the file that is played'],
    ['--out', driver, "the driver's module"],
  ])('%s %s is refused before anything is written', async (option, path, role) => {
    const before = readFileSync(path);
    const { exitCode, stderr } = await waveport('play', speech, option, path, '--driver', driver);
    expect(stderr).toBe(
      `waveport: ${path} is ${role} and would be written over: name another file\n`,
    );
    expect(exitCode).toBe(2);
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
    expect(Buffer.compare(readFileSync(speech), original)).toBe(0);
  });

  it.each(['new.wav', 'old.wav'])('cannot both be %s', async (name) => {
    workshop.put('old.wav', 'as it was');
    const path = workshop.path(name);
    const { exitCode, stderr } = await waveport('play', speech, '--out', path, '--trace', path);
    expect(stderr).toContain(`${path} is the file of the sound`);
    expect(exitCode).toBe(2);
    expect(workshop.has('new.wav')).toBe(false);
    expect(readFileSync(workshop.path('old.wav'), 'utf8')).toBe('as it was');
  });

  it.each([
    ['in a folder that is not there', 'gone/x', /there is no folder .*gone/],
    ['a folder', 'folder', /cannot write .*folder: it is a folder/],
    ['below a file', 'speech.wav/x', /a part of its path is a file/],
  ])('%s: exit 2, and the other file is as it was', async (_what, name, message) => {
    mkdirSync(workshop.path('folder'), { recursive: true });
    workshop.put('other', 'as it was');
    for (const [bad, good] of [
      ['--out', '--trace'],
      ['--trace', '--out'],
    ] as const) {
      for (const other of ['other', 'fresh']) {
        const names = [bad, workshop.path(name), good, workshop.path(other)];
        const { exitCode, stderr, stdout } = await waveport('play', speech, ...names);
        expect(stderr).toMatch(message);
        expect([exitCode, stdout]).toEqual([2, '']);
      }
    }
    expect(readFileSync(workshop.path('other'), 'utf8')).toBe('as it was');
    expect(workshop.has('fresh')).toBe(false);
  });

  it('are not touched when the file is refused', async () => {
    const refused = workshop.put(
      'refused.wav',
      noiseFile({ frames: 9, rateHz: 37_800 }).toBuffer(),
    );
    const out = workshop.put('kept.wav', 'as it was');
    const trace = workshop.path('unborn.txt');
    const run = await waveport('play', refused, '--exclusive', '--out', out, '--trace', trace);
    expect(run.exitCode).toBe(2);
    expect(readFileSync(out, 'utf8')).toBe('as it was');
    expect(existsSync(trace)).toBe(false);
  });

  it.runIf(existsSync('/dev/full'))('on a full disk: exit 2, and it says so', async () => {
    for (const option of ['--out', '--trace']) {
      const { exitCode, stderr } = await waveport('play', speech, option, '/dev/full');
      expect(stderr).toBe('waveport: cannot write /dev/full: the disk is full\n');
      expect(exitCode).toBe(2);
    }
  });
});

describe('the heard file', () => {
  it('replaces what stood there, however long that was', async () => {
    const out = workshop.put('heard.wav', new Uint8Array(100_000));
    const { exitCode } = await waveport('play', speech, '--out', out);
    expect(exitCode).toBe(0);
    expect(workshop.wav('heard.wav').warnings).toEqual([]);
    expect(Buffer.compare(workshop.sound('heard.wav'), workshop.sound('speech.wav'))).toBe(0);
    // A header of 80 bytes and 4,800 frames of 4: nothing of the old file is left behind them.
    expect(workshop.get('heard.wav').length).toBe(80 + 19_200);
  });

  it('goes through a link to where the link points', async () => {
    workshop.put('target.wav', '');
    symlinkSync(workshop.path('target.wav'), workshop.path('link.wav'));
    await waveport('play', speech, '--out', workshop.path('link.wav'));
    expect(workshop.wav('target.wav').frames).toBe(4800);
  });
});

describe('the trace', () => {
  const traceOf = async (name: string, ...options: string[]): Promise<string> => {
    const path = workshop.path(name);
    expect((await waveport('play', speech, '--trace', path, ...options)).exitCode).toBe(0);
    return readFileSync(path, 'utf8');
  };

  it('has one line for each event, with its virtual time', async () => {
    const lines = (await traceOf('trace.txt')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) expect(line).toMatch(/^\d{4}\.\d{9} [a-z]/);
    const times = lines.map((line) => Number(line.slice(0, 14)));
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0))).toBe(true);
  });

  it('is byte for byte the same in two runs, and not with another seed', async () => {
    const once = await traceOf('once.txt', '--seed', '7');
    expect(await traceOf('again.txt', '--seed', '7')).toBe(once);
    expect(await traceOf('other.txt', '--seed', '8')).not.toBe(once);
  });
});
