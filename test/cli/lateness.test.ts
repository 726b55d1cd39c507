/** Lateness as options of the command line: what it does to a stream is heard, and named. */
import { describe, expect, it } from 'vitest';
import { Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const speech = workshop.noise('speech.wav', 48_000);
const word = workshop.noise('word.wav', 4_800);
const recording = ['record', workshop.path('out.wav'), '--seconds', '1', '--exclusive'];

async function played(...options: string[]) {
  const { exitCode, stdout } = await waveport('play', speech, '--exclusive', '--json', ...options);
  const report = JSON.parse(stdout);
  return { exitCode, causes: report.glitchList.map(({ cause }: { cause: string }) => cause) };
}

describe('a stream', () => {
  it.each([
    ['wake-up late', ['--wake-jitter-us', '15000']],
    ['DPC late', ['--stream', 'event', '--dpc-jitter-us', '15000']],
    ['ISR late', ['--stream', 'event', '--interrupt-jitter-us', '15000']],
    ['re-arm late', ['--device', 'simple', '--interrupt-jitter-us', '15000']],
  ])('glitches with the cause %s for %j', async (cause, options) => {
    const { causes, exitCode } = await played(...options);
    expect(causes).toContain(cause);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['--wake-jitter-us', '5000'],
    ['--timer-resolution-ms', '1'],
    ['--drift-ppm', '200'],
    ['--drift-ppm', '10000'],
    ['--drift-ppm', '-10000'],
  ])('plays through %s %s', async (...options) => {
    expect(await played(...options)).toEqual({ exitCode: 0, causes: [] });
  });

  it('is late in the same places for the same seed', async () => {
    const at = async (seed: string) =>
      (await waveport('play', speech, '--exclusive', '--wake-jitter-us=15000', `--seed=${seed}`))
        .stdout;
    const places = (text: string) => /^glitches .*$/m.exec(text)?.[0];
    expect(places(await at('3'))).toBe(places(await at('3')));
    expect(places(await at('3'))).not.toBe(places(await at('4')));
  });

  it('through the engine that comes too late is said to be so', async () => {
    const argv = ['play', speech, '--stream', 'timer', '--wake-jitter-us', '25000', '--json'];
    const { exitCode, stdout } = await waveport(...argv);
    const { bitExact, glitchList, mode } = JSON.parse(stdout);
    expect({ bitExact, exitCode, mode }).toEqual({ bitExact: false, exitCode: 1, mode: 'shared' });
    expect(glitchList[0]).toMatchObject({ cause: 'engine late' });
  });

  it.each([
    ['a player', ['play', word, '--exclusive', '--stream=event', '--wake-jitter-us=1000000']],
    ['a player', ['play', word, '--exclusive', '--stream=event', '--interrupt-jitter-us=1000000']],
    ['the engine', ['play', word, '--wake-jitter-us=1000000']],
    ['a recorder', [...recording, '--wake-jitter-us=1000000']],
    ['a recorder', [...recording, '--stream=event', '--wake-jitter-us=1000000']],
    ['a recorder', [...recording, '--stream=packet', '--dpc-jitter-us=1000000']],
  ])('is given up when %s does not come, and nobody else is blamed: %j', async (_, argv) => {
    const { exitCode, stdout } = await waveport(...argv, '--json');
    const { bitExact, error, findings, leaks } = JSON.parse(stdout);
    expect({ error, findings, leaks }).toEqual({ error: undefined, findings: [], leaks: [] });
    expect({ bitExact, exitCode }).toEqual({ bitExact: false, exitCode: 1 });
  });

  it.each([
    ['--wake-jitter-us', '1.5', /whole microseconds/],
    ['--timer-resolution-ms', '2', /15\.625, 1 or 0\.5/],
    ['--drift-ppm', '20000', /parts per million/],
  ])('is not played with %s %s', async (option, value, message) => {
    const { exitCode, stderr } = await waveport('play', speech, option, value);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
