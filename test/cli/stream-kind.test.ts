/** --stream names what drives a stream: that, or a refusal that says what there is. */
import { describe, expect, it } from 'vitest';
import { Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const speech = workshop.noise('speech.wav', 4800);
const out = workshop.path('out.wav');
const PLAY = ['play', speech];
const TOP = ['top', speech, '--speed', 'max'];
const RECORD = ['record', out, '--seconds', '0.1'];

describe('a kind of stream that the device has not', () => {
  const simple = ['--device', 'simple'];
  it.each([
    [[...PLAY, ...simple, '--stream', 'packet'], /engine cannot drive .* by packet, but by timer/],
    [[...PLAY, ...simple, '--stream', 'event'], /engine cannot drive .* by event, but by timer/],
    [[...TOP, ...simple, '--stream', 'event'], /engine cannot drive .* by event, but by timer/],
    [[...RECORD, ...simple, '--stream', 'event'], /cannot drive .* by event, but by timer/],
    [[...RECORD, '--stream', 'packet'], /cannot drive .* by packet, but by event/],
    [
      [...PLAY, ...simple, '--stream', 'packet', '--exclusive'],
      /driven by packet \(BUFFER_WITH_NOTIFICATION answers STATUS_NOT_SUPPORTED\); give --stream timer/,
    ],
    [[...PLAY, ...simple, '--stream', 'event', '--exclusive'], /driven by event .*--stream timer/],
    [[...TOP, ...simple, '--stream', 'event', '--exclusive'], /driven by event .*--stream timer/],
    [[...RECORD, ...simple, '--stream', 'event', '--exclusive'], /driven by event .*timer/],
    [
      [...PLAY, '--device', 'ac97', '--port', 'wavert', '--stream', 'packet', '--exclusive'],
      /driven by packet \(SETWRITEPACKET answers STATUS_NOT_SUPPORTED\); give --stream event or --st/,
    ],
    [
      [...RECORD, '--device', 'ac97', '--port', 'wavert', '--stream', 'packet', '--exclusive'],
      /driven by packet \(GETREADPACKET answers STATUS_NOT_SUPPORTED\); give --stream event or --/,
    ],
    [
      [...RECORD, '--device', 'ac97', '--exclusive', '--stream', 'event'],
      /no stream of it is driven by event; leave out --stream/,
    ],
    [[...PLAY, '--device', 'ac97', '--stream', 'event'], /no stream of it is driven by event/],
  ])('%j: exit 2 and the way out, which is not about a file', async (argv, message) => {
    const { exitCode, stderr } = await waveport(...argv);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('.wav');
    expect(exitCode).toBe(2);
    expect(workshop.has('out.wav')).toBe(false);
  });

  it('stands in the one JSON object too', async () => {
    const { exitCode, stdout } = await waveport(...PLAY, ...simple, '--stream', 'event', '--json');
    expect(JSON.parse(stdout)).toEqual({
      error: expect.stringMatching(/^the audio engine cannot/),
    });
    expect(exitCode).toBe(2);
  });
});

describe('the kind that the refusal names', () => {
  it.each([
    [[...PLAY, '--device', 'simple', '--stream', 'timer'], 'timer'],
    [[...RECORD, '--stream', 'event'], 'event'],
    [['play', speech, '--device', 'ac97', '--port', 'wavert', '--stream', 'event'], 'event'],
  ])('%j works', async (argv, stream) => {
    const { exitCode, stdout } = await waveport(...argv, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ stream, bitExact: true, verdict: 'clean' });
    expect(exitCode).toBe(0);
  });
});
