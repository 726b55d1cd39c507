/**
 * What playing and recording over a WaveRT pin have in common: the pin with its cyclic buffer, opened
 * for a client of the wanted kind, and how it learns the position.
 */
import type { EndpointFacts } from '../client/endpoints.ts';
import { PACKETS } from '../client/event-render.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { type OpenStream, openStream } from '../client/open-stream.ts';
import {
  type PositionSource,
  propertyPosition,
  registerPosition,
} from '../client/position-source.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import type { BufferReport } from './play-report.ts';
import type { PlayConfig } from './play-session.ts';
import { describeBuffer } from './session-facts.ts';
import type { StreamKind } from './stream-kind.ts';

const TICKS_PER_MS = 10_000;

export class CyclicStream {
  readonly stream: StreamKind;
  readonly buffer: BufferReport;
  readonly bufferFrames: number;
  /** Frames between two wake-ups, and the same in 100 ns. */
  readonly periodFrames: number;
  readonly period100ns: number;
  protected readonly machine: Machine<AudioDevice>;
  protected readonly open: OpenStream;
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
    this.machine = machine;
    this.#readsProperty = position === 'property';
    const packets = stream === 'timer' ? 1 : PACKETS;
    const packetFrames = Math.round((format.rateHz * bufferMs) / 1000 / packets);
    this.open = openStream(
      filter,
      endpoint.streamingPin.id,
      format,
      Math.max(1, packetFrames) * packets * frameBytes(format),
      packets === 1 ? {} : { notificationCount: packets },
    );
    this.buffer = describeBuffer(machine, this.open.buffer);
    this.bufferFrames = this.open.buffer.actualBytes / frameBytes(format);
    this.period100ns = Math.max(1, Math.round((bufferMs * TICKS_PER_MS) / 2));
    this.periodFrames = (this.period100ns * format.rateHz) / 1e7;
  }

  get latency(): HardwareLatency {
    return this.open.latency;
  }

  /** @param aheadBytes what the register's offset is behind the one that the client wants */
  protected positionSource(aheadBytes: number): PositionSource {
    const { buffer, pin } = this.open;
    if (this.#readsProperty) return propertyPosition(pin);
    const { ioSpace } = this.machine.kernel;
    return registerPosition(pin, ioSpace, buffer.actualBytes, aheadBytes);
  }

  close(): void {
    this.open.pin.close();
  }
}
