/**
 * A machine whose audio engine mixes many sessions onto one HD Audio stream, with the applications
 * that feed them through WASAPI: each session by a thread of its own, or all by one. Every session
 * plays the same quiet second over and over, so that the ear can hold the sum against it.
 */
import { defined } from '../src/base/assert.ts';
import { ms, seconds, type VirtualAddress, virtual } from '../src/base/brand.ts';
import { Out } from '../src/base/out.ts';
import type { ClientHome } from '../src/client/ks-object.ts';
import type { AudioEngine } from '../src/engine/audio-engine.ts';
import type { StreamDrive } from '../src/engine/engine-pin.ts';
import type { ThreadGenerator } from '../src/kernel/dispatch/thread.ts';
import { startAudioEngine } from '../src/machine/audio-engine.ts';
import type { AudioDevice } from '../src/machine/devices.ts';
import { Machine } from '../src/machine/machine.ts';
import { Random } from '../src/sim/random.ts';
import { frameBytes } from '../src/standards/pcm/format.ts';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  createDeviceEnumerator,
  eConsole,
  eRender,
  type HResult,
  type IAudioClient3,
  type IAudioRenderClient,
  type IMMDevice,
  S_OK,
} from '../src/wasapi/index.ts';
import { HDA } from './bare-stream.ts';
import { RATE_HZ, STEREO_16 } from './recording.ts';

export type Application = 'threads' | 'thread';

const FRAME_BYTES = frameBytes(STEREO_16);
const SECOND_BYTES = RATE_HZ * FRAME_BYTES;
/** Of one session's samples: 256 of them stay below full scale. */
const PEAK = 120;
const SEED = 21;
const APPLICATION_PRIORITY = 8;

interface Session {
  readonly client: IAudioClient3;
  readonly render: IAudioRenderClient;
  readonly bufferFrames: number;
  readonly eventHandle: number;
  sentBytes: number;
}

export class EngineSessions {
  readonly machine: Machine<AudioDevice>;
  readonly engine: AudioEngine;
  readonly #home: ClientHome;
  readonly #sessions: Session[] = [];
  readonly #handles: number[] = [];
  /** A second of sound in the application's memory, and the part of it that a write may reach. */
  readonly #soundAt: VirtualAddress;
  readonly #device: IMMDevice;
  readonly #padding = new Out(0);
  readonly #at = new Out(virtual(0));
  #isOver = false;

