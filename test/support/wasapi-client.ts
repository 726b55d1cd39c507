/**
 * Applications over WASAPI, as scenarios run them: a lab machine with its audio engine, and
 * coroutine threads that write or read through the interfaces and nothing else.
 */
import { defined } from '../../src/base/assert.ts';
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import type { ClientHome } from '../../src/client/ks-object.ts';
import type { AudioEngine } from '../../src/engine/audio-engine.ts';
import type { DeviceModel } from '../../src/hardware/device.ts';
import type { ThreadGenerator } from '../../src/kernel/dispatch/thread.ts';
import { type AudioEngineOptions, startAudioEngine } from '../../src/machine/audio-engine.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import type { LabMachine } from '../../src/testing/index.ts';
import {
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  type CaptureBuffer,
  type ClientServices,
  createDeviceEnumerator,
  eConsole,
  type HResult,
  type IAudioClient3,
  type IMMDevice,
  type IMMDeviceEnumerator,
  S_OK,
} from '../../src/wasapi/index.ts';

const APPLICATION_PRIORITY = 8;
const TAIL_WRITES = 3;

export function expectOk(what: string, result: HResult): void {
  if (result !== S_OK) throw new Error(`${what}: 0x${result.toString(16)}`);
}

/** Fills an Out and gives its value. */
export function asked<T>(initial: T, ask: (out: Out<T>) => HResult): T {
  const out = new Out<T>(initial);
  expectOk('a question', ask(out));
  return out.value;
}

export class AudioLab<D extends DeviceModel> {
  readonly lab: LabMachine<D>;
  readonly engine: AudioEngine;
  readonly home: ClientHome;
  readonly enumerator: IMMDeviceEnumerator;

  constructor(lab: LabMachine<D>, options: AudioEngineOptions = {}) {
    this.lab = lab;
    this.engine = startAudioEngine(lab.machine, options);
    this.home = lab.newClient('application');
    this.enumerator = createDeviceEnumerator(this.engine, this.home);
  }

  device(flow: number): IMMDevice {
    const device = new Out<IMMDevice | null>(null);
    expectOk('default', this.enumerator.getDefaultAudioEndpoint(flow, eConsole, device));
    return defined(device.value, 'default device');
  }

  client(flow: number): IAudioClient3 {
    const client = new Out<IAudioClient3 | null>(null);
    expectOk('activate', this.device(flow).activate('IAudioClient3', client));
    return defined(client.value, 'client');
  }

  /** Ends the engine: the machine can be shut down. */
  end(): void {
    this.engine.shutDown();
  }
}

export function serviceOf<Name extends keyof ClientServices>(
  client: IAudioClient3,
  name: Name,
): ClientServices[Name] {
  const service = new Out<ClientServices[Name] | null>(null);
  expectOk(`service ${name}`, client.getService(name, service));
  return defined(service.value, name);
}

export interface PlayerOptions {
  readonly format: PcmFormat;
  readonly sound: Uint8Array;
  readonly shareMode?: number;
  readonly flags?: number;
  /** In 100 ns; the engine's own choice if 0. */
  readonly bufferDuration?: number;
  readonly periodicity?: number;
  /** Through IAudioClient3, in frames. */
  readonly enginePeriodFrames?: number;
}

/** An application that plays a sound, event-driven, and stops when all of it is taken. */
export class Player {
  readonly client: IAudioClient3;
  readonly bufferFrames: number;
  /** Virtual time and padding right before each write. */
  readonly writes: { readonly ns: number; readonly padding: number; readonly frames: number }[] =
    [];
  isDone = false;
  readonly #audio: AudioLab<DeviceModel>;
  readonly #options: PlayerOptions;
  readonly #frameBytes: number;
  readonly #handle: number;
  #sentFrames = 0;

