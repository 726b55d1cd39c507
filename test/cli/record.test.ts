/** `waveport record`: what is spoken into the line in, in a WAV file. */
import { describe, expect, it } from 'vitest';
import { noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FRAMES = 12_000;
const speech = workshop.put('speech.wav', noiseFile({ frames: FRAMES }).toBuffer());
const out = workshop.path('out.wav');
const record = (...options: string[]) =>
  waveport('record', out, '--from', speech, '--seconds', '0.2', ...options);

const spokenPart = (frames: number): Buffer =>
  workshop.sound('speech.wav').subarray(0, frames * 4) as Buffer;

describe('waveport record', () => {
  it.each([
    ['shared', []],
    ['shared', ['--stream', 'timer']],
    ['exclusive', ['--exclusive']],
    ['exclusive', ['--exclusive', '--stream', 'event']],
    ['exclusive', ['--exclusive', '--stream', 'packet', '--buffer-ms', '4']],
  ])('in %s mode with %j has what was spoken, bit for bit', async (mode, options) => {
    const { exitCode, stderr, stdout } = await record(...options, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      mode,
      verdict: 'clean',
      frames: 9600,
      recordedFrames: 9600,
      bitExact: true,
      lostFrames: 0,
      glitches: 0,
      leaks: [],
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(workshop.wav('out.wav').frames).toBe(9600);
    expect(Buffer.compare(workshop.sound('out.wav'), spokenPart(9600))).toBe(0);
  });

  it.each([
    ['4', 192],
    ['2.67', 128],
    ['100', 480],
  ])('--period-ms %s takes the nearest period that the engine has', async (periodMs, frames) => {
    const { exitCode, stdout } = await record('--period-ms', periodMs, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'clean',
      bitExact: true,
      periodFrames: frames,
    });
    expect(exitCode).toBe(0);
    expect(Buffer.compare(workshop.sound('out.wav'), spokenPart(9600))).toBe(0);
  });

  it('refuses a period in exclusive mode, and one that makes no sense', async () => {
    const exclusive = await record('--exclusive', '--period-ms=3');
    expect(exclusive.stderr).toMatch(/--period-ms is for shared mode/);
    const tooShort = await record('--period-ms=0.5');
    expect(tooShort.stderr).toContain('Give milliseconds from 1 to 100');
    expect([exclusive.exitCode, tooShort.exitCode]).toEqual([2, 2]);
  });

  it('has silence behind the end of what was spoken', async () => {
    const argv = ['record', out, '--from', speech, '--seconds', '0.5', '--json'];
    const { stdout } = await waveport(...argv);
    expect(JSON.parse(stdout)).toMatchObject({ recordedFrames: 24_000, bitExact: true });
    const sound = workshop.sound('out.wav');
    expect(Buffer.compare(sound.subarray(0, FRAMES * 4), spokenPart(FRAMES))).toBe(0);
    expect(sound.subarray(FRAMES * 4).every((byte) => byte === 0)).toBe(true);
  });

  it('without --from records the recording that comes with the package', async () => {
    const { exitCode, stdout } = await waveport('record', out, '--seconds', '1');
    expect(stdout).toMatch(/^got = spoken {2}yes, .* frames bit for bit$/m);
    expect(stdout).toMatch(/^first frame {3}spoken \d+ frames/m);
    expect(stdout).toMatch(/\nclean\n$/);
    expect(exitCode).toBe(0);
    expect(workshop.sound('out.wav').some((byte) => byte !== 0)).toBe(true);
  });

  it('of a client that comes too late tells where frames are missing, and why', async () => {
    const { exitCode, stdout } = await record(
      '--exclusive',
      '--buffer-ms=4',
      '--wake-jitter-us=4000',
      '--json',
    );
    const report = JSON.parse(stdout);
    expect(report.glitchList[0]).toMatchObject({
      cause: 'wake-up late',
      frames: expect.any(Number),
    });
    expect(report.lostFrames).toBeGreaterThan(0);
    expect(report.bitExact).toBe(false);
    expect(exitCode).toBe(1);
  });

  it('refuses a sound that the pin does not open with, though its data ranges hold it', async () => {
    const mono = workshop.put('mono.wav', noiseFile({ frames: 480, channels: 1 }).toBuffer());
    const out = workshop.path('unborn.wav');
    const argv = ['record', out, '--seconds', '1', '--from', mono, '--device', 'ac97'];
    const { exitCode, stderr } = await waveport(...argv);
    expect(stderr).toMatch(/mono\.wav: .* does not take 48 kHz, 16 bits, 1 channel/);
    expect([exitCode, workshop.has('unborn.wav')]).toEqual([2, false]);
  });

  it('refuses a sound that the line in does not take, and leaves the file alone', async () => {
    const wide = workshop.put('wide.wav', noiseFile({ frames: 10, channels: 4 }).toBuffer());
    const kept = workshop.put('kept.wav', 'as it was');
    for (const options of [[], ['--exclusive']]) {
      const argv = ['record', kept, '--from', wide, '--seconds', '1', ...options];
      const { exitCode, stderr } = await waveport(...argv);
      expect(stderr).toMatch(/wide\.wav: Line Connector does not take .*4 channels; it takes/);
      expect(exitCode).toBe(2);
      expect(workshop.get('kept.wav').toString()).toBe('as it was');
    }
  });

  it.each([[], ['--exclusive']])(
    'names endpoint, device and driver as play does %j',
    async (...mode) => {
      const text = /^endpoint {6}(.*), driver \w+$/m;
      const recorded = await record(...mode);
      const played = await waveport('play', speech, ...mode);
      const device = '(High Definition Audio Controller)';
      expect(text.exec(recorded.stdout)?.[1]).toBe(`Line Connector ${device}`);
      expect(text.exec(played.stdout)?.[1]).toBe(`Speaker ${device}`);
      const { endpoint } = JSON.parse((await record(...mode, '--json')).stdout);
      expect(endpoint).toBe(`Line Connector ${device}`);
    },
  );

  it('refuses to write over what is spoken', async () => {
    const { exitCode, stderr } = await waveport('record', speech, '--from', speech, '--seconds=1');
    expect(stderr).toContain('is the file that is spoken');
    expect(exitCode).toBe(2);
  });
});
