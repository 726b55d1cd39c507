/** Shared mode at a capture endpoint: what is spoken into the mouth reaches every application. */
import { describe, expect } from 'vitest';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { formatOf, type Lab, Mouth, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  eCapture,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, MS } from '../support/hda-machine.ts';
import { largestError, quietNoise, samplesOf } from '../support/session-sounds.ts';
import { AudioLab, asked, Recorder } from '../support/wasapi-client.ts';

const PERIOD = 480;
const HIGHEST_PRIORITY = 31;
const DISCONTINUITY = AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY;

function start(lab: Lab, drive: 'timer' | 'events' | 'packets' = 'timer') {
  const machine = bootHda(lab);
  const format = formatOf({});
  const mouth = new Mouth(quietNoise(format, 48_000, 9, 0.5));
  machine.device.lineIn.source = mouth;
  const audio = new AudioLab<HdaController>(machine, { drive });
  return { audio, format, machine, mouth };
}

/** The captured frames behind those that the codec held when the stream began. */
function spoken(recorder: Recorder, bytesPerFrame: number): Uint8Array {
  return Uint8Array.from(recorder.bytes).subarray(CODEC_FRAMES * bytesPerFrame);
}

describe('a capture session of the device format', () => {
  for (const drive of ['timer', 'events'] as const) {
    scenario(
      `gets what was spoken, bit for bit, in packets of a period, by ${drive} [WRT-OVR-011]`,
      (lab) => {
        const { audio, format, machine, mouth } = start(lab, drive);
        const recorder = new Recorder(audio, eCapture, format);
        const endpoint = audio.engine.endpoints.find(({ isRender }) => !isRender);
        const engine = endpoint?.captureEngine;
        expect(engine?.stream.drive).toBe(drive);
        recorder.start();
        machine.runFor(205 * MS);
        recorder.isStopped = true;
        machine.runFor(20 * MS);
        const bytes = spoken(recorder, frameBytes(format));
        expect(bytes.length).toBeGreaterThan(18 * PERIOD * frameBytes(format));
        expect(bytes).toEqual(mouth.spoken.subarray(0, bytes.length));
        expect(recorder.packets.map(({ frames }) => frames)).toEqual(
          recorder.packets.map(() => PERIOD),
        );
        expect(recorder.packets.map(({ flags }) => flags)).toEqual(
          recorder.packets.map((_, index) => (index === 0 ? DISCONTINUITY : 0)),
        );
        expect(engine?.glitches).toEqual([]);
        recorder.release();
        audio.end();
      },
    );
  }

  scenario('knows of each packet where it lies and when it was spoken', (lab) => {
    const { audio, format, machine } = start(lab);
    const recorder = new Recorder(audio, eCapture, format);
    recorder.start();
    machine.runFor(105 * MS);
    const endpoint = audio.engine.endpoints.find(({ isRender }) => !isRender);
    const runNs = endpoint?.captureEngine?.stream.runNs ?? Number.NaN;
    recorder.packets.forEach(({ counter, position }, index) => {
      expect(position).toBe(index * PERIOD);
      // Frame n of the stream was at the mouth as long after RUN as the codec had held it before.
      const mouthNs = runNs + ((position - CODEC_FRAMES) * 1e9) / 48_000;
      expect(Math.abs(counter * 100 - mouthNs)).toBeLessThan(1e9 / 48_000);
    });
    expect(recorder.packets.length).toBeGreaterThan(8);
    expect(asked(0, (out) => recorder.client.getStreamLatency(out))).toBe(100_000);
    recorder.isStopped = true;
    machine.runFor(20 * MS);
    recorder.release();
    audio.end();
  });
});

describe('several capture sessions', () => {
  scenario('each get all of it, in their own formats', (lab) => {
    const { audio, format, machine, mouth } = start(lab);
    const wide = formatOf({ float: true });
    const mono = formatOf({ channels: 1, bits: 24 });
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const recorders = [format, wide, mono].map(
      (each) => new Recorder(audio, eCapture, each, flags),
    );
    for (const recorder of recorders) recorder.start();
    machine.runFor(155 * MS);
    for (const recorder of recorders) recorder.isStopped = true;
    machine.runFor(20 * MS);
    const said = samplesOf(mouth.spoken, format);
    const skipped = recorders.map(({ packets }) => packets[0]?.position);
    expect(skipped).toEqual([0, 0, 0]);
    const [plain, float, single] = recorders as [Recorder, Recorder, Recorder];
    const same = samplesOf(spoken(float, frameBytes(wide)), wide);
    expect(same).toEqual(said.subarray(0, same.length));
    const halves = samplesOf(spoken(single, frameBytes(mono)), mono);
    const fold = halves.map(
      (_, frame) => ((said[2 * frame] ?? 0) + (said[2 * frame + 1] ?? 0)) / 2,
    );
    expect(largestError(halves, fold, 24)).toBeLessThan(1.52);
    expect(spoken(plain, 4).length).toBeGreaterThan(4 * 12 * PERIOD);
    for (const recorder of recorders) recorder.release();
    audio.end();
  });
});

