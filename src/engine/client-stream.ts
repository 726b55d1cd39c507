/**
 * A stream as its client holds it, whichever way it goes and whoever else hears it: shared or
 * exclusive, render or capture. Frames are the client's own, counted from the last reset.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { SessionVolume } from './session-volume.ts';

export interface ClientStream {
  readonly bufferFrames: number;
  /** What turns the stream down; null in exclusive mode, where nobody touches the data. */
  readonly volume: SessionVolume | null;
  /** The longest time between client and hardware, in 100 ns; the hardware's own is not in it. */
  readonly latency100ns: number;
  /** The endpoint went, and the stream with it. */
  readonly isInvalidated: boolean;
  /** Frames that are written and not fetched, or captured and not read. */
  paddingFrames(): number;
  /** Frames that were heard at the endpoint, or captured there. */
  positionFrames(): number;
  /** Frames of the device that it has moved while the stream ran, in the device's own rate. */
  deviceFrames(): number;
  /** The event behind the handle of the client's process is set once per period. */
  notify(handle: number): void;
  /** @throws KsError when the device does not run */
  start(): void;
  stop(): void;
  /** Only of a stopped stream: what is in the buffer is forgotten, and the position 0. */
  reset(): void;
  close(): void;
}

export interface RenderStream extends ClientStream {
  /** The client writes whole buffers only. */
  readonly isWholeBuffer: boolean;
  /** Where the next `frames` frames are written; there is room for them. */
  writeAt(frames: number): VirtualAddress;
  wrote(frames: number): void;
}

/** What a client can read in one go. */
export interface ReadablePacket {
  readonly at: VirtualAddress;
  readonly frames: number;
  readonly position: number;
  /** When the first frame was at the endpoint, in 100 ns. */
  readonly performanceCounter: number;
  readonly isDiscontinuous: boolean;
}

export interface CaptureStream extends ClientStream {
  /** The oldest packet, until it is read; null when none waits. */
  peek(): ReadablePacket | null;
  /** The client is done with the oldest packet. */
  read(): void;
}

/** Why the engine opens no stream. */
export type RefusalReason =
  | 'device in use'
  | 'unsupported format'
  | 'buffer too small'
  | 'buffer not aligned'
  | 'endpoint failed'
  | 'period locked'
  | 'exclusive mode not allowed'
  | 'engine stopped'
  | 'not present';

export class StreamRefusal extends Error {
  readonly reason: RefusalReason;
  /** For a buffer that is not aligned: frames of the next larger one that is. */
  readonly alignedFrames: number;

  constructor(reason: RefusalReason, detail: string, alignedFrames = 0) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
    this.alignedFrames = alignedFrames;
  }
}
