/**
 * Exclusive mode at pins that take stream packets: an event-driven client has two packets, and
 * writes or reads them in its own memory. A client with a timer would need a buffer that it keeps
 * filled by the position, which such a pin does not have.
 */
import { describe, expect } from 'vitest';
import { Out } from '../../src/base/out.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { EarRecorder, formatOf, Mouth, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY,
  AUDCLNT_E_DEVICE_INVALIDATED,
  AUDCLNT_E_EXCLUSIVE_MODE_NOT_ALLOWED,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  eCapture,
  eRender,
} from '../../src/wasapi/index.ts';
import { MS, PacketAudio, PERIOD } from '../support/packet-audio.ts';
import { expectOk, Player, Recorder, serviceOf } from '../support/wasapi-client.ts';

const SIZE = 4;
const TEN_MS = 100_000;
const DISCONTINUITY = AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY;
const shareMode = AUDCLNT_SHAREMODE_EXCLUSIVE;
const format = formatOf({});

function exclusivePlayer(played: PacketAudio, sound: Uint8Array, duration = TEN_MS): Player {
  const times = { bufferDuration: duration, periodicity: duration };
  return new Player(played.audio, eRender, { format, sound, shareMode, ...times });
}

function exclusiveRecorder(recorded: PacketAudio): Recorder {
  const client = recorded.audio.client(eCapture);
  const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
  expectOk('Initialize', client.initialize(shareMode, flags, TEN_MS, TEN_MS, format));
  return new Recorder(recorded.audio, eCapture, format, 0, client);
}

