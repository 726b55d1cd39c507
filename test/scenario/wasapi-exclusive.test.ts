/**
 * Exclusive mode: the application has the pin, writes the cyclic buffer itself, and what it wrote
 * is what the ear hears. One client at a time, with the buffer rules of IAudioClient::Initialize.
 */
import { describe, expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_E_BUFDURATION_PERIOD_NOT_EQUAL,
  AUDCLNT_E_BUFFER_SIZE_ERROR,
  AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED,
  AUDCLNT_E_DEVICE_IN_USE,
  AUDCLNT_E_ENDPOINT_CREATE_FAILED,
  AUDCLNT_E_EXCLUSIVE_MODE_NOT_ALLOWED,
  AUDCLNT_E_INVALID_DEVICE_PERIOD,
  AUDCLNT_E_NOT_INITIALIZED,
  AUDCLNT_E_SERVICE_NOT_RUNNING,
  AUDCLNT_E_UNSUPPORTED_FORMAT,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  E_NOINTERFACE,
  eRender,
  type HResult,
  type IAudioClient3,
  type ISimpleAudioVolume,
  S_OK,
} from '../../src/wasapi/index.ts';
import { oddHdaDriver } from '../support/bent-hda-driver.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, asked, expectOk, Player, serviceOf } from '../support/wasapi-client.ts';

const EXCLUSIVE = AUDCLNT_SHAREMODE_EXCLUSIVE;
const EVENTS = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
const TEN_MS = 100_000;

function start(lab: Lab, drive: 'timer' | 'events' | 'packets' = 'packets') {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const audio = new AudioLab<HdaController>(machine, { drive });
  return { audio, ear, machine };
}

/** Initialize of a fresh client, which is over at once. */
function tried(audio: AudioLab<HdaController>, use: (client: IAudioClient3) => HResult): HResult {
  const client = audio.client(eRender);
  const result = use(client);
  client.release();
  return result;
}

describe('an event-driven exclusive stream', () => {
  for (const drive of ['timer', 'events', 'packets'] as const) {
    for (const options of [{}, { bits: 32 }, { sampleRate: 96_000, bits: 24, channels: 8 }]) {
      const format = formatOf(options);
      scenario(
        `is heard bit for bit, and no engine is in its way: ${format.validBits} bits in ${format.channels} channels by ${drive} [WRT-OVR-009]`,
        (lab) => {
          const { audio, ear, machine } = start(lab, drive);
          const sound = noise(format, 8 * 960);
          const times = { bufferDuration: TEN_MS, periodicity: TEN_MS };
          const shareMode = EXCLUSIVE;
          const player = new Player(audio, eRender, { format, sound, shareMode, ...times });
          const [endpoint] = audio.engine.endpoints;
          expect(endpoint?.renderEngine).toBeNull();
          const volume = new Out<ISimpleAudioVolume | null>(null);
          expect(player.client.getService('ISimpleAudioVolume', volume)).toBe(E_NOINTERFACE);
          expect(endpoint !== undefined && audio.engine.setDeviceFormat(endpoint, format)).toBe(
            false,
          );
          player.start();
          machine.runFor(250 * MS);
          expect(player.isDone).toBe(true);
          const period = format.rateHz / 100;
          expect(player.bufferFrames).toBe(period);
          const delayFrames = period + fifoFrames(format.rateHz) + CODEC_FRAMES;
          expect(ear.heard()).toMatchFrames(sound, { delayFrames });
          expect(asked(0, (out) => player.client.getStreamLatency(out))).toBe(TEN_MS);
          player.release();
          audio.end();
        },
      );
    }
  }

  scenario('whose size the driver has to round up is refused, with the size to ask for', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({ sampleRate: 44_100 });
    const client = audio.client(eRender);
    const initialize = (duration: number): HResult =>
      client.initialize(EXCLUSIVE, EVENTS, duration, duration, format);
    const frames = new Out(0);
    expect(client.getBufferSize(frames)).toBe(AUDCLNT_E_NOT_INITIALIZED);
    expect(initialize(TEN_MS)).toBe(AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED);
    expect(client.getBufferSize(frames)).toBe(S_OK);
    expect(frames.value).toBe(448); // 441 frames are 1764 bytes; 14 units of 128 are 1792.
    client.release();
    const duration = Math.floor((1e7 / 44_100) * frames.value + 0.5);
    expect(duration).toBe(101_587);
    const sound = noise(format, 4480);
    const times = { bufferDuration: duration, periodicity: duration };
    const player = new Player(audio, eRender, { format, sound, shareMode: EXCLUSIVE, ...times });
    expect(player.bufferFrames).toBe(448);
    player.start();
    machine.runFor(250 * MS);
    const delayFrames = 448 + fifoFrames(44_100) + CODEC_FRAMES;
    expect(ear.heard()).toMatchFrames(sound, { delayFrames });
    player.release();
    audio.end();
  });
});

