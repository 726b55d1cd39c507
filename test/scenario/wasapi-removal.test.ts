/**
 * A device that goes while applications hold streams of it: they are told so by every call, by
 * every drive and in both modes, what they hold can be released in any order, and nothing is left.
 */
import { describe, expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import {
  EarRecorder,
  formatOf,
  type Lab,
  Mouth,
  noise,
  scenario,
} from '../../src/testing/index.ts';
import {
  AUDCLNT_E_DEVICE_INVALIDATED,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  type CaptureBuffer,
  eCapture,
  eRender,
} from '../../src/wasapi/index.ts';
import { bootHda, CODEC_FRAMES, MS } from '../support/hda-machine.ts';
import { AudioLab, expectOk, Recorder, serviceOf } from '../support/wasapi-client.ts';

const EVENTS = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
const TEN_MS = 100_000;
const format = formatOf({});
const drives = ['timer', 'events', 'packets'] as const;
const modes = [
  ['shared', AUDCLNT_SHAREMODE_SHARED, 0],
  ['exclusive', AUDCLNT_SHAREMODE_EXCLUSIVE, TEN_MS],
] as const;

/** A client with an event, running for 35 ms; `gone` pulls the device out under it. */
function running(lab: Lab, flow: number, drive: (typeof drives)[number], mode: number) {
  const machine = bootHda(lab);
  machine.device.speaker.sink = new EarRecorder();
  machine.device.lineIn.source = new Mouth(noise(format, 48_000));
  const audio = new AudioLab<HdaController>(machine, { drive });
  const client = audio.client(flow);
  const time = mode === AUDCLNT_SHAREMODE_EXCLUSIVE ? TEN_MS : 0;
  expectOk('Initialize', client.initialize(mode, EVENTS, time, time, format));
  const handle = audio.home.process.createEvent('synchronization');
  expectOk('SetEventHandle', client.setEventHandle(handle));
  expectOk('Start', client.start());
  machine.runFor(35 * MS);
  const gone = (): void => {
    const { kernel, node } = machine.machine;
    expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
    machine.runFor(30 * MS);
  };
  const end = (): void => {
    expect(machine.machine.portClass.openPins).toHaveLength(0);
    audio.home.process.closeHandle(handle);
    audio.end();
  };
  return { audio, client, end, gone };
}

describe('a device that is pulled out', () => {
  for (const drive of drives) {
    for (const [name, mode] of modes) {
      scenario(`tells a ${name} render client at every call, by ${drive}`, (lab) => {
        const { client, end, gone } = running(lab, eRender, drive, mode);
        const render = serviceOf(client, 'IAudioRenderClient');
        const clock = serviceOf(client, 'IAudioClock');
        const at = new Out(virtual(0));
        expectOk('GetBuffer', render.getBuffer(480, at));
        gone();
        const number = new Out(0);
        const results = [
          render.releaseBuffer(480, 0),
          render.getBuffer(480, at),
          clock.getPosition(number, new Out(0)),
          clock.getFrequency(number),
          client.getBufferSize(number),
          client.getCurrentPadding(number),
          client.getStreamLatency(number),
          client.start(),
          client.stop(),
          client.reset(),
        ];
        expect(results).toEqual(results.map(() => AUDCLNT_E_DEVICE_INVALIDATED));
        client.release();
        clock.release();
        render.release();
        end();
      });

      scenario(`tells a ${name} capture client at every call, by ${drive}`, (lab) => {
        const { client, end, gone } = running(lab, eCapture, drive, mode);
        const capture = serviceOf(client, 'IAudioCaptureClient');
        const buffer: CaptureBuffer = {
          data: virtual(0),
          frames: 0,
          flags: 0,
          devicePosition: 0,
          performanceCounter: 0,
        };
        expectOk('GetBuffer', capture.getBuffer(buffer));
        gone();
        const number = new Out(0);
        const results = [
          capture.releaseBuffer(480),
          capture.getBuffer(buffer),
          capture.getNextPacketSize(number),
          client.getCurrentPadding(number),
          client.stop(),
        ];
        expect(results).toEqual(results.map(() => AUDCLNT_E_DEVICE_INVALIDATED));
        capture.release();
        client.release();
        end();
      });
    }
  }
});

describe('a device that is stopped for its resources', () => {
  for (const drive of drives) {
    scenario(`ends its streams, and records for the next client, by ${drive}`, (lab) => {
      const { audio, client, end } = running(lab, eCapture, drive, AUDCLNT_SHAREMODE_SHARED);
      const { machine } = audio.lab;
      const { kernel, node } = machine;
      expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
      expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
      machine.runFor(30 * MS);
      expect(client.getCurrentPadding(new Out(0))).toBe(AUDCLNT_E_DEVICE_INVALIDATED);
      machine.startDevice();
      machine.runFor(10 * MS);
      client.release();
      const recorder = new Recorder(audio, eCapture, format);
      recorder.start();
      machine.runFor(0);
      const mouth = new Mouth(noise(format, 9600, 5));
      audio.lab.device.lineIn.source = mouth;
      machine.runFor(65 * MS);
      recorder.isStopped = true;
      machine.runFor(20 * MS);
      const heard = Uint8Array.from(recorder.bytes).subarray(CODEC_FRAMES * 4);
      expect(heard.length).toBeGreaterThan(5 * 480 * 4);
      expect(Buffer.compare(heard, mouth.spoken.subarray(0, heard.length))).toBe(0);
      recorder.release();
      end();
    });
  }
});