describe('an exclusive client', () => {
  for (const periods of [1, 3]) {
    scenario(`is heard bit for bit behind one buffer of silence: ${10 * periods} ms`, (lab) => {
      const played = new PacketAudio(lab);
      const sound = noise(format, 9_611);
      const player = exclusivePlayer(played, sound, periods * TEN_MS);
      expect(player.bufferFrames).toBe(periods * PERIOD);
      player.start();
      played.runFor(400 * MS);
      expect(player.isDone).toBe(true);
      const delayFrames = periods * PERIOD;
      expect(played.machine.ear.heard()).toMatchFrames(sound, { delayFrames });
      expect(played.machine.device.render.starvedFrames).toBe(0);
      player.release();
      expect(played.endpoint().exclusive).toBeNull();
      played.end();
    });
  }

  scenario('that is late leaves a gap at its frame, and goes on behind it', (lab) => {
    const played = new PacketAudio(lab);
    const sound = noise(format, 9_611);
    const player = exclusivePlayer(played, sound);
    player.start();
    played.runFor(1 * MS);
    played.keepBusy(played.machine.kernel.clock.now - 1 * MS, 45, 31.3);
    played.runFor(400 * MS);
    expect(player.isDone).toBe(true);
    const { bytes } = played.machine.ear.heard();
    // At 40 ms the client wrote up to 60 ms, and came again when the processor was free.
    const [gapAt, frames] = [6 * PERIOD, Math.floor(76.3 * 48) - 6 * PERIOD];
    expect(played.machine.device.render.starvedFrames).toBe(frames);
    const before = (gapAt - PERIOD) * SIZE;
    const heard = bytes.subarray(PERIOD * SIZE);
    expect(Buffer.compare(heard.subarray(0, before), sound.subarray(0, before))).toBe(0);
    const restAt = before + frames * SIZE;
    expect(heard.subarray(before, restAt).every((byte) => byte === 0)).toBe(true);
    const rest = sound.subarray(before);
    expect(Buffer.compare(heard.subarray(restAt, restAt + rest.length), rest)).toBe(0);
    expect(played.endpoint().exclusive).toMatchObject({ glitches: [{ atFrame: gapAt, frames }] });
    player.release();
    played.end();
  });

  scenario('can stop, forget what it wrote and start again', (lab) => {
    const played = new PacketAudio(lab);
    const player = exclusivePlayer(played, noise(format, 3 * PERIOD));
    player.start();
    played.runFor(200 * MS);
    expect(player.isDone).toBe(true);
    expectOk('Reset', player.client.reset());
    const ear = new EarRecorder();
    played.machine.device.speaker.sink = ear;
    const render = serviceOf(player.client, 'IAudioRenderClient');
    const at = new Out(0);
    expectOk('GetBuffer', render.getBuffer(PERIOD, at as never));
    const sound = noise(format, PERIOD, 7);
    played.machine.kernel.ram.bytes.set(sound, at.value);
    expectOk('ReleaseBuffer', render.releaseBuffer(PERIOD, 0));
    expectOk('Start', player.client.start());
    played.runFor(15 * MS);
    played.runFor(15 * MS);
    expect(ear.heard()).toMatchFrames(sound, { delayFrames: PERIOD });
    expectOk('Stop', player.client.stop());
    render.release();
    player.release();
    played.end();
  });

  scenario('records bit for bit, a buffer at a time', (lab) => {
    const recorded = new PacketAudio(lab);
    const mouth = new Mouth(noise(format, 48_000));
    recorded.machine.device.lineIn.source = mouth;
    const recorder = exclusiveRecorder(recorded);
    recorder.start();
    recorded.runFor(205 * MS);
    const bytes = Uint8Array.from(recorder.bytes);
    expect(bytes.length).toBeGreaterThan(18 * PERIOD * SIZE);
    expect(Buffer.compare(bytes, mouth.spoken.subarray(0, bytes.length))).toBe(0);
    recorder.packets.forEach(({ flags, frames, position }, index) => {
      expect([frames, position]).toEqual([PERIOD, index * PERIOD]);
      expect(flags).toBe(index === 0 ? DISCONTINUITY : 0);
    });
    recorder.isStopped = true;
    recorded.runFor(40 * MS);
    recorder.release();
    recorded.end();
  });

  scenario('that reads too late is told what nobody stored', (lab) => {
    const recorded = new PacketAudio(lab);
    const mouth = new Mouth(noise(format, 48_000));
    recorded.machine.device.lineIn.source = mouth;
    const recorder = exclusiveRecorder(recorded);
    recorder.start();
    recorded.runFor(1 * MS);
    recorded.keepBusy(recorded.machine.kernel.clock.now - 1 * MS, 45, 40.4);
    recorded.runFor(250 * MS);
    const lost = recorded.machine.device.capture.starvedFrames;
    expect(lost).toBe(Math.floor(85.4 * 48) - 6 * PERIOD);
    const marked = recorder.packets.filter(({ flags }) => flags === DISCONTINUITY);
    expect(marked.map(({ position }) => position)).toEqual([0, 6 * PERIOD + lost]);
    recorder.packets.forEach(({ position }, index) => {
      const own = recorder.bytes.slice(index * PERIOD * SIZE, (index + 1) * PERIOD * SIZE);
      const said = mouth.spoken.subarray(position * SIZE, (position + PERIOD) * SIZE);
      expect(Buffer.compare(Uint8Array.from(own), said)).toBe(0);
    });
    recorder.isStopped = true;
    recorded.runFor(40 * MS);
    recorder.release();
    recorded.end();
  });

  scenario('learns that the device was pulled out, which takes the packets along', (lab) => {
    const played = new PacketAudio(lab);
    const player = exclusivePlayer(played, noise(format, PERIOD));
    expectOk('Start', player.client.start());
    played.runFor(15 * MS);
    const { kernel, node } = played.machine.lab.machine;
    expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    played.runFor(30 * MS);
    const padding = player.client.getCurrentPadding(new Out(0));
    expect(padding).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
    player.release();
    played.end();
  });

  scenario('with a timer is not to be had', (lab) => {
    const played = new PacketAudio(lab);
    for (const flow of [eRender, eCapture]) {
      const client = played.audio.client(flow);
      const refused = client.initialize(shareMode, 0, TEN_MS, 0, format);
      expect(refused).toBe(AUDCLNT_E_EXCLUSIVE_MODE_NOT_ALLOWED);
      client.release();
    }
    expect(played.machine.lab.machine.portClass.openPins).toHaveLength(0);
    played.end();
  });
});
