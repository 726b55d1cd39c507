/**
 * What every stream on a bench has, whichever way its pin takes sound: a cyclic buffer that is
 * written by the clock, or stream packets that go round. Cases that ask for states, positions and
 * sound alone are written for this.
 */
import type { KsPin } from '../client/ks-pin.ts';
import type { StreamPin } from '../client/stream-pin.ts';
import type { KSSTATE } from '../standards/ks/requests.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { Bench } from './bench.ts';
import type { SampleShape } from './sound-pattern.ts';

/** Frames that lie one behind the other. */
export interface FrameRun {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly frames: number;
}

export interface TestStream {
  readonly bench: Bench;
  readonly pin: KsPin | StreamPin;
  readonly format: PcmFormat;
  readonly frameBytes: number;
  readonly shape: SampleShape;
  /** Frames after which offsets start over; null where they count from the start of the stream. */
  readonly wrapFrames: number | null;
  /** Frames that a capture device may have stored without the client having them yet. */
  readonly withheldFrames: number;
  /** FifoSize in frames, where a pin declares it; 0 elsewhere. */
  readonly fifoFrames: number;
  /** All that a pin declares to lie between memory and jack, in frames. */
  readonly declaredFrames: number;
  /** When it entered RUN last. */
  readonly runNs: number;
  /** Frames that the stream should have moved by now: time in RUN at the format's rate. */
  readonly elapsedFrames: number;
  /** What a capture stream has stored since the last STOP, from its first frame on. */
  readonly stored: FrameRun;
  /** All memory that the device may store captured sound in. */
  readonly memory: readonly FrameRun[];
  /** Has the client's half done: the pattern is sent, as far as there is room for it. */
  writeAhead(): void;
  /** @throws KsError */
  setState(state: KSSTATE): void;
  /** PAUSE, and RUN in the same moment. @throws KsError */
  run(): void;
  close(): void;
}
