/**
 * A client that sends the known pattern, or reads it, period by period for so long, and what came
 * of it at the other end. It keeps time by the clock alone, so neither a position nor an event that
 * is wrong disturbs it.
 */
import { BenchStream } from './bench-stream.ts';
import { isSilentFrame, matchPattern } from './sound-pattern.ts';
import type { TestStream } from './test-stream.ts';

export interface PatternResult {
  /** Frames of the pattern that went through, in order and unchanged, from the first on. */
  readonly frames: number;
  /** Frames that should have. */
  readonly due: number;
}

/** Sends or reads for `durationMs`, waking every `periodFrames`. The stream stands in STOP. */
export function runPattern(
  stream: TestStream,
  periodFrames: number,
  durationMs: number,
): PatternResult {
  if (!(stream instanceof BenchStream)) return exchangePackets(stream, durationMs);
  return stream.bench.isCapture
    ? readPattern(stream, periodFrames, durationMs)
    : sendPattern(stream, periodFrames, durationMs);
}

function sendPattern(stream: BenchStream, periodFrames: number, durationMs: number): PatternResult {
  const { bench, format } = stream;
  stream.writeAhead();
  stream.run();
  const endNs = stream.runNs + durationMs * 1e6;
  const periodNs = (periodFrames * 1e9) / format.rateHz;
  for (let wake = 1; bench.now < endNs; wake++) {
    bench.runUntilNs(Math.min(endNs, Math.round(stream.runNs + wake * periodNs)));
    stream.writeAhead();
  }
  return heardPattern(stream);
}

/** What the ear heard of the pattern so far. */
export function heardPattern({ bench, shape }: TestStream): PatternResult {
  bench.machine.device.settle();
  const { bytes, frameBytes, frames, leadingFrames } = bench.ear;
  if (leadingFrames === null) return { frames: 0, due: frames };
  const due = frames - leadingFrames;
  return { frames: matchPattern(bytes, leadingFrames * frameBytes, shape, 0, due).frames, due };
}

/** The client's packets go round by themselves. */
function exchangePackets(stream: TestStream, durationMs: number): PatternResult {
  const { bench } = stream;
  stream.run();
  bench.runForMs(durationMs);
  return bench.isCapture ? storedPattern(stream) : heardPattern(stream);
}

/** What a capture stream has stored of the pattern so far. */
export function storedPattern({ frameBytes, shape, stored }: TestStream): PatternResult {
  const { at, bytes, frames } = stored;
  let leading = 0;
  while (leading < frames && isSilentFrame(bytes, at + leading * frameBytes, frameBytes)) leading++;
  const due = frames - leading;
  const { frames: matched } = matchPattern(bytes, at + leading * frameBytes, shape, 0, due);
  return { frames: matched, due };
}

/** A reader up to half a buffer behind: what it reads is stored by then, and still there. */
function readPattern(stream: BenchStream, periodFrames: number, durationMs: number): PatternResult {
  const { bench, bufferFrames, format } = stream;
  stream.run();
  const room = bufferFrames - periodFrames - Math.ceil(format.rateHz / 1000);
  const behind = Math.max(0, Math.min(Math.floor(bufferFrames / 2), room));
  const reader = new PatternReader(stream);
  const endNs = stream.runNs + durationMs * 1e6;
  const periodNs = (periodFrames * 1e9) / format.rateHz;
  for (let wake = 1; bench.now < endNs; wake++) {
    bench.runUntilNs(Math.min(endNs, Math.round(stream.runNs + wake * periodNs)));
    reader.readUpTo(stream.elapsedFrames - behind);
  }
  return reader.result;
}

/** Reads a capture stream frame by frame and holds it against what was spoken. */
export class PatternReader {
  readonly #stream: BenchStream;
  /** Next place of the stream to read. */
  #place = 0;
  /** Places before the first spoken frame; null while there was none. */
  #leading: number | null = null;
  #frames = 0;
  #isBroken = false;

  constructor(stream: BenchStream) {
    this.#stream = stream;
  }

  get result(): PatternResult {
    const due = this.#leading === null ? this.#place : this.#place - this.#leading;
    return { frames: this.#frames, due };
  }

  /** Reads the stream's places before `end`. */
  readUpTo(end: number): void {
    const { bench, bufferFrames, frameBytes } = this.#stream;
    bench.machine.device.settle();
    while (this.#place < end) {
      const at = this.#stream.addressOf(this.#place);
      if (this.#leading === null) {
        if (isSilentFrame(bench.home.ram.bytes, at, frameBytes)) {
          this.#place++;
          continue;
        }
        this.#leading = this.#place;
      }
      const toEnd = bufferFrames - (this.#place % bufferFrames);
      const frames = Math.min(end - this.#place, toEnd);
      this.#match(at, this.#place - this.#leading, frames);
      this.#place += frames;
    }
  }

  #match(at: number, first: number, frames: number): void {
    if (this.#isBroken) return;
    const { bench, shape } = this.#stream;
    const found = matchPattern(bench.home.ram.bytes, at, shape, first, frames);
    this.#frames += found.frames;
    this.#isBroken = !found.isWhole;
  }
}
