/**
 * Exclusive capture: the application reads where the device stores. By events it gets halves, by a
 * timer whatever is there; what it comes too late for is lost at a known frame, and it is told so.
 */
import { describe, expect } from 'vitest';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { formatOf, type Lab, Mouth, noise, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY,
  AUDCLNT_E_DEVICE_IN_USE,
  AUDCLNT_SHAREMODE_SHARED,
  eCapture,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, MS } from '../support/hda-machine.ts';
import { AudioLab, asked, Recorder } from '../support/wasapi-client.ts';
import { openEventDriven, openTimerDriven, recordByTimer } from '../support/wasapi-exclusive.ts';

const DISCONTINUITY = AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY;
const TEN_MS = 100_000;
const FRAME_BYTES = 4;
const format = formatOf({});

function start(lab: Lab, drive: 'timer' | 'events' | 'packets' = 'packets') {
  const machine = bootHda(lab);
  const mouth = new Mouth(noise(format, 96_000, 3));
  machine.device.lineIn.source = mouth;
  const audio = new AudioLab<HdaController>(machine, { drive });
  return { audio, machine, mouth };
}

interface Packet {
  readonly frames: number;
  readonly flags: number;
  readonly position: number;
}

/** Every packet holds what was spoken at its position. */
function expectInPlace(packets: readonly Packet[], bytes: Uint8Array, mouth: Mouth): void {
  let at = 0;
  for (const { frames, position } of packets) {
    const part = bytes.subarray(at, at + frames * FRAME_BYTES);
    at += part.length;
    if (position < CODEC_FRAMES) continue;
    const from = (position - CODEC_FRAMES) * FRAME_BYTES;
    expect(Buffer.compare(part, mouth.spoken.subarray(from, from + part.length))).toBe(0);
  }
}

describe('an exclusive capture stream', () => {
  for (const drive of ['timer', 'events', 'packets'] as const) {
    scenario(`gives one half at each event, and nothing is lost, by ${drive}`, (lab) => {
      const { audio, machine, mouth } = start(lab, drive);
      const { bufferFrames, client } = openEventDriven(audio, eCapture, format, TEN_MS);
      const recorder = new Recorder(audio, eCapture, format, 0, client);
      const shared = audio.client(eCapture);
      const refused = shared.initialize(AUDCLNT_SHAREMODE_SHARED, 0, 0, 0, format);
      expect(refused).toBe(AUDCLNT_E_DEVICE_IN_USE);
      shared.release();
      recorder.start();
      machine.runFor(205 * MS);
      recorder.isStopped = true;
      machine.runFor(20 * MS);
      expect(recorder.packets.length).toBeGreaterThanOrEqual(20);
      recorder.packets.forEach(({ flags, frames, position }, index) => {
        expect([frames, position]).toEqual([bufferFrames, index * bufferFrames]);
        expect(flags).toBe(index === 0 ? DISCONTINUITY : 0);
      });
      expectInPlace(recorder.packets, Uint8Array.from(recorder.bytes), mouth);
      expect(asked(0, (out) => recorder.client.getStreamLatency(out))).toBe(TEN_MS);
      recorder.release();
      audio.end();
    });

    scenario(`that its application leaves loses whole halves, and says so, by ${drive}`, (lab) => {
      const { audio, machine, mouth } = start(lab, drive);
      const { bufferFrames, client } = openEventDriven(audio, eCapture, format, TEN_MS);
      const recorder = new Recorder(audio, eCapture, format, 0, client);
      recorder.start();
      machine.runFor(52 * MS);
      recorder.awayMs = 47;
      machine.runFor(200 * MS);
      recorder.isStopped = true;
      machine.runFor(20 * MS);
      const { packets } = recorder;
      const after = packets.findIndex(({ flags }, index) => index > 0 && flags === DISCONTINUITY);
      expect(after).toBeGreaterThan(3);
      const lost = (packets[after]?.position ?? 0) - (packets[after - 1]?.position ?? 0);
      // 47 ms are four periods and more; the two in the buffer are not lost.
      expect(lost / bufferFrames).toBeGreaterThanOrEqual(3);
      expect(lost % bufferFrames).toBe(0);
      expect(packets.filter(({ flags }) => flags === DISCONTINUITY)).toHaveLength(2);
      expectInPlace(packets, Uint8Array.from(recorder.bytes), mouth);
      recorder.release();
      audio.end();
    });
  }

  scenario('by a timer is read as it comes, over the end of the buffer', (lab) => {
    const { audio, machine, mouth } = start(lab);
    const opened = openTimerDriven(audio, eCapture, format, 2 * TEN_MS);
    const recording = recordByTimer(audio, opened, format, 70_000);
    machine.runFor(200 * MS);
    recording.isStopped = true;
    machine.runFor(10 * MS);
    const bytes = Uint8Array.from(recording.bytes);
    const heard = bytes.subarray(CODEC_FRAMES * FRAME_BYTES);
    expect(heard.length).toBeGreaterThan(9000 * FRAME_BYTES);
    expect(Buffer.compare(heard, mouth.spoken.subarray(0, heard.length))).toBe(0);
    const ends = recording.packets.filter(({ position }) => position % 960 === 0);
    expect(ends.length).toBeGreaterThan(8);
    opened.client.release();
    audio.end();
  });

  scenario('by a timer that comes too late goes on with the oldest frame there is', (lab) => {
    const { audio, machine, mouth } = start(lab);
    const opened = openTimerDriven(audio, eCapture, format, 2 * TEN_MS);
    const recording = recordByTimer(audio, opened, format, 70_000);
    machine.runFor(50 * MS);
    recording.away100ns = 333_333;
    machine.runFor(150 * MS);
    recording.isStopped = true;
    machine.runFor(10 * MS);
    const { packets } = recording;
    const marked = packets.filter(({ flags }) => flags === DISCONTINUITY);
    expect(marked).toHaveLength(2);
    const late = packets.indexOf(marked[1] as Packet);
    const before = packets[late - 1] as Packet;
    const lost = (marked[1]?.position ?? 0) - before.position - before.frames;
    // 40 ms and a third of one are 1936 frames, of which the buffer holds the last 960.
    expect(Math.abs(lost - (1936 - 960))).toBeLessThanOrEqual(1);
    expectInPlace(packets, Uint8Array.from(recording.bytes), mouth);
    opened.client.release();
    audio.end();
  });
});
