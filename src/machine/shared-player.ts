/**
 * An application that plays a file through WASAPI in shared mode: it fills its buffer, starts, and
 * at each event of the engine writes what there is room for, until all of it was taken and is out
 * of the engine's converter.
 */
import { defined } from '../base/assert.ts';
import { virtual } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { FrameSource } from '../client/render-buffer.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  type IAudioClient3,
  type IMMDevice,
} from '../wasapi/index.ts';
import { checkResult, serviceOf } from './wasapi-result.ts';

export interface SharedPlayerConfig {
  readonly kernel: Kernel;
  readonly home: ClientHome;
  readonly device: IMMDevice;
  /** Of the source's frames; the engine converts. */
  readonly format: PcmFormat;
  readonly source: FrameSource;
  /** The engine's period in frames of the device; as it is if null. */
  readonly periodFrames: number | null;
  readonly volume: number;
  readonly isMuted: boolean;
  /** How much longer than it says the device takes to the ear; no time if absent. */
  readonly untoldDelayNs?: () => number;
  /** Takes what was written to the engine's buffer. */
  readonly wrote?: (bytes: Uint8Array, offset: number, byteLength: number) => void;
  /** The source has come to its end. */
  readonly ended?: () => void;
  /** The stream is in the mix from now on. */
  readonly started: () => void;
  /** Passes of the engine until it has handed on all that it took: a converter holds some of it. */
  readonly passesBehindEnd: () => number;
  /** The engine has taken all of it; the stream is about to stop. */
  readonly stopping: () => void;
}

/** Of an ordinary application's threads. */
export const APPLICATION_PRIORITY = 8;
const NS_PER_TICK = 100;

export class SharedPlayer {
  readonly #config: SharedPlayerConfig;
  readonly #client: IAudioClient3;
  /** A stream that never plays, whose period the engine keeps to as long as it is open. */
  readonly #periodHolder: IAudioClient3 | null;
  readonly #handle: number;
  readonly #bufferFrames: number;
  readonly #frameBytes: number;
  readonly #padding = new Out(0);
  readonly #at = new Out(virtual(0));
  readonly #render: ReturnType<typeof serviceOf<'IAudioRenderClient'>>;
  #sentFrames = 0;
  #isAtEnd = false;
  #wakes = 0;
  #isDone = false;

  /** Opens a session; nothing plays yet. @throws WasapiError */
  constructor(config: SharedPlayerConfig) {
    const { device, format, home, isMuted, periodFrames, volume } = config;
    this.#config = config;
    this.#frameBytes = frameBytes(format);
    this.#periodHolder = periodFrames === null ? null : holdPeriod(device, periodFrames);
    this.#client = activate(device);
    const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK | AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM;
    checkResult(
      'IAudioClient::Initialize',
      this.#client.initialize(AUDCLNT_SHAREMODE_SHARED, flags >>> 0, 0, 0, format),
    );
    const size = new Out(0);
    checkResult('IAudioClient::GetBufferSize', this.#client.getBufferSize(size));
    this.#bufferFrames = size.value;
    this.#handle = home.process.createEvent('synchronization');
    checkResult('IAudioClient::SetEventHandle', this.#client.setEventHandle(this.#handle));
    const loudness = serviceOf(this.#client, 'ISimpleAudioVolume');
    checkResult('ISimpleAudioVolume::SetMasterVolume', loudness.setMasterVolume(volume));
    checkResult('ISimpleAudioVolume::SetMute', loudness.setMute(isMuted));
    loudness.release();
    this.#render = serviceOf(this.#client, 'IAudioRenderClient');
  }

  get sentFrames(): number {
    return this.#sentFrames;
  }

  get wakes(): number {
    return this.#wakes;
  }

  /** Everything was taken by the engine, and the stream is stopped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Fills the buffer, starts the stream, and serves it on a thread of its own from then on. */
  start(): void {
    const { kernel, started } = this.#config;
    this.#write();
    checkResult('IAudioClient::Start', this.#client.start());
    started();
    kernel.dispatcher.createThread('player', APPLICATION_PRIORITY, () => this.#run());
  }

  /** Lets the stream go. */
  close(): void {
    this.#render.release();
    this.#client.release();
    this.#periodHolder?.release();
    this.#config.home.process.closeHandle(this.#handle);
  }

  *#run(): ThreadGenerator {
    const { home, kernel, untoldDelayNs } = this.#config;
    const event = defined(home.process.event(this.#handle), 'event');
    while (!this.#isAtEnd || this.#readPadding() > 0) {
      yield kernel.waitFor(event, null);
      this.#wakes++;
      this.#write();
    }
    for (let passes = this.#config.passesBehindEnd(); passes > 0; passes--) {
      yield kernel.waitFor(event, null);
    }
    const untoldNs = untoldDelayNs?.() ?? 0;
    if (untoldNs > 0) yield kernel.delay(untoldNs / NS_PER_TICK);
    this.#config.stopping();
    checkResult('IAudioClient::Stop', this.#client.stop());
    this.#isDone = true;
  }

  /** Allocates nothing. */
  #write(): void {
    if (this.#isAtEnd) return;
    const { home, source, wrote } = this.#config;
    const render = this.#render;
    const room = this.#bufferFrames - this.#readPadding();
    if (room === 0) return;
    checkResult('IAudioRenderClient::GetBuffer', render.getBuffer(room, this.#at));
    const { bytes } = home.ram;
    const frames = source.read(bytes, this.#at.value, room);
    wrote?.(bytes, this.#at.value, frames * this.#frameBytes);
    this.#sentFrames += frames;
    checkResult('IAudioRenderClient::ReleaseBuffer', render.releaseBuffer(frames, 0));
    if (frames === room) return;
    this.#isAtEnd = true;
    this.#config.ended?.();
  }

  #readPadding(): number {
    checkResult('IAudioClient::GetCurrentPadding', this.#client.getCurrentPadding(this.#padding));
    return this.#padding.value;
  }
}

function activate(device: IMMDevice): IAudioClient3 {
  const client = new Out<IAudioClient3 | null>(null);
  checkResult('IMMDevice::Activate', device.activate('IAudioClient3', client));
  return defined(client.value, 'audio client');
}

/**
 * InitializeSharedAudioStream converts nothing, and Initialize takes no period; so, for a file of
 * any format, a stream of the mix format asks for the period. It holds it as long as it is open.
 */
function holdPeriod(device: IMMDevice, periodFrames: number): IAudioClient3 {
  const client = activate(device);
  const mix = new Out<PcmFormat | null>(null);
  checkResult('IAudioClient::GetMixFormat', client.getMixFormat(mix));
  checkResult(
    'IAudioClient3::InitializeSharedAudioStream',
    client.initializeSharedAudioStream(0, periodFrames, defined(mix.value, 'mix format')),
  );
  return client;
}
