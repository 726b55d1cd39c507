/**
 * Many streams into one device, as applications on Windows have them: WASAPI clients with sounds of
 * their own in memory, served by a thread each or all by one, and mixed by the engine. What is heard
 * is held against the sum of what was sent, frame by frame: quiet sounds of whole 16-bit steps are
 * added exactly, so their sum comes round as often as they do.
 */
import { defined } from '../src/base/assert.ts';
import { ms, type VirtualAddress, virtual } from '../src/base/brand.ts';
import { ByteViews } from '../src/base/byte-views.ts';
import { Out } from '../src/base/out.ts';
import { nativeMatcher } from '../src/cli/native-match.ts';
import type { ClientHome } from '../src/client/ks-object.ts';
import type { AudioEngine } from '../src/engine/audio-engine.ts';
import type { StreamDrive } from '../src/engine/engine-pin.ts';
import type { SoundSink } from '../src/hardware/endpoint/speaker.ts';
import type { ThreadGenerator } from '../src/kernel/dispatch/thread.ts';
import { startAudioEngine } from '../src/machine/audio-engine.ts';
import type { AudioDevice } from '../src/machine/devices.ts';
import type { Machine } from '../src/machine/machine.ts';
import { bootForPlay } from '../src/machine/play-session.ts';
import { checkResult, serviceOf } from '../src/machine/wasapi-result.ts';
import { Random } from '../src/sim/random.ts';
import { frameBytes, type PcmFormat } from '../src/standards/pcm/format.ts';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  createDeviceEnumerator,
  eConsole,
  eRender,
  type IAudioClient3,
  type IAudioRenderClient,
  type IMMDevice,
} from '../src/wasapi/index.ts';
import { HDA } from './bare-stream.ts';
import type { Player } from './player.ts';
import { RATE_HZ, STEREO_16 } from './recording.ts';

export interface Mix {
  readonly streams: number;
  readonly drive: StreamDrive;
  /** Of the streams and of the device. */
  readonly format: PcmFormat;
  readonly threads: 'one' | 'one each';
}

export const STEREO_FLOAT: PcmFormat = {
  ...STEREO_16,
  validBits: 32,
  containerBits: 32,
  float: true,
};

const SLICE_NS = ms(500);
const CHANNELS = 2;
/** Of a sound that comes round and round: no whole number of periods, and all of them in cache. */
const LOOP_FRAMES = 1000;
/** Enough for the places in the loop at which a period begins. */
const LOOP_VIEWS = 64;
const FULL_SCALE = 0x8000;
const APPLICATION_PRIORITY = 8;

/** Plays `seconds` of every stream. */
export function playMixed(mix: Mix, seconds: number): Player {
  return new MixedStreams(mix, seconds);
}

class MixedStreams implements Player {
  readonly machine: Machine<AudioDevice> = bootForPlay({ device: HDA });
  readonly #audio: AudioEngine;
  readonly #streams: readonly ClientStream[];
  readonly #ear: SumEar;
  readonly #frames: number;

