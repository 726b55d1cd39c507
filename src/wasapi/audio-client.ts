/**
 * IAudioClient and IAudioClient3: one stream between an application and an endpoint, from
 * Initialize to the last Release. It keeps the order in which its methods may be called, and
 * leaves the stream itself to the engine. Source: the pages of both interfaces.
 */
import type { Out } from '../base/out.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import type { AudioEngine, SharedRequest } from '../engine/audio-engine.ts';
import {
  type CaptureStream,
  type ClientStream,
  type RenderStream,
  StreamRefusal,
} from '../engine/client-stream.ts';
import { isEnginePeriod, period100ns } from '../engine/engine-period.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import {
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
} from './constants.ts';
import {
  AUDCLNT_E_ALREADY_INITIALIZED,
  AUDCLNT_E_BUFFER_OPERATION_PENDING,
  AUDCLNT_E_DEVICE_INVALIDATED,
  AUDCLNT_E_EVENTHANDLE_NOT_EXPECTED,
  AUDCLNT_E_EVENTHANDLE_NOT_SET,
  AUDCLNT_E_INVALID_DEVICE_PERIOD,
  AUDCLNT_E_NOT_INITIALIZED,
  AUDCLNT_E_NOT_STOPPED,
  AUDCLNT_E_UNSUPPORTED_FORMAT,
  E_INVALIDARG,
  type HResult,
  refusalResult,
  S_FALSE,
  S_OK,
  succeeded,
} from './hresult.ts';
import { checkInitialize, isSharedFormat, SESSION_FLAGS } from './initialize-rules.ts';
import type { ClientServices, EnginePeriodOut, IAudioClient3 } from './interfaces.ts';
import { Reference } from './reference.ts';
import { makeService } from './services.ts';
import type { BufferLoan } from './stream-buffers.ts';

export class AudioClient extends Reference implements IAudioClient3 {
  readonly #engine: AudioEngine;
  readonly #home: ClientHome;
  readonly #endpoint: AudioEndpoint;
  readonly #loan: BufferLoan = { isLent: false };
  #stream: RenderStream | CaptureStream | null = null;
  #format: PcmFormat | null = null;
  #isEventDriven = false;
  #hasEvent = false;
  #isRunning = false;
  /** After AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED: the size to ask for. */
  #alignedFrames = 0;

  constructor(engine: AudioEngine, home: ClientHome, endpoint: AudioEndpoint) {
    super(() => this.#stream?.close());
    this.#engine = engine;
    this.#home = home;
    this.#endpoint = endpoint;
  }

  initialize(
    shareMode: number,
    streamFlags: number,
    bufferDuration: number,
    periodicity: number,
    format: PcmFormat,
  ): HResult {
    if (this.#stream !== null) return AUDCLNT_E_ALREADY_INITIALIZED;
    return this.#refusable(() => {
      const { isRender } = this.#endpoint;
      const flags = streamFlags;
      const minimumPeriod = this.#minimumPeriod();
      const rules = { shareMode, flags, bufferDuration, periodicity, isRender, minimumPeriod };
      const checked = checkInitialize(rules);
      if (!succeeded(checked)) return checked;
      return shareMode === AUDCLNT_SHAREMODE_EXCLUSIVE
        ? this.#openExclusive(flags, bufferDuration, format)
        : this.#openShared(flags, bufferDuration, null, format);
    });
  }

  initializeSharedAudioStream(flags: number, periodFrames: number, format: PcmFormat): HResult {
    if (this.#stream !== null) return AUDCLNT_E_ALREADY_INITIALIZED;
    return this.#refusable(() => {
      if ((flags & ~(AUDCLNT_STREAMFLAGS_EVENTCALLBACK | SESSION_FLAGS)) !== 0) return E_INVALIDARG;
      if (!isEnginePeriod(this.#engine.periods(this.#endpoint), periodFrames)) {
        return AUDCLNT_E_INVALID_DEVICE_PERIOD;
      }
      return this.#openShared(flags, 0, periodFrames, format);
    });
  }

