/**
 * The control side of a converter, HDA 1.0a 7.2.3.1: which stream it listens to, in which format,
 * over how many data lines, and the amplifier behind it. It agrees with a stream when both name the
 * same number, format and lines, the format is one that it claims and that fits those lines, and
 * it is powered. Otherwise what arrives makes no sense to it, and it stays silent.
 */
import { isPcmSupported, PARAMETER, STREAM_FORMATS } from '../../standards/hda/parameters.ts';
import {
  decodeHdaFormat,
  HDA_FORMAT_LINK_MASK,
  HDA_FORMAT_NON_PCM,
  hdaContainerBytes,
  hdaPayloadWords,
} from '../../standards/hda/stream-format.ts';
import { STRIPE, VERB } from '../../standards/hda/verbs.ts';
import { decodeWidgetCapabilities, WIDGET } from '../../standards/hda/widget-capabilities.ts';
import type { SoundFormat } from '../endpoint/sound-format.ts';
import type { Amplifier } from './amplifier.ts';
import { Widget, type WidgetDescription } from './widget.ts';

/** What controller and link carry for one stream, in words of 16 bits per 48 kHz link frame. */
export interface LinkCapacity {
  /** What the controller buffers, OUTSTRMPAY or INSTRMPAY. */
  readonly streamWords: number;
  /** What one data line carries, OUTPAY or INPAY. */
  readonly lineWords: number;
}

/** Only 32-bit samples can be floats. */
const FLOAT_BITS = 32;
/** Where a widget can take stripes at all, it takes as many as the controller has lines. */
const STRIPE_CAPABILITY = STRIPE.ONE_LINE | STRIPE.TWO_LINES;

export class ConverterWidget extends Widget {
  readonly amplifier: Amplifier | null;
  readonly #link: LinkCapacity;
  readonly #channels: number;
  readonly #canStripe: boolean;
  #format = 0;
  /** Bits 7:4 stream number, 3:0 lowest channel. */
  #streamChannel = 0;
  /** Over how many data lines the stream comes, coded as SDnCTL.STRIPE is. */
  #stripe = 0;
  #channelCount: number;

  constructor(
    description: WidgetDescription,
    group: Widget,
    amplifier: Amplifier | null,
    link: LinkCapacity,
  ) {
    super(description, group);
    this.amplifier = amplifier;
    this.#link = link;
    const capabilities = this.parameter(PARAMETER.WIDGET_CAPABILITIES);
    const { channels, flags } = decodeWidgetCapabilities(capabilities);
    this.#canStripe = (flags & WIDGET.STRIPE) !== 0;
    this.#channels = channels;
    this.#channelCount = channels;
    this.#setChannelCount(channels);
  }

  /** The stream number that the converter listens to; 0 for none. */
  get tag(): number {
    return this.#streamChannel >>> 4;
  }

  /** What the converter is set to; null when it claims no such format. */
  get soundFormat(): SoundFormat | null {
    const format = decodeHdaFormat(this.#format & HDA_FORMAT_LINK_MASK);
    if (format === null || format.channels > this.#channels) return null;
    const { rateHz, bits, channels } = format;
    if (!isPcmSupported(this.parameter(PARAMETER.PCM_SUPPORT), rateHz, bits)) return null;
    const float = (this.#format & HDA_FORMAT_NON_PCM) !== 0;
    const formats = this.parameter(PARAMETER.STREAM_FORMATS);
    const isFloatClaimed = (formats & STREAM_FORMATS.FLOAT32) !== 0;
    if (float && (bits !== FLOAT_BITS || !isFloatClaimed)) return null;
    const { streamWords, lineWords } = this.#link;
    const lines = 1 << this.#stripe;
    if (hdaPayloadWords(format) > Math.min(streamWords, lineWords * lines)) return null;
    return { rateHz, bits, channels, containerBytes: hdaContainerBytes(bits), float };
  }

  /**
   * Whether a stream that runs with this format word and STRIPE is understood. SDnFMT has no bit
   * that says non-PCM, so that bit is the converter's own affair. Streams are taken from channel 0
   * on. A stream with more stripes than there are lines is understood by nobody.
   */
  understands(formatCode: number, stripe: number): boolean {
    const isSameWord = (this.#format & HDA_FORMAT_LINK_MASK) === formatCode;
    const isSameLines = this.#stripe === stripe;
    return isSameWord && isSameLines && this.isPowered && (this.#streamChannel & 0xf) === 0;
  }

  override command(verb: number, payload: number): number {
    switch (verb) {
      case VERB.GET_FORMAT:
        return this.#format;
      case VERB.SET_FORMAT:
        this.#format = payload;
        return 0;
      case VERB.GET_STREAM_CHANNEL:
        return this.#streamChannel;
      case VERB.SET_STREAM_CHANNEL:
        this.#streamChannel = payload;
        return 0;
      case VERB.GET_AMP:
        return this.amplifier?.get(payload) ?? 0;
      case VERB.SET_AMP:
        this.amplifier?.set(payload);
        return 0;
      case VERB.GET_STRIPE:
        if (!this.#canStripe) return 0;
        return (STRIPE_CAPABILITY << STRIPE.CAPABILITY_SHIFT) | this.#stripe;
      case VERB.SET_STRIPE:
        this.#setStripe(payload & STRIPE.CONTROL_MASK);
        return 0;
      case VERB.GET_CHANNEL_COUNT:
        return this.#channelCount - 1;
      case VERB.SET_CHANNEL_COUNT:
        this.#setChannelCount((payload & 0xf) + 1);
        return 0;
      default:
        return super.command(verb, payload);
    }
  }

  override reset(): void {
    super.reset();
    this.#format = 0;
    this.#streamChannel = 0;
    this.#stripe = 0;
    this.amplifier?.reset();
    this.#setChannelCount(this.#channels);
  }

  /** A number of lines that the widget cannot take leaves it where it is. */
  #setStripe(stripe: number): void {
    if (this.#canStripe && ((STRIPE_CAPABILITY >>> stripe) & 1) === 1) this.#stripe = stripe;
  }

  #setChannelCount(count: number): void {
    this.#channelCount = Math.min(count, this.#channels);
    this.amplifier?.limitChannels(this.#channelCount);
  }
}
