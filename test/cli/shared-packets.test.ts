/** What became of stream packets and their mappings in shared mode, in the report. */
import { expect, it } from 'vitest';
import { Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const PERIOD_FRAMES = 480;
const PERIODS = 50;
const speech = workshop.noise('speech.wav', PERIODS * PERIOD_FRAMES);
const out = workshop.path('out.wav');

const commands = [
  ['play', [speech]],
  ['record', [out, '--from', speech, '--seconds=0.5']],
] as const;

async function report(command: string, argv: readonly string[], ...options: readonly string[]) {
  const { stdout } = await waveport(command, ...argv, '--device=ac97', ...options, '--json');
  return JSON.parse(stdout);
}

it.each(commands)('%s counts packets and mappings of a WavePci pin', async (command, argv) => {
  const { irps, mappings, mode, starvations, verdict } = await report(command, argv);
  expect({ mode, starvations, verdict }).toEqual({
    mode: 'shared',
    starvations: 0,
    verdict: 'clean',
  });
  expect(irps.completed).toBeGreaterThanOrEqual(PERIODS);
  // Each packet is of two mappings at most, and every mapping comes back.
  expect(mappings.handedOut).toBe(mappings.released + mappings.revoked);
  expect(mappings.handedOut).toBeGreaterThanOrEqual(irps.completed);
  expect(mappings.handedOut).toBeLessThanOrEqual(2 * (irps.completed + irps.cancelled));
  expect(mappings.bytesMax).toBeLessThanOrEqual(4 * PERIOD_FRAMES);
  expect(mappings.bytesMin).toBeGreaterThan(0);
  expect(mappings.outstandingMax).toBeGreaterThan(1);
});

it.each(commands)('%s counts the packets of a WaveCyclic pin', async (command, argv) => {
  const told = await report(command, argv, '--port=wavecyclic');
  expect(told.verdict).toBe('clean');
  expect(told.irps.completed).toBeGreaterThanOrEqual(PERIODS);
  expect(told.starvations).toBe(0);
  expect(told.mappings).toBeUndefined();
});

it.each(commands)('%s of a WaveRT pin has no packets to tell of', async (command, argv) => {
  const told = await report(command, argv, '--port=wavert');
  expect(told.verdict).toBe('clean');
  for (const field of ['irps', 'mappings', 'starvations']) expect(told).not.toHaveProperty(field);
});

it('tells how often the device ran dry, in words too', async () => {
  const late = ['--wake-jitter-us', '60000'];
  const { glitches, starvations } = await report('play', [speech], ...late);
  expect(starvations).toBeGreaterThan(0);
  expect(glitches).toBeGreaterThan(0);
  const { stdout } = await waveport('play', speech, '--device=ac97', ...late);
  expect(stdout).toMatch(
    new RegExp(`^packets +\\d+ completed, \\d+ cancelled; starved ${starvations} times?$`, 'm'),
  );
  expect(stdout).toMatch(/^mappings +\d+ handed out, /m);
});
