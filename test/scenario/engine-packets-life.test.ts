/**
 * The life of the engine at pins that take stream packets: the periods that a driver's framing
 * allows, memory over time, a machine that sleeps, and exclusive clients where a port copies. The
 * AC'97 driver stands in where power or another port is needed.
 */
import { describe, expect } from 'vitest';
import { defined } from '../../src/base/assert.ts';
import { Out } from '../../src/base/out.ts';
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import { Ac97Controller } from '../../src/hardware/index.ts';
import { PowerSystemSleeping3 } from '../../src/kernel/ddi/index.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_E_INVALID_DEVICE_PERIOD,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  eRender,
} from '../../src/wasapi/index.ts';
import { MS, PacketAudio } from '../support/packet-audio.ts';
import { AudioLab, expectOk, Player } from '../support/wasapi-client.ts';

const SIZE = 4;
const TEN_MS = 100_000;
const format = formatOf({});

function startAc97(lab: Lab, port: 'wavepci' | 'wavecyclic') {
  const machine = lab.boot({
    device: (slot) => new Ac97Controller(slot),
    driver: makeAc97Driver({ port }),
  });
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  return { audio: new AudioLab<Ac97Controller>(machine), ear, machine };
}

/** The frames that are no silence. */
function withoutSilence(bytes: Uint8Array): Uint8Array {
  const kept: number[] = [];
  for (let at = 0; at < bytes.length; at += SIZE) {
    const frame = bytes.subarray(at, at + SIZE);
    if (frame.some((byte) => byte !== 0)) kept.push(...frame);
  }
  return Uint8Array.from(kept);
}

describe('the periods of the engine', () => {
  scenario('are 10 ms and no other where the driver has no wish', (lab) => {
    const { audio, end } = withEnd(new PacketAudio(lab));
    const client = audio.client(eRender);
    expect(periodsOf(client)).toEqual([480, 480, 480, 480]);
    const refused = client.initializeSharedAudioStream(0, 240, format);
    expect(refused).toBe(AUDCLNT_E_INVALID_DEVICE_PERIOD);
    client.release();
    end();
  });

  for (const periodFrames of [128, 384]) {
    scenario(`follow the framing of the driver: ${periodFrames} frames, bit for bit`, (lab) => {
      const played = new PacketAudio(lab, { framing: { frames: 8, frameSize: 128 * SIZE } });
      const sound = noise(format, 5_000);
      const options = { format, sound, enginePeriodFrames: periodFrames };
      const player = new Player(played.audio, eRender, options);
      expect(periodsOf(player.client)).toEqual([512, 128, 128, 512]);
      player.start();
      played.runFor(200 * MS);
      expect(player.isDone).toBe(true);
      const delayFrames = 2 * periodFrames;
      expect(played.machine.ear.heard()).toMatchFrames(sound, { delayFrames });
      expect(played.renderEngine.glitches).toEqual([]);
      player.release();
      played.end();
    });
  }
});

function withEnd(played: PacketAudio) {
  return { audio: played.audio, end: () => played.end() };
}

function periodsOf(client: Player['client']): number[] {
  const periods = {
    defaultFrames: new Out(0),
    fundamentalFrames: new Out(0),
    minimumFrames: new Out(0),
    maximumFrames: new Out(0),
  };
  expectOk('periods', client.getSharedModeEnginePeriod(format, periods));
  return Object.values(periods).map(({ value }) => value);
}

describe('sixteen sessions over thirty seconds', () => {
  scenario('hold as much memory at the end as after one', (lab) => {
    const played = new PacketAudio(lab);
    const sound = new Uint8Array(31 * 48_000 * SIZE);
    const players = Array.from({ length: 16 }, () => {
      return new Player(played.audio, eRender, { format, sound });
    });
    for (const player of players) player.start();
    const { clock, memory, pool } = played.machine.kernel;
    const held = () => ({
      alarms: clock.pending.length,
      blocks: pool.livePoolBlocks,
      bytes: pool.livePoolBytes,
      pages: memory.frames.allocatedPages,
    });
    played.runFor(1000 * MS);
    const before = held();
    played.runFor(29_000 * MS);
    expect(held()).toEqual(before);
    expect(played.renderEngine.glitches).toEqual([]);
    expect(played.renderEngine.mixer.running).toHaveLength(16);
    expect(played.renderEngine.mixer.running.flatMap(({ gaps }) => gaps)).toEqual([]);
    played.runFor(2_000 * MS);
    for (const player of players) player.release();
    played.end();
  });
});

describe('a machine that sleeps while an application plays', () => {
  for (const port of ['wavepci', 'wavecyclic'] as const) {
    scenario(`goes on with the next frame: ${port}`, (lab) => {
      const { audio, ear, machine } = startAc97(lab, port);
      const { power } = machine.machine.kernel;
      const sound = noise(format, 12_000).map((byte) => byte | 1);
      const player = new Player(audio, eRender, { format, sound });
      const [endpoint] = audio.engine.endpoints;
      const engine = defined(endpoint?.renderEngine ?? undefined, 'engine');
      player.start();
      for (const runMs of [53, 71]) {
        machine.runFor(runMs * MS);
        expect(power.sleep(PowerSystemSleeping3)).toBe(STATUS_SUCCESS);
        machine.runFor(303_456_700);
        expect(power.wake()).toBe(STATUS_SUCCESS);
      }
      machine.runFor(400 * MS);
      expect(player.isDone).toBe(true);
      expect(Buffer.compare(withoutSilence(ear.heard().bytes), sound)).toBe(0);
      expect(engine.glitches).toEqual([]);
      player.release();
      audio.end();
    });
  }
});

describe('an exclusive client of a port that copies packets', () => {
  scenario('is heard bit for bit behind one buffer of silence', (lab) => {
    const { audio, ear, machine } = startAc97(lab, 'wavecyclic');
    const sound = noise(format, 9_611).map((byte) => byte | 1);
    const times = { bufferDuration: TEN_MS, periodicity: TEN_MS };
    const shareMode = AUDCLNT_SHAREMODE_EXCLUSIVE;
    const player = new Player(audio, eRender, { format, sound, shareMode, ...times });
    player.start();
    machine.runFor(400 * MS);
    expect(player.isDone).toBe(true);
    // The FIFO holds 16 frames.
    const from = (480 + 16) * SIZE;
    const { bytes } = ear.heard();
    expect(bytes.subarray(0, from).every((byte) => byte === 0)).toBe(true);
    const heard = bytes.subarray(from, from + sound.length);
    expect(heard.length).toBeGreaterThan(9_000 * SIZE);
    expect(Buffer.compare(heard, sound.subarray(0, heard.length))).toBe(0);
    player.release();
    audio.end();
  });
});
