/**
 * Exclusive mode at every format that the endpoints claim, both ways: the application's bytes are
 * at the ear, and the mouth's are in the application's buffer, whoever drives the stream.
 */
import { describe, expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
  type TestRenderOptions,
} from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_E_UNSUPPORTED_FORMAT,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  eCapture,
  eRender,
  S_OK,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, Player, Recorder } from '../support/wasapi-client.ts';
import {
  openEventDriven,
  openTimerDriven,
  playByTimer,
  recordByTimer,
} from '../support/wasapi-exclusive.ts';

const RATES_HZ = [
  8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];
const SAMPLES: readonly TestRenderOptions[] = [
  { bits: 16 },
  { bits: 20 },
  { bits: 24 },
  { bits: 32 },
  { float: true },
];
const TEN_MS = 100_000;
/** A driver maps whole units of 128 bytes to a packet. */
const UNIT_BYTES = 128;

function start(lab: Lab) {
  const machine = bootHda(lab);
  const audio = new AudioLab<HdaController>(machine);
  return { audio, machine };
}

/** An ear from the moment on at which the stream runs: opening the codec's path takes its time. */
function listen(machine: ReturnType<typeof bootHda>): EarRecorder {
  machine.runFor(0);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  return ear;
}

/** A mouth from that moment on. */
function speak(machine: ReturnType<typeof bootHda>, format: PcmFormat): Mouth {
  machine.runFor(0);
  const mouth = new Mouth(noise(format, format.rateHz / 5));
  machine.device.lineIn.source = mouth;
  return mouth;
}

/** The formats of one rate that the endpoint takes in exclusive mode, and those that it refuses. */
function formatsAt(audio: AudioLab<HdaController>, flow: number, sampleRate: number) {
  const client = audio.client(flow);
  const taken: PcmFormat[] = [];
  const refused: PcmFormat[] = [];
  for (const sample of SAMPLES) {
    for (let channels = 1; channels <= 8; channels++) {
      const format = formatOf({ ...sample, sampleRate, channels });
      const closest = new Out<PcmFormat | null>(null);
      const result = client.isFormatSupported(AUDCLNT_SHAREMODE_EXCLUSIVE, format, closest);
      if (result === S_OK) taken.push(format);
      else {
        expect([result, closest.value]).toEqual([AUDCLNT_E_UNSUPPORTED_FORMAT, null]);
        refused.push(format);
      }
    }
  }
  client.release();
  return { refused, taken };
}

const nameOf = ({ channels, float, rateHz, validBits }: PcmFormat): string =>
  `${rateHz} Hz, ${float ? 'float' : validBits}, ${channels} channels`;

const unitFrames = (format: PcmFormat): number => {
  let frames = 1;
  while ((frames * frameBytes(format)) % UNIT_BYTES !== 0) frames++;
  return frames;
};

describe('the speaker in exclusive mode', () => {
  for (const rateHz of RATES_HZ) {
    scenario(
      `plays all that it claims at ${rateHz} Hz, event-driven and timer-driven [WRT-OVR-009]`,
      (lab) => {
        const { audio, machine } = start(lab);
        const { taken } = formatsAt(audio, eRender, rateHz);
        expect(taken).toHaveLength(40);
        const held = fifoFrames(rateHz) + CODEC_FRAMES;
        for (const format of taken) {
          const sound = noise(format, Math.round(rateHz / 40));
          const { bufferFrames, client, wasAligned } = openEventDriven(
            audio,
            eRender,
            format,
            TEN_MS,
          );
          const name = nameOf(format);
          const unit = unitFrames(format);
          const asked = Math.round(rateHz / 100);
          expect(wasAligned, name).toBe(asked % unit !== 0);
          expect(bufferFrames, name).toBe(Math.ceil(asked / unit) * unit);
          client.release();
          const duration = Math.floor((1e7 / rateHz) * bufferFrames + 0.5);
          const times = { bufferDuration: duration, periodicity: duration };
          const shareMode = AUDCLNT_SHAREMODE_EXCLUSIVE;
          const player = new Player(audio, eRender, { format, sound, shareMode, ...times });
          player.start();
          let ear = listen(machine);
          machine.runFor(150 * MS);
          expect(player.isDone, name).toBe(true);
          expect(ear.heard(), name).toMatchFrames(sound, { delayFrames: bufferFrames + held });
          player.release();

          const timed = openTimerDriven(audio, eRender, format, 2 * TEN_MS);
          const playing = playByTimer(audio, timed, format, sound, 70_000);
          ear = listen(machine);
          machine.runFor(45 * MS);
          expect(ear.heard(), name).toMatchFrames(sound, { delayFrames: held });
          playing.stop();
          machine.runFor(10 * MS);
          timed.client.release();
        }
        audio.end();
      },
    );
  }
});

describe('the line input in exclusive mode', () => {
  for (const rateHz of RATES_HZ) {
    scenario(`records all that it claims at ${rateHz} Hz, event-driven and timer-driven`, (lab) => {
      const { audio, machine } = start(lab);
      const { refused, taken } = formatsAt(audio, eCapture, rateHz);
      expect(taken.length).toBeGreaterThanOrEqual(4);
      expect(refused.length).toBe(40 - taken.length);
      for (const format of taken) {
        const name = nameOf(format);
        const size = frameBytes(format);
        const { bufferFrames, client } = openEventDriven(audio, eCapture, format, TEN_MS);
        const recorder = new Recorder(audio, eCapture, format, 0, client);
        recorder.start();
        let mouth = speak(machine, format);
        machine.runFor(45 * MS);
        recorder.isStopped = true;
        machine.runFor(20 * MS);
        expect(
          recorder.packets.every(({ frames }) => frames === bufferFrames),
          name,
        ).toBe(true);
        expectSpoken(Uint8Array.from(recorder.bytes), mouth, size, rateHz / 34, name);
        recorder.release();

        const timed = openTimerDriven(audio, eCapture, format, 2 * TEN_MS);
        const recording = recordByTimer(audio, timed, format, 70_000);
        mouth = speak(machine, format);
        machine.runFor(45 * MS);
        recording.isStopped = true;
        machine.runFor(10 * MS);
        expectSpoken(Uint8Array.from(recording.bytes), mouth, size, rateHz / 30, name);
        timed.client.release();
      }
      audio.end();
    });
  }
});

/** At least `leastFrames` were captured, and behind what the codec held they are what was spoken. */
function expectSpoken(
  bytes: Uint8Array,
  mouth: Mouth,
  size: number,
  leastFrames: number,
  name: string,
): void {
  const heard = bytes.subarray(CODEC_FRAMES * size);
  expect(heard.length / size, name).toBeGreaterThan(leastFrames - CODEC_FRAMES);
  expect(Buffer.compare(heard, mouth.spoken.subarray(0, heard.length)), name).toBe(0);
}
