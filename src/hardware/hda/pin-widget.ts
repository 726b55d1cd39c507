/**
 * A pin complex, HDA 1.0a 7.2.3.2: where a converter meets a jack. It lets sound through when its
 * direction is enabled, it is powered, and (for an output with an external amplifier) EAPD is on.
 * Its configuration default is the board's and survives every reset.
 */
import { PARAMETER } from '../../standards/hda/parameters.ts';
import { PIN_CAPABILITY } from '../../standards/hda/pin.ts';
import { EAPD, PIN_CONTROL, PIN_SENSE, UNSOLICITED, VERB } from '../../standards/hda/verbs.ts';
import { replaceByte } from './function-group.ts';
import { Widget, type WidgetDescription } from './widget.ts';

export class PinWidget extends Widget {
  readonly #isJackPresent: () => boolean;
  readonly #controlMask: number;
  readonly #eapdMask: number;
  readonly #unsolicitedMask: number;
  #configDefault: number;
  #control = 0;
  #eapd = 0;
  #unsolicited = 0;

  constructor(
    description: WidgetDescription,
    group: Widget,
    configDefault: number,
    isJackPresent: () => boolean,
  ) {
    super(description, group);
    this.#isJackPresent = isJackPresent;
    this.#configDefault = configDefault;
    const capabilities = this.parameter(PARAMETER.PIN_CAPABILITIES);
    const can = (capability: number): boolean => (capabilities & capability) !== 0;
    this.#controlMask =
      (can(PIN_CAPABILITY.OUTPUT) ? PIN_CONTROL.OUT : 0) |
      (can(PIN_CAPABILITY.HEADPHONE_DRIVE) ? PIN_CONTROL.HEADPHONE : 0) |
      (can(PIN_CAPABILITY.INPUT) ? PIN_CONTROL.IN : 0);
    this.#eapdMask = can(PIN_CAPABILITY.EAPD) ? EAPD.EAPD : 0;
    this.#unsolicitedMask = can(PIN_CAPABILITY.PRESENCE_DETECT) ? UNSOLICITED.MASK : 0;
    this.#resetPin();
  }

  /** Whether sound passes towards the jack. */
  get isOutputOpen(): boolean {
    return this.isPowered && this.#allows(PIN_CONTROL.OUT) && this.#eapd === this.#eapdMask;
  }

  /** Whether sound passes from the jack. */
  get isInputOpen(): boolean {
    return this.isPowered && this.#allows(PIN_CONTROL.IN);
  }

  /** The response to send when the jack changes, 7.3.3.14; null when software wants none. */
  get unsolicitedResponse(): number | null {
    if ((this.#unsolicited & UNSOLICITED.ENABLE) === 0) return null;
    return ((this.#unsolicited & UNSOLICITED.TAG_MASK) << UNSOLICITED.TAG_SHIFT) >>> 0;
  }

  override command(verb: number, payload: number): number {
    switch (verb) {
      case VERB.GET_PIN_CONTROL:
        return this.#control;
      case VERB.SET_PIN_CONTROL:
        this.#control = payload & this.#controlMask;
        return 0;
      case VERB.GET_UNSOLICITED:
        return this.#unsolicited;
      case VERB.SET_UNSOLICITED:
        this.#unsolicited = payload & this.#unsolicitedMask;
        return 0;
      case VERB.GET_PIN_SENSE:
        return this.#sense();
      case VERB.GET_EAPD:
        return this.#eapd;
      case VERB.SET_EAPD:
        this.#eapd = payload & this.#eapdMask;
        return 0;
      case VERB.GET_CONFIG_DEFAULT:
        return this.#configDefault;
      default:
        return this.#setConfigDefault(verb, payload) ? 0 : super.command(verb, payload);
    }
  }

  override reset(): void {
    super.reset();
    this.#resetPin();
  }

  /** 1.0a recommends that EAPD is on by default; the directions are off until software asks. */
  #resetPin(): void {
    this.#control = 0;
    this.#eapd = this.#eapdMask;
    this.#unsolicited = 0;
  }

  #allows(direction: number): boolean {
    return (this.#control & direction) !== 0;
  }

  /** 7.3.3.15. The sense is live: executing it (verb 709) has nothing to start. */
  #sense(): number {
    const capabilities = this.parameter(PARAMETER.PIN_CAPABILITIES);
    const canDetect = (capabilities & PIN_CAPABILITY.PRESENCE_DETECT) !== 0;
    return canDetect && this.#isJackPresent() ? PIN_SENSE.PRESENT : 0;
  }

  #setConfigDefault(verb: number, payload: number): boolean {
    if (verb < VERB.SET_CONFIG_DEFAULT_0 || verb > VERB.SET_CONFIG_DEFAULT_3) return false;
    const place = verb - VERB.SET_CONFIG_DEFAULT_0;
    this.#configDefault = replaceByte(this.#configDefault, place, payload);
    return true;
  }
}
