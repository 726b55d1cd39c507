/** What a run prints: for a person, and for a program. */
import { describe, expect, it } from 'vitest';
import { jsonReport } from '../../src/cli/json-report.ts';
import { textReport } from '../../src/cli/text-report.ts';
import { verdictOf } from '../../src/cli/verdict.ts';
import type { PlayReport } from '../../src/machine/play-report.ts';
import { noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FRAMES = 24_000;
const speech = workshop.noise('speech.wav', FRAMES);

/** A clean run, to bend. */
const clean: PlayReport = {
  mode: 'exclusive',
  stream: 'timer',
  device: 'Some device',
  driver: 'somedriver',
  endpoint: 'Speaker (Some device)',
  format: { rateHz: 44_100, channels: 1, validBits: 16, containerBits: 16, float: false },
  fileFormat: { rateHz: 44_100, channels: 1, validBits: 8, containerBits: 8, float: false },
  frames: 1_234_567,
  heardFrames: 1_234_567,
  bitExact: true,
  firstDifference: null,
  delayFrames: 897,
  glitches: 0,
  glitchList: [],
  buffer: {
    requestedBytes: 1764,
    actualBytes: 1764,
    offsetBytes: 0,
    pages: 1,
    contiguousRuns: 1,
    cacheType: 'MmCached',
  },
  latency: {
    fifoBytes: 30,
    chipsetDelay100ns: 10,
    codecDelay100ns: 0,
    clientBytes: 1764,
    totalFrames: 897,
  },
  periodFrames: 441,
  wakeUps: 100,
  interrupts: 0,
  interruptsBeforeRun: 1,
  callsWhileRunning: { 'IMiniportWaveRTStream.GetPosition': 150, 'IOther.Do': 1 },
  bytesCopiedByDriverStack: 1,
  runSeconds: 28,
  virtualSeconds: 28,
  wallSeconds: 0.01,
  speed: 2800,
  findings: [],
  leaks: [],
  warnings: [],
};
const lastLine = (text: string): string | undefined => text.split('\n').at(-1);

describe('the report of a run', () => {
  it('is one JSON object with every figure', async () => {
    const { exitCode, stderr, stdout } = await waveport('play', speech, '--exclusive', '--json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      verdict: 'clean',
      format: { rateHz: 48_000, channels: 2, validBits: 16, containerBits: 16, float: false },
      frames: FRAMES,
      heardFrames: FRAMES,
      bitExact: true,
      firstDifference: null,
      delayFrames: report.latency.totalFrames,
      glitches: 0,
      buffer: { requestedBytes: 3840, actualBytes: 3840, offsetBytes: 0, pages: 1 },
      latency: { clientBytes: 3720 },
      callsWhileRunning: {},
      bytesCopiedByDriverStack: 0,
      warnings: [],
    });
    expect(report.buffer).toMatchObject({ contiguousRuns: 1, cacheType: 'MmWriteCombined' });
    const { chipsetDelay100ns, clientBytes, codecDelay100ns, fifoBytes } = report.latency;
    const delayFrames = Math.round((chipsetDelay100ns + codecDelay100ns) * 0.0048);
    expect(report.latency.totalFrames).toBe((clientBytes + fifoBytes) / 4 + delayFrames);
    expect(report.interrupts).toEqual(expect.any(Number));
    // Half a second of sound, plus what it takes to notice the end of it.
    expect(report.virtualSeconds).toBeGreaterThan(0.5);
    expect(report.speed).toBeCloseTo(report.virtualSeconds / report.wallSeconds, 6);
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('counts the calls of a client that asks for the position', async () => {
    const { stdout } = await waveport(
      'play',
      speech,
      '--exclusive',
      '--position',
      'property',
      '--json',
    );
    const { callsWhileRunning, wakeUps } = JSON.parse(stdout);
    expect(callsWhileRunning).toEqual({ IMiniportWaveRTStream: { GetPosition: wakeUps } });
  });

  it('reads well as text', async () => {
    const { exitCode, stderr, stdout } = await waveport(
      'play',
      speech,
      '--exclusive',
      '--buffer-ms',
      '10',
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      /^endpoint {6}Speaker \(High Definition Audio Controller\), driver \w+$/,
    );
    expect(stdout).toMatch(
      /^stream {8}exclusive mode, driven by a timer, every 240 frames \(5\.000 ms\)$/m,
    );
    expect(stdout).toMatch(/^format {8}48 kHz, 2 channels, 16-bit$/m);
    expect(stdout).toMatch(/^buffer .* 1,920 bytes requested, 1,920 given at .* 1 page in 1 run,/m);
    expect(stdout).toMatch(/^at the ear .*, as predicted$/m);
    expect(stdout).toMatch(/^glitches {6}none$/m);
    expect(stdout).toMatch(/^heard = sent {2}yes, 24,000 frames bit for bit$/m);
    expect(lines.slice(-2)).toEqual(['clean', '']);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('says 1 page but 2 pages, and puts thousands apart', () => {
    const text = textReport(clean);
    expect(text).toContain('44.1 kHz, 1 channel, 16-bit (file: 8-bit, repacked losslessly)');
    expect(text).toContain('1,764 bytes requested, 1,764 given at offset 0; 1 page in 1 run');
    expect(text).toMatch(/^copied +1 byte of sound/m);
    expect(text).toContain('yes, 1,234,567 frames bit for bit');
    expect(text).toContain('GetPosition 1.50, IOther.Do 0.01');
    expect(text).toMatch(/^speed +2,800 x real time \(28\.000 s in 0\.010 s\)$/m);
    const buffer = { ...clean.buffer, pages: 2, contiguousRuns: 2 };
    expect(textReport({ ...clean, buffer })).toContain('2 pages in 2 runs');
    expect(textReport({ ...clean, delayFrames: 900 })).toContain('predicted 897');
  });
});

describe('the verdict', () => {
  const glitch = (atFrame: number) => ({ atFrame, frames: 3, cause: 'client late' as const });
  it.each<[string, Partial<PlayReport>, string]>([
    ['a clean run', {}, 'clean'],
    [
      'one glitch',
      { bitExact: false, glitches: 1, glitchList: [glitch(1480)], firstDifference: 1480 },
      '1 glitch, the first at frame 1,480 (client late)',
    ],
    [
      'two glitches',
      { bitExact: false, glitches: 2, glitchList: [glitch(3), glitch(9)], firstDifference: 3 },
      '2 glitches, the first at frame 3 (client late)',
    ],
    [
      'a stream without an end',
      { bitExact: false, heardFrames: 1000 },
      'the stream did not come to its end: 1,000 of 1,234,567 sent frames were heard',
    ],
    [
      'silence',
      { bitExact: false, heardFrames: 0, delayFrames: null },
      'nothing of what was sent was heard',
    ],
    ['a broken rule', { findings: ['x'] }, '1 broken rule'],
    [
      'rules and leaks',
      { findings: ['x', 'y'], leaks: ['a', 'b'] },
      '2 broken rules; 2 things left behind',
    ],
  ])('on %s is one line, in text and JSON alike', (_what, changes, verdict) => {
    const report = { ...clean, ...changes };
    expect(verdictOf(report)).toBe(verdict);
    expect(jsonReport(report)).toMatchObject({ verdict });
    expect(lastLine(textReport(report))).toBe(verdict === 'clean' ? 'clean' : `FAULT: ${verdict}`);
  });

  it('is what stopped the run, where something did', () => {
    expect(lastLine(textReport(clean, 'the roof fell in'))).toBe('FAULT: the roof fell in');
  });

  it('stands below the broken rules and leaks themselves, and the first glitches', () => {
    const glitchList = [1, 2, 3, 4, 5, 6].map(glitch);
    const changes = { findings: ['rule 7'], leaks: ['one page'], glitches: 6, glitchList };
    const text = textReport({ ...clean, bitExact: false, ...changes });
    expect(text).toMatch(/^broken rule +rule 7$/m);
    expect(text).toMatch(/^left behind +one page$/m);
    expect(text).toMatch(
      /^glitches +6: client late at frame 1 for 3, .* at frame 5 for 3, \.\.\.$/m,
    );
    expect(text).not.toContain('at frame 6');
  });
});

describe('a file whose header lies', () => {
  it('is played as far as it goes, with a warning on stderr and in JSON', async () => {
    const cut = workshop.put('cut.wav', workshop.get('speech.wav').subarray(0, 44 + 4 * 1000 + 1));
    const heard = workshop.path('heard.wav');
    const { exitCode, stderr, stdout } = await waveport('play', cut, '--json', '--out', heard);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ frames: 1000, heardFrames: 1000, bitExact: true });
    expect(report.warnings).toEqual([
      expect.stringMatching(/its header promises 24000 frames, 1000 are there/),
      expect.stringMatching(/less than a frame/),
    ]);
    expect(stderr).toMatch(/^waveport: warning: .*cut\.wav: The file ends early/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(exitCode).toBe(0);
    expect(workshop.wav('heard.wav').frames).toBe(1000);
    const text = await waveport('play', cut);
    expect(text.stderr).toMatch(/^waveport: warning: /);
    expect(text.stdout).not.toContain('warning');
    expect(text.stdout).toMatch(/\nclean\n$/);
  });

  it.each([0, 0xffff_ffff])(
    'with the length %i, as a stream leaves it, is played to its end',
    async (length) => {
      const bytes = Buffer.from(noiseFile({ frames: 500 }).toBuffer());
      bytes.writeUInt32LE(length, bytes.indexOf('data') + 4);
      const { exitCode, stderr, stdout } = await waveport(
        'play',
        workshop.put('live.wav', bytes),
        '--json',
      );
      expect(JSON.parse(stdout)).toMatchObject({ frames: 500, bitExact: true });
      expect(stderr).toMatch(/does not say how long the sound is/);
      expect(exitCode).toBe(0);
    },
  );
});
