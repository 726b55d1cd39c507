/**
 * An engine that comes late: another thread keeps the processor, the device goes past what was
 * written, and the frames that are heard in its place, their number and their frame follow from
 * the clock alone.
 */
import { describe, expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import { eRender } from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, Player } from '../support/wasapi-client.ts';

const PERIOD = 480;
const HARDWARE = fifoFrames(48_000) + CODEC_FRAMES;
const HIGHEST_PRIORITY = 31;

/** Plays a second of noise, and holds the processor `busyMs` from 45 ms after RUN on. */
function playLate(lab: Lab, drive: 'timer' | 'events' | 'packets', busyMs: number) {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const audio = new AudioLab<HdaController>(machine, { drive });
  const format = formatOf({});
  const sound = noise(format, 24_000);
  const player = new Player(audio, eRender, { format, sound });
  const endpoint = audio.engine.endpoints.find(({ isRender }) => isRender);
  const engine = endpoint?.renderEngine;
  if (engine === null || engine === undefined) throw new Error('no engine');
  player.start();
  machine.runFor(20 * MS);
  const { kernel } = machine.machine;
  const { runNs } = engine.stream;
  function* busy(): ThreadGenerator {
    yield kernel.delay(Math.ceil((runNs + 45 * MS - kernel.clock.now) / 100));
    const untilNs = runNs + (45 + busyMs) * MS;
    kernel.dispatcher.stall((untilNs - kernel.clock.now) / 1000);
  }
  kernel.dispatcher.createThread('busy', HIGHEST_PRIORITY, busy);
  machine.runFor(700 * MS);
  const heard = ear.heard().bytes;
  const size = frameBytes(format);
  /** What the ear heard of the frames that were fetched from `first` on. */
  const fetched = (first: number, frames: number): Uint8Array =>
    heard.subarray((HARDWARE + first) * size, (HARDWARE + first + frames) * size);
  const glitches = [...engine.glitches];
  const gaps = player.isDone ? [] : ['not played out'];
  player.release();
  audio.end();
  return { fetched, gaps, glitches, sound, size };
}

describe('an engine that is kept from the processor', () => {
  for (const [drive, busyMs] of [
    ['timer', 15],
    ['timer', 25.3],
    ['timer', 41.7],
    ['events', 25.3],
    ['packets', 25.3],
    ['packets', 40],
  ] as const) {
    scenario(
      `for ${busyMs} ms is heard at its frame, for as long as it was late, by ${drive} [WRT-POS-007]`,
      (lab) => {
        const { fetched, gaps, glitches, sound, size } = playLate(lab, drive, busyMs);
        // The pass at 40 ms wrote up to 60 ms; the next one came when the processor was free.
        const atFrame = 6 * PERIOD;
        const cameAt = framesIn((45 + busyMs) * MS, 48_000);
        const nextPacket = Math.floor(cameAt / PERIOD) * PERIOD + PERIOD;
        const goesOnAt = drive === 'timer' ? cameAt : nextPacket;
        const frames = goesOnAt - atFrame;
        expect(glitches).toEqual(cameAt > atFrame ? [{ atFrame, frames }] : []);
        const before = (atFrame - PERIOD) * size;
        expect(fetched(PERIOD, atFrame - PERIOD)).toEqual(sound.subarray(0, before));
        const late = Math.max(0, frames);
        const rest = sound.subarray(before);
        const restFrom = cameAt > atFrame ? atFrame + late : atFrame;
        expect(fetched(restFrom, rest.length / size)).toEqual(rest);
        expect(gaps).toEqual([]);
      },
    );
  }

  scenario('for less than what it had written is not heard', (lab) => {
    const { fetched, glitches, sound, size } = playLate(lab, 'timer', 14.9);
    expect(glitches).toEqual([]);
    expect(fetched(PERIOD, sound.length / size)).toEqual(sound);
  });
});
