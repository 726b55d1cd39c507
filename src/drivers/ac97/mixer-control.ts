/**
 * A volume control of the codec as a person turns it: levels and mutes of a register of AC'97 2.3,
 * 5.7. Levels are Windows': 1/65536 dB, 0 is 0 dB; one that the codec has not becomes the nearest
 * it has. The register mutes both sides at once, so either channel's mute is the other's.
 */
import { AC97_VOLUME, type Ac97MixerRegister } from '../../standards/ac97/index.ts';
import { LEVELS_PER_DB } from '../../standards/ks/topology-controls.ts';
import type { Codec } from './codec.ts';

const STEP_LEVELS = AC97_VOLUME.STEP_DB * LEVELS_PER_DB;

/** How the steps of a register mean decibels. */
export interface ControlScale {
  readonly register: Ac97MixerRegister;
  /** 1 for a control with one value for both sides. */
  readonly channels: 1 | 2;
  /** The step at 0 dB. */
  readonly unityStep: number;
  readonly lastStep: number;
  /** Higher steps are louder. */
  readonly isGain: boolean;
}

const attenuation = (register: Ac97MixerRegister): ControlScale => {
  return { register, channels: 2, unityStep: 0, lastStep: AC97_VOLUME.STEP_MASK, isGain: false };
};
const input = (register: Ac97MixerRegister, channels: 1 | 2): ControlScale => {
  const { STEP_MASK, UNITY_STEP } = AC97_VOLUME;
  return { register, channels, unityStep: UNITY_STEP, lastStep: STEP_MASK, isGain: false };
};

export const MASTER_SCALE = attenuation('MASTER_VOLUME');
export const PCM_SCALE = input('PCM_OUT_VOLUME', 2);
export const LINE_SCALE = input('LINE_IN_VOLUME', 2);
export const MIC_SCALE = input('MIC_VOLUME', 1);
export const RECORD_SCALE: ControlScale = {
  register: 'RECORD_GAIN',
  channels: 2,
  unityStep: 0,
  lastStep: AC97_VOLUME.RECORD_STEP_MASK,
  isGain: true,
};

export class MixerControl {
  readonly channels: number;
  readonly stepLevel = STEP_LEVELS;
  readonly lowestLevel: number;
  readonly highestLevel: number;
  readonly #codec: Codec;
  readonly #scale: ControlScale;

  constructor(codec: Codec, scale: ControlScale) {
    this.#codec = codec;
    this.#scale = scale;
    this.channels = scale.channels;
    const ends = [this.#levelOf(0), this.#levelOf(scale.lastStep)];
    this.lowestLevel = Math.min(...ends);
    this.highestLevel = Math.max(...ends);
  }

  level(channel: number): number {
    const value = this.#codec.setting(this.#scale.register);
    return this.#levelOf((value >>> this.#shiftOf(channel)) & this.#scale.lastStep);
  }

  /** False when the codec does not answer. PASSIVE_LEVEL. */
  setLevel(channel: number, level: number): boolean {
    const { isGain, lastStep, register, unityStep } = this.#scale;
    const inRange = Math.min(Math.max(level, this.lowestLevel), this.highestLevel);
    const steps = Math.round(inRange / STEP_LEVELS);
    const step = isGain ? unityStep + steps : unityStep - steps;
    const shift = this.#shiftOf(channel);
    const others = this.#codec.setting(register) & ~(lastStep << shift);
    return this.#codec.set(register, others | (step << shift));
  }

  get isMuted(): boolean {
    return (this.#codec.setting(this.#scale.register) & AC97_VOLUME.MUTE) !== 0;
  }

  /** False when the codec does not answer. PASSIVE_LEVEL. */
  setMuted(isMuted: boolean): boolean {
    const { register } = this.#scale;
    const value = this.#codec.setting(register) & ~AC97_VOLUME.MUTE;
    return this.#codec.set(register, isMuted ? value | AC97_VOLUME.MUTE : value);
  }

  #levelOf(step: number): number {
    const { isGain, unityStep } = this.#scale;
    return (isGain ? step - unityStep : unityStep - step) * STEP_LEVELS;
  }

  /** Left is in the upper byte; the only channel of a mono control in the lower. */
  #shiftOf(channel: number): number {
    return this.channels === 2 && channel === 0 ? AC97_VOLUME.LEFT_SHIFT : 0;
  }
}
