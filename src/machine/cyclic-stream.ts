/**
 * What playing and recording over a WaveRT pin have in common: the pin with its cyclic buffer, opened
 * for a client of the wanted kind, and how it learns the position.
 */
import type { EndpointFacts } from '../client/endpoints.ts';
import { PACKETS } from '../client/event-render.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { NoNotificationError, type OpenStream, openStream } from '../client/open-stream.ts';
import {
  type PositionSource,
  propertyPosition,
  registerPosition,
} from '../client/position-source.ts';
import { KSPROPSETID_RTAudio } from '../standards/ks/guids.ts';
import {
  KSPROPERTY,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_BASICSUPPORT,
} from '../standards/ks/requests.ts';
import { STATUS_NOT_SUPPORTED, statusName } from '../standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import type { BufferReport } from './play-report.ts';
import type { PlayConfig } from './play-session.ts';
import { describeBuffer } from './session-facts.ts';
import { refuseStreamKind, type StreamKind } from './stream-kind.ts';

const TICKS_PER_MS = 10_000;
/** What a property says of itself: its access flags. */
const ACCESS_BYTES = 4;

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

  /** @throws KsError, SmallBufferError, StreamKindRefusedError */
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
    const bytes = Math.max(1, packetFrames) * packets * frameBytes(format);
    this.open = openOfKind(stream, filter, endpoint, format, bytes);
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

/** A driver that lacks what the kind takes is found out here, before anything is streamed. */
function openOfKind(
  stream: StreamKind,
  filter: KsFilter,
  endpoint: EndpointFacts,
  format: PcmFormat,
  bytes: number,
): OpenStream {
  const { id } = endpoint.streamingPin;
  if (stream === 'timer') return openStream(filter, id, format, bytes);
  let open: OpenStream;
  try {
    open = openStream(filter, id, format, bytes, { notificationCount: PACKETS });
  } catch (error) {
    if (!(error instanceof NoNotificationError)) throw error;
    const why = `BUFFER_WITH_NOTIFICATION answers ${statusName(error.status)}`;
    // Packets are counted by events, so that neither of the two is there.
    return refuseStreamKind(stream, endpoint.filter, why, ['timer']);
  }
  const isRender = endpoint.direction === 'render';
  if (stream === 'event' || !lacksPackets(open, isRender)) return open;
  open.pin.close();
  const property = isRender ? 'SETWRITEPACKET' : 'GETREADPACKET';
  const why = `${property} answers STATUS_NOT_SUPPORTED`;
  return refuseStreamKind(stream, endpoint.filter, why, ['event', 'timer']);
}

/** PortCls answers for what the stream does not have; the driver is not asked. */
function lacksPackets({ pin }: OpenStream, isRender: boolean): boolean {
  const { GETREADPACKET, SETWRITEPACKET } = KSPROPERTY_RTAUDIO;
  const property = isRender ? SETWRITEPACKET : GETREADPACKET;
  pin.identify(KSPROPSETID_RTAudio, property, KSPROPERTY_TYPE_BASICSUPPORT);
  return pin.send(KSPROPERTY.size, ACCESS_BYTES) === STATUS_NOT_SUPPORTED;
}
