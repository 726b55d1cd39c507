/**
 * The mix held against a reference in double precision: from one session to 64, of all depths,
 * with volumes of their own, by every drive and into devices of several depths. What the ear hears
 * is the sum, to within the rounding of the device's format, and dither where depth falls. Devices
 * of up to 24 bits are mixed in single precision, whose own error stands beside the rounding.
 */
import { describe, expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  scenario,
  type TestRenderOptions,
} from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  eRender,
  type IAudioEndpointVolume,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { largestError, mixed, quietNoise, samplesOf } from '../support/session-sounds.ts';
import { AudioLab, expectOk, Player, serviceOf } from '../support/wasapi-client.ts';

type Drive = 'timer' | 'events' | 'packets';
const DRIVES = ['timer', 'events', 'packets'] as const;
const PERIOD = 480;
const FRAMES = 2400;
const DELAY = PERIOD + fifoFrames(48_000) + CODEC_FRAMES;
/** Dither is less than a step either way, rounding half a step. */
const DITHERED_STEPS = 1.5;
const ROUNDED_STEPS = 0.5;
/** Half a unit of the last place for each addition and each gain. */
const SINGLE_PRECISION = 2 ** -24;
const DOUBLE_PRECISION = 2 ** -53;

const SHAPES: readonly TestRenderOptions[] = [
  {},
  { bits: 24 },
  { bits: 32 },
  { float: true },
  { channels: 1 },
  { bits: 20 },
];

interface Mix {
  readonly heard: Float64Array;
  readonly expected: Float64Array;
  readonly fullScale: number;
}

/** Plays `count` sessions to their ends; the formats go round, and so do the volumes. */
function play(
  lab: Lab,
  count: number,
  drive: Drive,
  device: PcmFormat,
  shapes: readonly TestRenderOptions[],
  volumeOf: (index: number) => number,
): Mix {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const audio = new AudioLab<HdaController>(machine, { drive });
  const endpoint = audio.engine.endpoints.find(({ isRender }) => isRender);
  if (endpoint === undefined) throw new Error('no render endpoint');
  expect(audio.engine.setDeviceFormat(endpoint, device)).toBe(true);
  const peak = 0.95 / count;
  const players = Array.from({ length: count }, (_, index) => {
    const format = formatOf(shapes[index % shapes.length] ?? {});
    const sound = quietNoise(format, FRAMES, index + 1, peak);
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const player = new Player(audio, eRender, { format, sound, flags });
    const volume = serviceOf(player.client, 'ISimpleAudioVolume');
    expectOk('volume', volume.setMasterVolume(volumeOf(index)));
    volume.release();
    return { format, player, sound };
  });
  const engine = endpoint.renderEngine;
  expect(engine?.stream.drive).toBe(drive);
  for (const { player } of players) player.start();
  machine.runFor(150 * MS);
  expect(players.every(({ player }) => player.isDone)).toBe(true);
  expect(engine?.glitches).toEqual([]);
  const parts = players.map(({ format, sound }, index) => ({
    samples: inStereo(samplesOf(sound, format), format),
    // The first to start sets the stream running; the others are in its second pass.
    atSample: index === 0 ? 0 : 2 * PERIOD,
    gain: Math.fround(volumeOf(index)),
  }));
  const expected = mixed(parts, 2 * (FRAMES + 2 * PERIOD));
  const heard = samplesOf(ear.heard().bytes, device).subarray(2 * DELAY);
  for (const { player } of players) player.release();
  audio.end();
  const fullScale = parts.reduce((sum, { gain }) => sum + gain * peak, 0);
  return { heard, expected, fullScale };
}

function inStereo(samples: Float64Array, format: PcmFormat): Float64Array {
  if (format.channels === 2) return samples;
  return new Float64Array(2 * samples.length).map((_, index) => samples[index >> 1] ?? 0);
}

const some = (index: number): number => 1 - (index % 5) / 8;
const unity = (): number => 1;

/** What the mix's precision may add to its error, in steps of the device. */
const precisionSteps = (count: number, bits: number): number =>
  (count + 2) * (bits > 24 ? DOUBLE_PRECISION : SINGLE_PRECISION) * 2 ** (bits - 1);

