/**
 * The audio function group, HDA 1.0a 7.2.2: the node that owns all widgets and their power, and
 * that carries the subsystem identification.
 */
import { VERB } from '../../standards/hda/verbs.ts';
import { Widget, type WidgetDescription } from './widget.ts';

export class FunctionGroup extends Widget {
  #subsystemId: number;

  constructor(description: WidgetDescription, subsystemId: number) {
    super(description, null);
    this.#subsystemId = subsystemId;
  }

  override command(verb: number, payload: number): number {
    if (verb === VERB.GET_SUBSYSTEM_ID) return this.#subsystemId;
    if (verb >= VERB.SET_SUBSYSTEM_ID_0 && verb <= VERB.SET_SUBSYSTEM_ID_3) {
      const place = verb - VERB.SET_SUBSYSTEM_ID_0;
      this.#subsystemId = replaceByte(this.#subsystemId, place, payload);
      return 0;
    }
    return super.command(verb, payload);
  }
}

/** `word` with byte `place` (0 is the lowest) replaced, as the set-by-byte verbs do. */
export function replaceByte(word: number, place: number, value: number): number {
  const shift = 8 * place;
  return ((word & ~(0xff << shift)) | ((value & 0xff) << shift)) >>> 0;
}
