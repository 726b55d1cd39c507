/**
 * Shared mode at a render endpoint, from the application's buffer to the ear: what is mixed, when
 * it is heard, and that nothing is left.
 */
import { describe, expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import { AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM, eRender } from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { largestError, mixed, quietNoise, samplesOf } from '../support/session-sounds.ts';
import { AudioLab, asked, expectOk, Player, serviceOf } from '../support/wasapi-client.ts';

type Drive = 'timer' | 'events' | 'packets';
const PERIOD = 480;
const HARDWARE = fifoFrames(48_000) + CODEC_FRAMES;
/** From the start of the stream to the first frame of the first pass. */
const DELAY = PERIOD + HARDWARE;
/** Dither is less than a step either way, rounding half a step, single precision a little. */
const DITHERED_STEPS = 1.52;
const ROUNDED_STEPS = 0.52;

function start(lab: Lab, drive: Drive = 'packets', deviceFormat = formatOf({})) {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const audio = new AudioLab<HdaController>(machine, { drive });
  const endpoint = audio.engine.endpoints.find(({ isRender }) => isRender);
  if (endpoint === undefined) throw new Error('no render endpoint');
  expect(audio.engine.setDeviceFormat(endpoint, deviceFormat)).toBe(true);
  return { audio, ear, endpoint, machine };
}

/** The first session to start sets the stream running; the others are in its second pass. */
const joinedAt = (index: number): number => (index === 0 ? 0 : 2 * PERIOD);

describe('one session of the device format', () => {
  for (const drive of ['timer', 'events', 'packets'] as const) {
    scenario(`is heard bit for bit, a period after it was taken, driven by ${drive}`, (lab) => {
      const { audio, ear, endpoint, machine } = start(lab, drive);
      const format = formatOf({});
      const sound = noise(format, 4800);
      const player = new Player(audio, eRender, { format, sound });
      expect(endpoint.renderEngine?.stream.drive).toBe(drive);
      player.start();
      machine.runFor(200 * MS);
      expect(player.isDone).toBe(true);
      expect(ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
      expect(endpoint.renderEngine?.glitches).toEqual([]);
      player.release();
      expect(endpoint.renderEngine).toBeNull();
      audio.end();
    });
  }

  for (const [name, options] of [
    ['24 bits', { bits: 24 }],
    ['32 bits, which single precision cannot hold', { bits: 32 }],
    ['float up to full scale', { float: true }],
    ['44.1 kHz, in periods of 448 frames', { sampleRate: 44_100 }],
  ] as const) {
    scenario(`is heard bit for bit: ${name}`, (lab) => {
      const format = formatOf(options);
      const { audio, ear, machine } = start(lab, 'packets', format);
      const sound = noise(format, 5000);
      if (format.float) new DataView(sound.buffer).setFloat32(800, -1, true);
      const player = new Player(audio, eRender, { format, sound });
      player.start();
      machine.runFor(250 * MS);
      const period = format.rateHz === 44_100 ? 448 : PERIOD;
      const delayFrames = period + fifoFrames(format.rateHz) + CODEC_FRAMES;
      expect(ear.heard()).toMatchFrames(sound, { delayFrames });
      player.release();
      audio.end();
    });
  }

  scenario('is turned down, muted and up again by whole passes', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({});
    const sound = quietNoise(format, 9600, 3, 0.5);
    const player = new Player(audio, eRender, { format, sound });
    const volume = serviceOf(player.client, 'ISimpleAudioVolume');
    const channels = serviceOf(player.client, 'IAudioStreamVolume');
    player.start();
    machine.runFor(35 * MS); // Passes 0 to 3 are over.
    expectOk('volume', volume.setMasterVolume(0.25));
    machine.runFor(20 * MS);
    expectOk('mute', volume.setMute(true));
    machine.runFor(20 * MS);
    expectOk('mute', volume.setMute(false));
    expectOk('volume', volume.setMasterVolume(1));
    expectOk('left', channels.setChannelVolume(0, 0.5));
    machine.runFor(200 * MS);
    const gains = (pass: number): [number, number] => {
      if (pass < 4) return [1, 1];
      if (pass < 6) return [0.25, 0.25];
      return pass < 8 ? [0, 0] : [0.5, 1];
    };
    const samples = samplesOf(sound, format);
    const expected = samples.map((sample, index) => {
      const [left, right] = gains(Math.floor(index / (2 * PERIOD)));
      return sample * (index % 2 === 0 ? left : right);
    });
    const heard = samplesOf(ear.heard().bytes, format).subarray(2 * DELAY);
    const untouched = 4 * PERIOD * 2;
    expect(heard.subarray(0, untouched)).toEqual(samples.subarray(0, untouched));
    expect(largestError(heard, expected, 16)).toBeLessThan(DITHERED_STEPS);
    volume.release();
    channels.release();
    player.release();
    audio.end();
  });
});

describe('several sessions', () => {
  for (const drive of ['timer', 'events', 'packets'] as const) {
    scenario(`of many depths are the sum of all, to within rounding, by ${drive}`, (lab) => {
      const { audio, ear, endpoint, machine } = start(lab, drive);
      const formats = [{}, { bits: 24 }, { bits: 32 }, { float: true }, {}, { float: true }];
      const sounds = formats.map((options, index) => {
        const format = formatOf(options);
        return { format, sound: quietNoise(format, 6000, index + 1, 0.15) };
      });
      const players = sounds.map((options) => new Player(audio, eRender, options));
      for (const player of players) player.start();
      machine.runFor(250 * MS);
      const parts = sounds.map(({ format, sound }, index) => ({
        samples: samplesOf(sound, format),
        atSample: joinedAt(index),
        gain: 1,
      }));
      const heard = samplesOf(ear.heard().bytes, formatOf({})).subarray(2 * DELAY);
      const error = largestError(heard, mixed(parts, 12_000), 16);
      expect(error).toBeLessThan(DITHERED_STEPS);
      expect(error).toBeGreaterThan(ROUNDED_STEPS);
      expect(endpoint.renderEngine?.glitches).toEqual([]);
      for (const player of players) player.release();
      audio.end();
    });
  }

  scenario('that lose no depth are added without dither, exactly', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({});
    const sounds = [1, 2, 3].map((seed) => quietNoise(format, 4000, seed, 0.3));
    const players = sounds.map((sound) => new Player(audio, eRender, { format, sound }));
    for (const player of players) player.start();
    machine.runFor(200 * MS);
    const parts = sounds.map((sound, index) => ({
      samples: samplesOf(sound, format),
      atSample: joinedAt(index),
      gain: 1,
    }));
    const heard = samplesOf(ear.heard().bytes, format).subarray(2 * DELAY, 2 * DELAY + 8000);
    expect(heard).toEqual(mixed(parts, 8000));
    for (const player of players) player.release();
    audio.end();
  });

  scenario('join and leave at passes, and nobody else hears it', (lab) => {
    const { audio, ear, endpoint, machine } = start(lab, 'events');
    const format = formatOf({});
    const long = quietNoise(format, 9600, 1, 0.3);
    const short = quietNoise(format, 1440, 2, 0.3);
    const first = new Player(audio, eRender, { format, sound: long });
    const second = new Player(audio, eRender, { format, sound: short });
    first.start();
    machine.runFor(42 * MS);
    second.start(); // In the mix from the fifth pass on, which is at 50 ms.
    machine.runFor(300 * MS);
    const parts = [
      { samples: samplesOf(long, format), atSample: 0, gain: 1 },
      { samples: samplesOf(short, format), atSample: 2 * 5 * PERIOD, gain: 1 },
    ];
    const heard = samplesOf(ear.heard().bytes, format).subarray(2 * DELAY, 2 * DELAY + 19_200);
    expect(heard).toEqual(mixed(parts, 19_200));
    expect(endpoint.renderEngine?.glitches).toEqual([]);
    first.release();
    second.release();
    audio.end();
  });

  scenario('together beyond full scale are limited, not wrapped', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({});
    const sounds = [1, 2, 3, 4].map((seed) => quietNoise(format, 4000, seed, 0.9));
    const players = sounds.map((sound) => new Player(audio, eRender, { format, sound }));
    for (const player of players) player.start();
    machine.runFor(200 * MS);
    const parts = sounds.map((sound, index) => ({
      samples: samplesOf(sound, format),
      atSample: joinedAt(index),
      gain: 1,
    }));
    const heard = samplesOf(ear.heard().bytes, format).subarray(2 * DELAY, 2 * DELAY + 8000);
    const wrongSign = mixed(parts, 8000).filter(
      (sample, index) => Math.abs(sample) > 0.1 && sample * (heard[index] ?? 0) <= 0,
    );
    expect(wrongSign).toEqual(new Float64Array(0));
    for (const player of players) player.release();
    audio.end();
  });
});

