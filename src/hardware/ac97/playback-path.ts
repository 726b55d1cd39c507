/**
 * PCM out: memory, FIFO, slots 3 and 4 (and 7, 8, 6, 9 with more channels), DACs, volumes, line
 * out. An engine that runs keeps the FIFO full: it fetches a frame for each that is sent, and makes
 * up at once for those that were sent while it was halted. RUN finds the FIFO full of silence, so
 * that a frame is heard a FIFO's depth after it was fetched, from the first one on.
 */
import { AC97_SAMPLE_BYTES } from '../../standards/ac97/bus-master-registers.ts';
import { isSameSound, type SoundFormat } from '../endpoint/sound-format.ts';
import type { Speaker } from '../endpoint/speaker.ts';
import { copyBytes, makeBlock, type SampleBlock } from '../hda/sample-block.ts';
import type { Codec } from './codec.ts';
import type { DataPath } from './data-path.ts';
import type { DescriptorList } from './descriptor-list.ts';
import { FIFO_FRAMES, type FifoExit, FrameFifo } from './frame-fifo.ts';

const SAMPLE_BITS = 16;
const PIECE_FRAMES = 256;
const MOST_CHANNELS = 6;

export class PlaybackPath implements DataPath, FifoExit {
  frameSamples = 2;
  readonly framesUntilMoving = 0;
  readonly #codec: Codec;
  readonly #speaker: Speaker;
  readonly #channels: () => number;
  readonly #fifo = new FrameFifo();
  /** Frames on their way through the codec's volumes. */
  readonly #piece = makeBlock(PIECE_FRAMES * MOST_CHANNELS * AC97_SAMPLE_BYTES);
  /** The last frame that was sent; behind it room to repeat it. */
  readonly #repeated = makeBlock(PIECE_FRAMES * MOST_CHANNELS * AC97_SAMPLE_BYTES);
  #hasSent = false;
  #isRepeating = false;
  #sound: SoundFormat | null = null;

  /** @param channels how many the controller sends, as it is set up now */
  constructor(codec: Codec, speaker: Speaker, channels: () => number) {
    this.#codec = codec;
    this.#speaker = speaker;
    this.#channels = channels;
  }

  get isBehind(): boolean {
    return this.#fifo.frames < FIFO_FRAMES;
  }

  open(): number {
    const channels = this.#channels();
    if (channels !== this.frameSamples) this.clear();
    this.frameSamples = channels;
    this.#fifo.frameBytes = channels * AC97_SAMPLE_BYTES;
    const rateHz = this.#openSpeaker(Math.min(channels, this.#codec.channels));
    this.#fifo.fillWithSilence();
    return rateHz;
  }

  refresh(): number {
    return this.#openSpeaker(this.#sound?.channels ?? 2);
  }

  advance(frames: number, list: DescriptorList, available: number): number {
    const fifo = this.#fifo;
    const wanted = FIFO_FRAMES - fifo.frames + frames;
    const entering = Math.min(wanted, available, fifo.room);
    list.fetch(fifo.block, fifo.endByte, entering * fifo.frameBytes);
    fifo.entered(entering);
    const leaving = Math.min(frames, fifo.frames);
    fifo.leave(leaving, this);
    return leaving;
  }

  starve(frames: number, endsInZeros: boolean): void {
    const left = frames - this.#drain(frames);
    if (endsInZeros) this.silence(left);
    else this.miss(left);
  }

  idle(frames: number): void {
    this.silence(frames - this.#drain(frames));
  }

  /** The last sample goes on (ICH datasheet 12.2.4, FIFOE). */
  miss(frames: number): void {
    if (!this.#hasSent) {
      this.silence(frames);
      return;
    }
    this.#isRepeating = true;
    const { bytes } = this.#repeated;
    const frameBytes = this.#fifo.frameBytes;
    const most = Math.min(frames, PIECE_FRAMES) * frameBytes;
    for (let at = frameBytes; at < most; at += frameBytes) bytes.copyWithin(at, 0, frameBytes);
    for (let left = frames; left > 0; left -= PIECE_FRAMES) {
      this.hear(this.#repeated, 0, Math.min(left, PIECE_FRAMES));
    }
    this.#isRepeating = false;
  }

  hush(frames: number): void {
    this.silence(frames);
  }

  clear(): void {
    this.#fifo.clear();
    this.#hasSent = false;
  }

  silence(frames: number): void {
    if (frames > 0) this.#speaker.silence(frames);
  }

  hear(block: SampleBlock, offset: number, frames: number): void {
    if (!this.#isRepeating) this.#keepLast(block, offset, frames);
    const { isOutputPowered, playback } = this.#codec;
    if (!this.#speaker.jackPresent || !isOutputPowered || playback.isSilent) {
      this.#speaker.silence(frames);
    } else if (playback.isTransparent && this.frameSamples <= this.#codec.channels) {
      this.#speaker.hear(block.bytes, offset, frames);
    } else {
      this.#hearAttenuated(block, offset, frames);
    }
  }

  #openSpeaker(channels: number): number {
    const rateHz = this.#codec.dacRateHz;
    const sound = {
      rateHz,
      bits: SAMPLE_BITS,
      channels,
      containerBytes: AC97_SAMPLE_BYTES,
      float: false,
    };
    if (!isSameSound(sound, this.#sound)) {
      this.#sound = sound;
      this.#speaker.open(sound);
    }
    return rateHz;
  }

  /** What the FIFO still holds is sent; how many frames that were. */
  #drain(frames: number): number {
    const leaving = Math.min(frames, this.#fifo.frames);
    this.#fifo.leave(leaving, this);
    return leaving;
  }

  #keepLast(block: SampleBlock, offset: number, frames: number): void {
    const bytes = this.#fifo.frameBytes;
    copyBytes(this.#repeated, 0, block, offset + (frames - 1) * bytes, bytes);
    this.#hasSent = true;
  }

  #hearAttenuated(block: SampleBlock, offset: number, frames: number): void {
    const heard = Math.min(this.frameSamples, this.#codec.channels);
    const { playback } = this.#codec;
    const piece = this.#piece;
    for (let done = 0; done < frames; done += PIECE_FRAMES) {
      const count = Math.min(PIECE_FRAMES, frames - done);
      const from = offset / AC97_SAMPLE_BYTES + done * this.frameSamples;
      pickChannels(piece.int16, block.int16, from, count, heard, this.frameSamples);
      if (!playback.isTransparent) playback.apply(piece, 0, count, heard);
      this.#speaker.hear(piece.bytes, 0, count);
    }
  }
}

/** The first `heard` of `sent` channels: a codec with fewer DACs does not listen to the others. */
function pickChannels(
  to: Int16Array,
  from: Int16Array,
  first: number,
  frames: number,
  heard: number,
  sent: number,
): void {
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < heard; channel++) {
      to[frame * heard + channel] = from[first + frame * sent + channel] as number;
    }
  }
}
