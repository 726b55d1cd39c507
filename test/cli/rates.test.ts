/** Files of rates that no device has, in shared mode: all of them play, but what is no rate. */
import { describe, expect, it } from 'vitest';
import { fitTone } from '../../src/engine/dsp/tone-fit.test-support.ts';
import { Workshop, waveport } from './command-line.ts';
import { sineFile } from './sine-file.ts';

const workshop = new Workshop();
const DEVICE_HZ = 48_000;

describe('a file of', () => {
  it.each([7999, 8001, 11_127, 32_001, 37_286, 44_101, 150_001])(
    '%i Hz is heard at its pitch and level, with no noise but the dither of 16 bits',
    async (rateHz) => {
      const sound = { rateHz, frames: Math.round(0.4 * rateHz), hz: 997, level: 0.5 };
      const path = workshop.put('odd.wav', sineFile(sound));
      const heard = workshop.path('heard.wav');
      const { exitCode, stderr, stdout } = await waveport('play', path, '--out', heard, '--json');
      expect(stderr).toBe('');
      const { format, sessions, verdict } = JSON.parse(stdout);
      expect({ exitCode, rateHz: format.rateHz, verdict }).toEqual({
        exitCode: 0,
        rateHz: DEVICE_HZ,
        verdict: 'clean',
      });
      expect(sessions).toMatchObject([{ frames: sound.frames, starvedFrames: 0 }]);
      const bytes = workshop.sound('heard.wav');
      const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset));
      const middle = Array.from(
        { length: 9600 },
        (_, n) => (samples[2 * (n + 4800)] ?? 0) / 32_768,
      );
      const { amplitude, signalToNoiseDb } = fitTone(middle, 997, DEVICE_HZ);
      expect(amplitude).toBeCloseTo(0.5, 4);
      // Half of full scale over a quarter of a square step, and the file's own rounding.
      expect(signalToNoiseDb).toBeGreaterThan(85);
    },
  );

  it('1 Hz takes its time', async () => {
    const path = workshop.put('slow.wav', sineFile({ rateHz: 1, frames: 3, hz: 0.1, level: 0.5 }));
    const { exitCode, stdout } = await waveport('play', path, '--json');
    const { sessions, verdict, virtualSeconds } = JSON.parse(stdout);
    expect({ exitCode, verdict }).toEqual({ exitCode: 0, verdict: 'clean' });
    expect(sessions).toMatchObject([{ frames: 3, starvedFrames: 0 }]);
    expect(virtualSeconds).toBeGreaterThan(2);
  });

  it('a hundred times the rate of the device plays; above that it is refused by its name', async () => {
    const fast = { rateHz: 4_800_000, frames: 48_000, hz: 997, level: 0.5 };
    const known = workshop.put('known.wav', sineFile({ ...fast, rateHz: DEVICE_HZ }));
    const plays = workshop.put('plays.wav', sineFile(fast));
    expect((await waveport('play', known, plays)).exitCode).toBe(0);
    const not = workshop.put('not.wav', sineFile({ ...fast, rateHz: 4_800_001 }));
    const { exitCode, stderr, stdout } = await waveport('play', known, not, '--json');
    expect(stderr).toMatch(
      /^waveport: \S*not\.wav: the audio engine cannot convert 4800\.001 kHz, .*ffmpeg -i in\.wav -ar 48000/,
    );
    expect(JSON.parse(stdout).error).toMatch(/not\.wav: the audio engine cannot convert/);
    expect(exitCode).toBe(2);
    const top = await waveport('top', known, not, '--speed', 'max');
    expect(top.stderr).toMatch(/^waveport: \S*not\.wav: the audio engine cannot convert/);
    expect(top.exitCode).toBe(2);
  });
});
