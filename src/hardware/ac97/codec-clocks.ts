/**
 * Variable rate audio, AC'97 2.3, 5.8: a converter that may has a rate register, and asks for (or
 * tags) slots of the 48 kHz link as often as that says; the others take one in every frame. The
 * rates of the DACs share one register.
 */
import type { RegisterBank, RegisterMap } from '../../base/registers.ts';
import {
  AC97_EXTENDED_AUDIO,
  AC97_LINK_FRAME_HZ,
  type AC97_MIXER_REGISTERS,
  AC97_RATES_HZ,
} from '../../standards/ac97/mixer-registers.ts';

type RateRegister = 'FRONT_DAC_RATE' | 'ADC_RATE' | 'MIC_ADC_RATE';
type MixerBank = RegisterBank<typeof AC97_MIXER_REGISTERS & RegisterMap>;

/** The enable of each rate register. */
const ENABLES = {
  FRONT_DAC_RATE: AC97_EXTENDED_AUDIO.VRA,
  ADC_RATE: AC97_EXTENDED_AUDIO.VRA,
  MIC_ADC_RATE: AC97_EXTENDED_AUDIO.VRM,
} as const satisfies Record<RateRegister, number>;

const RATE_REGISTERS: readonly RateRegister[] = ['FRONT_DAC_RATE', 'ADC_RATE', 'MIC_ADC_RATE'];

/** A rate was written: what there is nearest to it, or the link's without variable rate. */
export function setRate(bank: MixerBank, name: RateRegister, written: number): void {
  const { LEAST, MOST } = AC97_RATES_HZ;
  const isVariable = (bank.get('EXTENDED_AUDIO_CONTROL') & ENABLES[name]) !== 0;
  bank.set(name, isVariable ? Math.max(LEAST, Math.min(MOST, written)) : AC97_LINK_FRAME_HZ);
}

/** VRA or VRM was written: without it the rate is the link's again. */
export function enablesChanged(bank: MixerBank): void {
  for (const name of RATE_REGISTERS) setRate(bank, name, bank.get(name));
}
