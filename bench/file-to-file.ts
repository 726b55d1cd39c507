/**
 * One recording from a WAV file through the whole stack into another, as the programs do that it is
 * held against: nothing is compared on the way. What was written is held against the recording when
 * the clock has stopped.
 */
import { ms } from '../src/base/brand.ts';
import { openSink, openSource } from '../src/cli/wav-files.ts';
import { registerPosition } from '../src/client/position-source.ts';
import type { RenderJournal } from '../src/client/render-buffer.ts';
import { heldFrames, TimerRenderClient } from '../src/client/timer-render.ts';
import { WavFrameSource } from '../src/client/wav-frame-source.ts';
import type { SoundSink } from '../src/hardware/endpoint/speaker.ts';
import { frameBytes } from '../src/standards/pcm/format.ts';
import { openWav, type WavFile } from '../src/wav/wav-reader.ts';
import { WavWriter } from '../src/wav/wav-writer.ts';
import { BareStream } from './bare-stream.ts';
import type { Player } from './player.ts';
import { BUFFER_MS, RATE_HZ, STEREO_16 } from './recording.ts';

const SLICE_NS = ms(500);
const FRAME_BYTES = frameBytes(STEREO_16);
/** Two periods make the buffer. */
const PERIOD_100NS = (BUFFER_MS * 10_000) / 2;

const noJournal: RenderJournal = { prime() {}, send() {}, stale() {}, endSending() {} };

export function playFileToFile(file: WavFile, path: string): Player {
  const bare = new BareStream();
  const { device, kernel } = bare.machine;
  const { buffer, latency, pin } = bare.stream;
  const sink = openSink(path);
  const writer = new WavWriter(sink, STEREO_16);
  const client = new TimerRenderClient({
    kernel,
    ...bare.stream,
    source: new WavFrameSource(file, STEREO_16),
    journal: noJournal,
    settle: () => device.settle(),
    position: registerPosition(pin, kernel.ioSpace, buffer.actualBytes, latency.fifoBytes),
    period100ns: PERIOD_100NS,
  });
  const leading = client.leadFrames + heldFrames(latency, FRAME_BYTES, RATE_HZ);
  device.speaker.sink = new WritingEar(writer, leading, file.frames);
  client.start();
  return {
    machine: bare.machine,
    step: () => {
      bare.machine.runFor(SLICE_NS);
      return client.isDone;
    },
    finish: () => {
      writer.finish();
      sink.close();
      bare.finish();
    },
    verify: () => checkSame(file, path),
  };
}

/** Writes what comes behind the silence that the client begins with, until all of it was heard. */
class WritingEar implements SoundSink {
  readonly #writer: WavWriter;
  #leadingBytes: number;
  #soundBytes: number;

  constructor(writer: WavWriter, leadingFrames: number, frames: number) {
    this.#writer = writer;
    this.#leadingBytes = leadingFrames * FRAME_BYTES;
    this.#soundBytes = frames * FRAME_BYTES;
  }

  open(): void {}

  hear(bytes: Uint8Array, offset: number, byteLength: number): void {
    const skipped = Math.min(this.#leadingBytes, byteLength);
    const written = Math.min(this.#soundBytes, byteLength - skipped);
    this.#leadingBytes -= skipped;
    this.#soundBytes -= written;
    if (written > 0) this.#writer.write(bytes, offset + skipped, written);
  }

  silence(frames: number): void {
    this.#leadingBytes -= Math.min(this.#leadingBytes, frames * FRAME_BYTES);
  }
}

/** @throws Error when the file does not hold the sound of the other, byte for byte */
function checkSame(sent: WavFile, path: string): void {
  const source = openSource(path);
  const heard = openWav(source);
  const one = Buffer.alloc(RATE_HZ * FRAME_BYTES);
  const other = Buffer.alloc(RATE_HZ * FRAME_BYTES);
  let isSame = heard.frames === sent.frames;
  for (let at = 0; at < sent.frames && isSame; at += RATE_HZ) {
    const frames = sent.readFrames(at, one, 0, RATE_HZ);
    const isWhole = heard.readFrames(at, other, 0, RATE_HZ) === frames;
    isSame = isWhole && one.compare(other, 0, frames * FRAME_BYTES, 0, frames * FRAME_BYTES) === 0;
  }
  source.close();
  if (!isSame) throw new Error('what was written is not what was played');
}