  getBufferSize(frames: Out<number>): HResult {
    if (this.#stream === null) {
      if (this.#alignedFrames === 0) return AUDCLNT_E_NOT_INITIALIZED;
      frames.value = this.#alignedFrames;
      return S_OK;
    }
    return this.#withStream((stream) => {
      frames.value = stream.bufferFrames;
      return S_OK;
    });
  }

  getStreamLatency(latency: Out<number>): HResult {
    return this.#withStream((stream) => {
      latency.value = stream.latency100ns;
      return S_OK;
    });
  }

  getCurrentPadding(frames: Out<number>): HResult {
    // Asked in every period of every stream, so without a closure.
    const stream = this.#stream;
    if (stream === null) return AUDCLNT_E_NOT_INITIALIZED;
    if (stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    frames.value = stream.paddingFrames();
    return S_OK;
  }

  isFormatSupported(shareMode: number, format: PcmFormat, closest: Out<PcmFormat | null>): HResult {
    return this.#refusable(() => {
      closest.value = null;
      const mix = this.#engine.mixFormat(this.#endpoint);
      if (shareMode === AUDCLNT_SHAREMODE_EXCLUSIVE) {
        const isTaken = this.#engine.isExclusiveFormat(this.#endpoint, format);
        return isTaken ? S_OK : AUDCLNT_E_UNSUPPORTED_FORMAT;
      }
      if (shareMode !== AUDCLNT_SHAREMODE_SHARED) return E_INVALIDARG;
      if (isSharedFormat(format, mix, 0)) return S_OK;
      closest.value = mix;
      return S_FALSE;
    });
  }

  getMixFormat(format: Out<PcmFormat | null>): HResult {
    return this.#refusable(() => {
      format.value = this.#engine.mixFormat(this.#endpoint);
      return S_OK;
    });
  }

  getDevicePeriod(defaultPeriod: Out<number>, minimumPeriod: Out<number>): HResult {
    return this.#refusable(() => {
      const { rateHz } = this.#engine.deviceFormat(this.#endpoint);
      defaultPeriod.value = period100ns(this.#engine.periods(this.#endpoint).defaultFrames, rateHz);
      minimumPeriod.value = this.#minimumPeriod();
      return S_OK;
    });
  }

  getSharedModeEnginePeriod(format: PcmFormat, periods: EnginePeriodOut): HResult {
    return this.#refusable(() => {
      const mix = this.#engine.mixFormat(this.#endpoint);
      if (!isSharedFormat(format, mix, 0)) return AUDCLNT_E_UNSUPPORTED_FORMAT;
      const known = this.#engine.periods(this.#endpoint);
      periods.defaultFrames.value = known.defaultFrames;
      periods.fundamentalFrames.value = known.fundamentalFrames;
      periods.minimumFrames.value = known.minimumFrames;
      periods.maximumFrames.value = known.maximumFrames;
      return S_OK;
    });
  }

  getCurrentSharedModeEnginePeriod(format: Out<PcmFormat | null>, frames: Out<number>): HResult {
    return this.#refusable(() => {
      format.value = this.#engine.mixFormat(this.#endpoint);
      frames.value = this.#engine.currentPeriodFrames(this.#endpoint);
      return S_OK;
    });
  }

  start(): HResult {
    return this.#withStream((stream) => {
      if (this.#isRunning) return AUDCLNT_E_NOT_STOPPED;
      if (this.#isEventDriven && !this.#hasEvent) return AUDCLNT_E_EVENTHANDLE_NOT_SET;
      stream.start();
      this.#isRunning = true;
      return S_OK;
    });
  }

  stop(): HResult {
    return this.#withStream((stream) => {
      if (!this.#isRunning) return S_FALSE;
      stream.stop();
      this.#isRunning = false;
      return S_OK;
    });
  }

  reset(): HResult {
    return this.#withStream((stream) => {
      if (this.#isRunning) return AUDCLNT_E_NOT_STOPPED;
      if (this.#loan.isLent) return AUDCLNT_E_BUFFER_OPERATION_PENDING;
      stream.reset();
      return S_OK;
    });
  }

  /** Once per stream; Windows refuses a second handle too. */
  setEventHandle(handle: number): HResult {
    return this.#withStream((stream) => {
      if (!this.#isEventDriven) return AUDCLNT_E_EVENTHANDLE_NOT_EXPECTED;
      if (this.#hasEvent || this.#home.process.event(handle) === null) return E_INVALIDARG;
      stream.notify(handle);
      this.#hasEvent = true;
      return S_OK;
    });
  }

  /** The service keeps the client alive until it is released itself. */
  getService<Name extends keyof ClientServices>(
    name: Name,
    service: Out<ClientServices[Name] | null>,
  ): HResult {
    return this.#withStream((stream, format) =>
      makeService(name, service, {
        stream: stream as RenderStream | CaptureStream,
        format,
        ram: this.#home.ram,
        clock: this.#engine.kernel.clock,
        loan: this.#loan,
        client: this,
      }),
    );
  }

  #openShared(
    flags: number,
    buffer100ns: number,
    periodFrames: number | null,
    format: PcmFormat,
  ): HResult {
    const endpoint = this.#endpoint;
    if (!isSharedFormat(format, this.#engine.mixFormat(endpoint), flags)) {
      return AUDCLNT_E_UNSUPPORTED_FORMAT;
    }
    const request: SharedRequest = { endpoint, format, buffer100ns, periodFrames };
    this.#stream = endpoint.isRender
      ? this.#engine.openSharedRender(request, this.#home.process)
      : this.#engine.openSharedCapture(request, this.#home.process);
    this.#opened(flags, format);
    return S_OK;
  }

  #openExclusive(flags: number, bufferDuration: number, format: PcmFormat): HResult {
    const endpoint = this.#endpoint;
    if (!this.#engine.isExclusiveFormat(endpoint, format)) return AUDCLNT_E_UNSUPPORTED_FORMAT;
    const isEventDriven = (flags & AUDCLNT_STREAMFLAGS_EVENTCALLBACK) !== 0;
    const duration = Math.max(bufferDuration, this.#minimumPeriod());
    const frames = Math.round((duration * format.rateHz) / 1e7);
    this.#stream = this.#engine.openExclusive(endpoint, this.#home, format, frames, isEventDriven);
    this.#opened(flags, format);
    return S_OK;
  }

  #opened(flags: number, format: PcmFormat): void {
    this.#format = format;
    this.#isEventDriven = (flags & AUDCLNT_STREAMFLAGS_EVENTCALLBACK) !== 0;
    this.#alignedFrames = 0;
  }

  #minimumPeriod(): number {
    const { rateHz } = this.#engine.deviceFormat(this.#endpoint);
    return period100ns(this.#engine.periods(this.#endpoint).minimumFrames, rateHz);
  }

  #refusable(attempt: () => HResult): HResult {
    try {
      return attempt();
    } catch (error) {
      if (error instanceof StreamRefusal) this.#alignedFrames = error.alignedFrames;
      return refusalResult(error);
    }
  }

  #withStream(use: (stream: ClientStream, format: PcmFormat) => HResult): HResult {
    if (this.#stream === null || this.#format === null) return AUDCLNT_E_NOT_INITIALIZED;
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    return use(this.#stream, this.#format);
  }
}
