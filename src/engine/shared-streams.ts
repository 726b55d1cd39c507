/**
 * Streams in shared mode as their clients hold them: sessions of an endpoint's engine. The last
 * one to go closes the engine.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Process } from '../kernel/io/process.ts';
import type { AudioEndpoint } from './audio-endpoint.ts';
import type { CaptureEngine } from './capture-engine.ts';
import type { CaptureSession } from './capture-session.ts';
import type { CaptureStream, ReadablePacket, RenderStream } from './client-stream.ts';
import { DeviceCount } from './device-count.ts';
import { period100ns } from './engine-period.ts';
import type { RenderEngine } from './render-engine.ts';
import type { RenderSession } from './render-session.ts';
import type { SessionVolume } from './session-volume.ts';

/** What both directions have: the client's event, and an end that comes once. */
class SharedStream {
  readonly #client: Process;
  #event: Kevent | null = null;
  #isClosed = false;

  constructor(client: Process) {
    this.#client = client;
  }

  /** A reference keeps the event alive when the client closes its handle early. */
  take(handle: number): Kevent | null {
    this.#event = this.#client.ObReferenceObjectByHandle(handle);
    return this.#event;
  }

  /** False when it was over before. */
  end(): boolean {
    if (this.#isClosed) return false;
    this.#isClosed = true;
    if (this.#event !== null) this.#client.ObDereferenceObject(this.#event);
    return true;
  }
}

export class SharedRenderStream extends SharedStream implements RenderStream {
  readonly session: RenderSession;
  readonly isWholeBuffer = false;
  readonly #endpoint: AudioEndpoint;
  readonly #engine: RenderEngine;
  readonly #count: DeviceCount;

  constructor(endpoint: AudioEndpoint, engine: RenderEngine, session: RenderSession, by: Process) {
    super(by);
    this.#endpoint = endpoint;
    this.#engine = engine;
    this.#count = new DeviceCount(() => (engine.isStreaming ? engine.stream.movedFrames() : 0));
    this.session = session;
  }

  get volume(): SessionVolume {
    return this.session.volume;
  }

  get bufferFrames(): number {
    return this.session.ring.capacityFrames;
  }

  /** A frame waits for the next pass, and then for the device to fetch it. */
  get latency100ns(): number {
    const { leadFrames, stream } = this.#engine;
    const { rateHz } = stream.format;
    return period100ns(leadFrames + this.session.converter.delayFrames, rateHz);
  }

  get isInvalidated(): boolean {
    return this.session.isInvalidated;
  }

  paddingFrames(): number {
    return this.session.paddingFrames;
  }

  positionFrames(): number {
    return this.#engine.heardFrames(this.session);
  }

  deviceFrames(): number {
    return this.#count.frames;
  }

  notify(handle: number): void {
    this.session.event = this.take(handle);
  }

  start(): void {
    this.#count.start();
    this.#engine.start(this.session);
  }

  stop(): void {
    this.#count.stop();
    this.#engine.stop(this.session);
  }

  reset(): void {
    this.#count.reset();
    this.session.reset();
  }

  writeAt(): VirtualAddress {
    return this.session.ring.writeAt;
  }

  wrote(frames: number): void {
    this.session.ring.wrote(frames);
  }

  close(): void {
    if (!this.end()) return;
    this.#engine.closeSession(this.session);
    if (this.#engine.sessionCount > 0) return;
    this.#engine.close();
    if (this.#endpoint.renderEngine === this.#engine) this.#endpoint.renderEngine = null;
  }
}

export class SharedCaptureStream extends SharedStream implements CaptureStream {
  readonly session: CaptureSession;
  readonly #endpoint: AudioEndpoint;
  readonly #engine: CaptureEngine;
  readonly #count: DeviceCount;

  constructor(
    endpoint: AudioEndpoint,
    engine: CaptureEngine,
    session: CaptureSession,
    by: Process,
  ) {
    super(by);
    this.#endpoint = endpoint;
    this.#engine = engine;
    this.#count = new DeviceCount(() => (engine.isStreaming ? engine.stream.movedFrames() : 0));
    this.session = session;
  }

  get volume(): SessionVolume {
    return this.session.volume;
  }

  get bufferFrames(): number {
    return this.session.bufferFrames;
  }

  /** The first frame of a pass waits until its last one is stored. */
  get latency100ns(): number {
    const { periodFrames, stream } = this.#engine;
    return period100ns(periodFrames + this.session.delayFrames, stream.format.rateHz);
  }

  get isInvalidated(): boolean {
    return this.session.isInvalidated;
  }

  paddingFrames(): number {
    return this.session.paddingFrames;
  }

  positionFrames(): number {
    return this.session.positionFrames;
  }

  deviceFrames(): number {
    return this.#count.frames;
  }

  notify(handle: number): void {
    this.session.event = this.take(handle);
  }

  start(): void {
    this.#count.start();
    this.#engine.start(this.session);
  }

  stop(): void {
    this.#count.stop();
    this.#engine.stop(this.session);
  }

  reset(): void {
    this.#count.reset();
    this.session.reset();
  }

  peek(): ReadablePacket | null {
    return this.session.head;
  }

  read(): void {
    this.session.dropHead();
  }

  close(): void {
    if (!this.end()) return;
    this.#engine.closeSession(this.session);
    if (this.#engine.sessionCount > 0) return;
    this.#engine.close();
    if (this.#endpoint.captureEngine === this.#engine) this.#endpoint.captureEngine = null;
  }
}
