/**
 * The data side of the output converter: from the link through the codec's pipeline, the
 * amplifier and the pin to the ear. While a stream is locked, the stream's frames drive the
 * pipeline; between streams the converter's own clock does, so the ear's time line has no hole.
 * A change of route, gain or pin acts on what leaves the pipeline from then on.
 */
import { framesIn } from '../../base/frame-time.ts';
import type { Clock } from '../../sim/clock.ts';
import { isSameSound, type SoundFormat, soundFrameBytes } from '../endpoint/sound-format.ts';
import type { Speaker } from '../endpoint/speaker.ts';
import type { Amplifier } from './amplifier.ts';
import type { ConverterWidget } from './converter-widget.ts';
import { type DelayExit, DelayLine } from './delay-line.ts';
import type { LinkListener } from './dma-engine.ts';
import { copyBytes, makeBlock, type SampleBlock } from './sample-block.ts';
import type { StreamDescriptor } from './stream-descriptor.ts';

/** Frames are amplified in pieces of this size, apart from the memory that they come from. */
const PIECE_BYTES = 4096;

export class OutputConverter implements LinkListener, DelayExit {
  readonly #clock: Clock;
  readonly #widget: ConverterWidget;
  readonly #speaker: Speaker;
  readonly #isPathOpen: () => boolean;
  readonly #line: DelayLine;
  readonly #amplified = makeBlock(PIECE_BYTES);
  #stream: StreamDescriptor | null = null;
  /** What the ear hears; null until the first stream. */
  #sound: SoundFormat | null = null;
  #idleSinceNs = 0;
  #idleFrames = 0;

  constructor(
    clock: Clock,
    widget: ConverterWidget,
    speaker: Speaker,
    delayFrames: number,
    isPathOpen: () => boolean,
  ) {
    this.#clock = clock;
    this.#widget = widget;
    this.#speaker = speaker;
    this.#isPathOpen = isPathOpen;
    this.#line = new DelayLine(delayFrames, this);
  }

  get tag(): number {
    return this.#widget.tag;
  }

  /** The stream with the converter's number that moves now, or null. Streams are settled. */
  follow(stream: StreamDescriptor | null): void {
    this.settle();
    const sound = this.#widget.soundFormat;
    const isUnderstood =
      stream !== null &&
      sound !== null &&
      this.#widget.understands(stream.formatCode, stream.stripe);
    const isFirst = stream !== null && this.#sound === null;
    if (sound !== null && (isFirst || (isUnderstood && !isSameSound(sound, this.#sound)))) {
      this.#open(sound);
    }
    this.#lock(isUnderstood ? stream : null);
  }

  /** Between streams: lets the frame periods pass that are due by now. */
  settle(): void {
    if (this.#stream !== null || this.#sound === null) return;
    const due = framesIn(this.#clock.now - this.#idleSinceNs, this.#sound.rateHz);
    const frames = due - this.#idleFrames;
    if (frames <= 0) return;
    this.#idleFrames = due;
    this.#line.pushSilence(frames);
  }

  /** The codec was reset: what is in the pipeline is lost; the ear's time goes on. */
  reset(): void {
    this.follow(null);
    if (this.#sound !== null) this.#line.open(soundFrameBytes(this.#sound));
  }

  push(block: SampleBlock, offset: number, frames: number): void {
    this.#line.push(block, offset, frames);
  }

  pushSilence(frames: number): void {
    this.#line.pushSilence(frames);
  }

  keep(): void {
    this.#line.keep();
  }

  hear(block: SampleBlock, offset: number, frames: number): void {
    const sound = this.#sound;
    if (sound === null || !this.#isPathOpen()) {
      this.#speaker.silence(frames);
      return;
    }
    const { amplifier } = this.#widget;
    if (amplifier === null || amplifier.isTransparentFor(sound.channels)) {
      this.#speaker.hear(block.bytes, offset, frames);
    } else {
      this.#hearAmplified(amplifier, block, offset, frames, sound);
    }
  }

  silence(frames: number): void {
    this.#speaker.silence(frames);
  }

  #hearAmplified(
    amplifier: Amplifier,
    block: SampleBlock,
    offset: number,
    frames: number,
    sound: SoundFormat,
  ): void {
    const frameBytes = soundFrameBytes(sound);
    const most = Math.floor(PIECE_BYTES / frameBytes);
    for (let done = 0; done < frames; done += most) {
      const piece = Math.min(most, frames - done);
      copyBytes(this.#amplified, 0, block, offset + done * frameBytes, piece * frameBytes);
      amplifier.apply(this.#amplified, piece, sound);
      this.#speaker.hear(this.#amplified.bytes, 0, piece);
    }
  }

  /** Frames of another shape follow: those still in the pipeline are lost, as on a real relock. */
  #open(sound: SoundFormat): void {
    this.#sound = sound;
    this.#idleSinceNs = this.#clock.now;
    this.#idleFrames = 0;
    this.#line.open(soundFrameBytes(sound));
    this.#speaker.open(sound);
  }

  #lock(stream: StreamDescriptor | null): void {
    if (stream === this.#stream) return;
    if (this.#stream !== null) this.#stream.engine.listener = null;
    if (stream !== null) stream.engine.listener = this;
    this.#stream = stream;
    this.#idleSinceNs = this.#clock.now;
    this.#idleFrames = 0;
  }
}