  constructor(audio: AudioLab<DeviceModel>, flow: number, options: PlayerOptions) {
    this.#audio = audio;
    this.#options = options;
    this.#frameBytes = frameBytes(options.format);
    this.client = audio.client(flow);
    this.#initialize();
    this.bufferFrames = asked(0, (out) => this.client.getBufferSize(out));
    this.#handle = audio.home.process.createEvent('synchronization');
    expectOk('event', this.client.setEventHandle(this.#handle));
  }

  get #soundFrames(): number {
    return this.#options.sound.length / this.#frameBytes;
  }

  /** The application's thread begins: fills the buffer, starts, and goes on until the end. */
  start(): void {
    const { dispatcher } = this.#audio.lab.machine.kernel;
    dispatcher.createThread('player', APPLICATION_PRIORITY, () => this.#run());
  }

  *#run(): ThreadGenerator {
    const { kernel } = this.#audio.lab.machine;
    const event = defined(this.#audio.home.process.event(this.#handle), 'event');
    const render = serviceOf(this.client, 'IAudioRenderClient');
    const at = new Out(virtual(0));
    const padding = new Out(0);
    const write = (): void => {
      expectOk('padding', this.client.getCurrentPadding(padding));
      const isExclusive = this.#options.shareMode === AUDCLNT_SHAREMODE_EXCLUSIVE;
      const left = this.#soundFrames - this.#sentFrames;
      const room = this.bufferFrames - padding.value;
      const frames = isExclusive ? room : Math.min(room, left);
      if (frames === 0) return;
      this.writes.push({ ns: kernel.clock.now, padding: padding.value, frames });
      expectOk('GetBuffer', render.getBuffer(frames, at));
      const from = this.#sentFrames * this.#frameBytes;
      const part = this.#options.sound.subarray(from, from + frames * this.#frameBytes);
      const ram = this.#audio.home.ram.bytes;
      ram.set(part, at.value);
      ram.fill(0, at.value + part.length, at.value + frames * this.#frameBytes);
      this.#sentFrames += part.length / this.#frameBytes;
      expectOk('ReleaseBuffer', render.releaseBuffer(frames, 0));
    };
    write();
    expectOk('Start', this.client.start());
    let isEmpty = false;
    // Stop freezes an exclusive stream where it is, so silence has to push the sound out first.
    let tailWrites = this.#options.shareMode === AUDCLNT_SHAREMODE_EXCLUSIVE ? TAIL_WRITES : 0;
    while (!isEmpty) {
      yield kernel.waitFor(event, null);
      isEmpty = this.#sentFrames === this.#soundFrames && this.#isDrained(padding);
      if (isEmpty && tailWrites-- > 0) isEmpty = false;
      if (!isEmpty) write();
    }
    expectOk('Stop', this.client.stop());
    render.release();
    this.isDone = true;
  }

  #isDrained(padding: Out<number>): boolean {
    expectOk('padding', this.client.getCurrentPadding(padding));
    return padding.value === 0;
  }

  #initialize(): void {
    const { bufferDuration = 0, enginePeriodFrames, flags = 0, format } = this.#options;
    const { periodicity = 0, shareMode = AUDCLNT_SHAREMODE_SHARED } = this.#options;
    const allFlags = (flags | AUDCLNT_STREAMFLAGS_EVENTCALLBACK) >>> 0;
    const result =
      enginePeriodFrames === undefined
        ? this.client.initialize(shareMode, allFlags, bufferDuration, periodicity, format)
        : this.client.initializeSharedAudioStream(allFlags, enginePeriodFrames, format);
    expectOk('Initialize', result);
  }

  release(): void {
    this.client.release();
    this.#audio.home.process.closeHandle(this.#handle);
  }
}

/** An application that records until it is told to stop; `initialized` is event-driven. */
export class Recorder {
  readonly client: IAudioClient3;
  readonly bytes: number[] = [];
  readonly packets: { frames: number; flags: number; position: number; counter: number }[] = [];
  isStopped = false;
  /** Once, the application does something else for so long before it reads. */
  awayMs = 0;
  readonly #audio: AudioLab<DeviceModel>;
  readonly #format: PcmFormat;
  readonly #handle: number;

  constructor(
    audio: AudioLab<DeviceModel>,
    flow: number,
    format: PcmFormat,
    flags = 0,
    initialized: IAudioClient3 | null = null,
  ) {
    this.#audio = audio;
    this.#format = format;
    this.client = initialized ?? audio.client(flow);
    const allFlags = (flags | AUDCLNT_STREAMFLAGS_EVENTCALLBACK) >>> 0;
    const { client } = this;
    if (initialized === null) {
      expectOk('Initialize', client.initialize(AUDCLNT_SHAREMODE_SHARED, allFlags, 0, 0, format));
    }
    this.#handle = audio.home.process.createEvent('synchronization');
    expectOk('event', client.setEventHandle(this.#handle));
  }

  start(): void {
    const { dispatcher } = this.#audio.lab.machine.kernel;
    dispatcher.createThread('recorder', APPLICATION_PRIORITY, () => this.#run());
  }

  *#run(): ThreadGenerator {
    const { kernel } = this.#audio.lab.machine;
    const event = defined(this.#audio.home.process.event(this.#handle), 'event');
    const capture = serviceOf(this.client, 'IAudioCaptureClient');
    const buffer: CaptureBuffer = {
      data: virtual(0),
      frames: 0,
      flags: 0,
      devicePosition: 0,
      performanceCounter: 0,
    };
    const next = new Out(0);
    expectOk('Start', this.client.start());
    while (!this.isStopped) {
      yield kernel.waitFor(event, null);
      if (this.awayMs > 0) yield kernel.delay(this.awayMs * 10_000);
      this.awayMs = 0;
      expectOk('next', capture.getNextPacketSize(next));
      while (next.value > 0) {
        expectOk('GetBuffer', capture.getBuffer(buffer));
        const bytes = buffer.frames * frameBytes(this.#format);
        const ram = this.#audio.home.ram.bytes;
        for (let at = 0; at < bytes; at++) this.bytes.push(ram[buffer.data + at] as number);
        this.packets.push({
          frames: buffer.frames,
          flags: buffer.flags,
          position: buffer.devicePosition,
          counter: buffer.performanceCounter,
        });
        expectOk('ReleaseBuffer', capture.releaseBuffer(buffer.frames));
        expectOk('next', capture.getNextPacketSize(next));
      }
    }
    expectOk('Stop', this.client.stop());
    capture.release();
  }

  release(): void {
    this.client.release();
    this.#audio.home.process.closeHandle(this.#handle);
  }
}
