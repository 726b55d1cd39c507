/**
 * What really passed the converter of a stream, counted at the ear and the mouth, for cases that
 * hold a driver's word against it. Between jack and memory lies a pipeline, so the first frames at
 * the ear are silence, and a captured frame lies some places behind the one it was spoken as.
 */
import type { BenchStream } from './bench-stream.ts';
import { isSilentFrame, matchPattern } from './sound-pattern.ts';
import type { TestStream } from './test-stream.ts';

/** Frames of the stream that have reached the ear; the stream was written from frame 0 on. */
export function heardFrames({ bench }: TestStream): number {
  bench.machine.device.settle();
  return bench.ear.soundFrames;
}

/** What a capture stream has stored in its buffer, in a first pass that is not over yet. */
export interface Stored {
  /** Places before the first spoken frame. */
  readonly leadingFrames: number;
  /** Spoken frames that lie behind them, in order and unchanged. */
  readonly spokenFrames: number;
}

export function storedFrames(stream: BenchStream): Stored {
  const { bench, buffer, bufferFrames, frameBytes, shape } = stream;
  bench.machine.device.settle();
  const { bytes } = bench.home.ram;
  let leadingFrames = 0;
  while (
    leadingFrames < bufferFrames &&
    isSilentFrame(bytes, buffer.address + leadingFrames * frameBytes, frameBytes)
  ) {
    leadingFrames++;
  }
  const at = buffer.address + leadingFrames * frameBytes;
  const { frames } = matchPattern(bytes, at, shape, 0, bufferFrames - leadingFrames);
  return { leadingFrames, spokenFrames: frames };
}

/** Frames of the stream's memory that hold sound, whatever it is. */
export function soundFramesInMemory({ bench, frameBytes, memory }: TestStream): number {
  bench.machine.device.settle();
  let count = 0;
  for (const { at, bytes, frames } of memory) {
    for (let frame = 0; frame < frames; frame++) {
      if (!isSilentFrame(bytes, at + frame * frameBytes, frameBytes)) count++;
    }
  }
  return count;
}
