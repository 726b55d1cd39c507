/**
 * The engine process: one for the machine. It keeps the endpoints, opens shared streams on one
 * engine per endpoint and exclusive ones on pins of their clients, and sees to it that an endpoint
 * is either shared or exclusive. Source: "User-Mode Audio Components", "Exclusive-Mode Streams".
 */
import { type ClientHome, KsError } from '../client/ks-object.ts';
import { SmallBufferError } from '../client/open-stream.ts';
import type { Process } from '../kernel/io/process.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { AudioEndpoint } from './audio-endpoint.ts';
import { CaptureEngine } from './capture-engine.ts';
import { type CaptureStream, type RenderStream, StreamRefusal } from './client-stream.ts';
import { isPinFormat, mixFormatOf } from './device-format.ts';
import { createDsp, type Dsp } from './dsp/dsp.ts';
import { EndpointBuilder } from './endpoint-builder.ts';
import type { HostPin } from './endpoint-walk.ts';
import { type EnginePeriods, enginePeriods, packetPeriods } from './engine-period.ts';
import type { EnginePinRequest, StreamDrive } from './engine-pin.ts';
import { ExclusiveCaptureStream } from './exclusive-capture.ts';
import { ExclusiveRenderStream } from './exclusive-render.ts';
import { hasCyclicBuffer } from './open-engine-pin.ts';
import { framedPacketFrames } from './packet-framing.ts';
import { RenderEngine } from './render-engine.ts';
import { SharedCaptureStream, SharedRenderStream } from './shared-streams.ts';

export interface AudioEngineConfig {
  readonly kernel: Kernel;
  /** The process that the engine is; its memory holds everything. */
  readonly process: Process;
  /** Brings devices up to now, before a buffer changes under them. */
  readonly settle: () => void;
  /** The best way of driving pins that the engine may use; 'packets' if absent. */
  readonly drive?: StreamDrive;
}

/** A stream in shared mode, as its client asks for it. */
export interface SharedRequest {
  readonly endpoint: AudioEndpoint;
  readonly format: PcmFormat;
  /** What the client asks for, in 100 ns; at least two periods are given. */
  readonly buffer100ns: number;
  /** Of the endpoint's device; its default if null. */
  readonly periodFrames: number | null;
}

export class AudioEngine {
  readonly dsp: Dsp;
  readonly builder: EndpointBuilder;
  readonly #config: AudioEngineConfig;
  readonly #home: ClientHome;
  #isOver = false;

