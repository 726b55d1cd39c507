/**
 * An output amplifier, HDA 1.0a 7.3.3.7 and 7.3.4.10: mute and gain for left and right. At 0 dB
 * and not muted it hands frames through untouched. Otherwise a sample is multiplied and rounded to
 * the nearest step of its own size (halves up), a float sample to single precision. Even channels
 * follow the left setting, odd ones the right.
 */
import { type AmpCapabilities, encodeAmpCapabilities } from '../../standards/hda/parameters.ts';
import { GET_AMP, SET_AMP } from '../../standards/hda/verbs.ts';
import type { SoundFormat } from '../endpoint/sound-format.ts';
import type { SampleBlock } from './sample-block.ts';

const LEFT = 0;
const RIGHT = 1;
const MAX_CHANNELS = 16;

export class Amplifier {
  /** The output amplifier parameter. */
  readonly parameter: number;
  readonly #capabilities: AmpCapabilities;
  /** Bit 7 mute, 6:0 gain, as GET_AMP answers; left and right. */
  readonly #settings = new Uint8Array(2);
  readonly #factors = new Float64Array(MAX_CHANNELS);
  #channelLimit = MAX_CHANNELS;
  #isTransparent = true;

  constructor(capabilities: AmpCapabilities) {
    this.parameter = encodeAmpCapabilities(capabilities);
    this.#capabilities = capabilities;
    this.reset();
  }

  /** 0 dB, not muted. */
  reset(): void {
    this.#settings.fill(this.#capabilities.offset);
    this.#update();
  }

  /** The answer to GET_AMP. An input amplifier is not there and reads 0. */
  get(payload: number): number {
    if ((payload & GET_AMP.OUTPUT) === 0) return 0;
    return this.#settings[(payload & GET_AMP.LEFT) !== 0 ? LEFT : RIGHT] as number;
  }

  /** SET_AMP. A gain above the highest step is that step. */
  set(payload: number): void {
    if ((payload & SET_AMP.OUTPUT) === 0) return;
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

  /** Amplifies the first `frames` frames of a block, in place. */
  apply(block: SampleBlock, frames: number, format: SoundFormat): void {
    const { channels, containerBytes } = format;
    const samples = frames * channels;
    if (format.float) this.#amplifyFloat(block.float32, samples, channels);
    else if (containerBytes === 2) this.#amplify(block.int16, samples, channels, 0);
    else this.#amplify(block.int32, samples, channels, 32 - format.bits);
  }

  /** `padding` low bits of a container hold no sample and stay 0. */
  #amplify(
    samples: Int16Array | Int32Array,
    count: number,
    channels: number,
    padding: number,
  ): void {
    for (let at = 0, channel = 0; at < count; at++) {
      const sample = (samples[at] as number) >> padding;
      samples[at] = Math.round(sample * (this.#factors[channel] as number)) << padding;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }

  #amplifyFloat(samples: Float32Array, count: number, channels: number): void {
    for (let at = 0, channel = 0; at < count; at++) {
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
