/**
 * A shared capture stream that its application turns down: what was spoken comes out smaller by
 * the session's volume and its channels', silent when muted, and bit for bit as soon as both are
 * back at full. Source: ISimpleAudioVolume, IAudioStreamVolume.
 */
import { describe, expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import { formatOf, type Lab, Mouth, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  E_INVALIDARG,
  E_NOINTERFACE,
  eCapture,
  type ISimpleAudioVolume,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, MS } from '../support/hda-machine.ts';
import { largestError, quietNoise, samplesOf } from '../support/session-sounds.ts';
import { AudioLab, asked, expectOk, Recorder, serviceOf } from '../support/wasapi-client.ts';

const PERIOD = 480;
const TEN_MS = 100_000;
/** Dither is less than a step either way, rounding half a step, single precision a little. */
const DITHERED_STEPS = 1.52;
const ROUNDED_STEPS = 0.52;
const DEVICE = formatOf({});

function start(lab: Lab) {
  const machine = bootHda(lab);
  const mouth = new Mouth(quietNoise(DEVICE, 48_000, 9, 0.5));
  machine.device.lineIn.source = mouth;
  return { audio: new AudioLab<HdaController>(machine, { drive: 'packets' }), machine, mouth };
}

/** Gains of the left and the right channel in the n-th packet. */
const gainsOf = (packet: number): readonly [number, number] => {
  if (packet < 3) return [1, 1];
  if (packet < 5) return [0.25, 0.25];
  if (packet < 7) return [0, 0];
  return packet < 9 ? [0.5, 1] : [1, 1];
};

/** Records while the volumes change behind the third, fifth, seventh and ninth packet. */
function recordTurned(lab: Lab, format: PcmFormat) {
  const { audio, machine, mouth } = start(lab);
  const recorder = new Recorder(audio, eCapture, format, AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM);
  const untouched = new Recorder(audio, eCapture, DEVICE);
  const volume = serviceOf(recorder.client, 'ISimpleAudioVolume');
  const channels = serviceOf(recorder.client, 'IAudioStreamVolume');
  recorder.start();
  untouched.start();
  machine.runFor(35 * MS);
  expectOk('volume', volume.setMasterVolume(0.25));
  machine.runFor(20 * MS);
  // Two ways to the same silence, neither of which is dithered.
  expectOk('mute', volume.setMute(true));
  machine.runFor(10 * MS);
  expectOk('volume', volume.setMasterVolume(0));
  expectOk('mute', volume.setMute(false));
  machine.runFor(10 * MS);
  expectOk('volume', volume.setMasterVolume(1));
  expectOk('left', channels.setChannelVolume(0, 0.5));
  machine.runFor(20 * MS);
  expectOk('left', channels.setChannelVolume(0, 1));
  machine.runFor(40 * MS);
  for (const each of [recorder, untouched]) each.isStopped = true;
  machine.runFor(20 * MS);
  volume.release();
  channels.release();
  for (const each of [recorder, untouched]) each.release();
  audio.end();
  const said = samplesOf(mouth.spoken, DEVICE);
  const bytes = Uint8Array.from(recorder.bytes);
  expect(Uint8Array.from(untouched.bytes).subarray(4 * CODEC_FRAMES)).toEqual(
    mouth.spoken.subarray(0, untouched.bytes.length - 4 * CODEC_FRAMES),
  );
  /** What the n-th packet holds, and what was said in it. */
  const packet = (index: number, count: number) => {
    const size = PERIOD * frameBytes(format);
    const first = 2 * (index * PERIOD - CODEC_FRAMES);
    return {
      bytes: bytes.subarray(index * size, (index + count) * size),
      said: said.subarray(first, first + 2 * count * PERIOD),
    };
  };
  return { packet, packets: recorder.packets };
}

describe('a shared capture session is turned down', () => {
  for (const [name, format, steps] of [
    ["the device's format", DEVICE, 16],
    ['24 bits', formatOf({ bits: 24 }), 24],
    ['32-bit float', formatOf({ float: true }), 24],
  ] as const) {
    scenario(`in packets of ${name}`, (lab) => {
      const { packet, packets } = recordTurned(lab, format);
      expect(packets.length).toBeGreaterThanOrEqual(12);
      for (let index = 1; index < 12; index++) {
        const { bytes, said } = packet(index, 1);
        const samples = samplesOf(bytes, format);
        const [left, right] = gainsOf(index);
        const expected = said.map((sample, at) => sample * (at % 2 === 0 ? left : right));
        const isUntouched = left === 1 && right === 1;
        if (left === 0) expect(samples.every((sample) => sample === 0)).toBe(true);
        else if (isUntouched) expect(samples).toEqual(expected);
        else {
          const error = largestError(samples, expected, steps);
          expect(error).toBeLessThan(DITHERED_STEPS);
          // Steps of 16 bits are dithered; rounding alone is never off by more than half of one.
          if (format === DEVICE) expect(error).toBeGreaterThan(ROUNDED_STEPS);
        }
      }
      // Not the position nor the size of a packet knows of it.
      expect(packets.map(({ position }) => position)).toEqual(packets.map((_, n) => n * PERIOD));
    });
  }

  scenario('to the silence of 8 bits, which is no zero', (lab) => {
    const { packet } = recordTurned(lab, { ...formatOf({ bits: 8 }), containerBits: 8 });
    expect(new Set(packet(5, 2).bytes)).toEqual(new Set([0x80]));
    expect(new Set(packet(1, 2).bytes).size).toBeGreaterThan(50);
  });
});

describe('the volume of a capture stream', () => {
  scenario('is told as it was set, and has a range', (lab) => {
    const { audio } = start(lab);
    const recorder = new Recorder(audio, eCapture, DEVICE);
    const volume = serviceOf(recorder.client, 'ISimpleAudioVolume');
    expect(volume.setMasterVolume(1.01)).toBe(E_INVALIDARG);
    expect(asked(0, (out) => volume.getMasterVolume(out))).toBe(1);
    expectOk('volume', volume.setMasterVolume(0.5));
    expectOk('mute', volume.setMute(true));
    expect(asked(0, (out) => volume.getMasterVolume(out))).toBe(0.5);
    expect(asked(false, (out) => volume.getMute(out))).toBe(true);
    volume.release();
    recorder.release();
    audio.end();
  });

  scenario('is not there in exclusive mode', (lab) => {
    const { audio } = start(lab);
    const client = audio.client(eCapture);
    expectOk('Initialize', client.initialize(AUDCLNT_SHAREMODE_EXCLUSIVE, 0, TEN_MS, 0, DEVICE));
    const volume = new Out<ISimpleAudioVolume | null>(null);
    expect(client.getService('ISimpleAudioVolume', volume)).toBe(E_NOINTERFACE);
    client.release();
    audio.end();
  });
});
