/** `waveport top`: its tables, its one JSON object, what it refuses, and how it redraws. */
import { describe, expect, it } from 'vitest';
import { TopScreen } from '../../src/cli/top-screen.ts';
import { tableLines } from '../../src/cli/top-table.ts';
import type { StreamRow } from '../../src/machine/stream-table.ts';
import { formatOf } from '../../src/testing/index.ts';
import { driverFile, noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const RATE_HZ = 48_000;
const speech = workshop.noise('speech.wav', RATE_HZ);
const music = workshop.put(
  'music.wav',
  noiseFile({ frames: 22_050, rateHz: 44_100, code: '24' }).toBuffer(),
);

/** The tables of a run, each as its lines; the verdict is not one of them. */
const tablesOf = (stdout: string): string[][] =>
  stdout.split('\n\n').map((table) => table.split('\n').filter((line) => line !== ''));

/** What stands under a heading of a line of columns; columns of numbers end where it ends. */
function under(head: string, heads: string, line: string): string {
  const end = heads.indexOf(head) + head.length;
  return line.slice(0, end).trimEnd().split(/\s+/).at(-1) ?? '';
}

describe('waveport top', () => {
  it('--once prints one table of a stream that runs, with a line for each session', async () => {
    const { exitCode, stderr, stdout } = await waveport(
      'top',
      speech,
      music,
      '--speed',
      'max',
      '--once',
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(7);
    const [title, heads = '', stream = '', sessionHeads = '', first = '', second = ''] = lines;
    expect(title).toMatch(/^High Definition Audio Controller, driver \w+: 0\.500 s, .* real time$/);
    expect(stream).toMatch(
      /^RUN .*48 kHz 2ch 16 +Speaker \(High Definition Audio Controller\), render, shared by pac/,
    );
    expect(under('PERIOD', heads, stream)).toBe('480');
    expect(under('GLITCHES', heads, stream)).toBe('0');
    // One at the end of each packet of 10 ms, and what set the stream up.
    expect(Number(under('INT/S', heads, stream))).toBeGreaterThanOrEqual(98);
    expect(Number(under('DPC/S', heads, stream))).toBeGreaterThanOrEqual(98);
    expect(Number(under('DPC US/S', heads, stream))).toBeGreaterThan(0);
    const lead = Number(under('LEAD', heads, stream));
    expect(lead).toBeGreaterThan(480);
    expect(lead).toBeLessThanOrEqual(960);
    expect(Number(under('MS', heads, stream))).toBeCloseTo(lead / 48, 2);
    expect(first).toMatch(/^running .* 48 kHz 2ch 16 +\+ .*speech\.wav$/);
    expect(second).toMatch(/^(ended|running) .* 44\.1 kHz 2ch 24\/32 +\+ .*music\.wav$/);
    expect(under('PADDING', sessionHeads, first)).toBe('960');
    expect(under('BUFFER', sessionHeads, first)).toBe('960');
    expect(under('VOLUME', sessionHeads, first)).toBe('1.00');
    expect(under('STARVED', sessionHeads, first)).toBe('0');
    expect(lines[6]).toBe('clean');
  });

  it('prints a table for each interval, the last one when the streams have ended', async () => {
    const { exitCode, stdout } = await waveport(
      ...['top', speech, '--speed', 'max', '--interval-ms', '200', '--stream', 'timer'],
    );
    expect(exitCode).toBe(0);
    const tables = tablesOf(stdout);
    expect(tables.length).toBe(6);
    const seconds = tables.map(([title = '']) => Number(/: (\d\.\d+) s,/.exec(title)?.[1]));
    expect(seconds.slice(0, 5)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(seconds[5]).toBeGreaterThan(1);
    expect(seconds[5]).toBeLessThan(1.1);
    expect(tables.map(([, , stream = '']) => stream.split(' ')[0])).toEqual([
      ...Array(5).fill('RUN'),
      'STOP',
    ]);
    expect(tables[0]?.[2]).toContain('shared by timer');
    expect(tables[5]?.[4]).toMatch(/^ended /);
    expect(stdout).not.toContain('\u001b');
    expect(stdout.endsWith('\nclean\n')).toBe(true);
  });

  it.each(['timer', 'event', 'packet'])('--exclusive --stream %s has one line', async (kind) => {
    const { exitCode, stdout } = await waveport(
      ...['top', speech, '--exclusive', '--stream', kind, '--period-ms', '5'],
      ...['--speed', 'max', '--once'],
    );
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    const [, heads = '', stream = '', verdict] = lines;
    expect(stream).toMatch(
      new RegExp(`^RUN .* Speaker \\(.*\\), render, exclusive by ${kind}: .*speech.wav$`),
    );
    expect(under('PERIOD', heads, stream)).toBe('240');
    expect([exitCode, verdict]).toEqual([0, 'clean']);
  });

  it.each(['--exclusive', '--seed=1'])('counts DPCs with %s', async (option) => {
    const argv = ['top', speech, option, '--stream', 'event', '--speed=max', '--json'];
    const { intervals } = JSON.parse((await waveport(...argv)).stdout);
    expect(intervals[0].dpcsPerSecond).toBeGreaterThanOrEqual(98);
    expect(intervals[0].dpcUsPerSecond).toBeGreaterThan(0);
  });

  it('--json prints one object, with ten seconds of intervals at most', async () => {
    const long = workshop.noise('long.wav', 12 * RATE_HZ);
    const { exitCode, stderr, stdout } = await waveport(
      ...['top', long, '--json', '--speed', 'max', '--interval-ms', '2000'],
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    const { intervals, ...rest } = JSON.parse(stdout);
    expect(rest).toMatchObject({ verdict: 'clean', speed: 'max', intervalMs: 2000, leaks: [] });
    expect(intervals.map(({ seconds }: { seconds: number }) => Math.floor(seconds))).toEqual([
      2, 4, 6, 8, 10, 10,
    ]);
    expect(intervals[0]).toMatchObject({
      seconds: 2,
      state: 'RUN',
      mode: 'shared',
      drive: 'packet',
      periodFrames: 480,
      glitches: 0,
      format: { rateHz: RATE_HZ, channels: 2, validBits: 16, containerBits: 16, float: false },
      sessions: [{ name: long, state: 'running', paddingFrames: 960, starvedFrames: 0, volume: 1 }],
    });
    expect(intervals[1].interruptsPerSecond).toBe(100);
    expect(intervals.at(-1)).toMatchObject({ state: 'STOP', leadFrames: null, leadMs: null });
  });

  it('--seconds ends the streams early, and in order', async () => {
    const { exitCode, stdout } = await waveport(
      ...['top', speech, '--seconds', '0.3', '--json', '--speed', 'max', '--interval-ms', '100'],
    );
    const { intervals, verdict } = JSON.parse(stdout);
    expect([exitCode, verdict]).toEqual([0, 'clean']);
    expect(intervals).toHaveLength(4);
  });

  it('--seed and --period-ms reach the machine, and two runs show the same', async () => {
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const { stdout } = await waveport(
        ...['top', speech, '--json', '--speed', 'max', '--seed', '7', '--period-ms', '5'],
      );
      const { intervals } = JSON.parse(stdout);
      runs.push(
        // Time inside DPCs is this computer's, and no two runs have the same.
        intervals.map(({ dpcUsPerSecond: _us, ...row }: { dpcUsPerSecond: number }) => row),
      );
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0][0].periodFrames).toBe(256);
  });

  it.each([
    ['--wake-jitter-us=14000', []],
    ['--wake-jitter-us=14000', ['--exclusive', '--stream', 'event']],
    ['--timer-resolution-ms=15.625', ['--exclusive', '--period-ms', '5']],
    ['--dpc-jitter-us=14000', []],
    ['--interrupt-jitter-us=14000', []],
  ])('%s lets glitches be counted %j, and exits 1', async (lateness, mode) => {
    const argv = ['top', speech, lateness, ...mode, '--speed', 'max', '--json'];
    const { exitCode, stdout } = await waveport(...argv);
    const { intervals, verdict } = JSON.parse(stdout);
    const glitches = intervals.map((row: { glitches: number }) => row.glitches);
    expect(glitches.at(-1)).toBeGreaterThan(0);
    expect(glitches).toEqual([...glitches].sort((a, b) => a - b));
    // The engine may be late once more when the sound is over, which the verdict does not count.
    const counted = Number(/^(\d+) glitch/.exec(verdict)?.[1]);
    expect(glitches.at(-1) - counted).toBeGreaterThanOrEqual(0);
    expect(glitches.at(-1) - counted).toBeLessThanOrEqual(1);
    expect(exitCode).toBe(1);
  });

  it('--volume and --mute reach the sessions, and --drift-ppm the device', async () => {
    const argv = ['top', speech, music, '--volume=0.25', '--mute', '--speed=max', '--json'];
    const still = JSON.parse((await waveport(...argv)).stdout);
    expect(still.intervals[0].sessions).toMatchObject([
      { volume: 0.25, isMuted: true },
      { volume: 0.25, isMuted: true },
    ]);
    const fast = JSON.parse((await waveport(...argv, '--drift-ppm=9000')).stdout);
    const secondsOf = ({ intervals }: { intervals: { seconds: number }[] }): number =>
      intervals.at(-1)?.seconds ?? 0;
    expect(secondsOf(still) - secondsOf(fast)).toBeGreaterThan(0);
  });

  it('keeps to the wall clock: ten times as fast is a tenth of the time', async () => {
    const started = performance.now();
    const { stdout } = await waveport('top', speech, '--speed', '10', '--interval-ms', '50');
    const wallMs = performance.now() - started;
    expect(wallMs).toBeGreaterThanOrEqual(100);
    const [[title = ''] = []] = tablesOf(stdout);
    expect(title).toMatch(/: 0\.500 s, /);
    const pace = Number(/, (\d+\.?\d*) x real time/.exec(title)?.[1]);
    expect(pace).toBeGreaterThan(1);
    expect(pace).toBeLessThanOrEqual(10);
  });
});

describe('a run of top that ends badly', () => {
  it('exits 1 with the fault and the tables until then, when the driver bug-checks', async () => {
    const driver = driverFile('bug-checks-while-running.ts');
    const { exitCode, stderr, stdout } = await waveport(
      ...['top', speech, '--driver', driver, '--exclusive', '--speed', 'max', '--json'],
      ...['--interval-ms', '10'],
    );
    expect(exitCode).toBe(1);
    const { bugCheck, error, intervals } = JSON.parse(stdout);
    expect(error).toMatch(/bug check/);
    expect(bugCheck.name).toEqual(expect.any(String));
    expect(intervals.length).toBeGreaterThan(0);
    expect(stderr).toMatch(/^waveport: driver .* bug check .*\nthe last things that happened:\n/);
  });

  it('exits 1 with the verdict, when something was not heard as sent', async () => {
    const driver = driverFile('lies-about-position.ts');
    const { exitCode, stdout } = await waveport(
      ...['top', speech, '--driver', driver, '--exclusive', '--speed', 'max', '--json'],
    );
    const { intervals, verdict } = JSON.parse(stdout);
    expect([exitCode, verdict === 'clean']).toEqual([1, false]);
    expect(intervals.at(-1).glitches).toBeGreaterThan(0);
  });

  it.each([
    ['no file', [], /missing required argument 'file'/],
    ['two files in exclusive mode', [speech, music, '--exclusive'], /plays one file/],
    ['an unknown device', [speech, '--device', 'x'], /no device 'x'; known devices: hda/],
    ['an unknown kind', [speech, '--stream', 'loop'], /Allowed choices are timer, event, packet/],
    ['a volume in exclusive mode', [speech, '--exclusive', '--volume=1'], /--volume is for shared/],
    ['a mute in exclusive mode', [speech, '--exclusive', '--mute'], /--mute is for shared mode/],
    ['a drift of no clock', [speech, '--device=simple', '--drift-ppm=1'], /leave out --drift-ppm/],
    ['a speed of 0', [speech, '--speed', '0'], /Give a number up to 1000, .* or max/],
    ['a speed in words', [speech, '--speed', 'fast'], /Give a number up to 1000, .* or max/],
    ['too short an interval', [speech, '--interval-ms', '9'], /Give whole milliseconds from 10/],
    ['half an interval', [speech, '--interval-ms', '10.5'], /Give whole milliseconds from 10/],
    ['no sound at all', [speech, '--seconds', '0'], /Give seconds/],
    ['a file that is not there', ['gone.wav'], /cannot read gone\.wav/],
  ])('exits 2 for %s, and says the way out', async (_what, argv, message) => {
    const { exitCode, stderr, stdout } = await waveport('top', ...argv);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it('names the file of a format that the endpoint does not take', async () => {
    const odd = workshop.put('odd.wav', noiseFile({ frames: 100, rateHz: 37_800 }).toBuffer());
    const { exitCode, stderr } = await waveport('top', odd, '--exclusive', '--speed', 'max');
    expect(stderr).toMatch(/odd\.wav: .* does not take 37\.8 kHz/);
    expect(exitCode).toBe(2);
  });
});

describe('help for top', () => {
  it('tells every option, what the columns are, and examples', async () => {
    const { exitCode, stdout } = await waveport('top', '--help');
    expect(exitCode).toBe(0);
    for (const option of ['device', 'driver', 'stream', 'exclusive', 'period-ms', 'seconds']) {
      expect(stdout).toContain(`--${option}`);
    }
    for (const option of ['interval-ms', 'speed', 'once', 'seed', 'json', 'drift-ppm']) {
      expect(stdout).toContain(`--${option}`);
    }
    expect(stdout).toMatch(/lead \(frames that were\nwritten/);
    expect(stdout).toMatch(/of 10 seconds of sound if/);
    expect(stdout).toMatch(/Examples:\n {2}waveport top speech\.wav\n/);
    expect((await waveport('help')).stdout).toMatch(/^ {2}top .*live table/m);
  });
});

describe('the screen', () => {
  function screen(size: { columns?: number; rows?: number; isTTY?: boolean }) {
    let written = '';
    const write = (text: string): void => {
      written += text;
    };
    const take = (): string => {
      const text = written;
      written = '';
      return text;
    };
    return { screen: new TopScreen({ ...size, write }), take };
  }

  it('draws over what it drew before, line by line, on a terminal', () => {
    const { screen: terminal, take } = screen({ isTTY: true, columns: 80, rows: 24 });
    terminal.draw(['one', 'two', 'three']);
    expect(take()).toBe('\u001b[2Kone\n\u001b[2Ktwo\n\u001b[2Kthree\n\u001b[J');
    terminal.draw(['four', 'five']);
    expect(take()).toBe('\u001b[3A\r\u001b[2Kfour\n\u001b[2Kfive\n\u001b[J');
    terminal.draw(['six']);
    expect(take()).toBe('\u001b[2A\r\u001b[2Ksix\n\u001b[J');
  });

  it('cuts lines and leaves out rows that do not fit, so that it finds its place again', () => {
    const { screen: terminal, take } = screen({ isTTY: true, columns: 5, rows: 4 });
    terminal.draw(['1234567', 'two', 'three', 'four']);
    expect(take()).toBe('\u001b[2K12345\n\u001b[2Ktwo\n\u001b[2K... 2\n\u001b[J');
    terminal.draw(['one']);
    expect(take()).toBe('\u001b[3A\r\u001b[2Kone\n\u001b[J');
  });

  it('cuts nothing on a terminal without a size', () => {
    const { screen: terminal, take } = screen({ isTTY: true, columns: 0, rows: 0 });
    terminal.draw(['1234567', 'two']);
    expect(take()).toBe('\u001b[2K1234567\n\u001b[2Ktwo\n\u001b[J');
  });

  it('prints one block behind the other elsewhere, without a single escape', () => {
    const { screen: pipe, take } = screen({});
    pipe.draw(['one', 'two']);
    pipe.draw(['three']);
    expect(take()).toBe('one\ntwo\n\nthree\n');
  });
});

describe('the table', () => {
  const row: StreamRow = {
    atNs: 1e9,
    mode: 'shared',
    direction: 'render',
    endpoint: 'Speaker',
    state: 'RUN',
    format: formatOf({ sampleRate: 44_100, bits: 24 }),
    drive: 'event',
    periodFrames: 448,
    leadFrames: -37,
    leadMs: -37 / 44.1,
    glitches: 12,
    interruptsPerSecond: 98.4375,
    dpcsPerSecond: 98.4375,
    dpcUsPerSecond: 1234.5678,
    sessions: [
      {
        state: 'running',
        format: formatOf({ float: true }),
        paddingFrames: 1440,
        bufferFrames: 2880,
        volume: 0.5,
        isMuted: true,
        starvedFrames: 3,
      },
    ],
  };
  const title = { device: 'D', driver: 'd', seconds: 1, speed: 1500 };

  it('aligns numbers, and shows how far the device is past its client', () => {
    expect(tableLines(title, row, ['a.wav'])).toEqual([
      'D, driver d: 1.000 s, 1,500 x real time',
      'STATE    PERIOD    LEAD       MS GLITCHES  INT/S  DPC/S DPC US/S  FORMAT             STREAM',
      'RUN         448     -37   -0.839       12   98.4   98.4   1234.6  44.1 kHz 2ch 24/32 Speaker, render, shared by event',
      '        PADDING  BUFFER   VOLUME  STARVED                                            SESSION',
      'running   1,440   2,880    muted        3                         48 kHz 2ch f32     + a.wav',
    ]);
  });
});
