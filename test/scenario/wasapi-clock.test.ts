/**
 * IAudioClock and IAudioClock2 against the ear and the mouth: the position is what was heard or
 * captured, it never runs backwards, and it stands while the stream does.
 */
import { describe, expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
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
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  AUDIOCLOCK_CHARACTERISTIC_FIXED_FREQ,
  eCapture,
  eRender,
  type IAudioClient3,
  type IAudioClock2,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import {
  AudioLab,
  asked,
  expectOk,
  Player,
  Recorder,
  serviceOf,
} from '../support/wasapi-client.ts';
import { openTimerDriven, playByTimer } from '../support/wasapi-exclusive.ts';

const DRIVES = ['timer', 'events', 'packets'] as const;
const LOOK_NS = 1_234_567;
const TEN_MS = 100_000;
const HELD = fifoFrames(48_000) + CODEC_FRAMES;

function start(lab: Lab, drive: (typeof DRIVES)[number] = 'packets') {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  machine.device.lineIn.source = new Mouth(noise(formatOf({}), 48_000));
  const audio = new AudioLab<HdaController>(machine, { drive });
  return { audio, ear, machine };
}

/** Both clocks of a client. */
function clocksOf(client: IAudioClient3) {
  const clock = serviceOf(client, 'IAudioClock');
  const second = asked<IAudioClock2 | null>(null, (out) =>
    clock.queryInterface('IAudioClock2', out),
  );
  if (second === null) throw new Error('no IAudioClock2');
  const counter = new Out(0);
  return {
    clock,
    counter,
    position: (): number => asked(0, (out) => clock.getPosition(out, counter)),
    devicePosition: (): number => asked(0, (out) => second.getDevicePosition(out, counter)),
    release: (): void => {
      second.release();
      clock.release();
    },
  };
}

const isSorted = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));

describe('the clock of a shared stream', () => {
  for (const drive of DRIVES) {
    scenario(`tells what the ear has heard, to the frame, by ${drive}`, (lab) => {
      const { audio, ear, machine } = start(lab, drive);
      const format = formatOf({});
      const player = new Player(audio, eRender, { format, sound: noise(format, 9600) });
      const clocks = clocksOf(player.client);
      expect(asked(0, (out) => clocks.clock.getFrequency(out))).toBe(48_000);
      expect(asked(0, (out) => clocks.clock.getCharacteristics(out))).toBe(
        AUDIOCLOCK_CHARACTERISTIC_FIXED_FREQ,
      );
      player.start();
      const seen: number[] = [];
      for (let look = 0; look < 250; look++) {
        machine.runFor(LOOK_NS);
        const position = clocks.position();
        expect(clocks.counter.value).toBe(Math.floor(machine.machine.now / 100));
        const heard = ear.heard().frames - 480 - HELD;
        expect(position).toBe(Math.min(9600, Math.max(0, heard)));
        seen.push(position);
      }
      expect(isSorted(seen)).toBe(true);
      expect(seen.at(-1)).toBe(9600);
      clocks.release();
      player.release();
      audio.end();
    });
  }

  scenario('counts its own frames at its own rate, and the device at the device rate', (lab) => {
    const { audio, machine } = start(lab, 'events');
    const format = formatOf({ sampleRate: 44_100 });
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const player = new Player(audio, eRender, { format, sound: noise(format, 44_100), flags });
    const clocks = clocksOf(player.client);
    expect(asked(0, (out) => clocks.clock.getFrequency(out))).toBe(44_100);
    player.start();
    machine.runFor(0);
    const runNs = audio.engine.endpoints[0]?.renderEngine?.stream.runNs ?? Number.NaN;
    const seen: number[] = [];
    for (let look = 0; look < 300; look++) {
      machine.runFor(LOOK_NS);
      const elapsed = machine.machine.now - runNs;
      const position = clocks.position();
      seen.push(position);
      const heard = Math.max(0, framesIn(elapsed, 48_000) - 480 - CODEC_FRAMES);
      expect(Math.abs(position - (heard * 44_100) / 48_000)).toBeLessThan(fifoFrames(48_000) + 64);
      expect(Math.abs(clocks.devicePosition() - framesIn(elapsed, 48_000))).toBeLessThanOrEqual(1);
    }
    expect(isSorted(seen)).toBe(true);
    machine.runFor(900 * MS);
    clocks.release();
    player.release();
    audio.end();
  });

  scenario('of two streams counts each from its own start', (lab) => {
    const { audio, machine } = start(lab);
    const format = formatOf({});
    const [first, second] = [1, 2].map((seed) => {
      return new Player(audio, eRender, { format, sound: noise(format, 24_000, seed) });
    }) as [Player, Player];
    const clocks = [clocksOf(first.client), clocksOf(second.client)] as const;
    first.start();
    machine.runFor(105 * MS);
    second.start();
    const runNs = audio.engine.endpoints[0]?.renderEngine?.stream.runNs ?? Number.NaN;
    const between = framesIn(machine.machine.now - runNs, 48_000);
    machine.runFor(200 * MS);
    const [early, late] = clocks.map((each) => each.devicePosition()) as [number, number];
    expect(between).toBeGreaterThan(4900);
    expect(Math.abs(early - late - between)).toBeLessThanOrEqual(1);
    expect(clocks[0].position() - clocks[1].position()).toBe(11 * 480);
    const stood = clocks[0].devicePosition();
    expectOk('Stop', first.client.stop());
    machine.runFor(50 * MS);
    expect(clocks[0].devicePosition()).toBe(stood);
    expectOk('Reset', first.client.reset());
    expect([clocks[0].devicePosition(), clocks[0].position()]).toEqual([0, 0]);
    for (const each of clocks) each.release();
    expectOk('Start', first.client.start());
    machine.runFor(300 * MS);
    first.release();
    second.release();
    audio.end();
  });
});

