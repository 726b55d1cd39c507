/**
 * The codec's side of a stream, HDA 1.0a 7.3.3: power, amplifiers, pin and converter along one
 * path, set by verbs. A stream reaches the ear, or is spoken into, only while all agree with it.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  DEFAULT_DEVICE,
  EAPD,
  PIN_CAPABILITY,
  PIN_CONTROL,
  POWER_STATE,
  SET_AMP,
  VERB,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import type { SendVerb } from './codec-commands.ts';
import type { CodecWidget } from './codec-graph.ts';
import type { CodecPath, PathStep } from './codec-path.ts';
import { amplifiersOf, type PathAmplifier } from './path-amplifier.ts';
import { pollUntil } from './register-poll.ts';

const BOTH_SIDES = SET_AMP.LEFT | SET_AMP.RIGHT;
/** 7.3.3.10: bits 7:4 of the answer are the state that was reached. */
const REACHED_SHIFT = 4;
/** 7.3.4.12 asks for D3 to D0 in 10 ms. */
const POWER_UP_TIMEOUT_US = 10_000;
/** 7.3.3.11: the stream's number is in bits 7:4; channels are taken from the first on. */
const STREAM_SHIFT = 4;
/** 7.3.3.35 is for converters of more than two channels. */
const STEREO = 2;

export interface StreamSettings {
  /** What the converter's format verb takes. */
  readonly converterFormat: number;
  /** Data lines that the stream uses, coded as SDnCTL.STRIPE is. */
  readonly stripe: number;
  readonly tag: number;
  readonly channels: number;
}

export class StreamPath {
  readonly #wdk: KernelDdi;
  readonly #send: SendVerb;
  readonly #groupNode: number;
  readonly #path: CodecPath;
  readonly #volume: PathAmplifier | null;
  #isAnswering = true;

  /** @param volume the one amplifier of the path that is not just set to 0 dB */
  constructor(
    wdk: KernelDdi,
    send: SendVerb,
    groupNode: number,
    path: CodecPath,
    volume: PathAmplifier | null = null,
  ) {
    this.#wdk = wdk;
    this.#send = send;
    this.#groupNode = groupNode;
    this.#path = path;
    this.#volume = volume;
  }

  /** Opens the way for a stream. False when the codec does not answer. PASSIVE_LEVEL. */
  open(stream: StreamSettings): boolean {
    this.#isAnswering = true;
    const { converter, pin, steps } = this.#path;
    this.#powerUp(this.#groupNode);
    for (const { widget } of steps) {
      if ((widget.flags & WIDGET.POWER_CONTROL) !== 0) this.#powerUp(widget.node);
    }
    for (const step of steps) {
      this.#select(step);
      this.#unmute(step);
    }
    this.#set(converter.node, VERB.SET_FORMAT, stream.converterFormat);
    if ((converter.flags & WIDGET.STRIPE) !== 0) {
      this.#set(converter.node, VERB.SET_STRIPE, stream.stripe);
    }
    if (converter.channels > STEREO) {
      this.#set(converter.node, VERB.SET_CHANNEL_COUNT, stream.channels - 1);
    }
    this.#openPin(pin);
    this.#set(converter.node, VERB.SET_STREAM_CHANNEL, stream.tag << STREAM_SHIFT);
    return this.#isAnswering;
  }

  /** The converter listens to no stream any more. PASSIVE_LEVEL. */
  close(): void {
    this.#isAnswering = true;
    this.#set(this.#path.converter.node, VERB.SET_STREAM_CHANNEL, 0);
  }

  #powerUp(node: number): void {
    this.#set(node, VERB.SET_POWER_STATE, POWER_STATE.D0);
    const isUp = pollUntil(this.#wdk, POWER_UP_TIMEOUT_US, () => {
      const answer = this.#set(node, VERB.GET_POWER_STATE, 0);
      return ((answer >>> REACHED_SHIFT) & POWER_STATE.MASK) === POWER_STATE.D0;
    });
    this.#isAnswering &&= isUp;
  }

  /** A mixer takes all its inputs; any other widget with a choice has to be told. */
  #select({ widget, input }: PathStep): void {
    const hasChoice = widget.type !== WIDGET_TYPE.AUDIO_MIXER && widget.connections.length > 1;
    if (hasChoice) this.#set(widget.node, VERB.SET_CONNECTION_SELECT, input);
  }

  /** 0 dB, not muted; but the volume stays as somebody turned it. */
  #unmute(step: PathStep): void {
    const volume = this.#volume;
    for (const { place, capabilities } of amplifiersOf(step)) {
      const isOutput = (place.select & SET_AMP.OUTPUT) !== 0;
      if (volume !== null && volume.node === place.node && volume.isOutput === isOutput) {
        this.#isAnswering &&= volume.apply();
      } else {
        this.#set(place.node, VERB.SET_AMP, place.select | BOTH_SIDES | capabilities.offset);
      }
    }
  }

  #openPin(pin: CodecWidget): void {
    if (this.#path.converter.type === WIDGET_TYPE.AUDIO_INPUT) {
      this.#set(pin.node, VERB.SET_PIN_CONTROL, PIN_CONTROL.IN);
      return;
    }
    const can = (capability: number): boolean => (pin.pinCapabilities & capability) !== 0;
    const isHeadphone = pin.config?.device === DEFAULT_DEVICE.HEADPHONE;
    const drive = isHeadphone && can(PIN_CAPABILITY.HEADPHONE_DRIVE) ? PIN_CONTROL.HEADPHONE : 0;
    this.#set(pin.node, VERB.SET_PIN_CONTROL, PIN_CONTROL.OUT | drive);
    if (can(PIN_CAPABILITY.EAPD)) this.#set(pin.node, VERB.SET_EAPD, EAPD.EAPD);
  }

  /** Sends a verb unless one before it got no answer. */
  #set(node: number, verb: number, payload: number): number {
    if (!this.#isAnswering) return 0;
    const response = this.#send(node, verb, payload);
    this.#isAnswering = response !== null;
    return response ?? 0;
  }
}
