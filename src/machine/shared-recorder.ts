/**
 * An application that records through WASAPI in shared mode: at each event of the engine it takes
 * the packets that wait, until it has the frames that it wants.
 */
import { defined } from '../base/assert.ts';
import { virtual } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { ThreadGenerator } from '../kernel/dispatch/thread.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  type CaptureBuffer,
  type IAudioClient3,
  type IMMDevice,
} from '../wasapi/index.ts';
import { APPLICATION_PRIORITY } from './shared-player.ts';
import { checkResult, serviceOf } from './wasapi-result.ts';

export interface SharedRecorderConfig {
  readonly kernel: Kernel;
  readonly home: ClientHome;
  readonly device: IMMDevice;
  /** Of the frames that it wants; the engine converts. */
  readonly format: PcmFormat;
  /** The engine's period in frames of the device, which has this format; as it is if null. */
  readonly periodFrames: number | null;
  /** Frames after which it stops. Asked once the stream is open. */
  readonly wantedFrames: () => number;
  /** Takes the captured bytes, in `bytes[offset ..]`. */
  readonly take: (bytes: Uint8Array, offset: number, byteLength: number) => void;
  /** Frames that the engine captured and nobody took, before the next ones. */
  readonly lose: (frames: number) => void;
  /** It has what it wants; the stream is about to stop. */
  readonly stopping: () => void;
}

export class SharedRecorder {
  readonly #config: SharedRecorderConfig;
  readonly #client: IAudioClient3;
  readonly #handle: number;
  readonly #frameBytes: number;
  readonly #next = new Out(0);
  readonly #packet: CaptureBuffer = {
    data: virtual(0),
    frames: 0,
    flags: 0,
    devicePosition: 0,
    performanceCounter: 0,
  };
  #wantedFrames = 0;
  #takenFrames = 0;
  #lostFrames = 0;
  #wakes = 0;
  #isDone = false;

  /** Opens a session; it records when the machine runs. @throws WasapiError */
  constructor(config: SharedRecorderConfig) {
    const { device, format, home, kernel, periodFrames } = config;
    this.#config = config;
    this.#frameBytes = frameBytes(format);
    const client = new Out<IAudioClient3 | null>(null);
    checkResult('IMMDevice::Activate', device.activate('IAudioClient3', client));
    this.#client = defined(client.value, 'audio client');
    const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
    const convertingFlags = (flags | AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM) >>> 0;
    // The format is the device's own, which InitializeSharedAudioStream takes.
    if (periodFrames === null) {
      const opened = this.#client.initialize(
        AUDCLNT_SHAREMODE_SHARED,
        convertingFlags,
        0,
        0,
        format,
      );
      checkResult('IAudioClient::Initialize', opened);
    } else {
      const opened = this.#client.initializeSharedAudioStream(flags, periodFrames, format);
      checkResult('IAudioClient3::InitializeSharedAudioStream', opened);
    }
    this.#handle = home.process.createEvent('synchronization');
    checkResult('IAudioClient::SetEventHandle', this.#client.setEventHandle(this.#handle));
    kernel.dispatcher.createThread('recorder', APPLICATION_PRIORITY, () => this.#run());
  }

  get lostFrames(): number {
    return this.#lostFrames;
  }

  get wakes(): number {
    return this.#wakes;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Lets the stream go. */
  close(): void {
    this.#client.release();
    this.#config.home.process.closeHandle(this.#handle);
  }

  get #missingFrames(): number {
    return this.#wantedFrames - this.#takenFrames - this.#lostFrames;
  }

  *#run(): ThreadGenerator {
    const { home, kernel, wantedFrames } = this.#config;
    this.#wantedFrames = wantedFrames();
    const event = defined(home.process.event(this.#handle), 'event');
    const capture = serviceOf(this.#client, 'IAudioCaptureClient');
    checkResult('IAudioClient::Start', this.#client.start());
    while (this.#missingFrames > 0) {
      yield kernel.waitFor(event, null);
      this.#wakes++;
      this.#takeAll(capture);
    }
    this.#config.stopping();
    checkResult('IAudioClient::Stop', this.#client.stop());
    capture.release();
    this.#isDone = true;
  }

  #takeAll(capture: ReturnType<typeof serviceOf<'IAudioCaptureClient'>>): void {
    while (this.#hasNext(capture)) {
      const packet = this.#packet;
      checkResult('IAudioCaptureClient::GetBuffer', capture.getBuffer(packet));
      this.#skipTo(packet.devicePosition);
      const frames = Math.max(0, Math.min(this.#missingFrames, packet.frames));
      const { bytes } = this.#config.home.ram;
      if (frames > 0) this.#config.take(bytes, packet.data, frames * this.#frameBytes);
      this.#takenFrames += frames;
      checkResult('IAudioCaptureClient::ReleaseBuffer', capture.releaseBuffer(packet.frames));
    }
  }

  #hasNext(capture: ReturnType<typeof serviceOf<'IAudioCaptureClient'>>): boolean {
    const size = capture.getNextPacketSize(this.#next);
    checkResult('IAudioCaptureClient::GetNextPacketSize', size);
    return this.#next.value > 0 && this.#missingFrames > 0;
  }

  /** Frames between two packets were dropped: by the engine, or because no packet was free. */
  #skipTo(position: number): void {
    const lost = position - this.#takenFrames - this.#lostFrames;
    if (lost <= 0) return;
    this.#lostFrames += lost;
    this.#config.lose(lost);
  }
}
