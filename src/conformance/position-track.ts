/**
 * The position of a stream as a client follows it: KSPROPERTY_AUDIO_POSITION gives a place in the
 * buffer, and who asks more often than once per pass knows how far the stream is in all; where a
 * pin takes stream packets it says that itself. The plan of the KS Position test is kept here too:
 * a reading each packet period, and which readings count.
 */
import type { TestStream } from './test-stream.ts';

export interface PositionPoint {
  readonly timeNs: number;
  /** Frames since the stream stood at 0. */
  readonly playFrames: number;
  readonly writeFrames: number;
  /** What the driver said, in bytes. */
  readonly playOffset: number;
  readonly writeOffset: number;
}

export class PositionTrack {
  readonly #stream: TestStream;
  #playFrames = 0;
  #writeFrames = 0;
  /** Frames of the stream in the last reading, modulo the buffer. */
  #lastPlay = 0;
  #lastWrite = 0;

  constructor(stream: TestStream) {
    this.#stream = stream;
  }

  /** @throws KsError when the driver does not tell the position */
  read(): PositionPoint {
    const { bench, frameBytes, pin, wrapFrames } = this.#stream;
    pin.check('AUDIO_POSITION', pin.readPosition());
    const play = pin.playOffset / frameBytes;
    const write = pin.writeOffset / frameBytes;
    this.#playFrames += wrapped(play - this.#lastPlay, wrapFrames);
    this.#writeFrames += wrapped(write - this.#lastWrite, wrapFrames);
    this.#lastPlay = play;
    this.#lastWrite = write;
    return {
      timeNs: bench.now,
      playFrames: this.#playFrames,
      writeFrames: this.#writeFrames,
      playOffset: pin.playOffset,
      writeOffset: pin.writeOffset,
    };
  }

  /** Follows the stream for so long without keeping what it says. */
  follow(durationMs: number): void {
    const { bench, format, wrapFrames } = this.#stream;
    const end = bench.now + durationMs * 1e6;
    const wrapMs = (1000 * (wrapFrames ?? Number.POSITIVE_INFINITY)) / format.rateHz;
    const stepMs = Math.min(durationMs, wrapMs / 4);
    while (bench.now < end) {
      bench.runForMs(Math.min(stepMs, (end - bench.now) / 1e6));
      this.read();
    }
  }
}

/** A step forward in a buffer of that size; any step where nothing starts over. */
function wrapped(step: number, size: number | null): number {
  if (size === null) return step;
  return ((step % size) + size) % size;
}

const SETTLE_MS = 100;
const READINGS = 100;
const LONGEST_READING_NS = 1_000_000;
/** A packet is half of the buffer. */
const PERIOD_MS = 10;

export const POSITION_BUFFER_MS = 2 * PERIOD_MS;

/**
 * The plan of the KS Position test on a stream that stands: 100 ms to settle, then a reading each
 * packet period. Readings that took over 1 ms, or at a time that was seen before, are dropped.
 */
export function samplePositions(stream: TestStream): PositionPoint[] {
  const track = new PositionTrack(stream);
  const points: PositionPoint[] = [];
  stream.writeAhead();
  stream.run();
  track.read();
  track.follow(SETTLE_MS);
  let lastNs = -1;
  for (let reading = 0; reading < READINGS; reading++) {
    track.follow(PERIOD_MS);
    const startNs = stream.bench.now;
    const point = track.read();
    if (stream.bench.now - startNs > LONGEST_READING_NS || startNs === lastNs) continue;
    lastNs = startNs;
    points.push(point);
  }
  return points;
}