describe('the mix of sessions of all depths with volumes of their own', () => {
  for (const count of [1, 2, 16, 64]) {
    for (const drive of DRIVES) {
      scenario(`is the sum in double precision: ${count}, by ${drive}, 16 bits`, (lab) => {
        const { expected, heard } = play(lab, count, drive, formatOf({}), SHAPES, some);
        const error = largestError(heard, expected, 16);
        const isDithered = count > 1;
        expect(error).toBeLessThanOrEqual(
          (isDithered ? DITHERED_STEPS : ROUNDED_STEPS) + precisionSteps(count, 16),
        );
        if (isDithered) expect(error).toBeGreaterThan(1);
      });
    }

    for (const bits of [24, 32]) {
      scenario(`is the sum in double precision: ${count} into ${bits} bits`, (lab) => {
        const device = formatOf({ bits });
        const { expected, heard } = play(lab, count, 'events', device, SHAPES, some);
        // No dither at such depths.
        expect(largestError(heard, expected, bits)).toBeLessThanOrEqual(
          ROUNDED_STEPS + precisionSteps(count, bits),
        );
      });
    }
  }
});

describe('the mix of sessions of the device format at full volume', () => {
  for (const count of [1, 2, 16, 64]) {
    for (const drive of DRIVES) {
      scenario(`is their sum, bit for bit: ${count}, by ${drive}`, (lab) => {
        const { expected, heard } = play(lab, count, drive, formatOf({}), [{}], unity);
        expect(largestError(heard, expected, 24)).toBe(0);
      });
    }
  }
});

describe('dither', () => {
  scenario('is triangular noise of two steps, where a session is turned down', (lab) => {
    const { expected, heard } = play(lab, 2, 'events', formatOf({}), [{}], () => 0.7);
    // As long as both sessions play.
    const errors = expected
      .subarray(0, 2 * FRAMES)
      .map((value, index) => ((heard[index] ?? 0) - value) * 0x8000);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const power = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
    // Two uniform numbers of a step make a sixth, rounding makes a twelfth of a step squared.
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(power).toBeGreaterThan(0.22);
    expect(power).toBeLessThan(0.28);
    // It does not follow the sound.
    const together = errors.reduce((sum, error, at) => sum + error * (expected[at] ?? 0), 0);
    const loudness = expected.reduce((sum, value) => sum + value * value, 0);
    const correlation = together / Math.sqrt(loudness * power * errors.length);
    expect(Math.abs(correlation)).toBeLessThan(0.05);
  });

  scenario('is not there where no depth falls: 16-bit sessions into 24 bits', (lab) => {
    const { expected, heard } = play(lab, 3, 'events', formatOf({ bits: 24 }), [{}], unity);
    expect(largestError(heard, expected, 24)).toBe(0);
  });
});

describe('the limiter', () => {
  for (const [count, peak] of [
    [2, 0.8],
    [16, 0.5],
  ] as const) {
    scenario(`takes ${count} sessions beyond full scale down, and lets go slowly`, (lab) => {
      const machine = bootHda(lab);
      const ear = new EarRecorder();
      machine.device.speaker.sink = ear;
      const audio = new AudioLab<HdaController>(machine);
      const format = formatOf({});
      const sounds = Array.from({ length: count }, (_, index) =>
        quietNoise(format, FRAMES, index + 1, peak),
      );
      const players = sounds.map((sound) => new Player(audio, eRender, { format, sound }));
      for (const player of players) player.start();
      machine.runFor(150 * MS);
      const parts = sounds.map((sound, index) => ({
        samples: samplesOf(sound, format),
        atSample: index === 0 ? 0 : 2 * PERIOD,
        gain: 1,
      }));
      const sum = mixed(parts, 2 * (FRAMES + 2 * PERIOD));
      const heard = samplesOf(ear.heard().bytes, format).subarray(2 * DELAY);
      const { limited, most } = limit(sum);
      expect(most).toBeGreaterThan(1);
      // Full scale itself is one step above the highest sample, and dither brings it down further.
      expect(largestError(heard, limited, 16)).toBeLessThanOrEqual(DITHERED_STEPS + 0.01);
      for (const player of players) player.release();
      audio.end();
    });
  }
});

