/**
 * Exclusive streams as applications open and drive them: the alignment dance of
 * IAudioClient::Initialize, and threads that keep a buffer filled, or empty it, by a timer.
 */
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { DeviceModel } from '../../src/hardware/device.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import {
  AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  type CaptureBuffer,
  type IAudioClient3,
} from '../../src/wasapi/index.ts';
import { type AudioLab, asked, expectOk, serviceOf } from './wasapi-client.ts';

const EXCLUSIVE = AUDCLNT_SHAREMODE_EXCLUSIVE;
const APPLICATION_PRIORITY = 8;

export interface ExclusiveClient {
  readonly client: IAudioClient3;
  readonly bufferFrames: number;
  /** Whether the first size was refused, and the next one taken. */
  readonly wasAligned: boolean;
}

/** Opens an event-driven stream of about `duration` (100 ns), aligned as the device wants it. */
export function openEventDriven(
  audio: AudioLab<DeviceModel>,
  flow: number,
  format: PcmFormat,
  duration: number,
): ExclusiveClient {
  const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
  let client = audio.client(flow);
  const first = client.initialize(EXCLUSIVE, flags, duration, duration, format);
  const wasAligned = first === AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED;
  if (wasAligned) {
    const frames = asked(0, (out) => client.getBufferSize(out));
    client.release();
    client = audio.client(flow);
    const aligned = Math.floor((1e7 / format.rateHz) * frames + 0.5);
    expectOk('Initialize again', client.initialize(EXCLUSIVE, flags, aligned, aligned, format));
  } else {
    expectOk('Initialize', first);
  }
  const bufferFrames = asked(0, (out) => client.getBufferSize(out));
  return { client, bufferFrames, wasAligned };
}

/** Opens a stream that the application drives by a timer. */
export function openTimerDriven(
  audio: AudioLab<DeviceModel>,
  flow: number,
  format: PcmFormat,
  duration: number,
): ExclusiveClient {
  const client = audio.client(flow);
  expectOk('Initialize', client.initialize(EXCLUSIVE, 0, duration, 0, format));
  const bufferFrames = asked(0, (out) => client.getBufferSize(out));
  return { client, bufferFrames, wasAligned: false };
}

/** Plays the sound and then silence, looking every `every100ns`, until the client is stopped. */
export function playByTimer(
  audio: AudioLab<DeviceModel>,
  { bufferFrames, client }: ExclusiveClient,
  format: PcmFormat,
  sound: Uint8Array,
  every100ns: number,
): { stop(): void } {
  const { kernel } = audio.lab.machine;
  const render = serviceOf(client, 'IAudioRenderClient');
  const size = frameBytes(format);
  const at = new Out(virtual(0));
  let sent = 0;
  let isStopped = false;
  const write = (): void => {
    const room = bufferFrames - asked(0, (out) => client.getCurrentPadding(out));
    if (room === 0) return;
    expectOk('GetBuffer', render.getBuffer(room, at));
    const part = sound.subarray(sent, sent + room * size);
    audio.home.ram.bytes.fill(0, at.value, at.value + room * size);
    audio.home.ram.bytes.set(part, at.value);
    sent += part.length;
    expectOk('ReleaseBuffer', render.releaseBuffer(room, 0));
  };
  function* run(): ThreadGenerator {
    write();
    expectOk('Start', client.start());
    while (!isStopped) {
      yield kernel.delay(every100ns);
      if (!isStopped) write();
    }
    expectOk('Stop', client.stop());
    render.release();
  }
  kernel.dispatcher.createThread('player by timer', APPLICATION_PRIORITY, run);
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

/** What a timer-driven application has read. */
export interface TimerRecording {
  readonly bytes: number[];
  readonly packets: { frames: number; flags: number; position: number }[];
  /** For so long it does something else, once, before it reads again. */
  away100ns: number;
  isStopped: boolean;
}

export function recordByTimer(
  audio: AudioLab<DeviceModel>,
  { client }: ExclusiveClient,
  format: PcmFormat,
  every100ns: number,
): TimerRecording {
  const { kernel } = audio.lab.machine;
  const capture = serviceOf(client, 'IAudioCaptureClient');
  const buffer: CaptureBuffer = {
    data: virtual(0),
    frames: 0,
    flags: 0,
    devicePosition: 0,
    performanceCounter: 0,
  };
  const recording: TimerRecording = { bytes: [], packets: [], away100ns: 0, isStopped: false };
  const readAll = (): void => {
    while (asked(0, (out) => capture.getNextPacketSize(out)) > 0) {
      expectOk('GetBuffer', capture.getBuffer(buffer));
      const { data, devicePosition, flags, frames } = buffer;
      const end = data + frames * frameBytes(format);
      for (const byte of audio.home.ram.bytes.subarray(data, end)) recording.bytes.push(byte);
      recording.packets.push({ frames, flags, position: devicePosition });
      expectOk('ReleaseBuffer', capture.releaseBuffer(frames));
    }
  };
  function* run(): ThreadGenerator {
    expectOk('Start', client.start());
    while (!recording.isStopped) {
      yield kernel.delay(every100ns);
      if (recording.away100ns > 0) yield kernel.delay(recording.away100ns);
      recording.away100ns = 0;
      readAll();
    }
    expectOk('Stop', client.stop());
    capture.release();
  }
  kernel.dispatcher.createThread('recorder by timer', APPLICATION_PRIORITY, run);
  return recording;
}
