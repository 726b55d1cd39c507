/** The command line on QEMU's devices: as on our own models, with no option but the device. */
import { describe, expect, it } from 'vitest';
import { type NoiseOptions, noiseFile, Workshop, waveport } from '../cli/command-line.ts';
import { describeQemu } from './qemu-tests.ts';

const workshop = new Workshop();
const CLEAN = { bitExact: true, glitches: 0, findings: [], leaks: [], warnings: [] };
const AC97_PORTS = ['wavepci', 'wavecyclic', 'wavert'] as const;

const noise = (name: string, options: NoiseOptions): string =>
  workshop.put(name, noiseFile(options).toBuffer());

async function json(...argv: string[]) {
  const { exitCode, stderr, stdout } = await waveport(...argv, '--json');
  return { exitCode, stderr, report: JSON.parse(stdout) };
}

/** Plays a fifth of a second of noise, to its end and as it was sent. */
async function expectHeard(rateHz: number, ...options: readonly string[]): Promise<void> {
  const file = noise('noise.wav', { frames: rateHz / 5, rateHz });
  const { exitCode, report, stderr } = await json('play', file, ...options);
  expect(report).toMatchObject({ ...CLEAN, heardFrames: rateHz / 5 });
  expect([exitCode, stderr]).toEqual([0, '']);
}

describeQemu('waveport on qemu:hda', () => {
  it.each([
    ['shared', [], 48_000],
    ['shared', ['--stream', 'event'], 44_100],
    ['exclusive', ['--exclusive'], 96_000],
    ['exclusive', ['--exclusive', '--stream', 'packet'], 48_000],
  ] as const)(
    'plays in %s mode %j at %i Hz, and writes what was heard',
    async (mode, options, rateHz) => {
      const file = noise('noise.wav', { frames: rateHz / 10, rateHz });
      const out = workshop.path('heard.wav');
      const argv = ['play', file, '--device', 'qemu:hda', ...options, '--out', out];
      const { exitCode, report } = await json(...argv);
      expect(report).toMatchObject({ ...CLEAN, mode });
      expect(exitCode).toBe(0);
      expect(workshop.sound('heard.wav')).toEqual(workshop.sound('noise.wav'));
    },
  );

  it.each([16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000])(
    'plays at %i Hz with a buffer of its own choice, whatever drives the client',
    async (rateHz) => {
      for (const stream of ['timer', 'event', 'packet']) {
        await expectHeard(rateHz, '--device=qemu:hda', '--exclusive', '--stream', stream);
      }
    },
  );

  it('mixes several files, as on our own device', async () => {
    const files = [1, 2].map((name) => noise(`${name}.wav`, { frames: 4_800 }));
    const { exitCode } = await json('play', ...files, '--device', 'qemu:hda', '--volume', '0.4');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['deep.wav', { frames: 480, code: '24' }],
    // The codec plays it faithfully, and does not claim it; a driver goes by what is claimed.
    ['slow.wav', { frames: 480, rateHz: 8_000 }],
  ])('tells what it cannot play: %s', async (name, options) => {
    const argv = ['play', noise(name, options), '--device', 'qemu:hda', '--exclusive'];
    const { exitCode, stderr } = await waveport(...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(name)]);
    expect(stderr).toContain('it takes 16, 22.05, 32, 44.1, 48, 88.2 or 96 kHz, 16 bits');
  });

  it('plays 8 kHz in shared mode, where the engine makes it another rate', async () => {
    const file = noise('slow.wav', { frames: 1_600, rateHz: 8_000 });
    const { exitCode, report } = await json('play', file, '--device', 'qemu:hda');
    expect(report).toMatchObject({ ...CLEAN, bitExact: null, format: { rateHz: 48_000 } });
    expect(exitCode).toBe(0);
  });

  it('lists its endpoints', async () => {
    const { exitCode, stdout } = await waveport('list', '--device', 'qemu:hda');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("QEMU's")]);
  });
});