/** Plays a sound on each of two sessions; they sound together from the second period on. */
function playTwo(lab: Lab, format: PcmFormat, device: PcmFormat, sounds: readonly Uint8Array[]) {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const audio = new AudioLab<HdaController>(machine);
  const endpoint = defined(audio.engine.endpoints[0], 'endpoint');
  expect(audio.engine.setDeviceFormat(endpoint, device)).toBe(true);
  const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
  const players = sounds.map((sound) => new Player(audio, eRender, { format, sound, flags }));
  for (const player of players) player.start();
  machine.runFor(150 * MS);
  const parts = sounds.map((sound, index) => ({
    samples: samplesOf(sound, format),
    atSample: index === 0 ? 0 : 2 * PERIOD,
    gain: 1,
  }));
  const sum = mixed(parts, 2 * (FRAMES + PERIOD));
  const heard = samplesOf(ear.heard().bytes, device).subarray(2 * DELAY, 2 * DELAY + sum.length);
  const hasLimited = endpoint.renderEngine?.mixer.hasLimited;
  for (const player of players) player.release();
  audio.end();
  return { sum, heard, hasLimited };
}

/** Power of the difference, in steps of 16 bits; samples at the end of the scale do not count. */
function noisePower(heard: Float64Array, wanted: Float64Array): number {
  const errors = [...heard].flatMap((value, index) =>
    Math.abs(value) > 0.9999 ? [] : [(value - (wanted[index] ?? 0)) * 0x8000],
  );
  return errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
}

describe('sessions of the device format whose sum leaves full scale', () => {
  for (const [peak, what] of [
    [0.9, 'far, for long'],
    [0.5015, 'by a little, for a part of a period now and then'],
  ] as const) {
    scenario(`${what}, are dithered where the limiter takes their depth`, (lab) => {
      const format = formatOf({});
      const sounds = [1, 2].map((seed) => quietNoise(format, FRAMES, seed, peak));
      // One frame of each in its last period, so that the crests meet.
      const crest = Math.floor(peak * 0x7fff);
      sounds.forEach((sound, index) => {
        const at = 4 * (FRAMES - 400 - (index === 0 ? 0 : PERIOD));
        new DataView(sound.buffer).setInt16(at, crest, true);
      });
      const { heard, hasLimited, sum } = playTwo(lab, format, format, sounds);
      expect(hasLimited).toBe(true);
      const { limited } = limit(sum);
      expect(largestError(heard, limited, 16)).toBeLessThanOrEqual(DITHERED_STEPS + 0.01);
      const from = 2 * (FRAMES - PERIOD);
      const power = noisePower(heard.slice(from, from + 960), limited.slice(from, from + 960));
      expect(power).toBeGreaterThan(0.2);
      expect(power).toBeLessThan(0.3);
    });
  }
});

describe('one session of floats on a device of floats', () => {
  const format = formatOf({ float: true });
  scenario('is limited where it is above full scale', (lab) => {
    const sound = quietNoise(format, FRAMES, 5, 1.5);
    const { heard, hasLimited, sum } = playTwo(lab, format, format, [sound]);
    const { limited, most } = limit(sum);
    expect([most > 1.4, hasLimited]).toEqual([true, true]);
    expect(Math.max(...heard.map(Math.abs))).toBe(1);
    expect(largestError(heard, limited, 16)).toBeLessThan(0.1);
  });

  scenario('keeps every bit below', (lab) => {
    const sound = quietNoise(format, FRAMES, 5, 1);
    const { heard, hasLimited, sum } = playTwo(lab, format, format, [sound]);
    expect(hasLimited).toBe(false);
    expect(heard).toEqual(sum);
  });
});

scenario('32-bit sessions are added to the last bit, up to full scale and limited there', (lab) => {
  const format = formatOf({ bits: 32 });
  const sounds = [1, 2].map((seed) => quietNoise(format, FRAMES, seed, 0.8));
  const { heard, sum } = playTwo(lab, format, format, sounds);
  const { limited, most } = limit(sum);
  expect(most).toBeGreaterThan(1.4);
  // Full scale itself is one step above the highest sample.
  expect(largestError(heard, limited, 32)).toBeLessThanOrEqual(1);
  const before = sum.findIndex((value) => Math.abs(value) > 1) & ~1;
  expect(before).toBeGreaterThan(2 * PERIOD);
  expect(largestError(heard.slice(0, before), sum.slice(0, before), 32)).toBe(0);
});

