/** Choosing an endpoint by its name, for playing and recording. */
import { describe, expect, it } from 'vitest';
import { Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FRAMES = 9_600;
const FRAME_BYTES = 4;
const speech = workshop.noise('speech.wav', FRAMES);
const out = workshop.path('out.wav');
const FULL_NAME = "Microphone (Intel 82801AA AC'97 audio controller)";

const modes = [[], ['--exclusive'], ['--port=wavert'], ['--port=wavert', '--exclusive']];

async function record(...options: readonly string[]) {
  const argv = ['record', out, '--from', speech, '--seconds=0.2', '--device=ac97', ...options];
  const { exitCode, stderr, stdout } = await waveport(...argv, '--json');
  return { exitCode, stderr, report: JSON.parse(stdout) };
}

/** What was spoken, on the channels that hear it. */
function spoken(isMono: boolean): Buffer {
  const bytes = Buffer.from(workshop.sound('speech.wav'));
  if (!isMono) return bytes;
  for (let at = 0; at < bytes.length; at += FRAME_BYTES) bytes.copyWithin(at + 2, at, at + 2);
  return bytes;
}

const recorded = (): Buffer => Buffer.from(workshop.sound('out.wav'));

describe('recording', () => {
  it.each(modes.map((mode) => [mode]))(
    'has the microphone when it is named, with %j',
    async (mode) => {
      for (const name of ['Microphone', 'microphone', FULL_NAME]) {
        const { exitCode, report } = await record('--endpoint', name, ...mode);
        expect(report).toMatchObject({ verdict: 'clean', bitExact: true, leaks: [] });
        expect(report.endpoint).toContain('Microphone');
        expect(exitCode).toBe(0);
        // A microphone is mono, and its codec puts it on both sides.
        expect(Buffer.compare(recorded(), spoken(true))).toBe(0);
      }
    },
  );

  it.each(modes.map((mode) => [mode]))(
    'has the line in when it is named, or nothing is, with %j',
    async (mode) => {
      for (const choice of [['--endpoint', 'Line Connector'], []]) {
        const { exitCode, report } = await record(...choice, ...mode);
        expect(report).toMatchObject({ verdict: 'clean', bitExact: true });
        expect(report.endpoint).toContain('Line Connector');
        expect(exitCode).toBe(0);
        expect(Buffer.compare(recorded(), spoken(false))).toBe(0);
      }
    },
  );

  it.each(modes.map((mode) => [mode]))('says which endpoints there are, with %j', async (mode) => {
    const kept = workshop.put('out.wav', 'as it was');
    // An endpoint of the other direction is none to record from.
    for (const name of ['Mouth', 'Speaker', 'Line']) {
      const { exitCode, report, stderr } = await record('--endpoint', name, ...mode);
      expect(stderr).toContain(
        `the device has no capture endpoint that is called '${name}'; ` +
          'it has Line Connector, Microphone\n',
      );
      expect([exitCode, report.error]).toEqual([2, expect.stringContaining(`'${name}'`)]);
    }
    expect(workshop.get('out.wav').toString()).toBe('as it was');
    expect(kept).toBe(out);
  });
});

describe('playing', () => {
  it.each([[], ['--exclusive']])('uses the endpoint that is named, %j', async (...mode) => {
    const argv = ['play', speech, '--endpoint', 'speaker', ...mode, '--json'];
    const { exitCode, stdout } = await waveport(...argv);
    expect(JSON.parse(stdout)).toMatchObject({ bitExact: true, heardFrames: FRAMES });
    expect(exitCode).toBe(0);
  });

  it.each([[], ['--exclusive']])('says which endpoints there are, %j', async (...mode) => {
    const { exitCode, stderr } = await waveport('play', speech, '--endpoint=Headphones', ...mode);
    expect(stderr).toMatch(/no render endpoint that is called 'Headphones'; it has Speaker/);
    expect(exitCode).toBe(2);
  });
});
