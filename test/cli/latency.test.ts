/** `waveport latency`: what it prints, writes and returns. */
import { symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { driverFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();

interface LatencyJson {
  readonly verdict: string;
  readonly rows: readonly {
    readonly direction: string;
    readonly stream: string;
    readonly rateHz: number;
    readonly bufferFrames: number;
    readonly requestedMs: number;
    readonly predicted: { readonly mostFrames: number; readonly mostMs: number };
    readonly measured: { readonly mostFrames: number; readonly mostMs: number };
    readonly differences: readonly string[];
  }[];
  readonly notOffered: readonly { readonly stream: string; readonly reason: string }[];
  readonly smallestBuffers?: readonly {
    readonly stream: string;
    readonly found: { readonly bufferFrames: number; readonly lostFrames: number };
    readonly smaller: { readonly bufferFrames: number; readonly lostFrames: number };
    readonly boundFrames: number;
  }[];
}

async function measured(...argv: string[]): Promise<LatencyJson> {
  const { exitCode, stderr, stdout } = await waveport('latency', ...argv, '--json');
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as LatencyJson;
}

describe('the table', () => {
  it('has a row for each direction, kind of stream and size, with every term', async () => {
    const { exitCode, stderr, stdout } = await waveport('latency', '--buffer-ms', '10');
    expect([exitCode, stderr]).toEqual([0, '']);
    const rows = stdout.split('\n').filter((line) => /^(render|capture) /.test(line));
    expect(rows.map((row) => row.split(/ +/).slice(0, 2).join(' '))).toEqual([
      ...['render timer', 'render event', 'render packet', 'render shared'],
      ...['capture timer', 'capture event', 'capture packet', 'capture shared'],
    ]);
    expect(stdout).toMatch(/^direction +stream +buffer +client \(B\) +FIFO +chipset +codec +pred/m);
    // 450 frames of the client's, 16 in the FIFO and 14 in the codec.
    expect(rows[0]).toMatch(/480 = 10\.000 ms +1,800 B, 450 = 9\.375 ms +16 = 0\.333 ms/);
    expect(rows[0]).toMatch(/14 = 0\.292 ms +480 = 10\.000 ms +480 +480 +-$/);
    expect(stdout).toMatch(/\nas predicted\n$/);
  });

  it('follows rate, sizes, kinds and direction', async () => {
    const argv = [
      '--rate=44100',
      '--stream=packet,timer',
      '--buffer-ms=5,2',
      '--direction=capture',
    ];
    const { notOffered, rows, verdict } = await measured(...argv);
    expect([verdict, notOffered]).toEqual(['as predicted', []]);
    expect(
      rows.map(({ direction, requestedMs, stream }) => [direction, stream, requestedMs]),
    ).toEqual([
      ['capture', 'timer', 2],
      ['capture', 'timer', 5],
      ['capture', 'packet', 2],
      ['capture', 'packet', 5],
    ]);
    for (const { bufferFrames, measured: seen, predicted, rateHz } of rows) {
      expect(rateHz).toBe(44_100);
      expect(bufferFrames).toBeGreaterThanOrEqual(Math.floor(0.002 * 44_100));
      expect(seen.mostFrames).toBe(predicted.mostFrames);
    }
  });

  it('follows --bits and --channels, in the containers that the device wants', async () => {
    const argv = ['--bits=24', '--channels=8', '--direction=render', '--buffer-ms=10'];
    const { rows } = await measured(...argv);
    expect(rows.map(({ stream }) => stream)).toEqual(['timer', 'event', 'packet', 'shared']);
    // Eight samples in containers of 32 bits: the frames are those of 16-bit stereo, 32 bytes each.
    expect(rows[0]).toMatchObject({ bufferFrames: 480, terms: { client: { bytes: 450 * 32 } } });
    for (const { measured: seen, predicted } of rows) {
      expect(seen.mostFrames).toBe(predicted.mostFrames);
    }
  });

  it('leaves out a direction that does not take the format, and says so', async () => {
    const { notOffered, rows } = await measured('--channels=8', '--stream=timer');
    expect(rows.map(({ direction }) => direction)).toEqual(['render']);
    expect(notOffered).toMatchObject([
      {
        direction: 'capture',
        reason: expect.stringMatching(/does not take .* 8 channels; it takes/),
      },
    ]);
  });

  it('says what the driver does not offer, and measures the rest', async () => {
    const { notOffered, rows } = await measured('--device', 'simple', '--direction', 'render');
    expect(rows.map(({ stream }) => stream)).toEqual(['timer', 'shared']);
    expect(notOffered.map(({ stream }) => stream)).toEqual(['event', 'packet']);
    expect(notOffered[0]?.reason).toContain('QUERY_NOTIFICATION_SUPPORT');
  });

  it('marks what is not as predicted, and exits 1', async () => {
    const driver = driverFile('declares-too-much-latency.ts');
    const argv = ['latency', '--driver', driver, '--stream=event', '--direction=render'];
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(1);
    // 24 frames, which are half a millisecond.
    expect(stdout).toMatch(/566 = 11\.792 ms +542 +542 +- +DIFFERS\n/);
    expect(stdout).toMatch(
      / {4}from writing to hearing over \d+ wake-ups 542 frames, predicted 566/,
    );
    expect(stdout).toMatch(/FAULT: 1 of 1 row not as predicted/);
    const inJson = await waveport(...argv, '--json');
    expect(inJson.exitCode).toBe(1);
    expect(JSON.parse(inJson.stdout).rows[0].differences).toHaveLength(2);
  });
});

describe('a sweep', () => {
  it('goes from 2 to 100 ms, and is sketched for the terminal', async () => {
    const argv = ['latency', '--sweep', '--stream', 'timer,shared', '--direction', 'render'];
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^render +timer +96 = 2\.000 ms/m);
    expect(stdout).toMatch(/^render +timer +4800 = 100\.000 ms/m);
    // Beyond 10 ms the engine has no period.
    expect(stdout.match(/^render +shared /gm)).toHaveLength(5);
    expect(stdout).toMatch(/^render: measured latency .* \(render timer, render shared\)$/m);
    expect(stdout).toMatch(/^ +0\.0 ┼|^ +0\.0 ┤/m);
    expect(stdout).toMatch(/^ +2 +3 +5 +7 +10 +15 +20 +30 +50 +70 +100$/m);
    expect(stdout).not.toContain('\u001b[');
  });

  it('is drawn into an SVG, predicted and measured, one series for each kind', async () => {
    const svg = workshop.path('latency.svg');
    const argv = ['--stream=timer,event', '--buffer-ms=5,10,20', '--chart', svg];
    const { rows } = await measured(...argv);
    const text = new TextDecoder().decode(workshop.get('latency.svg'));
    expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(text.trimEnd()).toMatch(/<\/svg>$/);
    for (const name of ['render timer', 'render event', 'capture timer', 'capture event']) {
      expect(text).toContain(`>${name}</text>`);
    }
    for (const label of ['Stream latency over buffer size', 'buffer in ms', 'latency in ms']) {
      expect(text).toContain(`>${label}</text>`);
    }
    // Each kind is a line, which the legend shows, and three points: series 0 and 1, and so on.
    const drawn = text.matchAll(/ecmeta_series_index="(\d+)" ecmeta_data_index="\d+"/g);
    const ofSeries = [...drawn].map(([, series]) => Number(series));
    expect(rows).toHaveLength(12);
    const points = [1, 3, 5, 7].flatMap((series) => [series, series, series]);
    expect(ofSeries).toEqual([...points, 0, 2, 4, 6]);
  });

  it('does not write a chart over the driver, nor begin one without a folder', async () => {
    const driver = driverFile('declares-too-much-latency.ts');
    const link = workshop.path('link.svg');
    symlinkSync(driver, link);
    const over = await waveport('latency', '--driver', driver, '--chart', link);
    expect(over.stderr).toContain("is the driver's module and would be written over");
    expect(over.exitCode).toBe(2);
    const nowhere = await waveport('latency', '--chart', workshop.path('nowhere/x.svg'));
    expect(nowhere.stderr).toContain('there is no folder');
    expect(nowhere.exitCode).toBe(2);
  });
});

describe('--jitter-us', () => {
  const argv = ['--jitter-us=1000', '--stream=event,timer', '--direction=render'];

  it('finds the smallest buffer, with what the next smaller one loses', async () => {
    const { smallestBuffers = [] } = await measured(...argv);
    expect(smallestBuffers.map(({ stream }) => stream)).toEqual(['timer', 'event']);
    for (const { boundFrames, found, smaller } of smallestBuffers) {
      expect(found.lostFrames).toBe(0);
      expect(smaller.lostFrames).toBeGreaterThan(0);
      expect(smaller.bufferFrames).toBeLessThan(found.bufferFrames);
      expect(found.bufferFrames).toBeLessThanOrEqual(boundFrames);
    }
    // A millisecond late is 48 frames: by timer twice that and what is held, in whole 128 bytes.
    expect(smallestBuffers.map(({ found }) => found.bufferFrames)).toEqual([160, 128]);
  });

  it('says so in the text, and is the same for the same seed', async () => {
    const again = [
      'latency',
      '--jitter-us=1000',
      '--stream=event',
      '--direction=render',
      '--seed=7',
    ];
    const run = await waveport(...again);
    expect(await waveport(...again)).toEqual(run);
    expect(run.stdout).toContain('Wake-ups up to 1,000 us late, evenly spread (seed 7):');
    expect(run.stdout).toMatch(/^render +event +128 = 2\.667 ms +64 loses [\d,]+ frames +128 =/m);
  });
});

describe('a wrong command line', () => {
  const packetPins = ['wavepci', 'wavecyclic'].flatMap((port) =>
    [[], ['--stream=shared'], ['--stream=timer', '--direction=capture']].map(
      (rest): [string, string[], RegExp] => [
        `pins that take stream packets, ${port} ${rest}`,
        ['--device=ac97', '--port', port, ...rest],
        /filter Wave takes stream packets.*of WaveRT streams.*--port wavert/,
      ],
    ),
  );

  it.each<[string, string[], RegExp]>([
    ['an unknown kind', ['--stream', 'timer,midi'], /Give one or several of timer, event, packet/],
    ['no size', ['--buffer-ms', '5,'], /Give milliseconds from 1 to 1000/],
    ['a size out of range', ['--buffer-ms', '5,2000'], /Give milliseconds from 1 to 1000/],
    ['a rate with a unit', ['--rate', '48kHz'], /Give a whole number of hertz/],
    ['a search in shared mode', ['--jitter-us=9', '--stream=shared'], /leave out --jitter-us/],
    ['a jitter out of range', ['--jitter-us', '200000'], /microseconds.*from 0 to 100000/],
    ['an unknown direction', ['--direction', 'up'], /Allowed choices are render, capture, both/],
    ['an unknown device', ['--device', 'x'], /no device 'x'; known devices: hda/],
    ['a chart that would be no SVG', ['--chart', 'x.png'], /drawn as SVG: give a name .* \.svg/],
    ['a chart without an ending', ['--chart', 'svg'], /drawn as SVG: give a name .* \.svg/],
    ['an unknown option', ['--loud'], /unknown option '--loud'\n.*latency --help/s],
    ['a rate that is not there', ['--rate', '47000'], /does not take 47 kHz.*it takes 8, 11\.025/],
    [
      'a rate that is not there, shared',
      ['--rate', '47000', '--stream', 'shared'],
      /does not take 47 kHz/,
    ],
    ['a size of samples that is none', ['--bits', '8'], /Give 16, 20, 24 or 32 bits/],
    ['too many channels', ['--channels', '9'], /Give a whole number of channels.*from 1 to 8/],
    [
      'a size of samples that is not there',
      ['--device=simple', '--bits=20'],
      /does not take 48 kHz, 20 bits/,
    ],
    ...packetPins,
    [
      'a kind that the driver does not offer',
      ['--device', 'simple', '--stream', 'timer,event'],
      /no render stream of kind event .*what there is to render: timer, shared; to capture: timer/,
    ],
  ])('%s: exit 2, and the way out on stderr', async (_what, argv, message) => {
    const { exitCode, stderr, stdout } = await waveport('latency', ...argv);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
    const inJson = await waveport('latency', ...argv, '--json');
    expect(JSON.parse(inJson.stdout)).toEqual({ error: expect.any(String) });
    expect(inJson.exitCode).toBe(2);
  });

  it('a driver that does not load: exit 1', async () => {
    const driver = workshop.put('empty.mjs', 'export const nothing = 1;\n');
    const { exitCode, stderr } = await waveport('latency', '--driver', driver);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(driver);
  });
});

describe('the help', () => {
  it('tells every option, the formula, exit codes and examples', async () => {
    const { exitCode, stdout } = await waveport('latency', '--help');
    expect(exitCode).toBe(0);
    const options = [
      'device',
      'driver',
      'rate',
      'bits',
      'channels',
      'stream',
      'buffer-ms',
      'direction',
      'sweep',
    ];
    for (const option of [...options, 'jitter-us', 'seed', 'chart', 'json']) {
      expect(stdout).toContain(`--${option}`);
    }
    expect(stdout).toContain('B/D + H');
    for (const code of [0, 1, 2, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
    expect(stdout).toMatch(/Examples:\n {2}waveport latency\n/);
    expect((await waveport('--help')).stdout).toMatch(/^ {2}latency .*measure the latency/m);
  });
});
