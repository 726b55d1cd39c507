/**
 * Sessions of other rates than the device's, both ways: a tone keeps pitch and level, and what is
 * left beside it is the device's own rounding and dither, or the resampler's 128 dB where the
 * device has more depth than that.
 */
import { describe, expect } from 'vitest';
import { fitTone } from '../../src/engine/dsp/tone-fit.test-support.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import {
  EarRecorder,
  formatOf,
  Mouth,
  scenario,
  type TestRenderOptions,
  tone,
} from '../../src/testing/index.ts';
import { AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM, eCapture, eRender } from '../../src/wasapi/index.ts';
import { bootHda, MS } from '../support/hda-machine.ts';
import { samplesOf } from '../support/session-sounds.ts';
import { AudioLab, Player, Recorder } from '../support/wasapi-client.ts';

const HZ = 997;
const CONVERTS = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
/** Behind the filters' run-in, in front of their run-out. */
const SETTLED_MS = 60;
const FITTED_MS = 200;

/** Signal to noise of a tone at half of full scale with rounding and dither, less half a decibel. */
function ditheredDb(bits: number): number {
  const signal = 0.5 ** 2 / 2;
  const noise = (1 / 4) * 2 ** (-2 * (bits - 1));
  return 10 * Math.log10(signal / noise) - 0.5;
}

/** One channel of the settled part. */
function settled(samples: Float64Array, channels: number, rateHz: number): Float64Array {
  const first = Math.round((SETTLED_MS * rateHz) / 1000);
  const frames = Math.round((FITTED_MS * rateHz) / 1000);
  return new Float64Array(frames).map((_, frame) => samples[(first + frame) * channels] ?? 0);
}

const renders: readonly (readonly [number, number, TestRenderOptions, number])[] = [
  [44_100, 48_000, { bits: 16 }, ditheredDb(16)],
  [48_000, 44_100, { bits: 16 }, ditheredDb(16)],
  [96_000, 48_000, { bits: 16 }, ditheredDb(16)],
  [8_000, 48_000, { bits: 16 }, ditheredDb(16)],
  [22_050, 96_000, { bits: 20 }, ditheredDb(20)],
  [44_100, 48_000, { bits: 32 }, 126],
  [48_000, 44_100, { float: true }, 126],
  [192_000, 48_000, { bits: 32 }, 126],
  [48_000, 192_000, { bits: 24 }, 126],
  [44_101, 48_000, { float: true }, 126],
  [7999, 48_000, { bits: 32 }, 126],
  [37_286, 44_100, { bits: 16 }, ditheredDb(16)],
];

describe('a session that plays at', () => {
  for (const [fromHz, toHz, device, leastDb] of renders) {
    const depth = device.float === true ? 'float' : `${device.bits} bits`;
    scenario(
      `${fromHz} Hz is heard at ${toHz} Hz, ${depth}: at least ${leastDb.toFixed(1)} dB clean`,
      (lab) => {
        const machine = bootHda(lab);
        const ear = new EarRecorder();
        machine.device.speaker.sink = ear;
        const audio = new AudioLab<HdaController>(machine);
        const [endpoint] = audio.engine.endpoints;
        const deviceFormat = formatOf({ ...device, sampleRate: toHz });
        if (endpoint === undefined) throw new Error('no endpoint');
        expect(audio.engine.setDeviceFormat(endpoint, deviceFormat)).toBe(true);
        const format = formatOf({ sampleRate: fromHz, float: true });
        const sound = tone(format, Math.round(0.35 * fromHz), HZ);
        const player = new Player(audio, eRender, { format, sound, flags: CONVERTS });
        player.start();
        machine.runFor(450 * MS);
        const heard = settled(samplesOf(ear.heard().bytes, deviceFormat), 2, toHz);
        const fit = fitTone(heard, HZ, toHz);
        expect(fit.amplitude).toBeCloseTo(0.5, 4);
        expect(fit.signalToNoiseDb).toBeGreaterThan(leastDb);
        player.release();
        audio.end();
      },
    );
  }
});

const captures: readonly (readonly [number, number, TestRenderOptions, number])[] = [
  [48_000, 44_100, { float: true }, 126],
  [48_000, 96_000, { float: true }, 126],
  [48_000, 44_101, { float: true }, 126],
  [48_000, 16_000, { bits: 16 }, ditheredDb(16)],
  [44_100, 48_000, { bits: 24 }, 126],
];

describe('a session that records at', () => {
  for (const [fromHz, toHz, client, leastDb] of captures) {
    const depth = client.float === true ? 'float' : `${client.bits} bits`;
    scenario(
      `${toHz} Hz, ${depth}, gets what is spoken at ${fromHz} Hz: at least ${leastDb.toFixed(1)} dB clean`,
      (lab) => {
        const machine = bootHda(lab);
        const deviceFormat = formatOf({ sampleRate: fromHz, bits: 32 });
        machine.device.lineIn.source = new Mouth(tone(deviceFormat, fromHz, HZ));
        const audio = new AudioLab<HdaController>(machine);
        const endpoint = audio.engine.endpoints.find(({ isRender }) => !isRender);
        if (endpoint === undefined) throw new Error('no endpoint');
        expect(audio.engine.setDeviceFormat(endpoint, deviceFormat)).toBe(true);
        const format = formatOf({ ...client, sampleRate: toHz });
        const recorder = new Recorder(audio, eCapture, format, CONVERTS);
        recorder.start();
        machine.runFor(320 * MS);
        recorder.isStopped = true;
        machine.runFor(20 * MS);
        const heard = settled(samplesOf(Uint8Array.from(recorder.bytes), format), 2, toHz);
        const fit = fitTone(heard, HZ, toHz);
        expect(fit.amplitude).toBeCloseTo(0.5, 4);
        expect(fit.signalToNoiseDb).toBeGreaterThan(leastDb);
        // Positions are of the client's own frames, without a gap.
        recorder.packets.reduce((next, { frames, position }) => {
          expect(position).toBe(next);
          return next + frames;
        }, 0);
        recorder.release();
        audio.end();
      },
    );
  }
});