scenario('a limiter that was at work is at rest when the stream starts anew', (lab) => {
  const machine = bootHda(lab);
  const audio = new AudioLab<HdaController>(machine);
  const format = formatOf({});
  // A session that does not play keeps the engine from being closed in between.
  const idle = audio.client(eRender);
  expectOk('Initialize', idle.initialize(AUDCLNT_SHAREMODE_SHARED, 0, 0, 0, format));
  const engine = audio.engine.endpoints[0]?.renderEngine;
  const loud = [1, 2].map((seed) => {
    return new Player(audio, eRender, { format, sound: quietNoise(format, FRAMES, seed, 0.99) });
  });
  for (const player of loud) player.start();
  machine.runFor(200 * MS);
  expect(engine?.isStreaming).toBe(false);
  const sound = quietNoise(format, FRAMES, 3, 0.99);
  const player = new Player(audio, eRender, { format, sound });
  player.start();
  machine.runFor(0);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  machine.runFor(150 * MS);
  expect(audio.engine.endpoints[0]?.renderEngine).toBe(engine);
  expect(ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
  for (const each of [...loud, player, idle]) each.release();
  audio.end();
});

describe('the volume of the endpoint', () => {
  scenario('turns all sessions down together, and mutes them', (lab) => {
    const machine = bootHda(lab);
    const ear = new EarRecorder();
    machine.device.speaker.sink = ear;
    const audio = new AudioLab<HdaController>(machine);
    const found = new Out<IAudioEndpointVolume | null>(null);
    expectOk('Activate', audio.device(eRender).activate('IAudioEndpointVolume', found));
    const volume = defined(found.value, 'endpoint volume');
    expectOk('volume', volume.setMasterVolumeLevelScalar(0.5));
    const format = formatOf({});
    const sounds = [1, 2].map((seed) => quietNoise(format, 4800, seed, 0.4));
    const players = sounds.map((sound) => new Player(audio, eRender, { format, sound }));
    for (const player of players) player.start();
    machine.runFor(45 * MS); // Passes 0 to 4 are over.
    expectOk('mute', volume.setMute(true));
    machine.runFor(20 * MS); // And two in silence.
    expectOk('mute', volume.setMute(false));
    expectOk('volume', volume.setMasterVolumeLevelScalar(1));
    machine.runFor(150 * MS);
    const parts = sounds.map((sound, index) => ({
      samples: samplesOf(sound, format),
      atSample: index === 0 ? 0 : 2 * PERIOD,
      gain: 1,
    }));
    const gainOf = (pass: number): number => (pass < 5 ? 0.5 : pass < 7 ? 0 : 1);
    const expected = mixed(parts, 2 * (4800 + PERIOD)).map((value, index) => {
      return value * gainOf(Math.floor(index / (2 * PERIOD)));
    });
    const heard = samplesOf(ear.heard().bytes, format).subarray(2 * DELAY);
    expect(largestError(heard, expected, 16)).toBeLessThanOrEqual(DITHERED_STEPS + 0.01);
    const muted = heard.subarray(2 * 5 * PERIOD, 2 * 7 * PERIOD);
    expect(muted.every((value) => value === 0)).toBe(true);
    const loudAgain = 2 * 7 * PERIOD;
    const rest = heard.subarray(loudAgain, expected.length);
    expect(largestError(rest, expected.subarray(loudAgain), 16)).toBe(0);
    volume.release();
    for (const player of players) player.release();
    audio.end();
  });
});

/** The limiter in double precision: attack at once, release from 0 to 1 in half a second. */
function limit(sum: Float64Array): { limited: Float64Array; most: number } {
  let gain = 1;
  let most = 0;
  const limited = new Float64Array(sum.length);
  for (let at = 0; at < sum.length; at += 2) {
    const peak = Math.max(Math.abs(sum[at] ?? 0), Math.abs(sum[at + 1] ?? 0));
    most = Math.max(most, peak);
    gain = Math.min(1, gain + 1 / 24_000);
    if (peak * gain > 1) gain = 1 / peak;
    limited[at] = (sum[at] ?? 0) * gain;
    limited[at + 1] = (sum[at + 1] ?? 0) * gain;
  }
  return { limited, most };
}
