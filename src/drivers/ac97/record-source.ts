/**
 * The record multiplexer (AC'97 2.3, 5.7.5) as a MUX node: each input pin of the node is a source
 * of the register. Both sides are always set alike.
 */
import { AC97_RECORD_SOURCE, AC97_RECORD_SOURCE_MASK } from '../../standards/ac97/index.ts';
import type { Codec } from './codec.ts';

/** Input pins of the MUX node; pin 0 is its output. */
export const MUX_PIN = { LINE_IN: 1, MIC: 2, MIX: 3 } as const;

const SOURCES: ReadonlyMap<number, number> = new Map([
  [MUX_PIN.LINE_IN, AC97_RECORD_SOURCE.LINE_IN],
  [MUX_PIN.MIC, AC97_RECORD_SOURCE.MIC],
  [MUX_PIN.MIX, AC97_RECORD_SOURCE.STEREO_MIX],
]);

export class RecordSource {
  readonly #codec: Codec;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  has(pin: number): boolean {
    return SOURCES.has(pin);
  }

  /** The pin that is let through. */
  get pin(): number {
    const source = this.#codec.setting('RECORD_SELECT') & AC97_RECORD_SOURCE_MASK;
    for (const [pin, other] of SOURCES) {
      if (other === source) return pin;
    }
    return 0;
  }

  /** False when the codec does not answer. PASSIVE_LEVEL. */
  select(pin: number): boolean {
    const source = SOURCES.get(pin) ?? AC97_RECORD_SOURCE.LINE_IN;
    return this.#codec.set('RECORD_SELECT', (source << 8) | source);
  }
}
