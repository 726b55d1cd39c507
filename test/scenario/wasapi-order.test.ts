/**
 * The order in which a client may call, the sizes it may ask for, and what it is told otherwise:
 * the documented HRESULTs of IAudioClient and its services, on a live machine.
 */
import { describe, expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { EarRecorder, formatOf, type Lab, noise, scenario } from '../../src/testing/index.ts';
import '../../src/testing/matchers.ts';
import {
  AUDCLNT_BUFFERFLAGS_SILENT,
  AUDCLNT_E_ALREADY_INITIALIZED,
  AUDCLNT_E_BUFFER_OPERATION_PENDING,
  AUDCLNT_E_BUFFER_TOO_LARGE,
  AUDCLNT_E_ENGINE_PERIODICITY_LOCKED,
  AUDCLNT_E_EVENTHANDLE_NOT_EXPECTED,
  AUDCLNT_E_EVENTHANDLE_NOT_SET,
  AUDCLNT_E_INVALID_DEVICE_PERIOD,
  AUDCLNT_E_INVALID_SIZE,
  AUDCLNT_E_INVALID_STREAM_FLAG,
  AUDCLNT_E_NOT_INITIALIZED,
  AUDCLNT_E_NOT_STOPPED,
  AUDCLNT_E_OUT_OF_ORDER,
  AUDCLNT_E_UNSUPPORTED_FORMAT,
  AUDCLNT_E_WRONG_ENDPOINT_TYPE,
  AUDCLNT_S_BUFFER_EMPTY,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  AUDCLNT_STREAMFLAGS_LOOPBACK,
  type CaptureBuffer,
  E_INVALIDARG,
  eCapture,
  eRender,
  type IAudioCaptureClient,
  type IAudioRenderClient,
  S_FALSE,
  S_OK,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, fifoFrames, MS } from '../support/hda-machine.ts';
import { AudioLab, asked, expectOk, serviceOf } from '../support/wasapi-client.ts';

const SHARED = AUDCLNT_SHAREMODE_SHARED;
const EVENTS = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
const format = formatOf({});

function start(lab: Lab, flow = eRender) {
  const machine = bootHda(lab);
  const ear = new EarRecorder();
  machine.device.speaker.sink = ear;
  const audio = new AudioLab<HdaController>(machine);
  const client = audio.client(flow);
  const end = (): void => {
    client.release();
    audio.end();
  };
  return { audio, client, ear, end, machine };
}

describe('a client', () => {
  scenario('is initialised once, and before all else', (lab) => {
    const { client, end } = start(lab);
    const number = new Out(0);
    const render = new Out<IAudioRenderClient | null>(null);
    const calls = (): number[] => [
      client.getBufferSize(number),
      client.getStreamLatency(number),
      client.getCurrentPadding(number),
      client.start(),
      client.stop(),
      client.reset(),
      client.setEventHandle(4),
      client.getService('IAudioRenderClient', render),
    ];
    expect(calls()).toEqual(Array(8).fill(AUDCLNT_E_NOT_INITIALIZED));
    expect(client.initialize(SHARED, 0, 0, 0, format)).toBe(S_OK);
    const again = [
      client.initialize(SHARED, 0, 0, 0, format),
      client.initializeSharedAudioStream(0, 480, format),
    ];
    expect(again).toEqual([AUDCLNT_E_ALREADY_INITIALIZED, AUDCLNT_E_ALREADY_INITIALIZED]);
    end();
  });

  scenario('starts and stops in turn, and is reset when it stands', (lab) => {
    const { client, end, machine } = start(lab);
    expectOk('Initialize', client.initialize(SHARED, 0, 500_000, 0, format));
    const render = serviceOf(client, 'IAudioRenderClient');
    expect(asked(0, (out) => client.getBufferSize(out))).toBe(2400);
    const at = new Out(virtual(0));
    expectOk('GetBuffer', render.getBuffer(2400, at));
    expect(client.reset()).toBe(AUDCLNT_E_BUFFER_OPERATION_PENDING);
    expectOk('ReleaseBuffer', render.releaseBuffer(2400, 0));
    expect([client.stop(), client.start(), client.start()]).toEqual([
      S_FALSE,
      S_OK,
      AUDCLNT_E_NOT_STOPPED,
    ]);
    machine.runFor(15 * MS);
    expect(client.reset()).toBe(AUDCLNT_E_NOT_STOPPED);
    // Passes at RUN and ten milliseconds later took two periods.
    expect(asked(0, (out) => client.getCurrentPadding(out))).toBe(2400 - 960);
    expect([client.stop(), client.reset(), client.stop()]).toEqual([S_OK, S_OK, S_FALSE]);
    expect(asked(0, (out) => client.getCurrentPadding(out))).toBe(0);
    render.release();
    end();
  });

  scenario('gives an event handle exactly when it asked for events', (lab) => {
    const { audio, client, end } = start(lab);
    const plain = audio.client(eRender);
    expectOk('Initialize', client.initialize(SHARED, EVENTS, 0, 0, format));
    expectOk('Initialize', plain.initialize(SHARED, 0, 0, 0, format));
    expect(client.start()).toBe(AUDCLNT_E_EVENTHANDLE_NOT_SET);
    const handle = audio.home.process.createEvent('synchronization');
    const results = [
      plain.setEventHandle(handle),
      client.setEventHandle(0),
      client.setEventHandle(handle),
      client.setEventHandle(handle),
      client.start(),
    ];
    expect(results).toEqual([
      AUDCLNT_E_EVENTHANDLE_NOT_EXPECTED,
      E_INVALIDARG,
      S_OK,
      E_INVALIDARG,
      S_OK,
    ]);
    plain.release();
    end();
    audio.home.process.closeHandle(handle);
  });

  scenario('asks for formats: the mix format, its kin, and else the closest', (lab) => {
    const { client, end } = start(lab);
    const mix = asked<PcmFormat | null>(null, (out) => client.getMixFormat(out));
    expect(mix).toEqual(formatOf({ float: true }));
    const closest = new Out<PcmFormat | null>(null);
    for (const options of [{}, { bits: 24 }, { float: true }]) {
      expect(client.isFormatSupported(SHARED, formatOf(options), closest)).toBe(S_OK);
      expect(closest.value).toBeNull();
    }
    for (const options of [{ sampleRate: 44_100 }, { channels: 1 }]) {
      const other = formatOf(options);
      expect(client.isFormatSupported(SHARED, other, closest)).toBe(S_FALSE);
      expect(closest.value).toEqual(mix);
      expect(client.initialize(SHARED, 0, 0, 0, other)).toBe(AUDCLNT_E_UNSUPPORTED_FORMAT);
    }
    const flags = AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    expect(client.initialize(SHARED, flags, 0, 0, formatOf({ sampleRate: 44_100 }))).toBe(S_OK);
    end();
  });

  scenario('may not name a period in shared mode, or flags that nobody knows', (lab) => {
    const { audio, client, end } = start(lab);
    const capture = audio.client(eCapture);
    expect([
      client.initialize(SHARED, 0, 0, 100_000, format),
      client.initialize(SHARED, 0x10, 0, 0, format),
      client.initialize(7, 0, 0, 0, format),
      client.initialize(SHARED, AUDCLNT_STREAMFLAGS_LOOPBACK, 0, 0, format),
      capture.initialize(SHARED, AUDCLNT_STREAMFLAGS_LOOPBACK, 0, 0, format),
    ]).toEqual([
      E_INVALIDARG,
      E_INVALIDARG,
      E_INVALIDARG,
      AUDCLNT_E_INVALID_STREAM_FLAG,
      AUDCLNT_E_WRONG_ENDPOINT_TYPE,
    ]);
    capture.release();
    end();
  });
});

describe('the periods of the engine', () => {
  scenario('are asked, chosen by the first client, and locked for the next', (lab) => {
    const { audio, client, end } = start(lab);
    const [normal, shortest] = [new Out(0), new Out(0)];
    expectOk('period', client.getDevicePeriod(normal, shortest));
    expect([normal.value, shortest.value]).toEqual([100_000, 26_667]);
    const periods = {
      defaultFrames: new Out(0),
      fundamentalFrames: new Out(0),
      minimumFrames: new Out(0),
      maximumFrames: new Out(0),
    };
    expectOk('periods', client.getSharedModeEnginePeriod(format, periods));
    expect(Object.values(periods).map(({ value }) => value)).toEqual([480, 32, 128, 480]);
    const odd = formatOf({ sampleRate: 44_100 });
    const refused = client.getSharedModeEnginePeriod(odd, periods);
    expect(refused).toBe(AUDCLNT_E_UNSUPPORTED_FORMAT);
    const tries = [96, 144, 512].map((frames) => {
      return client.initializeSharedAudioStream(0, frames, format);
    });
    expect(tries).toEqual(Array(3).fill(AUDCLNT_E_INVALID_DEVICE_PERIOD));
    expect(client.initializeSharedAudioStream(0, 160, format)).toBe(S_OK);
    const other = audio.client(eRender);
    const locked = other.initializeSharedAudioStream(0, 480, format);
    expect(locked).toBe(AUDCLNT_E_ENGINE_PERIODICITY_LOCKED);
    const current = new Out(0);
    expectOk('current', other.getCurrentSharedModeEnginePeriod(new Out(null), current));
    expect(current.value).toBe(160);
    // A client that does not care gets the period there is.
    expect(other.initialize(SHARED, 0, 0, 0, format)).toBe(S_OK);
    expect(asked(0, (out) => other.getBufferSize(out))).toBe(320);
    other.release();
    end();
  });
});

describe('a render client', () => {
  function opened(lab: Lab) {
    const made = start(lab);
    expectOk('Initialize', made.client.initialize(SHARED, 0, 0, 0, format));
    return { ...made, render: serviceOf(made.client, 'IAudioRenderClient') };
  }

  scenario('gets and releases in turn, no more than there is room for', (lab) => {
    const { client, end, render } = opened(lab);
    const at = new Out(virtual(0));
    expect(render.releaseBuffer(10, 0)).toBe(AUDCLNT_E_OUT_OF_ORDER);
    expect(render.releaseBuffer(0, 0)).toBe(S_OK);
    expect(render.getBuffer(961, at)).toBe(AUDCLNT_E_BUFFER_TOO_LARGE);
    expect(render.getBuffer(0, at)).toBe(S_OK);
    expect(render.getBuffer(700, at)).toBe(S_OK);
    expect(render.getBuffer(10, at)).toBe(AUDCLNT_E_OUT_OF_ORDER);
    expect(render.releaseBuffer(700, 8)).toBe(E_INVALIDARG);
    expect(render.releaseBuffer(701, 0)).toBe(AUDCLNT_E_INVALID_SIZE);
    expect(render.releaseBuffer(600, 0)).toBe(S_OK);
    expect(asked(0, (out) => client.getCurrentPadding(out))).toBe(600);
    expect(render.getBuffer(361, at)).toBe(AUDCLNT_E_BUFFER_TOO_LARGE);
    expect(render.getBuffer(360, at)).toBe(S_OK);
    expect(render.releaseBuffer(0, 0)).toBe(S_OK);
    expect(asked(0, (out) => client.getCurrentPadding(out))).toBe(600);
    render.release();
    end();
  });

  scenario('can release silence whatever stands in the buffer, and is heard around it', (lab) => {
    const { client, ear, end, machine, render } = opened(lab);
    const at = new Out(virtual(0));
    const sound = noise(format, 960);
    expectOk('GetBuffer', render.getBuffer(480, at));
    machine.client.ram.bytes.set(sound.subarray(0, 1920), at.value);
    expectOk('ReleaseBuffer', render.releaseBuffer(480, AUDCLNT_BUFFERFLAGS_SILENT));
    expectOk('GetBuffer', render.getBuffer(480, at));
    machine.client.ram.bytes.set(sound.subarray(1920), at.value);
    expectOk('ReleaseBuffer', render.releaseBuffer(480, 0));
    expectOk('Start', client.start());
    machine.runFor(60 * MS);
    const delayFrames = 480 + 480 + fifoFrames(48_000) + CODEC_FRAMES;
    expect(ear.heard()).toMatchFrames(sound.subarray(1920), { delayFrames });
    render.release();
    end();
  });

  scenario('keeps its stream alive until it is released, after its client', (lab) => {
    const { audio, client, machine, render } = opened(lab);
    client.release();
    expect(machine.machine.portClass.openPins).toHaveLength(1);
    expect(render.getBuffer(480, new Out(virtual(0)))).toBe(S_OK);
    expect(render.release()).toBe(0);
    expect(machine.machine.portClass.openPins).toHaveLength(0);
    expect(() => render.release()).toThrow(/over before/);
    audio.end();
  });

  scenario('is not had of a capture stream, nor the other way round', (lab) => {
    const { audio, client, end, render } = opened(lab);
    const capture = audio.client(eCapture);
    expectOk('Initialize', capture.initialize(SHARED, 0, 0, 0, format));
    const wrong = [
      capture.getService('IAudioRenderClient', new Out<IAudioRenderClient | null>(null)),
      client.getService('IAudioCaptureClient', new Out<IAudioCaptureClient | null>(null)),
    ];
    expect(wrong).toEqual([AUDCLNT_E_WRONG_ENDPOINT_TYPE, AUDCLNT_E_WRONG_ENDPOINT_TYPE]);
    render.release();
    capture.release();
    end();
  });
});

describe('a capture client', () => {
  scenario('gets a packet at a time, whole or again', (lab) => {
    const { client, end, machine } = start(lab, eCapture);
    expectOk('Initialize', client.initialize(SHARED, 0, 1_000_000, 0, format));
    const capture = serviceOf(client, 'IAudioCaptureClient');
    const buffer: CaptureBuffer = {
      data: virtual(0),
      frames: 0,
      flags: 0,
      devicePosition: 0,
      performanceCounter: 0,
    };
    expect(capture.getBuffer(buffer)).toBe(AUDCLNT_S_BUFFER_EMPTY);
    expect(capture.releaseBuffer(480)).toBe(AUDCLNT_E_OUT_OF_ORDER);
    expectOk('Start', client.start());
    machine.runFor(35 * MS);
    expect(asked(0, (out) => capture.getNextPacketSize(out))).toBe(480);
    expect(asked(0, (out) => client.getCurrentPadding(out))).toBe(3 * 480);
    expect([capture.getBuffer(buffer), buffer.frames]).toEqual([S_OK, 480]);
    expect(capture.getBuffer(buffer)).toBe(AUDCLNT_E_OUT_OF_ORDER);
    expect(capture.releaseBuffer(479)).toBe(AUDCLNT_E_INVALID_SIZE);
    expect(capture.releaseBuffer(0)).toBe(S_OK);
    expect([capture.getBuffer(buffer), buffer.devicePosition]).toEqual([S_OK, 0]);
    expect(capture.releaseBuffer(480)).toBe(S_OK);
    expect([capture.getBuffer(buffer), buffer.devicePosition]).toEqual([S_OK, 480]);
    expect(capture.releaseBuffer(480)).toBe(S_OK);
    expectOk('Stop', client.stop());
    capture.release();
    end();
  });
});

describe('the clock of a stream', () => {
  scenario('counts the frames that the ear has heard, and stands while nothing plays', (lab) => {
    const { client, ear, end, machine } = start(lab);
    expectOk('Initialize', client.initialize(SHARED, 0, 1_000_000, 0, format));
    const render = serviceOf(client, 'IAudioRenderClient');
    const clock = serviceOf(client, 'IAudioClock');
    expect(asked(0, (out) => clock.getFrequency(out))).toBe(48_000);
    const at = new Out(virtual(0));
    expectOk('GetBuffer', render.getBuffer(4800, at));
    machine.client.ram.bytes.set(noise(format, 4800), at.value);
    expectOk('ReleaseBuffer', render.releaseBuffer(4800, 0));
    const position = (): number => asked(0, (out) => clock.getPosition(out, new Out(0)));
    expect(position()).toBe(0);
    expectOk('Start', client.start());
    const seen: number[] = [];
    for (let look = 0; look < 37; look++) {
      machine.runFor(3_456_789);
      // What the ear heard before the first frame were a period and the hardware's own silence.
      const heard = ear.heard();
      const frames = heard.frames - 480 - fifoFrames(48_000) - CODEC_FRAMES;
      const expected = Math.max(0, Math.min(4800, frames));
      expect(position()).toBe(expected);
      seen.push(expected);
    }
    expect(seen.at(-1)).toBe(4800);
    expect(new Set(seen).size).toBeGreaterThan(25);
    clock.release();
    render.release();
    end();
  });
});