describe('a session of another shape', () => {
  scenario('in mono is heard from both sides', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({ channels: 1 });
    const sound = quietNoise(format, 4800, 5, 0.5);
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const player = new Player(audio, eRender, { format, sound, flags });
    player.start();
    machine.runFor(200 * MS);
    const mono = samplesOf(sound, format);
    const expected = new Float64Array(2 * mono.length).map((_, index) => mono[index >> 1] ?? 0);
    const heard = samplesOf(ear.heard().bytes, formatOf({})).subarray(2 * DELAY);
    expect(largestError(heard, expected, 16)).toBeLessThan(DITHERED_STEPS);
    player.release();
    audio.end();
  });

  scenario('of another rate is resampled: a tone keeps its pitch and its level', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({ sampleRate: 44_100, float: true });
    const frames = 44_100;
    const sound = new Uint8Array(frames * frameBytes(format));
    const view = new DataView(sound.buffer);
    const hz = 1000;
    for (let frame = 0; frame < frames; frame++) {
      const value = 0.5 * Math.sin((2 * Math.PI * hz * frame) / 44_100);
      view.setFloat32(8 * frame, value, true);
      view.setFloat32(8 * frame + 4, value, true);
    }
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const player = new Player(audio, eRender, { format, sound, flags });
    player.start();
    machine.runFor(1200 * MS);
    const heard = samplesOf(ear.heard().bytes, formatOf({}));
    // The best sine of that pitch leaves nothing but rounding and dither.
    let [real, imaginary, power, count] = [0, 0, 0, 0];
    for (let frame = 4800; frame < 43_200; frame++) {
      const sample = heard[2 * frame] ?? 0;
      const angle = (2 * Math.PI * hz * frame) / 48_000;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
      power += sample * sample;
      count++;
    }
    const amplitude = (2 * Math.hypot(real, imaginary)) / count;
    expect(amplitude).toBeCloseTo(0.5, 4);
    const noisePower = power / count - (amplitude * amplitude) / 2;
    expect(10 * Math.log10((amplitude * amplitude) / 2 / noisePower)).toBeGreaterThan(85);
    player.release();
    audio.end();
  });
});

