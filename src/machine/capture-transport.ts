/**
 * The ways that sound takes from a pin to a raw client: a cyclic buffer that device and client
 * share, or stream packets. A record session opens the one that the pin's filter offers, and reports
 * both in the same words.
 */
import { CaptureClient, type CaptureJournal } from '../client/capture-client.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { StreamCaptureClient } from '../client/stream-capture.ts';
import type { RunObserver } from '../client/timer-render.ts';
import { CyclicStream } from './cyclic-stream.ts';
import { PacketPinStream } from './packet-stream.ts';
import type { BufferReport } from './play-report.ts';
import type { StreamKind } from './stream-kind.ts';

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
export class CyclicCapture extends CyclicStream implements CaptureTransport {
  makeClient(parts: CaptureParts): RecordingClient {
    const { buffer, latency, pin } = this.open;
    const { device, kernel } = this.machine;
    return new CaptureClient({
      kernel,
      pin,
      buffer,
      kind: this.stream,
      period100ns: this.period100ns,
      fifoFrames: latency.fifoBytes / pin.frameBytes,
      settle: () => device.settle(),
      // The register counts what lies in memory, so nothing is to be added to it.
      position: this.positionSource(0),
      ...parts,
    });
  }
}

/** A pin that takes stream packets. */
export class PacketCapture extends PacketPinStream implements CaptureTransport {
  makeClient(parts: CaptureParts): RecordingClient {
    const client = new StreamCaptureClient({
      kernel: this.machine.kernel,
      pin: this.pin,
      packetFrames: this.periodFrames,
      ...parts,
    });
    this.describe(client.packets);
    return client;
  }
}