describeQemu('waveport on qemu:ac97', () => {
  it('plays in shared mode', () => expectHeard(48_000, '--device=qemu:ac97'));

  it.each(AC97_PORTS)('plays in exclusive mode through %s', async (port) => {
    const options = ['--device=qemu:ac97', '--exclusive', '--port', port];
    for (const rateHz of [32_000, 44_100, 48_000]) await expectHeard(rateHz, ...options);
  });

  it.each(['timer', 'event'])('plays WaveRT streams driven by %s at low rates', async (stream) => {
    const options = ['--device=qemu:ac97', '--exclusive', '--port=wavert', '--stream', stream];
    for (const rateHz of [8_000, 22_050]) await expectHeard(rateHz, ...options);
  });

  it.each([
    {
      asked: ['--device=qemu:ac97', '--port=wavert'],
      advice: '--port wavepci, or --exclusive',
      remedies: [['--port=wavepci'], ['--exclusive']],
    },
    {
      asked: ['--device=qemu:ac97', '--port=wavecyclic'],
      advice: '--port wavepci, or --exclusive',
      remedies: [['--port=wavepci'], ['--exclusive']],
    },
    {
      asked: ['--device=qemu:ac97', '--port=wavert', '--exclusive', '--buffer-ms=30'],
      advice: '--buffer-ms 46, or --port wavepci',
      remedies: [['--buffer-ms=46'], ['--port=wavepci']],
    },
    {
      asked: ['--device=qemu:hda', '--stream=timer'],
      advice: 'another --stream than timer, or --exclusive',
      remedies: [['--stream=event'], ['--stream=packet'], ['--exclusive']],
    },
  ])('says what helps where too little is ready: $asked', async ({ asked, advice, remedies }) => {
    const file = noise('noise.wav', { frames: 9_600 });
    const { exitCode, report, stderr } = await json('play', file, ...asked);
    expect([exitCode, report.bitExact]).toEqual([1, false]);
    expect(stderr).toMatch(/takes [12],\d{3} frames for itself when a stream begins/);
    expect(stderr).toContain(`what helps: ${advice}\n`);
    expect(report.warnings).toEqual([expect.stringContaining(advice)]);
    // The last one of an option counts.
    for (const remedy of remedies) await expectHeard(48_000, ...asked, ...remedy);
  });

  it('says nothing of it when a stream glitches on a device that takes nothing', async () => {
    const file = noise('noise.wav', { frames: 9_600 });
    const late = ['--port=wavert', '--exclusive', '--wake-jitter-us=60000'];
    // Nor where somebody asked for lateness.
    for (const device of ['ac97', 'qemu:ac97']) {
      const { exitCode, report } = await json('play', file, '--device', device, ...late);
      expect([exitCode, report.warnings]).toEqual([1, []]);
    }
  });

  it('compares its ports with each other', async () => {
    const file = noise('noise.wav', { frames: 9_600 });
    const { exitCode, report } = await json('compare', file, '--device', 'qemu:ac97');
    expect(report.ports.map(({ port }: { port: string }) => port)).toEqual([...AC97_PORTS]);
    for (const port of report.ports) expect(port).toMatchObject({ bitExact: true });
    expect(exitCode).toBe(0);
    // Told what is too short, it says so, and what is not.
    const short = await waveport('compare', file, '--device=qemu:ac97', '--buffer-ms=30');
    expect(short.exitCode).toBe(1);
    expect(short.stderr).toMatch(/^waveport: warning: wavert: .* what helps: --buffer-ms 46$/m);
  });
});

describeQemu("a recording of QEMU's", () => {
  const out = workshop.path('recorded.wav');
  const cases = [
    ['qemu:hda', []],
    ['qemu:hda', ['--exclusive']],
    ['qemu:hda', ['--exclusive', '--stream', 'packet']],
    ['qemu:ac97', []],
    ['qemu:ac97', ['--exclusive']],
    ['qemu:ac97', ['--port', 'wavecyclic']],
    ['qemu:ac97', ['--port', 'wavert', '--exclusive']],
    ['qemu:ac97', ['--port', 'wavert', '--exclusive', '--stream', 'event']],
  ] as const;

  it.each(cases)('on %s %j is silence, which is all that it hears', async (device, options) => {
    const argv = ['record', out, '--device', device, ...options, '--seconds', '0.2'];
    const { exitCode, report, stderr } = await json(...argv);
    expect(report).toMatchObject({
      ...CLEAN,
      recordedFrames: 9_600,
      warnings: [expect.anything()],
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`device ${device} has no way in for sound and records silence`);
    expect(workshop.wav('recorded.wav').frames).toBe(9_600);
    expect(new Set(workshop.sound('recorded.wav'))).toEqual(new Set([0]));
  });

  it('tells that a file that was named is not heard', async () => {
    const spoken = noise('spoken.wav', { frames: 8_820, rateHz: 44_100 });
    const argv = ['record', out, '--device=qemu:hda', '--from', spoken, '--seconds=0.1'];
    const { exitCode, report, stderr } = await json(...argv);
    expect([exitCode, report.format.rateHz]).toEqual([0, 44_100]);
    expect(stderr).toContain('spoken.wav and not what is in it');
  });
});

describe('help', () => {
  it('of record says that QEMU hears nothing', async () => {
    const { stdout } = await waveport('record', '--help');
    expect(stdout).toMatch(/QEMU's\s+devices have no way in for sound/);
  });
});