  constructor(config: AudioEngineConfig) {
    const { kernel, process } = config;
    this.#config = config;
    this.#home = { process, ram: kernel.ram };
    this.dsp = createDsp(kernel.ram.memory);
    this.builder = new EndpointBuilder(kernel, this.#home);
  }

  get kernel(): Kernel {
    return this.#config.kernel;
  }

  get endpoints(): readonly AudioEndpoint[] {
    return this.builder.endpoints;
  }

  /** The device format of an active endpoint. @throws StreamRefusal */
  deviceFormat(endpoint: AudioEndpoint): PcmFormat {
    if (this.#isOver) throw new StreamRefusal('engine stopped', endpoint.friendlyName);
    if (endpoint.deviceFormat === null || endpoint.host === null || endpoint.state !== 'active') {
      throw new StreamRefusal('not present', endpoint.friendlyName);
    }
    return endpoint.deviceFormat;
  }

  /** Chooses another device format, as a control panel does. False when the pin refuses it. */
  setDeviceFormat(endpoint: AudioEndpoint, format: PcmFormat): boolean {
    const { host } = endpoint;
    if (host === null || endpoint.isInUse || !isPinFormat(this.#home, host, format)) return false;
    endpoint.deviceFormat = format;
    return true;
  }

  mixFormat(endpoint: AudioEndpoint): PcmFormat {
    return mixFormatOf(this.deviceFormat(endpoint));
  }

  periods(endpoint: AudioEndpoint): EnginePeriods {
    return this.periodsAt(endpoint, this.deviceFormat(endpoint));
  }

  /** The same of an endpoint in any state, with a format that its pin takes. */
  periodsAt(endpoint: AudioEndpoint, format: PcmFormat): EnginePeriods {
    const { host } = endpoint;
    const isCyclic = host === null || hasCyclicBuffer(host.filter);
    if (isCyclic) return enginePeriods(format, endpoint.packetLimits);
    return packetPeriods(format, this.#framedFrames(endpoint, host, format));
  }

  /** Frames of the period that the endpoint's engine runs at, or would run at. */
  currentPeriodFrames(endpoint: AudioEndpoint): number {
    const engine = endpoint.renderEngine ?? endpoint.captureEngine;
    return engine?.periodFrames ?? this.periods(endpoint).defaultFrames;
  }

  /** Whether the endpoint's pin takes the format: what an exclusive client can have. */
  isExclusiveFormat(endpoint: AudioEndpoint, format: PcmFormat): boolean {
    return endpoint.host !== null && isPinFormat(this.#home, endpoint.host, format);
  }

  /** @throws StreamRefusal */
  openSharedRender(request: SharedRequest, client: Process): SharedRenderStream {
    const { endpoint, format } = request;
    const engine = this.#renderEngine(request);
    try {
      const session = engine.openSession(format, this.#bufferFrames(request, engine.leadFrames));
      return new SharedRenderStream(endpoint, engine, session, client);
    } catch (error) {
      if (engine.sessionCount === 0) endpoint.closeStreams();
      throw refusalOf(error);
    }
  }

  /** @throws StreamRefusal */
  openSharedCapture(request: SharedRequest, client: Process): SharedCaptureStream {
    const { endpoint, format } = request;
    const engine = this.#captureEngine(request);
    try {
      const session = engine.openSession(format, this.#bufferFrames(request, engine.leadFrames));
      return new SharedCaptureStream(endpoint, engine, session, client);
    } catch (error) {
      if (engine.sessionCount === 0) endpoint.closeStreams();
      throw refusalOf(error);
    }
  }

  /** `bufferFrames` is one half of an event-driven stream. @throws StreamRefusal */
  openExclusive(
    endpoint: AudioEndpoint,
    client: ClientHome,
    format: PcmFormat,
    bufferFrames: number,
    isEventDriven: boolean,
  ): RenderStream | CaptureStream {
    if (!endpoint.isExclusiveAllowed) {
      throw new StreamRefusal('exclusive mode not allowed', endpoint.friendlyName);
    }
    const host = this.#freeHost(endpoint);
    const { drive = 'packets', kernel, settle } = this.#config;
    const request = { endpoint, host, format, bufferFrames, isEventDriven, drive };
    try {
      return endpoint.isRender
        ? new ExclusiveRenderStream(kernel, client, request, settle)
        : new ExclusiveCaptureStream(kernel, client, request, settle);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** Closes all streams and ends the engine's threads and process. */
  shutDown(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.builder.end();
    this.kernel.dispatcher.runReady();
    this.#config.process.terminate();
  }

  #freeHost(endpoint: AudioEndpoint): HostPin {
    this.deviceFormat(endpoint);
    if (endpoint.isInUse) throw new StreamRefusal('device in use', endpoint.friendlyName);
    if (endpoint.host === null) throw new StreamRefusal('not present', endpoint.friendlyName);
    return endpoint.host;
  }

  /** Frames of a packet as the driver would like it; an open pin tells, so it is asked once. */
  #framedFrames(endpoint: AudioEndpoint, host: HostPin, format: PcmFormat): number {
    if (endpoint.framedFor !== format && !endpoint.isInUse) {
      endpoint.framedFrames = framedPacketFrames(this.#home, host, format);
      endpoint.framedFor = format;
    }
    return endpoint.framedFrames;
  }

  #renderEngine(request: SharedRequest): RenderEngine {
    const { endpoint } = request;
    if (endpoint.renderEngine?.isClosed === true) endpoint.renderEngine = null;
    this.#checkPeriod(request, endpoint.renderEngine?.periodFrames);
    if (endpoint.renderEngine !== null) return endpoint.renderEngine;
    const mixFormat = this.mixFormat(endpoint);
    const stream = this.#streamRequest(request);
    try {
      const name = `audio engine of ${endpoint.friendlyName}`;
      endpoint.renderEngine = new RenderEngine(this.#parts, mixFormat, name, stream);
    } catch (error) {
      throw refusalOf(error);
    }
    endpoint.applyVolume();
    return endpoint.renderEngine;
  }

  #captureEngine(request: SharedRequest): CaptureEngine {
    const { endpoint } = request;
    if (endpoint.captureEngine?.isClosed === true) endpoint.captureEngine = null;
    this.#checkPeriod(request, endpoint.captureEngine?.periodFrames);
    if (endpoint.captureEngine !== null) return endpoint.captureEngine;
    const stream = this.#streamRequest(request);
    try {
      const name = `audio engine of ${endpoint.friendlyName}`;
      endpoint.captureEngine = new CaptureEngine(this.#parts, name, stream);
    } catch (error) {
      throw refusalOf(error);
    }
    return endpoint.captureEngine;
  }

  #checkPeriod({ periodFrames }: SharedRequest, current: number | undefined): void {
    if (current === undefined || periodFrames === null || periodFrames === current) return;
    throw new StreamRefusal('period locked', `the engine runs at ${current} frames`);
  }

  #streamRequest({
    endpoint,
    periodFrames,
  }: SharedRequest): Omit<EnginePinRequest, 'isRender' | 'timerPeriods'> {
    const host = this.#freeHost(endpoint);
    return {
      symbolicLink: host.filter.symbolicLink,
      pinId: host.pin.id,
      takesPackets: !hasCyclicBuffer(host.filter),
      format: this.deviceFormat(endpoint),
      periodFrames: periodFrames ?? this.periods(endpoint).defaultFrames,
      drive: this.#config.drive ?? 'packets',
    };
  }

  get #parts() {
    const { kernel, settle } = this.#config;
    return { kernel, home: this.#home, dsp: this.dsp, settle };
  }

  /** What an engine that was late takes or hands on at once, in frames of the device, has room. */
  #bufferFrames({ buffer100ns, endpoint, format }: SharedRequest, leadFrames: number): number {
    const deviceHz = this.deviceFormat(endpoint).rateHz;
    const least = Math.ceil((leadFrames * format.rateHz) / deviceHz);
    return Math.max(least, Math.ceil((buffer100ns * format.rateHz) / 1e7));
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof SmallBufferError) {
    return new StreamRefusal('buffer too small', error.message);
  }
  if (error instanceof RangeError) return new StreamRefusal('unsupported format', error.message);
  if (error instanceof KsError) return new StreamRefusal('endpoint failed', error.message);
  return error;
}
