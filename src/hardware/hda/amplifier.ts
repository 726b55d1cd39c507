/**
 * An amplifier, HDA 1.0a 7.3.3.7 and 7.3.4.10: mute and gain for left and right. At 0 dB
 * and not muted it hands frames through untouched. Otherwise a sample is multiplied and rounded to
 * the nearest step of its own size (halves up), a float sample to single precision. Even channels
 * follow the left setting, odd ones the right.
 */
import { type AmpCapabilities, encodeAmpCapabilities } from '../../standards/hda/parameters.ts';
import { GET_AMP, SET_AMP } from '../../standards/hda/verbs.ts';
import type { SoundFormat } from '../endpoint/sound-format.ts';
import type { SampleBlock } from './sample-block.ts';

export type AmplifierSide = 'input' | 'output';

const LEFT = 0;
const RIGHT = 1;
const MAX_CHANNELS = 16;
/** 7.3.3.7: which of a widget's inputs is meant. Ours has one. */
const SET_INDEX_MASK = 0xf00;
const GET_INDEX_MASK = 0xf;

export class Amplifier {
  /** The input or output amplifier parameter. */
  readonly parameter: number;
  readonly #capabilities: AmpCapabilities;
  /** Bit 7 mute, 6:0 gain, as GET_AMP answers; left and right. */
  readonly #settings = new Uint8Array(2);
  readonly #factors = new Float64Array(MAX_CHANNELS);
  readonly #isOutput: boolean;
  #channelLimit = MAX_CHANNELS;
  #isTransparent = true;

  constructor(capabilities: AmpCapabilities, side: AmplifierSide = 'output') {
    this.parameter = encodeAmpCapabilities(capabilities);
    this.#capabilities = capabilities;
    this.#isOutput = side === 'output';
    this.reset();
  }

  /** 0 dB, not muted. */
  reset(): void {
    this.#settings.fill(this.#capabilities.offset);
    this.#update();
  }

  /** The answer to GET_AMP. An amplifier that is not there reads 0. */
  get(payload: number): number {
    if (((payload & GET_AMP.OUTPUT) !== 0) !== this.#isOutput) return 0;
    if (!this.#isOutput && (payload & GET_INDEX_MASK) !== 0) return 0;
    return this.#settings[(payload & GET_AMP.LEFT) !== 0 ? LEFT : RIGHT] as number;
  }

  /** SET_AMP. A gain above the highest step is that step. */
  set(payload: number): void {
    if ((payload & (this.#isOutput ? SET_AMP.OUTPUT : SET_AMP.INPUT)) === 0) return;
    if (!this.#isOutput && (payload & SET_INDEX_MASK) !== 0) return;
    const gain = Math.min(payload & SET_AMP.GAIN_MASK, this.#capabilities.steps);
    const setting = (payload & SET_AMP.MUTE) | gain;
    if ((payload & SET_AMP.LEFT) !== 0) this.#settings[LEFT] = setting;
    if ((payload & SET_AMP.RIGHT) !== 0) this.#settings[RIGHT] = setting;
    this.#update();
  }

  /** Channels from `count` on are not converted (7.3.3.35) and stay silent. */
  limitChannels(count: number): void {
    this.#channelLimit = count;
    this.#update();
  }

  /** Whether frames of that many channels stay as they are. */
  isTransparentFor(channels: number): boolean {
    return this.#isTransparent && channels <= this.#channelLimit;
  }

  /** Amplifies `frames` frames of a block in place, from byte `offset`, where a sample begins. */
  apply(block: SampleBlock, frames: number, format: SoundFormat, offset = 0): void {
    const { channels, containerBytes } = format;
    const first = offset / containerBytes;
    const end = first + frames * channels;
    if (format.float) this.#amplifyFloat(block.float32, first, end, channels);
    else if (containerBytes === 2) this.#amplify(block.int16, first, end, channels, 0);
    else this.#amplify(block.int32, first, end, channels, 32 - format.bits);
  }

  /** `padding` low bits of a container hold no sample and stay 0. */
  #amplify(
    samples: Int16Array | Int32Array,
    first: number,
    end: number,
    channels: number,
    padding: number,
  ): void {
    for (let at = first, channel = 0; at < end; at++) {
      const sample = (samples[at] as number) >> padding;
      samples[at] = Math.round(sample * (this.#factors[channel] as number)) << padding;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }

  #amplifyFloat(samples: Float32Array, first: number, end: number, channels: number): void {
    for (let at = first, channel = 0; at < end; at++) {
      const factor = this.#factors[channel] as number;
      // A muted NaN or infinity is silence too.
      samples[at] = factor === 0 ? 0 : (samples[at] as number) * factor;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }

  #update(): void {
    const { offset } = this.#capabilities;
    this.#isTransparent = this.#settings[LEFT] === offset && this.#settings[RIGHT] === offset;
    for (let channel = 0; channel < MAX_CHANNELS; channel++) {
      const setting = this.#settings[channel % 2] as number;
      const isSilent = (setting & SET_AMP.MUTE) !== 0 || channel >= this.#channelLimit;
      this.#factors[channel] = isSilent ? 0 : this.#factorOf(setting);
    }
  }

  #factorOf(gain: number): number {
    const { offset, stepQuarterDb } = this.#capabilities;
    return 10 ** (((gain - offset) * stepQuarterDb * 0.25) / 20);
  }
}
