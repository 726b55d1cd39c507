/**
 * The ways that sound takes from a pin to a raw client: a cyclic buffer that device and client
 * share, or stream packets. A record session opens the one that the pin's filter offers, and reports
 * both in the same words.
 */
import { CaptureClient, type CaptureJournal } from '../client/capture-client.ts';
import type { EndpointFacts } from '../client/endpoints.ts';
import { PACKETS } from '../client/event-render.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { type OpenStream, openStream } from '../client/open-stream.ts';
import { propertyPosition, registerPosition } from '../client/position-source.ts';
import { StreamCaptureClient } from '../client/stream-capture.ts';
import { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from '../client/stream-render.ts';
import type { RunObserver } from '../client/timer-render.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import { describePackets, NO_PACKETS, UNTOLD_LATENCY } from './packet-render.ts';
import type { BufferReport } from './play-report.ts';
import type { PlayConfig } from './play-session.ts';
import { describeBuffer } from './session-facts.ts';
import type { StreamKind } from './stream-kind.ts';

const TICKS_PER_MS = 10_000;

/** What a client has to do with, whatever the way. */
export interface CaptureParts {
  readonly journal: CaptureJournal;
  /** Frames to capture. */
  readonly frames: number;
  readonly observer: RunObserver;
  readonly wakeDelayNs?: (wake: number) => number;
}

export interface RecordingClient {
  readonly wakes: number;
  /** Frames that were overwritten before they were read, as far as it can tell. */
  readonly lostFrames?: number;
  readonly isDone: boolean;
  start(): void;
}

export interface CaptureTransport {
  readonly stream: StreamKind | 'irp';
  readonly buffer: BufferReport;
  readonly latency: HardwareLatency;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  /** A client that has not started. */
  makeClient(parts: CaptureParts): RecordingClient;
  close(): void;
}

/** A WaveRT pin with its cyclic buffer. */
export class CyclicCapture implements CaptureTransport {
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

  makeClient(parts: CaptureParts): RecordingClient {
    const { buffer, latency, pin } = this.#open;
    const { device, kernel } = this.#machine;
    return new CaptureClient({
      kernel,
      pin,
      buffer,
      kind: this.stream,
      period100ns: this.#period100ns,
      fifoFrames: latency.fifoBytes / pin.frameBytes,
      settle: () => device.settle(),
      // The register counts what lies in memory, so nothing is to be added to it.
      position: this.#readsProperty
        ? propertyPosition(pin)
        : registerPosition(pin, kernel.ioSpace, buffer.actualBytes, 0),
      ...parts,
    });
  }

  close(): void {
    this.#open.pin.close();
  }
}

/** A pin that takes stream packets. */
export class PacketCapture implements CaptureTransport {
  readonly stream = 'irp';
  readonly latency = UNTOLD_LATENCY;
  buffer: BufferReport = NO_PACKETS;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  readonly #machine: Machine<AudioDevice>;
  readonly #pin: StreamPin;

  /** Packets of half of `bufferMs`. @throws KsError */
  constructor(
    machine: Machine<AudioDevice>,
    filter: KsFilter,
    endpoint: EndpointFacts,
    format: PcmFormat,
    bufferMs: number,
  ) {
    this.#machine = machine;
    this.#pin = StreamPin.open(filter, endpoint.streamingPin.id, format);
    this.periodFrames = Math.max(1, Math.round((format.rateHz * bufferMs) / 2000));
    this.bufferFrames = this.periodFrames * DEFAULT_STREAM_PACKETS;
  }

  makeClient(parts: CaptureParts): RecordingClient {
    const client = new StreamCaptureClient({
      kernel: this.#machine.kernel,
      pin: this.#pin,
      packetFrames: this.periodFrames,
      ...parts,
    });
    this.buffer = describePackets(this.#machine, client.packets);
    return client;
  }

  close(): void {
    this.#pin.close();
  }
}
