/**
 * The ways that sound takes from a raw client to a pin: a cyclic buffer that client and device
 * share, or stream packets (packet-render.ts). A play session opens the one that the pin's filter
 * offers, and reports both in the same words.
 */
import { EventRenderClient } from '../client/event-render.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import type { PositionSource } from '../client/position-source.ts';
import {
  type CyclicRenderClient,
  type RenderClientConfig,
  TimerRenderClient,
} from '../client/timer-render.ts';
import { CyclicStream } from './cyclic-stream.ts';
import type { BufferReport } from './play-report.ts';
import type { PinStreamKind } from './stream-kind.ts';

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
export class CyclicRender extends CyclicStream implements RenderTransport {
  makeClient(
    parts: ClientParts,
    watch: (position: PositionSource) => PositionSource = (position) => position,
  ): CyclicRenderClient {
    const { kernel } = this.machine;
    const position = watch(this.positionSource(this.latency.fifoBytes));
    const config: RenderClientConfig = { kernel, ...this.open, ...parts, position };
    return this.stream === 'timer'
      ? new TimerRenderClient({ ...config, period100ns: this.period100ns })
      : new EventRenderClient({ ...config, usesPackets: this.stream === 'packet' });
  }
}
