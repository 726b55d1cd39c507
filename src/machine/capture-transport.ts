/**
 * The ways that sound takes from a pin to a raw client: a cyclic buffer that device and client
 * share, or stream packets. A record session opens the one that the pin's filter offers, and reports
 * both in the same words.
 */
import { CaptureClient, type CaptureJournal } from '../client/capture-client.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import { StreamCaptureClient } from '../client/stream-capture.ts';
import type { RunObserver } from '../client/timer-render.ts';
import { WaveCyclicPin } from '../portcls/wavecyclic/wavecyclic-pin.ts';
import { CyclicLosses } from './cyclic-losses.ts';
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
    const losses = new CyclicLosses(parts.journal, this.pin.frameBytes);
    for (const pin of this.machine.portClass.openPins) {
      if (!(pin instanceof WaveCyclicPin)) continue;
      pin.lossListener = (atFrame, frames) => losses.note(atFrame, frames);
    }
    const client = new StreamCaptureClient({
      kernel: this.machine.kernel,
      pin: this.pin,
      packetFrames: this.periodFrames,
      ...parts,
      journal: losses,
    });
    this.describe(client.packets);
    return new CountedLosses(client, losses);
  }
}

/** A client, and what its port lost. */
class CountedLosses implements RecordingClient {
  readonly #client: StreamCaptureClient;
  readonly #losses: CyclicLosses;

  constructor(client: StreamCaptureClient, losses: CyclicLosses) {
    this.#client = client;
    this.#losses = losses;
  }

  get wakes(): number {
    return this.#client.wakes;
  }

  get lostFrames(): number {
    return this.#losses.lostFrames;
  }

  get isDone(): boolean {
    return this.#client.isDone;
  }

  start(): void {
    this.#client.start();
  }
}
