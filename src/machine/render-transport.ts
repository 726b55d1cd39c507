/**
 * The ways that sound takes from a raw client to a pin: a cyclic buffer that client and device
 * share, or stream packets. A play session opens the one that the pin's filter offers, and reports
 * both in the same words.
 */
import type { EndpointFacts } from '../client/endpoints.ts';
import { EventRenderClient, PACKETS } from '../client/event-render.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { type OpenStream, openStream } from '../client/open-stream.ts';
import {
  type PositionSource,
  propertyPosition,
  registerPosition,
} from '../client/position-source.ts';
import {
  type CyclicRenderClient,
  type RenderClientConfig,
  TimerRenderClient,
} from '../client/timer-render.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import type { BufferReport } from './play-report.ts';
import type { PlayConfig } from './play-session.ts';
import { describeBuffer } from './session-facts.ts';
import type { PinStreamKind, StreamKind } from './stream-kind.ts';

const TICKS_PER_MS = 10_000;

/** What a client has to do with, whatever the way. */
export type ClientParts = Pick<
  RenderClientConfig,
  'journal' | 'observer' | 'settle' | 'source' | 'untoldDelayNs' | 'wakeDelayNs'
>;

export interface RenderTransport {
  readonly stream: PinStreamKind;
  readonly buffer: BufferReport;
  readonly latency: HardwareLatency;
  readonly bufferFrames: number;
  /** Frames between two wake-ups. */
  readonly periodFrames: number;
  /** A client that has not started. `watch` stands between it and the positions that it reads. */
  makeClient(
    parts: ClientParts,
    watch?: (position: PositionSource) => PositionSource,
  ): CyclicRenderClient;
  close(): void;
}

/** A WaveRT pin with its cyclic buffer, and a client that a timer or the driver's events wake. */
export class CyclicRender implements RenderTransport {
  readonly stream: StreamKind;
  readonly buffer: BufferReport;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  readonly #machine: Machine<AudioDevice>;
  readonly #open: OpenStream;
  readonly #period100ns: number;
  readonly #readsProperty: boolean;

  /** @throws KsError, SmallBufferError */
  constructor(
    machine: Machine<AudioDevice>,
    filter: KsFilter,
    endpoint: EndpointFacts,
    format: PcmFormat,
    bufferMs: number,
    { position, stream = 'timer' }: Pick<PlayConfig, 'position' | 'stream'>,
  ) {
    this.stream = stream;
    this.#machine = machine;
    this.#readsProperty = position === 'property';
    const packets = stream === 'timer' ? 1 : PACKETS;
    const packetFrames = Math.round((format.rateHz * bufferMs) / 1000 / packets);
    this.#open = openStream(
      filter,
      endpoint.streamingPin.id,
      format,
      Math.max(1, packetFrames) * packets * frameBytes(format),
      packets === 1 ? {} : { notificationCount: packets },
    );
    this.buffer = describeBuffer(machine, this.#open.buffer);
    this.bufferFrames = this.#open.buffer.actualBytes / frameBytes(format);
    this.#period100ns = Math.max(1, Math.round((bufferMs * TICKS_PER_MS) / 2));
    this.periodFrames = (this.#period100ns * format.rateHz) / 1e7;
  }

  get latency(): HardwareLatency {
    return this.#open.latency;
  }

  makeClient(
    parts: ClientParts,
    watch: (position: PositionSource) => PositionSource = (position) => position,
  ): CyclicRenderClient {
    const { kernel } = this.#machine;
    const position = watch(this.#positionSource());
    const config: RenderClientConfig = { kernel, ...this.#open, ...parts, position };
    return this.stream === 'timer'
      ? new TimerRenderClient({ ...config, period100ns: this.#period100ns })
      : new EventRenderClient({ ...config, usesPackets: this.stream === 'packet' });
  }

  close(): void {
    this.#open.pin.close();
  }

  #positionSource(): PositionSource {
    const { buffer, latency, pin } = this.#open;
    if (this.#readsProperty) return propertyPosition(pin);
    const { ioSpace } = this.#machine.kernel;
    return registerPosition(pin, ioSpace, buffer.actualBytes, latency.fifoBytes);
  }
}
