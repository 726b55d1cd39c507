import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { memorySource } from './byte-stream.ts';
import { openWav } from './wav-reader.ts';

const bytes = readFileSync(new URL('../../assets/first-sound.wav', import.meta.url));
const file = openWav(memorySource(bytes));

function samplesOf(firstFrame: number, frames: number): Int16Array {
  const into = new Uint8Array(4 * frames);
  expect(file.readFrames(firstFrame, into, 0, frames)).toBe(frames);
  return new Int16Array(into.buffer);
}

const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

describe('the bundled recording', () => {
  it('is what its script makes, to the byte', () => {
    const script = fileURLToPath(new URL('../../scripts/make-recording.mjs', import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    });
    expect([status, stdout.trim()]).toEqual([0, 'first-sound.wav is as made here']);
  });

  it('is a short plain stereo file that opens without a warning', () => {
    expect(file.warnings).toEqual([]);
    expect(file.format).toMatchObject({ rateHz: 48_000, channels: 2, validBits: 16, float: false });
    expect(file.frames).toBe(4.8 * 48_000);
    expect(bytes.length).toBeLessThan(1_000_000);
  });

  it('sounds from near the start, never clips, and ends in silence', () => {
    const all = samplesOf(0, file.frames);
    const peak = all.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(20_000);
    expect(peak).toBeLessThan(24_000);
    expect(Math.abs(all.reduce((sum, sample) => sum + sample, 0) / all.length)).toBeLessThan(10);
    expect(loudness(samplesOf(2400, 4800))).toBeGreaterThan(1000);
    expect(loudness(samplesOf(file.frames - 480, 480))).toBeLessThan(1);
  });

  it('is stereo: its sides differ', () => {
    const all = samplesOf(0, file.frames);
    const difference = all.map((sample, at) => (at % 2 === 0 ? sample - (all[at + 1] ?? 0) : 0));
    expect(loudness(difference)).toBeGreaterThan(0.1 * loudness(all));
  });
});
