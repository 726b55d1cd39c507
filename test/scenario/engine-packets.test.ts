/**
 * Shared mode at a render pin that takes stream packets: the engine keeps three packets of a
 * period under way, what applications play is as bit-exact and as punctual as elsewhere, and an
 * engine that comes late leaves a gap at a known frame.
 */
import { describe, expect } from 'vitest';
import { framesIn } from '../../src/base/frame-time.ts';
import { Out } from '../../src/base/out.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/standards/nt/ntstatus.ts';
import { frameBytes } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_E_DEVICE_INVALIDATED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  eRender,
} from '../../src/wasapi/index.ts';
import type { BusMasterOptions } from '../support/bus-master-driver.ts';
import type { BusMasterExtras } from '../support/bus-master-machine.ts';
import { MS, PacketAudio, PERIOD } from '../support/packet-audio.ts';
import { largestError, mixed, quietNoise, samplesOf } from '../support/session-sounds.ts';
import { asked, Player, serviceOf } from '../support/wasapi-client.ts';

/** Of three packets under way, two are silence when the first pass is mixed. */
const DELAY = 2 * PERIOD;
const SIZE = 4;
const format = formatOf({});

describe('one session of the device format', () => {
  const devices: readonly [string, BusMasterOptions, BusMasterExtras][] = [
    ['an interrupt per packet', {}, {}],
    ['a FIFO of 100 frames', {}, { traits: { fifoFrames: 100 } }],
    ['an interrupt per mapping, two deep', { interrupts: 'each', depth: 2 }, {}],
    ['no interrupt, served by the port each 20 ms', { groups: 'none', interrupts: 'none' }, {}],
  ];
  for (const [name, options, extras] of devices) {
    scenario(`is heard bit for bit behind two periods of silence: ${name}`, (lab) => {
      const played = new PacketAudio(lab, options, extras);
      const sound = noise(format, 9_611);
      const player = new Player(played.audio, eRender, { format, sound });
      const engine = played.renderEngine;
      expect(engine.stream.drive).toBe('irps');
      expect(engine.passToDeviceFrames).toBe(DELAY);
      player.start();
      played.runFor(350 * MS);
      expect(player.isDone).toBe(true);
      expect(played.machine.ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
      expect(engine.glitches).toEqual([]);
      expect(played.machine.device.render.starvedFrames).toBe(0);
      player.release();
      expect(played.endpoint().renderEngine).toBeNull();
      played.end();
    });
  }

  for (const [name, options, period] of [
    ['44.1 kHz', { sampleRate: 44_100 }, 441],
    ['six channels at 96 kHz', { sampleRate: 96_000, channels: 6 }, 960],
    ['8 bits at 8 kHz', { sampleRate: 8_000, channels: 1, bits: 8 }, 80],
  ] as const) {
    scenario(`is heard bit for bit, in packets of 10 ms: ${name}`, (lab) => {
      const played = new PacketAudio(lab);
      const chosen = formatOf(options);
      expect(played.audio.engine.setDeviceFormat(played.endpoint(), chosen)).toBe(true);
      const sound = noise(chosen, 20 * period + 7);
      const player = new Player(played.audio, eRender, { format: chosen, sound });
      expect(played.renderEngine.periodFrames).toBe(period);
      player.start();
      played.runFor(350 * MS);
      const { bytes } = played.machine.ear.heard();
      const from = 2 * period * frameBytes(chosen);
      expect(Buffer.compare(bytes.subarray(from, from + sound.length), sound)).toBe(0);
      const silentByte = chosen.containerBits === 8 ? 0x80 : 0;
      expect(bytes.subarray(0, from).every((byte) => byte === silentByte)).toBe(true);
      player.release();
      played.end();
    });
  }

  for (const fifoFrames of [1, 100])
    scenario(
      `is as far from the ear when it is taken as it is told: a FIFO of ${fifoFrames}`,
      (lab) => {
        const played = new PacketAudio(lab, {}, { traits: { fifoFrames } });
        const sound = noise(format, 20 * PERIOD);
        const player = new Player(played.audio, eRender, { format, sound });
        const latency100ns = asked(0, (out) => player.client.getStreamLatency(out));
        expect(latency100ns).toBe(300_000);
        player.start();
        played.runFor(400 * MS);
        const { runNs } = played.renderEngine.stream;
        expect(played.machine.ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
        // Before RUN the buffer is filled, and filled up behind the first pass. Later writes come
        // right after a pass, which comes when the FIFO has a packet's last frame.
        const early = player.writes.slice(0, 2);
        let frame = early.reduce((sum, { frames }) => sum + frames, 0);
        for (const { frames, ns, padding } of player.writes.slice(2)) {
          const writtenAt = Math.round(((ns - runNs) * 48_000) / 1e9);
          expect(DELAY + frame - writtenAt).toBe(padding + 3 * PERIOD + fifoFrames);
          frame += frames;
        }
        expect(player.writes.length).toBeGreaterThan(10);
        player.release();
        played.end();
      },
    );

  scenario('knows at any moment how much of it was heard', (lab) => {
    const played = new PacketAudio(lab);
    const sound = noise(format, 24_000);
    const player = new Player(played.audio, eRender, { format, sound });
    const clock = serviceOf(player.client, 'IAudioClock');
    const frequency = asked(0, (out) => clock.getFrequency(out));
    player.start();
    for (let ms = 1; ms < 200; ms += 7.3) {
      played.runFor(7.3 * MS);
      const { runNs } = played.renderEngine.stream;
      const passed = framesIn(played.machine.kernel.clock.now - runNs, 48_000) - DELAY;
      const position = new Out(0);
      clock.getPosition(position, new Out(0));
      expect(Math.round((position.value / frequency) * 48_000)).toBe(Math.max(0, passed));
    }
    played.runFor(500 * MS);
    clock.release();
    player.release();
    played.end();
  });
});

describe('several sessions', () => {
  scenario('of many depths are the sum of all, to within rounding', (lab) => {
    const played = new PacketAudio(lab);
    const formats = [format, formatOf({ bits: 24 }), formatOf({ float: true })];
    const sounds = formats.map((each, index) => quietNoise(each, 9_600, index + 1, 0.3));
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    const players = sounds.map((sound, index) => {
      const own = formats[index] ?? format;
      return new Player(played.audio, eRender, { format: own, sound, flags });
    });
    for (const player of players) player.start();
    played.runFor(350 * MS);
    expect(players.every(({ isDone }) => isDone)).toBe(true);
    // The first to start sets the stream running, with one pass; the others are in its second.
    const parts = sounds.map((sound, index) => ({
      samples: samplesOf(sound, formats[index] ?? format),
      atSample: 2 * (DELAY + (index === 0 ? 0 : JOINED)),
      gain: 1,
    }));
    const expected = mixed(parts, 2 * (DELAY + JOINED + 9_600));
    const heard = samplesOf(played.machine.ear.heard().bytes, format);
    expect(largestError(heard, expected, 16)).toBeLessThan(DITHERED_STEPS);
    for (const player of players) player.release();
    played.end();
  });
});

/** The second pass is written when the first packet has come back, behind two others. */
const JOINED = PERIOD;
/** Dither is less than a step either way, rounding half a step, single precision a little. */
const DITHERED_STEPS = 1.52;

describe('an engine that is kept from the processor', () => {
  for (const busyMs of [30, 45.3, 60, 81.7]) {
    scenario(`for ${busyMs} ms leaves a gap at its frame, and goes on with the next`, (lab) => {
      const played = new PacketAudio(lab);
      const sound = noise(format, 24_000);
      const player = new Player(played.audio, eRender, { format, sound });
      const engine = played.renderEngine;
      player.start();
      played.runFor(20 * MS);
      played.keepBusy(engine.stream.runNs, 45, busyMs);
      played.runFor(800 * MS);
      expect(player.isDone).toBe(true);
      // The pass at 40 ms wrote up to 70 ms; the next one came when the processor was free.
      const atFrame = 7 * PERIOD;
      const frames = framesIn((45 + busyMs) * MS, 48_000) - atFrame;
      expect(engine.glitches).toEqual([{ atFrame, frames }]);
      const { bytes } = played.machine.ear.heard();
      const before = (atFrame - DELAY) * SIZE;
      const gapAt = atFrame * SIZE;
      const restAt = gapAt + frames * SIZE;
      const rest = sound.subarray(before);
      expect(Buffer.compare(bytes.subarray(DELAY * SIZE, gapAt), sound.subarray(0, before))).toBe(
        0,
      );
      expect(bytes.subarray(gapAt, restAt).every((byte) => byte === 0)).toBe(true);
      expect(Buffer.compare(bytes.subarray(restAt, restAt + rest.length), rest)).toBe(0);
      player.release();
      played.end();
    });
  }

  scenario('twice tells both gaps on one time line', (lab) => {
    const played = new PacketAudio(lab);
    const sound = noise(format, 24_000);
    const player = new Player(played.audio, eRender, { format, sound });
    const engine = played.renderEngine;
    player.start();
    played.runFor(20 * MS);
    played.keepBusy(engine.stream.runNs, 45, 37.7);
    played.runFor(100 * MS);
    played.keepBusy(engine.stream.runNs, 205, 50.1);
    played.runFor(800 * MS);
    const { bytes } = played.machine.ear.heard();
    const starved = played.machine.device.render.starvedFrames;
    expect(engine.glitches).toHaveLength(2);
    for (const { atFrame, frames } of engine.glitches) {
      const gap = bytes.subarray(atFrame * SIZE, (atFrame + frames) * SIZE);
      expect(gap.every((byte) => byte === 0)).toBe(true);
      expect(bytes.subarray((atFrame - 1) * SIZE, atFrame * SIZE)).not.toEqual(new Uint8Array(4));
      const behind = (atFrame + frames) * SIZE;
      expect(bytes.subarray(behind, behind + SIZE)).not.toEqual(new Uint8Array(4));
    }
    expect(engine.glitches.reduce((sum, { frames }) => sum + frames, 0)).toBe(starved);
    player.release();
    played.end();
  });

  scenario('for less than three packets is not heard', (lab) => {
    const played = new PacketAudio(lab);
    const sound = noise(format, 24_000);
    const player = new Player(played.audio, eRender, { format, sound });
    const engine = played.renderEngine;
    player.start();
    played.runFor(20 * MS);
    played.keepBusy(engine.stream.runNs, 45, 24.9);
    played.runFor(800 * MS);
    expect(engine.glitches).toEqual([]);
    expect(played.machine.ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
    player.release();
    played.end();
  });
});

describe('a stream that stops', () => {
  scenario('marks its last packet as the end, and no packet before a gap', (lab) => {
    const played = new PacketAudio(lab, {}, { trace: { rows: 16_384 } });
    const player = new Player(played.audio, eRender, { format, sound: noise(format, 9_600) });
    player.start();
    played.runFor(20 * MS);
    played.keepBusy(played.renderEngine.stream.runNs, 45, 40);
    played.runFor(300 * MS);
    expect(player.isDone).toBe(true);
    expect(played.renderEngine.glitches).toHaveLength(1);
    const rows = played.machine.lab.machine.trace.tail(16_384);
    const queued = rows.filter((row) => row.includes('packet queued'));
    const marked = queued.filter((row) => /options=0x200\b/.test(row));
    expect(queued.length).toBeGreaterThan(20);
    expect(marked).toEqual([queued.at(-1)]);
    player.release();
    played.end();
  });

  scenario('is started anew by the next session, behind silence as before', (lab) => {
    const played = new PacketAudio(lab);
    for (const seed of [1, 2, 3]) {
      const ear = new EarRecorder();
      played.machine.device.speaker.sink = ear;
      const sound = noise(format, 3_333, seed);
      const player = new Player(played.audio, eRender, { format, sound });
      player.start();
      played.runFor(200 * MS);
      expect(player.isDone).toBe(true);
      expect(played.renderEngine.isStreaming).toBe(false);
      expect(ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
      player.release();
    }
    played.end();
  });

  scenario('runs again for a session that was stopped and starts once more', (lab) => {
    const played = new PacketAudio(lab);
    const sound = noise(format, 960);
    const player = new Player(played.audio, eRender, { format, sound });
    const engine = played.renderEngine;
    player.start();
    played.runFor(150 * MS);
    expect(player.isDone).toBe(true);
    const again = new EarRecorder();
    played.machine.device.speaker.sink = again;
    expect(player.client.start()).toBe(0);
    played.runFor(100 * MS);
    expect(engine.isStreaming).toBe(true);
    expect(engine.stream.movedFrames()).toBeGreaterThan(4_000);
    expect(player.client.stop()).toBe(0);
    played.runFor(100 * MS);
    expect(engine.isStreaming).toBe(false);
    player.release();
    played.end();
  });
});

describe('a driver that cannot stop', () => {
  scenario('gets its packets cancelled, and nothing is left', (lab) => {
    const setState = (state: number) =>
      state === KSSTATE.STOP ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
    const played = new PacketAudio(lab, { setState });
    const sound = noise(format, 4_800);
    const player = new Player(played.audio, eRender, { format, sound });
    player.start();
    played.runFor(200 * MS);
    expect(player.isDone).toBe(true);
    expect(played.renderEngine.isStreaming).toBe(false);
    expect(played.machine.ear.heard()).toMatchFrames(sound, { delayFrames: DELAY });
    expect(played.machine.portStream.mappings.packetCount).toBe(0);
    player.release();
    played.machine.lab.expectFinding(/SetState failed on the way down/);
    played.end();
  });
});

describe('a device that is pulled out', () => {
  scenario('tells the client of it, takes the packets along and leaves nothing', (lab) => {
    const played = new PacketAudio(lab);
    const player = new Player(played.audio, eRender, { format, sound: noise(format, 48_000) });
    expect(player.client.start()).toBe(0);
    played.runFor(55 * MS);
    const { kernel, node } = played.machine.lab.machine;
    expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    played.runFor(30 * MS);
    const padding = player.client.getCurrentPadding(new Out(0));
    expect(padding).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
    expect(played.machine.lab.machine.portClass.openPins).toHaveLength(0);
    player.release();
    played.end();
  });
});
