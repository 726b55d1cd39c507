/**
 * The engine over time: sixteen applications that play without end leave memory as it was, and a
 * system clock that ticks slowly makes a difference only to an engine that a timer drives.
 */
import { describe, expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  eRender,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, asked, expectOk, Player, serviceOf } from '../support/wasapi-client.ts';

const DRIVES = ['timer', 'events', 'packets'] as const;
const SECOND = 1000 * MS;
const PERIOD = 480;

describe('sixteen sessions without end', () => {
  for (const drive of DRIVES) {
    scenario(`hold as much memory after 30 seconds as after one, by ${drive}`, (lab) => {
      const machine = bootHda(lab);
      const audio = new AudioLab<HdaController>(machine, { drive });
      const { kernel } = machine.machine;
      let isOver = false;
      const handle = audio.home.process.createEvent('synchronization');
      const event = defined(audio.home.process.event(handle), 'event');
      const sessions = Array.from({ length: 16 }, () => {
        const client = audio.client(eRender);
        const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
        const format = formatOf({});
        expectOk('Initialize', client.initialize(AUDCLNT_SHAREMODE_SHARED, flags, 0, 0, format));
        expectOk('SetEventHandle', client.setEventHandle(handle));
        return { client, render: serviceOf(client, 'IAudioRenderClient') };
      });
      const at = new Out(virtual(0));
      const write = (): void => {
        for (const { client, render } of sessions) {
          const frames = 2 * PERIOD - asked(0, (out) => client.getCurrentPadding(out));
          expectOk('GetBuffer', render.getBuffer(frames, at));
          expectOk('ReleaseBuffer', render.releaseBuffer(frames, 0));
        }
      };
      function* run(): ThreadGenerator {
        write();
        for (const { client } of sessions) expectOk('Start', client.start());
        while (!isOver) {
          yield kernel.waitFor(event, null);
          if (!isOver) write();
        }
      }
      kernel.dispatcher.createThread('application', 8, run);
      const held = () => ({
        alarms: kernel.clock.pending.length,
        blocks: kernel.pool.livePoolBlocks,
        bytes: kernel.pool.livePoolBytes,
        pages: kernel.memory.frames.allocatedPages,
      });
      machine.runFor(SECOND);
      const before = held();
      machine.runFor(29 * SECOND);
      expect(held()).toEqual(before);
      const engine = audio.engine.endpoints.find(({ isRender }) => isRender)?.renderEngine;
      expect(engine?.glitches).toEqual([]);
      expect(engine?.mixer.running.flatMap(({ gaps }) => gaps)).toEqual([]);
      isOver = true;
      event.set();
      machine.runFor(MS);
      for (const { client, render } of sessions) {
        render.release();
        client.release();
      }
      audio.home.process.closeHandle(handle);
      audio.end();
    });
  }
});

describe('a system clock that ticks every 15.6 ms', () => {
  for (const drive of DRIVES) {
    const isLate = drive === 'timer';
    scenario(
      `${isLate ? 'is too slow for' : 'does not disturb'} an engine of 10 ms by ${drive}`,
      (lab) => {
        const machine = bootHda(lab, { timing: { timerResolution100ns: 156_250 } });
        const ear = new EarRecorder();
        machine.device.speaker.sink = ear;
        const audio = new AudioLab<HdaController>(machine, { drive });
        const format = formatOf({});
        const sound = noise(format, 12_000);
        const player = new Player(audio, eRender, { format, sound });
        const engine = audio.engine.endpoints[0]?.renderEngine;
        player.start();
        machine.runFor(600 * MS);
        const { glitches = [] } = engine ?? {};
        expect(glitches.length > 0).toBe(isLate);
        if (!isLate) {
          const delayFrames = PERIOD + fifoFrames(48_000) + CODEC_FRAMES;
          expect(ear.heard()).toMatchFrames(sound, { delayFrames });
        }
        player.release();
        audio.end();
      },
    );
  }
});