describe('the latency of a shared stream', () => {
  for (const periodFrames of [128, 160, 320, 480]) {
    scenario(
      `is the engine's and the hardware's, to the frame, from first to last: ${periodFrames} frames [WRT-LAT-008]`,
      (lab) => {
        const { audio, ear, endpoint, machine } = start(lab);
        const format = formatOf({});
        const sound = noise(format, 20 * periodFrames);
        const options = { format, sound, enginePeriodFrames: periodFrames };
        const player = new Player(audio, eRender, options);
        const current = new Out(0);
        const mix = new Out(null);
        expectOk('period', player.client.getCurrentSharedModeEnginePeriod(mix, current));
        expect(current.value).toBe(periodFrames);
        const latency100ns = asked(0, (out) => player.client.getStreamLatency(out));
        const promised = Math.round((latency100ns * 48_000) / 1e7);
        const held = endpoint.renderEngine?.stream.heldFrames ?? Number.NaN;
        player.start();
        machine.runFor(500 * MS);
        const runNs = endpoint.renderEngine?.stream.runNs ?? Number.NaN;
        expect(ear.heard()).toMatchFrames(sound, { delayFrames: periodFrames + HARDWARE });
        expect(held).toBe(HARDWARE);
        // The first write was heard a pass early: the engine had not begun. Later ones come right
        // after a pass, and wait behind what is in the buffer.
        let frame = player.writes[0]?.frames ?? 0;
        for (const { frames, ns, padding } of player.writes.slice(1)) {
          const writtenAt = Math.round(((ns - runNs) * 48_000) / 1e9);
          const heardAt = periodFrames + HARDWARE + frame;
          expect(heardAt - writtenAt).toBe(padding + promised + held);
          frame += frames;
        }
        expect(player.writes.length).toBeGreaterThan(15);
        player.release();
        audio.end();
      },
    );
  }
});
