/**
 * Shared mode at a WaveCyclic pin: the port copies packets into a cyclic buffer 40 ms ahead of the
 * device, and sends them back when they are copied. So the engine goes by the position, and what
 * it mixes is no farther from the ear than at any other pin that takes packets.
 */
import { describe, expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import type { SimpleDmaDevice } from '../../src/hardware/simple-dma/simple-dma-device.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { formatOf, type Lab, Mouth, noise, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  eCapture,
  eRender,
} from '../../src/wasapi/index.ts';
import { bootCyclic, FIFO_FRAMES } from '../support/cyclic-machine.ts';
import { AudioLab, expectOk, Player, Recorder } from '../support/wasapi-client.ts';

const PERIOD = 480;
const DELAY = 2 * PERIOD;
const SIZE = 4;
const HIGHEST_PRIORITY = 31;
const format = formatOf({});

function start(lab: Lab) {
  const machine = bootCyclic(lab);
  const mouth = new Mouth(noise(format, 48_000));
  machine.lab.device.lineIn.source = mouth;
  const audio = new AudioLab<SimpleDmaDevice>(machine.lab);
  const endpoint = (isRender: boolean) =>
    defined(
      audio.engine.endpoints.find((each) => each.isRender === isRender),
      'endpoint',
    );
  /** Another thread takes the processor so long after the stream's start, for so long. */
  const keepBusy = (runNs: number, fromMs: number, forMs: number): void => {
    const { kernel } = machine;
    const { clock, dispatcher } = kernel;
    function* busy(): ThreadGenerator {
      yield kernel.delay(Math.ceil((runNs + fromMs * 1e6 - clock.now) / 100));
      dispatcher.stall((runNs + (fromMs + forMs) * 1e6 - clock.now) / 1000);
    }
    dispatcher.createThread('busy', HIGHEST_PRIORITY, busy);
  };
  return { audio, endpoint, keepBusy, machine, mouth };
}

describe('one session', () => {
  scenario('is heard bit for bit, each frame as far behind its pass', (lab) => {
    const { audio, endpoint, machine } = start(lab);
    const sound = noise(format, 9_611);
    const player = new Player(audio, eRender, { format, sound });
    const engine = defined(endpoint(true).renderEngine, 'engine');
    expect(engine.stream.drive).toBe('irps');
    player.start();
    machine.runFor(350);
    expect(player.isDone).toBe(true);
    expect(engine.glitches).toEqual([]);
    const from = (DELAY + FIFO_FRAMES) * SIZE;
    const heard = machine.heard();
    expect(heard.subarray(0, from).every((byte) => byte === 0)).toBe(true);
    expect(Buffer.compare(heard.subarray(from, from + sound.length), sound)).toBe(0);
    const early = player.writes.slice(0, 2);
    let frame = early.reduce((sum, { frames }) => sum + frames, 0);
    const distances = player.writes.slice(2).map(({ frames, ns, padding }) => {
      const writtenAt = ((ns - engine.stream.runNs) * 48_000) / 1e9;
      const distance = DELAY + FIFO_FRAMES + frame - padding - writtenAt;
      frame += frames;
      return distance;
    });
    // A pass comes an eighth of a period after the position has come to the end of one.
    expect(distances.length).toBeGreaterThan(10);
    for (const distance of distances) expect(distance).toBeCloseTo(3 * PERIOD - PERIOD / 8, 2);
    player.release();
    audio.end();
  });
});

describe('an engine that is kept from the processor', () => {
  for (const busyMs of [30, 45.3, 60]) {
    scenario(`for ${busyMs} ms leaves a gap at its frame, and goes on behind it`, (lab) => {
      const { audio, endpoint, keepBusy, machine } = start(lab);
      const sound = noise(format, 24_000).map((byte) => byte | 1);
      const player = new Player(audio, eRender, { format, sound });
      const engine = defined(endpoint(true).renderEngine, 'engine');
      player.start();
      machine.runFor(20);
      keepBusy(engine.stream.runNs, 45, busyMs);
      machine.runFor(800);
      expect(player.isDone).toBe(true);
      const heard = machine.heard().subarray(FIFO_FRAMES * SIZE);
      expect(engine.glitches).toHaveLength(1);
      const [{ atFrame, frames } = { atFrame: 0, frames: 0 }] = engine.glitches;
      const before = (atFrame - DELAY) * SIZE;
      const [gapAt, restAt] = [atFrame * SIZE, (atFrame + frames) * SIZE];
      const rest = sound.subarray(before);
      expect(Buffer.compare(heard.subarray(DELAY * SIZE, gapAt), sound.subarray(0, before))).toBe(
        0,
      );
      expect(heard.subarray(gapAt, restAt).every((byte) => byte === 0)).toBe(true);
      expect(Buffer.compare(heard.subarray(restAt, restAt + rest.length), rest)).toBe(0);
      player.release();
      audio.end();
    });
  }

  for (const [busyMs, isLoss] of [
    [35, false],
    [400, true],
  ] as const) {
    const what = isLoss ? 'loses what the port stored over' : 'finds what the port kept';
    scenario(`for ${busyMs} ms ${what}`, (lab) => {
      const { audio, endpoint, keepBusy, machine, mouth } = start(lab);
      // Room for what the port kept, which comes all at once.
      const client = audio.client(eCapture);
      const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
      const room100ns = 2_000_000;
      expectOk(
        'Initialize',
        client.initialize(AUDCLNT_SHAREMODE_SHARED, flags, room100ns, 0, format),
      );
      const recorder = new Recorder(audio, eCapture, format, 0, client);
      const engine = defined(endpoint(false).captureEngine, 'engine');
      recorder.start();
      machine.runFor(33);
      keepBusy(engine.stream.runNs, 45, busyMs);
      machine.runFor(700);
      const { bytes, packets } = recorder;
      expect(engine.glitches).toHaveLength(isLoss ? 1 : 0);
      const marked = packets.filter(
        ({ flags }) => (flags & AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY) !== 0,
      );
      expect(marked).toHaveLength(isLoss ? 2 : 1);
      const { runNs } = engine.stream;
      packets.forEach(({ counter, position }, index) => {
        const spokenNs = runNs + (position * 1e9) / 48_000;
        expect(Math.abs(counter * 100 - spokenNs)).toBeLessThan(2e9 / 48_000);
        const own = bytes.slice(index * PERIOD * SIZE, (index + 1) * PERIOD * SIZE);
        const said = mouth.spoken.subarray(position * SIZE, (position + PERIOD) * SIZE);
        expect(`${index} ${Buffer.compare(Uint8Array.from(own), said)}`).toBe(`${index} 0`);
      });
      recorder.isStopped = true;
      machine.runFor(40);
      recorder.release();
      audio.end();
    });
  }
});
