/**
 * A machine that sleeps while applications play and record. Their streams live through it: the
 * device stands still, and goes on with the next frame when it wakes, by every drive and in both
 * modes; nobody loses a frame, and the clock of a stream never runs backwards.
 */
import { describe, expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { PowerSystemSleeping3 } from '../../src/kernel/ddi/index.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
} from '../../src/testing/index.ts';
import {
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  eCapture,
  eRender,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, asked, Player, Recorder, serviceOf } from '../support/wasapi-client.ts';

const TEN_MS = 100_000;
const format = formatOf({});
const drives = ['timer', 'events', 'packets'] as const;

/** The whole machine: its device goes to D3 with it, and comes back to D0. */
function sleep(machine: ReturnType<typeof bootHda>, durationNs: number): void {
  const { power } = machine.machine.kernel;
  expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
  machine.runFor(durationNs);
  expect(power.wake()).toBe(STATUS_SUCCESS);
}

/** FIFO and codec, both ways. */
const MOST_HELD_BYTES = 2 * (fifoFrames(48_000) + CODEC_FRAMES) * 4;
/** Neither a whole number of periods, nor of the buffers that the engine and clients have. */
const SLEEP_NS = 303_456_700;

function start(lab: Lab, drive: (typeof drives)[number]) {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const mouth = new Mouth(noise(format, 96_000, 5).map((byte) => byte | 1));
  machine.device.lineIn.source = mouth;
  const audio = new AudioLab<HdaController>(machine, { drive });
  return { audio, ear, machine, mouth };
}

/** The frames that are no silence. */
function withoutSilence(bytes: Uint8Array, frameBytes: number): Uint8Array {
  const kept: number[] = [];
  for (let at = 0; at < bytes.length; at += frameBytes) {
    const frame = bytes.subarray(at, at + frameBytes);
    if (frame.some((byte) => byte !== 0)) kept.push(...frame);
  }
  return Uint8Array.from(kept);
}

/** Where two sounds part; -1 when they are the same. */
function firstDifference(heard: Uint8Array, expected: Uint8Array): number {
  const length = Math.max(heard.length, expected.length);
  for (let at = 0; at < length; at++) if (heard[at] !== expected[at]) return at;
  return -1;
}

describe('a machine that sleeps while an application', () => {
  for (const drive of drives) {
    for (const shareMode of [AUDCLNT_SHAREMODE_SHARED, AUDCLNT_SHAREMODE_EXCLUSIVE]) {
      const isShared = shareMode === AUDCLNT_SHAREMODE_SHARED;
      const mode = isShared ? 'shared' : 'exclusive';
      scenario(
        `plays in ${mode} mode is heard to the end of it, by ${drive} [WRT-PWR-003]`,
        (lab) => {
          const { audio, ear, machine } = start(lab, drive);
          const sound = noise(format, 12_000).map((byte) => byte | 1);
          const times = isShared ? {} : { bufferDuration: TEN_MS, periodicity: TEN_MS };
          const player = new Player(audio, eRender, { format, sound, shareMode, ...times });
          const clock = serviceOf(player.client, 'IAudioClock');
          const position = (): number => asked(0, (out) => clock.getPosition(out, new Out(0)));
          player.start();
          const seen: number[] = [];
          for (const runMs of [53, 71]) {
            machine.runFor(runMs * MS);
            const before = position();
            sleep(machine, SLEEP_NS);
            // What the hardware held may be heard between two looks; nothing else moves in a sleep.
            expect(position() - before).toBeLessThan(48);
            seen.push(before, position());
          }
          for (let look = 0; look < 30; look++) {
            machine.runFor(10 * MS);
            seen.push(position());
          }
          expect(seen[0]).toBeGreaterThan(0);
          expect(seen).toEqual([...seen].sort((left, right) => left - right));
          expect(player.isDone).toBe(true);
          const heard = withoutSilence(ear.heard().bytes, 4);
          expect([heard.length, firstDifference(heard, sound)]).toEqual([sound.length, -1]);
          const [endpoint] = audio.engine.endpoints;
          expect(endpoint?.renderEngine?.glitches ?? []).toEqual([]);
          clock.release();
          player.release();
          audio.end();
        },
      );
    }
  }

  for (const drive of ['timer', 'events'] as const) {
    scenario(`records goes on with what is spoken after it, by ${drive}`, (lab) => {
      const { audio, machine, mouth } = start(lab, drive);
      const recorder = new Recorder(audio, eCapture, format);
      recorder.start();
      machine.runFor(53 * MS);
      const before = recorder.packets.length;
      sleep(machine, SLEEP_NS);
      machine.runFor(100 * MS);
      recorder.isStopped = true;
      machine.runFor(30 * MS);
      expect(before).toBeGreaterThan(3);
      expect(recorder.packets.length).toBeGreaterThan(before + 7);
      // What FIFO and codec held is lost, and the codec begins anew with silence.
      const bytes = withoutSilence(Uint8Array.from(recorder.bytes), 4);
      const from = 4 * Math.floor(firstDifference(bytes, mouth.spoken) / 4);
      expect(from).toBeGreaterThan(53 * 48 * 4 - MOST_HELD_BYTES);
      const rest = bytes.subarray(from);
      const at = Buffer.from(mouth.spoken).indexOf(rest.subarray(0, 400));
      expect(rest.length).toBeGreaterThan(7 * 480 * 4);
      expect(rest).toEqual(mouth.spoken.slice(at, at + rest.length));
      // The mouth went on speaking, and nobody listened until the driver had put all in its place.
      const missed = (at - from) / 4;
      expect(missed).toBeGreaterThanOrEqual(framesIn(SLEEP_NS, 48_000));
      expect(missed).toBeLessThan(framesIn(SLEEP_NS + 40 * MS, 48_000));
      expect(recorder.packets.slice(1).map(({ flags }) => flags)).toEqual(
        recorder.packets.slice(1).map(() => 0),
      );
      recorder.release();
      audio.end();
    });
  }
});