describe('a timer-driven exclusive stream', () => {
  scenario('is kept filled by the padding, over the end of the buffer, bit for bit', (lab) => {
    const { audio, ear, machine } = start(lab);
    const format = formatOf({});
    const sound = noise(format, 9000);
    const client = audio.client(eRender);
    expectOk('Initialize', client.initialize(EXCLUSIVE, 0, 2 * TEN_MS, 0, format));
    const bufferFrames = asked(0, (out) => client.getBufferSize(out));
    expect(bufferFrames).toBe(960);
    const render = serviceOf(client, 'IAudioRenderClient');
    const clock = serviceOf(client, 'IAudioClock');
    const { kernel } = machine.machine;
    let sent = 0;
    function* run(): ThreadGenerator {
      const at = new Out(virtual(0));
      const write = (): void => {
        const room = bufferFrames - asked(0, (out) => client.getCurrentPadding(out));
        const frames = Math.min(room, 9000 - sent);
        expectOk('GetBuffer', render.getBuffer(frames, at));
        const part = sound.subarray(4 * sent, 4 * (sent + frames));
        machine.client.ram.bytes.set(part, at.value);
        sent += frames;
        expectOk('ReleaseBuffer', render.releaseBuffer(frames, 0));
      };
      write();
      expectOk('Start', client.start());
      // Seven milliseconds are no whole number of anything here.
      while (sent < 9000) {
        yield kernel.delay(70_000);
        write();
      }
    }
    kernel.dispatcher.createThread('application', 8, run);
    machine.runFor(180 * MS);
    const heard = ear.heard();
    const position = asked(0, (out) => clock.getPosition(out, new Out(0)));
    expect(heard).toMatchFrames(sound.subarray(0, 4 * 8000), {
      delayFrames: fifoFrames(48_000) + CODEC_FRAMES,
    });
    expect(position).toBe(heard.frames - heard.leadingSilence);
    expectOk('Stop', client.stop());
    clock.release();
    render.release();
    client.release();
    audio.end();
  });
});

