/** `waveport play` in shared mode: files mixed by the engine, and what is heard of them. */
import { describe, expect, it } from 'vitest';
import { noiseFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FRAMES = 9600;
const left = workshop.put('left.wav', noiseFile({ frames: FRAMES }).toBuffer());
const right = workshop.put('right.wav', noiseFile({ frames: FRAMES / 2 }).toBuffer());
const heard = workshop.path('heard.wav');

const samples = (name: string): Int16Array => {
  const bytes = workshop.sound(name);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
const distance = (found: Int16Array, wanted: (index: number) => number): number =>
  found.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted(index))), 0);

describe('one file in shared mode', () => {
  it('is heard bit for bit through the engine, which takes packets', async () => {
    const { exitCode, stdout } = await waveport('play', left, '--out', heard);
    expect(stdout).toMatch(/^stream {8}shared mode, driven by packets, every 480 frames/m);
    expect(stdout).toMatch(/^heard = sent {2}yes, 9,600 frames bit for bit$/m);
    expect(stdout).toMatch(/^at the ear .*, as predicted$/m);
    expect(Buffer.compare(workshop.sound('heard.wav'), workshop.sound('left.wav'))).toBe(0);
    expect(exitCode).toBe(0);
  });

  it.each(['timer', 'event', 'packet'])('is bit-exact with --stream %s', async (stream) => {
    const { exitCode, stdout } = await waveport('play', left, '--stream', stream, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ mode: 'shared', stream, bitExact: true });
    expect(exitCode).toBe(0);
  });

  it('is converted where the pin refuses a format that its data ranges hold', async () => {
    const mono = workshop.put('mono.wav', noiseFile({ frames: FRAMES, channels: 1 }).toBuffer());
    const { exitCode, stdout } = await waveport('play', mono, '--device', 'ac97', '--json');
    const { error, format, verdict } = JSON.parse(stdout);
    expect({ error, verdict }).toEqual({ error: undefined, verdict: 'clean' });
    expect([format.channels, exitCode]).toEqual([2, 0]);
  });

  it('has the period that --period-ms asks for, as near as the engine has one', async () => {
    const { stdout } = await waveport('play', left, '--period-ms', '3', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ periodFrames: 160, bitExact: true });
  });

  it.each([
    ['ac97', { channels: 1 }, '5', 480],
    ['simple', { rateHz: 11_025, code: '32f' }, '10', 480],
    ['hda', { rateHz: 37_800 }, '5', 256],
  ])('has that period on %s also where %j is converted', async (device, sound, ms, frames) => {
    const path = workshop.put('other.wav', noiseFile({ frames: FRAMES, ...sound }).toBuffer());
    const argv = ['play', path, '--device', device, '--period-ms', ms, '--json'];
    const { exitCode, stdout } = await waveport(...argv);
    const { error, periodFrames, sessions, verdict } = JSON.parse(stdout);
    expect({ error, periodFrames, verdict }).toEqual({ periodFrames: frames, verdict: 'clean' });
    expect(sessions).toMatchObject([{ frames: FRAMES, isConverted: true }]);
    expect(exitCode).toBe(0);
  });

  it('is heard at the level of --volume, and not compared', async () => {
    const { exitCode, stdout } = await waveport('play', left, '--volume', '0.5', '--out', heard);
    expect(stdout).toMatch(/^heard = sent {2}not compared, because the engine changed the sound/m);
    const sent = samples('left.wav');
    const found = samples('heard.wav').subarray(0, sent.length);
    expect(found.length).toBe(sent.length);
    // Dither is one step each way, and rounding half of one.
    expect(distance(found, (index) => (sent[index] ?? 0) / 2)).toBeLessThanOrEqual(1.5);
    expect(exitCode).toBe(0);
  });

  it.each([['--mute'], ['--volume=0']])('is silent with %s, without any dither', async (option) => {
    const { exitCode } = await waveport('play', left, option, '--out', heard);
    expect(samples('heard.wav')).toEqual(new Int16Array(2 * FRAMES));
    expect(exitCode).toBe(0);
  });

  it('above full scale in floats is limited, and that is no fault', async () => {
    const loud = noiseFile({ frames: FRAMES, code: '32f' });
    const bytes = loud.toBuffer();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = bytes.length - 400; at < bytes.length; at += 4) view.setFloat32(at, 1.5, true);
    const path = workshop.put('loud.wav', bytes);
    const { exitCode, stdout } = await waveport('play', path, '--out', heard, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ bitExact: null, glitches: 0, verdict: 'clean' });
    expect(exitCode).toBe(0);
    const sound = workshop.sound('heard.wav');
    const found = new Float32Array(sound.buffer.slice(sound.byteOffset));
    expect(found.length).toBe(2 * FRAMES);
    expect(Math.max(...found.map(Math.abs))).toBe(1);
    const exclusive = await waveport('play', path, '--exclusive', '--json');
    expect(JSON.parse(exclusive.stdout)).toMatchObject({ bitExact: true });
  });
});

describe('several files in shared mode', () => {
  it('are heard as their sum, the shorter one until its end', async () => {
    const argv = ['play', left, right, '--volume', '0.25', '--out', heard];
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^session 1 {5}48 kHz, 2 channels, 16-bit: 9,600 frames$/m);
    expect(stdout).toMatch(/^session 2 {5}48 kHz, 2 channels, 16-bit: 4,800 frames$/m);
    const [first, second] = [samples('left.wav'), samples('right.wav')];
    const found = samples('heard.wav').subarray(0, first.length);
    const sum = (index: number): number => ((first[index] ?? 0) + (second[index] ?? 0)) / 4;
    expect(found.length).toBe(first.length);
    expect(distance(found, sum)).toBeLessThanOrEqual(1.5);
  });
});
