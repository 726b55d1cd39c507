/**
 * The amplifier of a path that a person turns: the first on the way to the ear that has steps, or
 * the one next to the input converter. It remembers what was set while no stream is open, and is
 * set by verbs at once. Levels are Windows': 1/65536 dB, 0 is 0 dB. HDA 1.0a 7.3.3.7, 7.3.4.10.
 */
import {
  type AmpCapabilities,
  decodeAmpCapabilities,
  SET_AMP,
  VERB,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import type { SendVerb } from './codec-commands.ts';
import type { CodecPath, PathStep } from './codec-path.ts';

/** 7.3.3.7: bits 11:8 of the payload name the input whose amplifier is set. */
export const AMP_INDEX_SHIFT = 8;
/** A step of the capabilities is in quarters of a dB; a level in 1/65536 dB. */
const LEVELS_PER_QUARTER_DB = 16_384;
const SIDES = [SET_AMP.LEFT, SET_AMP.RIGHT] as const;
/** Left and right: a codec's amplifier has no more. */
export const AMPLIFIER_CHANNELS = SIDES.length;

interface Place {
  readonly node: number;
  /** SET_AMP bits that name the amplifier: the side of the widget, and which of its inputs. */
  readonly select: number;
}

export class PathAmplifier {
  readonly node: number;
  readonly isOutput: boolean;
  readonly canMute: boolean;
  /** What one step of the amplifier is, and between what the steps lie. */
  readonly stepLevel: number;
  readonly lowestLevel: number;
  readonly highestLevel: number;
  readonly #send: SendVerb;
  readonly #select: number;
  readonly #offset: number;
  /** Steps, and whether it is muted, left and right. */
  readonly #gains: Uint8Array;
  readonly #mutes = new Uint8Array(AMPLIFIER_CHANNELS);

  constructor(send: SendVerb, place: Place, capabilities: AmpCapabilities) {
    const { canMute, offset, stepQuarterDb, steps } = capabilities;
    this.#send = send;
    this.node = place.node;
    this.#select = place.select;
    this.isOutput = (place.select & SET_AMP.OUTPUT) !== 0;
    this.#offset = offset;
    this.#gains = new Uint8Array(AMPLIFIER_CHANNELS).fill(offset);
    this.canMute = canMute;
    this.stepLevel = stepQuarterDb * LEVELS_PER_QUARTER_DB;
    this.lowestLevel = -offset * this.stepLevel;
    this.highestLevel = (steps - offset) * this.stepLevel;
  }

  /** The level of a channel, which is one that the amplifier has. */
  level(channel: number): number {
    return ((this.#gains[channel] ?? this.#offset) - this.#offset) * this.stepLevel;
  }

  isMuted(channel: number): boolean {
    return this.#mutes[channel] === 1;
  }

  /**
   * Sets the nearest level that the amplifier has. False when the codec does not answer.
   * PASSIVE_LEVEL.
   */
  setLevel(channel: number, level: number): boolean {
    const inRange = Math.min(Math.max(level, this.lowestLevel), this.highestLevel);
    this.#gains[channel] = this.#offset + Math.round(inRange / this.stepLevel);
    return this.#apply(channel);
  }

  /** False when the codec does not answer. PASSIVE_LEVEL. */
  setMuted(channel: number, isMuted: boolean): boolean {
    this.#mutes[channel] = isMuted ? 1 : 0;
    return this.#apply(channel);
  }

  /** Sets both sides, as a stream finds them. False when the codec does not answer. */
  apply(): boolean {
    return SIDES.every((_, channel) => this.#apply(channel));
  }

  #apply(channel: number): boolean {
    const mute = this.#mutes[channel] === 1 ? SET_AMP.MUTE : 0;
    const side = SIDES[channel] ?? 0;
    const payload = this.#select | side | mute | (this.#gains[channel] ?? 0);
    return this.#send(this.node, VERB.SET_AMP, payload) !== null;
  }
}

/** The amplifier of a path that has steps to turn; null when none has. */
export function findPathAmplifier(send: SendVerb, path: CodecPath): PathAmplifier | null {
  const isCapture = path.converter.type === WIDGET_TYPE.AUDIO_INPUT;
  const steps = isCapture ? path.steps.toReversed() : path.steps;
  for (const step of steps) {
    for (const { place, capabilities } of amplifiersOf(step)) {
      if (capabilities.steps > 0) return new PathAmplifier(send, place, capabilities);
    }
  }
  return null;
}

/** The amplifiers that a path goes through in a widget: at its output, and at the input it uses. */
export function amplifiersOf(
  step: PathStep,
): readonly { readonly place: Place; readonly capabilities: AmpCapabilities }[] {
  const { input, widget } = step;
  const { flags, node } = widget;
  const found: { place: Place; capabilities: AmpCapabilities }[] = [];
  if ((flags & WIDGET.OUTPUT_AMP) !== 0) {
    const capabilities = decodeAmpCapabilities(widget.outputAmp);
    found.push({ place: { node, select: SET_AMP.OUTPUT }, capabilities });
  }
  // A pin's input amplifier belongs to sound that comes from the jack.
  const isSpokenInto = input < 0 && widget.type === WIDGET_TYPE.PIN_COMPLEX;
  const isFed = input >= 0 && widget.type !== WIDGET_TYPE.PIN_COMPLEX;
  if ((isFed || isSpokenInto) && (flags & WIDGET.INPUT_AMP) !== 0) {
    const select = SET_AMP.INPUT | (Math.max(0, input) << AMP_INDEX_SHIFT);
    found.push({
      place: { node, select },
      capabilities: decodeAmpCapabilities(widget.inputAmp),
    });
  }
  return found;
}