describe('a capture client that stays away', () => {
  scenario('loses the packets that its buffer has no room for, and is told so', (lab) => {
    const { audio, format, machine, mouth } = start(lab);
    const recorder = new Recorder(audio, eCapture, format);
    recorder.start();
    machine.runFor(52 * MS);
    const before = recorder.packets.length;
    recorder.awayMs = 60;
    machine.runFor(200 * MS);
    recorder.isStopped = true;
    machine.runFor(20 * MS);
    const positions = recorder.packets.map(({ position }) => position);
    const jumps = recorder.packets.filter(({ position }, index) => {
      return index > 0 && position !== (positions[index - 1] ?? 0) + PERIOD;
    });
    expect(before).toBeGreaterThan(3);
    expect(jumps).toHaveLength(1);
    expect(jumps[0]?.flags).toBe(DISCONTINUITY);
    const size = frameBytes(format);
    recorder.packets.forEach(({ position }, index) => {
      if (position === 0) return;
      const bytes = recorder.bytes.slice(index * PERIOD * size, (index + 1) * PERIOD * size);
      const from = (position - CODEC_FRAMES) * size;
      expect(Uint8Array.from(bytes)).toEqual(mouth.spoken.slice(from, from + PERIOD * size));
    });
    recorder.release();
    audio.end();
  });
});

describe('a capture engine that is kept from the processor', () => {
  for (const drive of ['timer', 'events'] as const) {
    scenario(
      `loses whole periods at a known frame, and every client is told, by ${drive}`,
      (lab) => {
        const { audio, format, machine, mouth } = start(lab, drive);
        const recorders = [0, 1, 2].map(() => new Recorder(audio, eCapture, format));
        for (const recorder of recorders) recorder.start();
        machine.runFor(32 * MS);
        const engine = audio.engine.endpoints.find(({ isRender }) => !isRender)?.captureEngine;
        if (engine === null || engine === undefined) throw new Error('no engine');
        const { kernel } = machine.machine;
        const bufferFrames = engine.stream.bufferFrames;
        function* busy(): ThreadGenerator {
          kernel.dispatcher.stall(55_000);
          yield kernel.delay(0);
        }
        const before = recorders[0]?.packets.length ?? 0;
        kernel.dispatcher.createThread('busy', HIGHEST_PRIORITY, busy);
        machine.runFor(100 * MS);
        for (const recorder of recorders) recorder.isStopped = true;
        machine.runFor(20 * MS);
        expect(engine.glitches).toHaveLength(1);
        const [glitch] = engine.glitches;
        expect(glitch?.atFrame).toBe(before * PERIOD);
        expect((glitch?.frames ?? 0) % PERIOD).toBe(0);
        // What came while the engine was away, less what the buffer holds.
        const away = 55 * 48 - bufferFrames;
        expect(Math.abs((glitch?.frames ?? 0) - away)).toBeLessThanOrEqual(PERIOD);
        for (const recorder of recorders) {
          const marked = recorder.packets.flatMap(({ flags }, index) =>
            flags === DISCONTINUITY ? [index] : [],
          );
          expect(marked).toEqual([0, before]);
          const frames = glitch?.frames ?? 0;
          recorder.packets.forEach(({ position }, index) => {
            expect(position).toBe(index * PERIOD + (index < before ? 0 : frames));
          });
          // What is behind the gap is what was spoken behind it.
          const size = frameBytes(format);
          const bytes = Uint8Array.from(recorder.bytes).subarray(before * PERIOD * size);
          const resumed = (glitch?.atFrame ?? 0) + (glitch?.frames ?? 0) - CODEC_FRAMES;
          const from = resumed * size;
          const spokenThen = mouth.spoken.subarray(from, from + bytes.length);
          expect(bytes.length).toBeGreaterThan(3 * PERIOD * size);
          expect(Buffer.compare(bytes, spokenThen)).toBe(0);
          recorder.release();
        }
        audio.end();
      },
    );
  }
});

describe('capture sessions by the dozen', () => {
  for (const count of [2, 16, 64]) {
    scenario(`all hear the same, bit for bit: ${count}`, (lab) => {
      const { audio, format, machine } = start(lab, 'events');
      const recorders = Array.from({ length: count }, () => new Recorder(audio, eCapture, format));
      for (const recorder of recorders) recorder.start();
      machine.runFor(65 * MS);
      for (const recorder of recorders) recorder.isStopped = true;
      machine.runFor(20 * MS);
      const [first, ...others] = recorders.map(({ bytes }) => Uint8Array.from(bytes));
      expect(first?.length).toBeGreaterThanOrEqual(6 * PERIOD * frameBytes(format));
      for (const other of others) expect(Buffer.compare(first ?? other, other)).toBe(0);
      for (const recorder of recorders) recorder.release();
      audio.end();
    });
  }
});
