/**
 * The codec's ADCs and what they listen to. The stereo pair stands behind the record multiplexer
 * (AC'97 2.3, 5.7.5), which picks microphone, line in or their mix for each side by itself; inputs
 * that no jack leads to are silent. The microphone ADC has a microphone of its own, so that both
 * may record at a time. Behind each ADC's input stands its record gain.
 */
import {
  AC97_RECORD_SOURCE,
  AC97_RECORD_SOURCE_MASK,
} from '../../standards/ac97/mixer-registers.ts';
import type { LineIn } from '../endpoint/line-in.ts';
import type { SoundFormat } from '../endpoint/sound-format.ts';
import { makeBlock, type SampleBlock } from '../hda/sample-block.ts';
import type { LinkSource } from './capture-path.ts';
import type { Codec } from './codec.ts';
import { clip, type Gain } from './volume.ts';

const PIECE_FRAMES = 256;
const STEREO_BYTES = 4;
const MONO_BYTES = 2;

const formatOf = (rateHz: number, channels: number): SoundFormat => {
  return { rateHz, bits: 16, channels, containerBytes: 2, float: false };
};

/** An input whose source is asked in the format of the ADC. */
class Input {
  readonly jack: LineIn;
  readonly #channels: number;
  #format: SoundFormat;

  constructor(jack: LineIn, channels: number) {
    this.jack = jack;
    this.#channels = channels;
    this.#format = formatOf(0, channels);
  }

  take(block: SampleBlock, offset: number, frames: number, rateHz: number): void {
    if (rateHz !== this.#format.rateHz) this.#format = formatOf(rateHz, this.#channels);
    const { bytes } = block;
    this.jack.take(bytes, offset, frames, this.#format);
    if (!this.jack.jackPresent) bytes.fill(0, offset, offset + frames * 2 * this.#channels);
  }
}

/** The stereo ADC, behind the record multiplexer. */
export class StereoAdc implements LinkSource {
  readonly channels = 2;
  readonly #codec: Codec;
  readonly #line: Input;
  readonly #microphone: Input;
  readonly #mono = makeBlock(PIECE_FRAMES * MONO_BYTES);
  readonly #mic = makeBlock(PIECE_FRAMES * STEREO_BYTES);
  readonly #lined = makeBlock(PIECE_FRAMES * STEREO_BYTES);
  readonly #mixed = makeBlock(PIECE_FRAMES * STEREO_BYTES);

  constructor(codec: Codec, line: LineIn, microphone: LineIn) {
    this.#codec = codec;
    this.#line = new Input(line, 2);
    this.#microphone = new Input(microphone, 1);
  }

  get rateHz(): number {
    return this.#codec.adcRateHz;
  }

  /** Both jacks are listened to all the time, whichever is picked. */
  capture(block: SampleBlock, offset: number, frames: number): void {
    for (let done = 0; done < frames; done += PIECE_FRAMES) {
      this.#capturePiece(
        block,
        offset + done * STEREO_BYTES,
        Math.min(PIECE_FRAMES, frames - done),
      );
    }
  }

  drop(frames: number): void {
    this.#microphone.jack.drop(frames);
    this.#line.jack.drop(frames);
  }

  #capturePiece(block: SampleBlock, offset: number, frames: number): void {
    const { isInputPowered, record, recordSelect } = this.#codec;
    const left = (recordSelect >>> 8) & AC97_RECORD_SOURCE_MASK;
    const right = recordSelect & AC97_RECORD_SOURCE_MASK;
    this.#microphone.take(this.#mono, 0, frames, this.rateHz);
    const end = offset + frames * STEREO_BYTES;
    if (left === AC97_RECORD_SOURCE.LINE_IN && right === left) {
      this.#line.take(block, offset, frames, this.rateHz);
    } else {
      this.#line.take(this.#lined, 0, frames, this.rateHz);
      this.#widenMicrophone(frames);
      this.#mix(frames);
      this.#pick(left, block.int16, offset / 2, 0, frames);
      this.#pick(right, block.int16, offset / 2, 1, frames);
    }
    if (!isInputPowered || record.isSilent) block.bytes.fill(0, offset, end);
    else if (!record.isTransparent) record.apply(block, offset / 2, frames, 2);
  }

  #widenMicrophone(frames: number): void {
    const from = this.#mono.int16;
    const to = this.#mic.int16;
    for (let frame = 0; frame < frames; frame++) {
      const sample = from[frame] as number;
      to[2 * frame] = sample;
      to[2 * frame + 1] = sample;
    }
  }

  /** The stereo mix: line in and microphone behind their volumes. */
  #mix(frames: number): void {
    this.#mixed.int16.fill(0, 0, 2 * frames);
    this.#codec.line.mix(this.#mixed, this.#lined, frames);
    this.#codec.mic.mix(this.#mixed, this.#mic, frames);
  }

  #pick(source: number, to: Int16Array, first: number, side: 0 | 1, frames: number): void {
    const from = this.#samplesOf(source);
    const isMonoMix = source === AC97_RECORD_SOURCE.MONO_MIX;
    for (let frame = 0; frame < frames; frame++) {
      const at = 2 * frame;
      let sample = 0;
      if (isMonoMix) sample = monoOf(this.#mixed.int16, at);
      else if (from !== null) sample = from[at + side] as number;
      to[first + at + side] = sample;
    }
  }

  #samplesOf(source: number): Int16Array | null {
    switch (source) {
      case AC97_RECORD_SOURCE.MIC:
        return this.#mic.int16;
      case AC97_RECORD_SOURCE.LINE_IN:
        return this.#lined.int16;
      case AC97_RECORD_SOURCE.STEREO_MIX:
        return this.#mixed.int16;
      default:
        return null;
    }
  }
}

/** The microphone ADC. */
export class MicrophoneAdc implements LinkSource {
  readonly channels = 1;
  readonly #codec: Codec;
  readonly #input: Input;
  readonly #gain: Gain;

  constructor(codec: Codec, microphone: LineIn) {
    this.#codec = codec;
    this.#input = new Input(microphone, 1);
    this.#gain = codec.recordMic;
  }

  get rateHz(): number {
    return this.#codec.micRateHz;
  }

  capture(block: SampleBlock, offset: number, frames: number): void {
    this.#input.take(block, offset, frames, this.rateHz);
    const isSilent = !this.#codec.isMicPowered || this.#gain.isSilent;
    if (isSilent) block.bytes.fill(0, offset, offset + frames * MONO_BYTES);
    else if (!this.#gain.isTransparent) this.#gain.apply(block, offset / 2, frames, 1);
  }

  drop(frames: number): void {
    this.#input.jack.drop(frames);
  }
}

/** Half of both sides. */
function monoOf(samples: Int16Array, at: number): number {
  return clip(Math.round(((samples[at] as number) + (samples[at + 1] as number)) / 2));
}
