/**
 * The jack at the end of a path: what the board says of it (HDA 1.0a 7.3.3.31), and whether a plug
 * is in it, which the pin is asked each time (7.3.3.15). A pin that can tell says so unasked, with
 * its node as the tag (7.3.3.14).
 */
import {
  type ConfigDefault,
  JACK_DETECT_OVERRIDE,
  PIN_CAPABILITY,
  PIN_SENSE,
  PORT_CONNECTIVITY,
  UNSOLICITED,
  VERB,
  WIDGET,
} from '../../standards/hda/index.ts';
import type { SendVerb } from './codec-commands.ts';
import type { CodecWidget } from './codec-graph.ts';

export class Jack {
  readonly node: number;
  readonly config: ConfigDefault | null;
  /** Whether the pin and the board can tell that a plug is there. */
  readonly canDetect: boolean;
  readonly #canReport: boolean;
  readonly #send: SendVerb;

  constructor(send: SendVerb, pin: CodecWidget) {
    this.#send = send;
    this.node = pin.node;
    this.config = pin.config;
    const isFixed = pin.config?.connectivity === PORT_CONNECTIVITY.FIXED;
    const isOverridden = ((pin.config?.misc ?? 0) & JACK_DETECT_OVERRIDE) !== 0;
    const canSense = (pin.pinCapabilities & PIN_CAPABILITY.PRESENCE_DETECT) !== 0;
    this.canDetect = canSense && !isFixed && !isOverridden;
    this.#canReport = this.canDetect && (pin.flags & WIDGET.UNSOLICITED) !== 0;
  }

  /** Whether a plug is in. Where nobody can tell it is taken for granted. PASSIVE_LEVEL. */
  get isConnected(): boolean {
    if (!this.canDetect) return true;
    const sense = this.#send(this.node, VERB.GET_PIN_SENSE, 0);
    return sense === null || (sense & PIN_SENSE.PRESENT) !== 0;
  }

  /** From now on the pin tells of every change. PASSIVE_LEVEL. */
  watch(): void {
    if (!this.#canReport) return;
    this.#send(this.node, VERB.SET_UNSOLICITED, UNSOLICITED.ENABLE | this.tag);
  }

  /** Comes back with each report. */
  get tag(): number {
    return this.node & UNSOLICITED.TAG_MASK;
  }
}