  constructor({ drive, format, streams, threads }: Mix, seconds: number) {
    const { kernel } = this.machine;
    this.#frames = seconds * RATE_HZ;
    this.#audio = startAudioEngine(this.machine, { drive });
    const endpoint = defined(
      this.#audio.endpoints.find(({ isRender }) => isRender),
      'render endpoint',
    );
    if (!this.#audio.setDeviceFormat(endpoint, format)) throw new Error('not a device format');
    const home = { process: this.machine.openProcess('application'), ram: kernel.ram };
    const found = new Out<IMMDevice | null>(null);
    const enumerator = createDeviceEnumerator(this.#audio, home);
    checkResult('device', enumerator.getDefaultAudioEndpoint(eRender, eConsole, found));
    const device = defined(found.value, 'default device');
    const random = new Random(streams);
    const loops = Array.from({ length: streams }, () => quietNoise(random, streams));
    const common = threads === 'one' ? home.process.createEvent('synchronization') : null;
    this.#streams = loops.map((loop) => {
      const event = common ?? home.process.createEvent('synchronization');
      return new ClientStream(home, device, format, event, samplesOf(loop, format), this.#frames);
    });
    const engine = defined(endpoint.renderEngine, 'engine');
    const latency = engine.passToDeviceFrames + engine.stream.heldFrames;
    this.#ear = new SumEar(samplesOf(sumOf(loops), format), frameBytes(format), latency);
    this.machine.device.speaker.sink = this.#ear;
    for (const stream of this.#streams) stream.start();
    const served = threads === 'one' ? [this.#streams] : this.#streams.map((stream) => [stream]);
    for (const group of served) {
      const body = (): ThreadGenerator => serve(this.machine, home, group);
      kernel.dispatcher.createThread('application', APPLICATION_PRIORITY, body);
    }
  }

  step(): boolean {
    this.machine.runFor(SLICE_NS);
    return this.#streams.every(({ isDone }) => isDone);
  }

  finish(): void {
    // The engine stops by itself, behind the end of the last stream.
    this.machine.runFor(SLICE_NS);
    for (const stream of this.#streams) stream.close();
    this.#audio.shutDown();
    const leaks = this.machine.shutDown();
    if (leaks.length > 0) throw new Error(`left behind: ${leaks.join(', ')}`);
    this.#ear.check(this.#frames);
  }
}

/** The application's thread: whenever the engine has taken a period, all its streams are filled. */
function* serve(
  { kernel }: Machine<AudioDevice>,
  { process }: ClientHome,
  streams: readonly ClientStream[],
): ThreadGenerator {
  const event = defined(process.event(defined(streams[0], 'stream').event), 'event');
  for (let playing = streams.length; playing > 0; ) {
    yield kernel.waitFor(event, null);
    playing = 0;
    for (let index = 0; index < streams.length; index++) {
      if ((streams[index] as ClientStream).write()) playing++;
    }
  }
}

/** A WASAPI client, and the short sound that it plays over and over, for so many frames. */
class ClientStream {
  readonly event: number;
  isDone = false;
  readonly #home: ClientHome;
  readonly #client: IAudioClient3;
  readonly #render: IAudioRenderClient;
  readonly #frameBytes: number;
  readonly #bufferFrames: number;
  /** The loop twice, so that no write reaches over its end. */
  readonly #soundAt: VirtualAddress;
  readonly #loopBytes: number;
  readonly #views = new ByteViews(LOOP_VIEWS);
  readonly #padding = new Out(0);
  readonly #at = new Out(virtual(0));
  #place = 0;
  #left: number;

  constructor(
    home: ClientHome,
    device: IMMDevice,
    format: PcmFormat,
    event: number,
    loop: Uint8Array,
    frames: number,
  ) {
    this.#home = home;
    this.event = event;
    this.#frameBytes = frameBytes(format);
    this.#loopBytes = loop.length;
    this.#left = frames;
    this.#soundAt = home.process.alloc(2 * loop.length);
    home.ram.bytes.set(loop, this.#soundAt);
    home.ram.bytes.set(loop, this.#soundAt + loop.length);
    const client = new Out<IAudioClient3 | null>(null);
    checkResult('Activate', device.activate('IAudioClient3', client));
    this.#client = defined(client.value, 'audio client');
    const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
    const opened = this.#client.initialize(AUDCLNT_SHAREMODE_SHARED, flags, 0, 0, format);
    checkResult('Initialize', opened);
    checkResult('SetEventHandle', this.#client.setEventHandle(event));
    const size = new Out(0);
    checkResult('GetBufferSize', this.#client.getBufferSize(size));
    this.#bufferFrames = size.value;
    this.#render = serviceOf(this.#client, 'IAudioRenderClient');
  }

  start(): void {
    this.write();
    checkResult('Start', this.#client.start());
  }

  /** Fills what is free, and stops when all was taken. True while the stream plays. */
  write(): boolean {
    if (this.isDone) return false;
    checkResult('GetCurrentPadding', this.#client.getCurrentPadding(this.#padding));
    const frames = Math.min(this.#bufferFrames - this.#padding.value, this.#left);
    if (frames > 0) {
      checkResult('GetBuffer', this.#render.getBuffer(frames, this.#at));
      const from = this.#soundAt + this.#place;
      const bytes = frames * this.#frameBytes;
      const ram = this.#home.ram.bytes;
      this.#views.copy(ram, from, bytes, ram, this.#at.value);
      this.#place = (this.#place + bytes) % this.#loopBytes;
      this.#left -= frames;
      checkResult('ReleaseBuffer', this.#render.releaseBuffer(frames, 0));
    } else if (this.#left === 0 && this.#padding.value === 0) {
      checkResult('Stop', this.#client.stop());
      this.isDone = true;
    }
    return !this.isDone;
  }

  close(): void {
    this.#render.release();
    this.#client.release();
    // The handle may be another stream's too, and is closed by then.
    this.#home.process.closeHandle(this.event);
    this.#home.process.free(this.#soundAt);
  }
}

/** Holds every frame behind the latency against the sum. */
class SumEar implements SoundSink {
  readonly #match = nativeMatcher();
  /** The loop twice, so that no piece of it has a seam. */
  readonly #sum: Uint8Array;
  readonly #frameBytes: number;
  #silentFrames: number;
  #comparedFrames = 0;
  #differentAt = -1;

  constructor(sum: Uint8Array, bytesPerFrame: number, latencyFrames: number) {
    this.#silentFrames = latencyFrames;
    this.#frameBytes = bytesPerFrame;
    this.#sum = new Uint8Array(2 * sum.length);
    this.#sum.set(sum);
    this.#sum.set(sum, sum.length);
  }

  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    const size = this.#frameBytes;
    const skipped = Math.min(this.#silentFrames, byteLength / size);
    this.#silentFrames -= skipped;
    const at = offset + skipped * size;
    const length = byteLength - skipped * size;
    const place = (this.#comparedFrames % LOOP_FRAMES) * size;
    const isSame = this.#match(bytes, at, this.#sum, place, length);
    if (!isSame && this.#differentAt < 0) this.#differentAt = this.#comparedFrames;
    this.#comparedFrames += length / size;
  }

  silence(frames: number): void {
    this.#silentFrames -= Math.min(this.#silentFrames, frames);
  }

  /** @throws Error when fewer frames, or other ones, were heard */
  check(frames: number): void {
    // Behind the end comes silence, which is not the sum; it begins within a block.
    const isWhole = this.#comparedFrames >= frames;
    const isSame = this.#differentAt < 0 || this.#differentAt + RATE_HZ / 10 > frames;
    if (isWhole && isSame) return;
    throw new Error(
      `heard ${this.#comparedFrames} of ${frames} frames, first difference ${this.#differentAt}`,
    );
  }
}

/** A loop that fits into a sum of so many. */
function quietNoise(random: Random, streams: number): Int16Array {
  const range = Math.floor(FULL_SCALE / streams);
  const samples = CHANNELS * LOOP_FRAMES;
  return Int16Array.from({ length: samples }, () => random.below(2 * range) - range);
}

function sumOf(loops: readonly Int16Array[]): Int16Array {
  const sum = new Int16Array(CHANNELS * LOOP_FRAMES);
  for (const loop of loops) {
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (loop[at] ?? 0);
  }
  return sum;
}

/** The samples as the format has them. */
function samplesOf(loop: Int16Array, { float }: PcmFormat): Uint8Array {
  const samples = float ? Float32Array.from(loop, (sample) => sample / FULL_SCALE) : loop;
  return new Uint8Array(samples.buffer);
}