describe('the clock of an exclusive stream', () => {
  scenario('stands while the stream does, for however long, and goes on from there', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({});
    const sound = noise(format, 4800).map((byte) => byte | 1);
    const opened = openTimerDriven(audio, eRender, format, 2 * TEN_MS);
    const { client } = opened;
    const clocks = clocksOf(client);
    const playing = playByTimer(audio, opened, format, sound, 70_000);
    machine.runFor(43 * MS);
    expectOk('Stop', client.stop());
    const stood = [clocks.position(), clocks.devicePosition()];
    const padding = asked(0, (out) => client.getCurrentPadding(out));
    expect(padding).toBeGreaterThan(0);
    // More than any number of laps of the buffer.
    machine.runFor(777 * MS);
    expect([clocks.position(), clocks.devicePosition()]).toEqual(stood);
    expect(asked(0, (out) => client.getCurrentPadding(out))).toBeGreaterThanOrEqual(padding);
    expectOk('Start', client.start());
    const seen: number[] = [];
    for (let look = 0; look < 60; look++) {
      machine.runFor(LOOK_NS);
      seen.push(clocks.position());
    }
    expect(isSorted(seen)).toBe(true);
    expect(seen[0]).toBeGreaterThanOrEqual(stood[0] ?? 0);
    const kept: number[] = [];
    const heard = ear.heard().bytes;
    for (let at = 0; at < heard.length; at += 4) {
      const frame = heard.subarray(at, at + 4);
      if (frame.some((byte) => byte !== 0)) kept.push(...frame);
    }
    expect(kept.length).toBe(sound.length);
    expect(Buffer.compare(Uint8Array.from(kept), sound)).toBe(0);
    playing.stop();
    machine.runFor(10 * MS);
    clocks.release();
    client.release();
    audio.end();
  });
});

describe('the clock of a capture stream', () => {
  for (const drive of ['timer', 'events'] as const) {
    scenario(`counts the frames that the engine has taken, by ${drive}`, (lab) => {
      const { audio, machine } = start(lab, drive);
      const format = formatOf({});
      const recorder = new Recorder(audio, eCapture, format);
      const clocks = clocksOf(recorder.client);
      recorder.start();
      const seen: number[] = [];
      for (let look = 0; look < 100; look++) {
        machine.runFor(LOOK_NS);
        seen.push(clocks.position());
        const frames = recorder.packets.reduce((sum, packet) => sum + packet.frames, 0);
        expect(clocks.position()).toBe(frames);
        expect(clocks.devicePosition() - frames).toBeLessThan(480 + fifoFrames(48_000));
      }
      expect(isSorted(seen)).toBe(true);
      expect(seen.at(-1)).toBeGreaterThan(5000);
      recorder.isStopped = true;
      machine.runFor(20 * MS);
      clocks.release();
      recorder.release();
      audio.end();
    });
  }
});

describe('the volumes of channels', () => {
  scenario('are set and read all at once, one for each', (lab) => {
    const { audio } = start(lab);
    const client = audio.client(eRender);
    expectOk('Initialize', client.initialize(0, 0, 0, 0, formatOf({})));
    const volume = serviceOf(client, 'IAudioStreamVolume');
    expect(volume.setAllVolumes([0.5]) >= 0x8000_0000).toBe(true);
    expect(volume.setAllVolumes([0.5, 1.5]) >= 0x8000_0000).toBe(true);
    expectOk('SetAllVolumes', volume.setAllVolumes([0.5, 0.25]));
    const levels = new Float32Array(2);
    expectOk('GetAllVolumes', volume.getAllVolumes(levels));
    expect([...levels]).toEqual([0.5, 0.25]);
    expect(volume.getAllVolumes(new Float32Array(3)) >= 0x8000_0000).toBe(true);
    volume.release();
    client.release();
    audio.end();
  });

  scenario('are not had in exclusive mode', (lab) => {
    const { audio } = start(lab);
    const { client } = openTimerDriven(audio, eRender, formatOf({}), 2 * TEN_MS);
    const volume = client.getService('IAudioStreamVolume', new Out(null));
    expect(volume >= 0x8000_0000).toBe(true);
    expect(client.initialize(AUDCLNT_SHAREMODE_EXCLUSIVE, 0, TEN_MS, 0, formatOf({}))).not.toBe(0);
    client.release();
    audio.end();
  });
});
