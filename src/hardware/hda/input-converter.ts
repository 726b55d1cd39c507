/**
 * The data side of the input converter: from the mouth through the pin, the amplifier and the
 * codec's pipeline to the link, the mirror image of the output. The converter samples from the moment the first stream
 * is bound to it; what was spoken while no stream was locked is lost, and is asked for and thrown
 * away only when a stream comes back.
 */
import { framesIn } from '../../base/frame-time.ts';
import type { Clock } from '../../sim/clock.ts';
import type { LineIn } from '../endpoint/line-in.ts';
import { isSameSound, type SoundFormat, soundFrameBytes } from '../endpoint/sound-format.ts';
import type { ConverterWidget } from './converter-widget.ts';
import { WIDEST_FRAME_BYTES } from './delay-line.ts';
import type { LinkTalker } from './dma-engine.ts';
import { copyBytes, makeBlock, type SampleBlock } from './sample-block.ts';
import type { StreamDescriptor } from './stream-descriptor.ts';

/** Frames thrown away at a time. */
const DISCARD_FRAMES = 512;

export class InputConverter implements LinkTalker {
  readonly #clock: Clock;
  readonly #widget: ConverterWidget;
  readonly #lineIn: LineIn;
  readonly #isPathOpen: () => boolean;
  readonly #delayFrames: number;
  readonly #spare: SampleBlock;
  readonly #line: SampleBlock;
  readonly #discarded = makeBlock(DISCARD_FRAMES * WIDEST_FRAME_BYTES);
  #stream: StreamDescriptor | null = null;
  #sound: SoundFormat | null = null;
  #frameBytes = 0;
  #idleSinceNs = 0;

  constructor(
    clock: Clock,
    widget: ConverterWidget,
    lineIn: LineIn,
    delayFrames: number,
    isPathOpen: () => boolean,
  ) {
    this.#clock = clock;
    this.#widget = widget;
    this.#lineIn = lineIn;
    this.#isPathOpen = isPathOpen;
    this.#delayFrames = delayFrames;
    this.#line = makeBlock(delayFrames * WIDEST_FRAME_BYTES);
    this.#spare = makeBlock(delayFrames * WIDEST_FRAME_BYTES);
  }

  get tag(): number {
    return this.#widget.tag;
  }

  /** The stream with the converter's number that moves now, or null. Streams are settled. */
  follow(stream: StreamDescriptor | null): void {
    const sound = this.#widget.soundFormat;
    const locked =
      stream !== null &&
      sound !== null &&
      this.#widget.understands(stream.formatCode, stream.stripe)
        ? stream
        : null;
    if (locked === this.#stream) return;
    if (this.#stream !== null) this.#stream.engine.talker = null;
    else if (locked !== null && sound !== null) this.#wake(sound);
    if (locked !== null) locked.engine.talker = this;
    this.#stream = locked;
    this.#idleSinceNs = this.#clock.now;
  }

  /** `frames` frame periods pass; what comes out of the pipeline goes to `block[offset ..]`. */
  capture(block: SampleBlock, offset: number, frames: number): void {
    const sound = this.#sound;
    if (sound === null) return;
    const frameBytes = this.#frameBytes;
    const { bytes } = block;
    const end = offset + frames * frameBytes;
    this.#lineIn.take(bytes, offset, frames, sound);
    if (!this.#isPathOpen()) bytes.fill(0, offset, end);
    const { amplifier } = this.#widget;
    if (amplifier !== null && !amplifier.isTransparentFor(sound.channels)) {
      amplifier.apply(block, frames, sound, offset);
    }
    // The newest frames stay in the pipeline; the older ones move back to make room for those
    // that come out of it.
    const staying = Math.min(frames, this.#delayFrames) * frameBytes;
    const lineBytes = this.#delayFrames * frameBytes;
    const line = this.#line;
    copyBytes(this.#spare, 0, block, end - staying, staying);
    bytes.copyWithin(offset + staying, offset, end - staying);
    copyBytes(block, offset, line, 0, staying);
    line.bytes.copyWithin(0, staying, lineBytes);
    copyBytes(line, lineBytes - staying, this.#spare, 0, staying);
  }

  /** The codec was reset: what is in the pipeline is lost. */
  reset(): void {
    this.follow(null);
    this.#line.bytes.fill(0);
  }

  /** A stream comes back: the frames spoken meanwhile pass through the pipeline and are lost. */
  #wake(sound: SoundFormat): void {
    if (!isSameSound(sound, this.#sound)) {
      this.#sound = sound;
      this.#frameBytes = soundFrameBytes(sound);
      this.#line.bytes.fill(0);
      return;
    }
    let left = framesIn(this.#clock.now - this.#idleSinceNs, sound.rateHz);
    while (left > 0) {
      const frames = Math.min(left, DISCARD_FRAMES);
      this.capture(this.#discarded, 0, frames);
      left -= frames;
    }
  }
}