  /** Opens the sessions, fills their buffers and starts them: all are in the mix from now on. */
  constructor(count: number, drive: StreamDrive, application: Application) {
    this.machine = Machine.boot({ device: HDA.create, driver: HDA.driver });
    this.engine = startAudioEngine(this.machine, { drive });
    const { kernel } = this.machine;
    this.#home = { process: this.machine.openProcess('bench'), ram: kernel.ram };
    this.#soundAt = this.#home.process.alloc(2 * SECOND_BYTES);
    kernel.ram.bytes.set(quietSecond(), this.#soundAt);
    kernel.ram.bytes.set(quietSecond(), this.#soundAt + SECOND_BYTES);
    const device = new Out<IMMDevice | null>(null);
    const enumerator = createDeviceEnumerator(this.engine, this.#home);
    check(enumerator.getDefaultAudioEndpoint(eRender, eConsole, device));
    this.#device = defined(device.value, 'render device');
    for (let index = 0; index < count; index++) {
      const isShared = application === 'thread' && index > 0;
      this.#open(isShared ? defined(this.#handles[0], 'event') : this.#newEvent());
    }
    for (const session of this.#sessions) {
      this.#write(session);
      check(session.client.start());
    }
    const { dispatcher } = kernel;
    const served = application === 'thread' ? [this.#sessions] : this.#sessions.map((one) => [one]);
    for (const sessions of served) {
      dispatcher.createThread('application', APPLICATION_PRIORITY, () => this.#serve(sessions));
    }
  }

  /** Plays for whole seconds of virtual time; what the ear hears is not looked at. */
  run(forSeconds: number): void {
    this.machine.runFor(seconds(forSeconds));
  }

  /** Plays one more second and compares every frame. @throws Error when it is not the sum of all */
  checkSecond(): void {
    const ear = new SumChecker(this.#sessions.length);
    const { speaker } = this.machine.device;
    speaker.sink = ear;
    this.run(1);
    speaker.sink = null;
    ear.finish();
    const engine = this.engine.endpoints.find(({ isRender }) => isRender)?.renderEngine;
    if (engine?.glitches.length !== 0) throw new Error('the engine came late');
  }

  /** @throws Error when something is left over */
  end(): void {
    this.#isOver = true;
    for (const handle of this.#handles) this.#home.process.event(handle)?.set();
    this.machine.runFor(ms(1));
    for (const { client, render } of this.#sessions) {
      render.release();
      client.release();
    }
    this.engine.shutDown();
    for (const handle of this.#handles) this.#home.process.closeHandle(handle);
    this.#home.process.free(this.#soundAt);
    const leaks = this.machine.shutDown();
    if (leaks.length > 0) throw new Error(`left over: ${leaks.join(', ')}`);
  }

  #newEvent(): number {
    const handle = this.#home.process.createEvent('synchronization');
    this.#handles.push(handle);
    return handle;
  }

  #open(eventHandle: number): void {
    const found = new Out<IAudioClient3 | null>(null);
    check(this.#device.activate('IAudioClient3', found));
    const client = defined(found.value, 'audio client');
    const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
    check(client.initialize(AUDCLNT_SHAREMODE_SHARED, flags, 0, 0, STEREO_16));
    check(client.setEventHandle(eventHandle));
    const size = new Out(0);
    check(client.getBufferSize(size));
    const render = new Out<IAudioRenderClient | null>(null);
    check(client.getService('IAudioRenderClient', render));
    this.#sessions.push({
      client,
      render: defined(render.value, 'render client'),
      bufferFrames: size.value,
      eventHandle,
      sentBytes: 0,
    });
  }

  *#serve(sessions: readonly Session[]): ThreadGenerator {
    const { kernel } = this.machine;
    const handle = defined(sessions[0], 'session').eventHandle;
    const event = defined(this.#home.process.event(handle), 'event');
    for (;;) {
      yield kernel.waitFor(event, null);
      if (this.#isOver) return;
      for (let index = 0; index < sessions.length; index++) {
        this.#write(sessions[index] as Session);
      }
    }
  }

  #write(session: Session): void {
    const { bufferFrames, client, render } = session;
    check(client.getCurrentPadding(this.#padding));
    const frames = bufferFrames - this.#padding.value;
    if (frames === 0) return;
    check(render.getBuffer(frames, this.#at));
    const from = this.#soundAt + session.sentBytes;
    const { bytes } = this.#home.ram;
    bytes.copyWithin(this.#at.value, from, from + frames * FRAME_BYTES);
    session.sentBytes = (session.sentBytes + frames * FRAME_BYTES) % SECOND_BYTES;
    check(render.releaseBuffer(frames, 0));
  }
}

/** Holds a second of the ear's frames against the sum of all sessions. */
class SumChecker {
  readonly #expected: Int16Array;
  readonly #heard = new Uint8Array(2 * SECOND_BYTES);
  #length = 0;

  constructor(sessions: number) {
    const quiet = new Int16Array(quietSecond().buffer);
    this.#expected = quiet.map((sample) => sample * sessions);
  }

  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    this.#heard.set(bytes.subarray(offset, offset + byteLength), this.#length);
    this.#length += byteLength;
  }

  silence(frames: number): void {
    throw new Error(`the ear heard nothing for ${frames} frames`);
  }

  /** The sound goes round in a second, so it is looked for from any frame of it on. */
  finish(): void {
    const heard = new Int16Array(this.#heard.buffer, 0, this.#length >> 1);
    if (heard.length < RATE_HZ) throw new Error(`only ${heard.length} samples were heard`);
    for (let start = 0; start < this.#expected.length; start += 2) {
      if (this.#matches(heard, start)) return;
    }
    throw new Error('what was heard is not the sum of the sessions');
  }

  #matches(heard: Int16Array, start: number): boolean {
    const expected = this.#expected;
    for (let index = 0; index < heard.length; index++) {
      if (heard[index] !== expected[(start + index) % expected.length]) return false;
    }
    return true;
  }
}

function quietSecond(): Uint8Array {
  const random = new Random(SEED);
  const samples = new Int16Array(2 * RATE_HZ);
  for (let index = 0; index < samples.length; index++) {
    samples[index] = Math.round(PEAK * (random.next() / 0x8000_0000 - 1));
  }
  return new Uint8Array(samples.buffer);
}

function check(result: HResult): void {
  if (result !== S_OK) throw new Error(`WASAPI said 0x${result.toString(16)}`);
}