describe('the rules of exclusive mode', () => {
  const format = formatOf({});
  const rules: readonly [string, number, number, number, number][] = [
    [
      'event-driven with unlike times',
      EVENTS,
      200_000,
      TEN_MS,
      AUDCLNT_E_BUFDURATION_PERIOD_NOT_EQUAL,
    ],
    ['a period below the device minimum', EVENTS, 20_000, 20_000, AUDCLNT_E_INVALID_DEVICE_PERIOD],
    ['event-driven above five seconds', EVENTS, 5.1e7, 5.1e7, AUDCLNT_E_BUFFER_SIZE_ERROR],
    ['timer-driven above two seconds', 0, 2.1e7, TEN_MS, AUDCLNT_E_BUFFER_SIZE_ERROR],
    ['a buffer below its period', 0, TEN_MS, 2 * TEN_MS, AUDCLNT_E_BUFFER_SIZE_ERROR],
  ];
  for (const [name, flags, duration, period, result] of rules) {
    scenario(`refuse ${name}`, (lab) => {
      const { audio } = start(lab);
      const refused = tried(audio, (client) =>
        client.initialize(EXCLUSIVE, flags, duration, period, format),
      );
      expect(refused).toBe(result);
      audio.end();
    });
  }

  scenario('let one client have the device, and give it to the next when it is free', (lab) => {
    const { audio } = start(lab);
    const first = audio.client(eRender);
    expectOk('first', first.initialize(EXCLUSIVE, EVENTS, TEN_MS, TEN_MS, format));
    const exclusive = (): HResult =>
      tried(audio, (client) => client.initialize(EXCLUSIVE, EVENTS, TEN_MS, TEN_MS, format));
    const shared = (): HResult =>
      tried(audio, (client) => client.initialize(AUDCLNT_SHAREMODE_SHARED, 0, 0, 0, format));
    expect([exclusive(), shared()]).toEqual([AUDCLNT_E_DEVICE_IN_USE, AUDCLNT_E_DEVICE_IN_USE]);
    first.release();
    expect(exclusive()).toBe(S_OK);
    const second = audio.client(eRender);
    expectOk('second', second.initialize(AUDCLNT_SHAREMODE_SHARED, 0, 0, 0, format));
    expect(exclusive()).toBe(AUDCLNT_E_DEVICE_IN_USE);
    expect(shared()).toBe(S_OK);
    second.release();
    audio.end();
  });

  scenario('let the user forbid it, of one endpoint, and nothing else', (lab) => {
    const { audio } = start(lab);
    const [endpoint] = audio.engine.endpoints;
    if (endpoint === undefined) throw new Error('no endpoint');
    const exclusive = (): HResult =>
      tried(audio, (client) => client.initialize(EXCLUSIVE, EVENTS, TEN_MS, TEN_MS, format));
    endpoint.isExclusiveAllowed = false;
    expect(exclusive()).toBe(AUDCLNT_E_EXCLUSIVE_MODE_NOT_ALLOWED);
    const shared = tried(audio, (client) =>
      client.initialize(AUDCLNT_SHAREMODE_SHARED, 0, 0, 0, format),
    );
    expect(shared).toBe(S_OK);
    endpoint.isExclusiveAllowed = true;
    expect(exclusive()).toBe(S_OK);
    audio.end();
  });

  scenario('need the audio service', (lab) => {
    const { audio } = start(lab);
    const client = audio.client(eRender);
    audio.end();
    const mix = new Out<PcmFormat | null>(null);
    expect([
      client.initialize(EXCLUSIVE, EVENTS, TEN_MS, TEN_MS, format),
      client.initialize(AUDCLNT_SHAREMODE_SHARED, 0, 0, 0, format),
      client.getMixFormat(mix),
    ]).toEqual(Array(3).fill(AUDCLNT_E_SERVICE_NOT_RUNNING));
    client.release();
  });

  scenario('take what the pin takes, and nothing else', (lab) => {
    const { audio } = start(lab);
    const odd = { ...format, rateHz: 12_345 };
    const client = audio.client(eRender);
    const closest = new Out<never | null>(null);
    expect(client.isFormatSupported(EXCLUSIVE, format, closest)).toBe(S_OK);
    expect(client.isFormatSupported(EXCLUSIVE, odd, closest)).toBe(AUDCLNT_E_UNSUPPORTED_FORMAT);
    const result = client.initialize(EXCLUSIVE, EVENTS, TEN_MS, TEN_MS, odd);
    expect(result).toBe(AUDCLNT_E_UNSUPPORTED_FORMAT);
    client.release();
    audio.end();
  });
});

describe('a driver that returns a smaller buffer', () => {
  for (const [name, shareMode, duration] of [
    ['shared', AUDCLNT_SHAREMODE_SHARED, 0],
    ['exclusive', EXCLUSIVE, 2 * TEN_MS],
  ] as const) {
    scenario(`fails the ${name} client's Initialize, and keeps nothing [WRT-BUF-023]`, (lab) => {
      const driver = oddHdaDriver('miser', (real) => ({
        allocateAudioBuffer: (requestedBytes, ...rest) =>
          real.allocateAudioBuffer(requestedBytes / 2, ...rest),
      }));
      const machine = bootHda(lab, { driver });
      machine.expectFinding(/AllocateAudioBuffer: ActualSize .* below the requested size/);
      const audio = new AudioLab<HdaController>(machine, { drive: 'timer' });
      const format = formatOf({});
      const result = tried(audio, (client) => client.initialize(shareMode, 0, duration, 0, format));
      expect(result).toBe(AUDCLNT_E_ENDPOINT_CREATE_FAILED);
      expect(machine.machine.portClass.openPins).toHaveLength(0);
      audio.end();
    });
  }
});
