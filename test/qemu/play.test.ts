/** The command line on QEMU's devices: as on our own models. */
import { expect, it } from 'vitest';
import { type NoiseOptions, noiseFile, Workshop, waveport } from '../cli/command-line.ts';
import { describeQemu } from './qemu-tests.ts';

const workshop = new Workshop();

const noise = (name: string, options: NoiseOptions): string =>
  workshop.put(name, noiseFile(options).toBuffer());

async function json(...argv: string[]) {
  const { exitCode, stdout } = await waveport(...argv, '--json');
  return { exitCode, report: JSON.parse(stdout) };
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
      expect(report).toMatchObject({ mode, bitExact: true, glitches: 0, findings: [], leaks: [] });
      expect(exitCode).toBe(0);
      expect(workshop.sound('heard.wav')).toEqual(workshop.sound('noise.wav'));
    },
  );

  it('mixes several files, as on our own device', async () => {
    const files = [1, 2].map((name) => noise(`${name}.wav`, { frames: 4_800 }));
    const { exitCode } = await json('play', ...files, '--device', 'qemu:hda', '--volume', '0.4');
    expect(exitCode).toBe(0);
  });

  it('tells what it cannot play', async () => {
    const file = noise('deep.wav', { frames: 480, code: '24' });
    const { exitCode, stderr } = await waveport(
      ...['play', file, '--device', 'qemu:hda', '--exclusive'],
    );
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('deep.wav')]);
  });

  it('records the silence that QEMU hears, and says that it is not what was spoken', async () => {
    const out = workshop.path('recorded.wav');
    const argv = ['record', out, '--device', 'qemu:hda', '--exclusive', '--seconds', '0.1'];
    const { exitCode, report } = await json(...argv);
    expect([exitCode, report.bitExact]).toEqual([1, false]);
    expect(report.interrupts).toBe(0);
    expect(new Set(workshop.sound('recorded.wav'))).toEqual(new Set([0]));
  });

  it('records what was spoken when that was silence', async () => {
    const silence = noiseFile({ frames: 9_600 }).toBuffer().fill(0, 44);
    const spoken = workshop.put('silence.wav', silence);
    const out = workshop.path('recorded.wav');
    const argv = ['record', out, '--device', 'qemu:hda', '--exclusive', '--seconds', '0.1'];
    const { exitCode, report } = await json(...argv, '--from', spoken, '--stream', 'event');
    expect([exitCode, report.bitExact]).toEqual([0, true]);
    expect(report.interrupts).toBeGreaterThan(5);
  });

  it('lists its endpoints', async () => {
    const { exitCode, stdout } = await waveport('list', '--device', 'qemu:hda');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("QEMU's")]);
  });
});

describeQemu('waveport on qemu:ac97', () => {
  it('plays through a buffer that is longer than what QEMU takes at once', async () => {
    const file = noise('noise.wav', { frames: 4_410, rateHz: 44_100 });
    const argv = ['play', file, '--device', 'qemu:ac97', '--exclusive', '--buffer-ms', '100'];
    const { exitCode, report } = await json(...argv);
    expect(report).toMatchObject({ bitExact: true, glitches: 0, findings: [], leaks: [] });
    expect(exitCode).toBe(0);
  });
});
