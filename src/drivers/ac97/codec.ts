/**
 * The codec as the driver reaches it, through BAR 0 and the codec access semaphore (ICH datasheet
 * 12.2.10). It keeps what was written, so that a control can be told without asking, and can be
 * turned while the device sleeps; waking writes it all again. PASSIVE_LEVEL.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  AC97_CAS,
  AC97_EXTENDED_AUDIO,
  AC97_LINK_FRAME_HZ,
  AC97_MIXER_REGISTERS,
  AC97_RECORD_SOURCE,
  type Ac97MixerRegister,
} from '../../standards/ac97/index.ts';
import type { BusMaster } from './bus-master.ts';
import { HANDSHAKE_TIMEOUT_US, pollUntil } from './register-poll.ts';

/** 0 dB towards the ear and from line in; what the mixer would add to it is muted. */
const FIRST_SETTINGS: readonly [Ac97MixerRegister, number][] = [
  ['MASTER_VOLUME', 0x0000],
  ['PCM_OUT_VOLUME', 0x0808],
  ['LINE_IN_VOLUME', 0x8808],
  ['MIC_VOLUME', 0x8008],
  ['RECORD_SELECT', (AC97_RECORD_SOURCE.LINE_IN << 8) | AC97_RECORD_SOURCE.LINE_IN],
  ['RECORD_GAIN', 0x0000],
];
/** What a read gives when nobody answers. */
const NO_ANSWER = 0xffff;

export class Codec {
  readonly #wdk: KernelDdi;
  readonly #base: VirtualAddress;
  readonly #busMaster: BusMaster;
  readonly #settings = new Map<Ac97MixerRegister, number>();
  #isAwake = false;
  #hasVariableRate = false;

  /** @param base where BAR 0 is mapped */
  constructor(wdk: KernelDdi, base: VirtualAddress, busMaster: BusMaster) {
    this.#wdk = wdk;
    this.#base = base;
    this.#busMaster = busMaster;
  }

  /** Whether the converters take other rates than that of the link. */
  get hasVariableRate(): boolean {
    return this.#hasVariableRate;
  }

  /** First contact with a codec that is ready. False when it does not answer. */
  start(): boolean {
    const id = this.#read('EXTENDED_AUDIO_ID');
    if (id === null || id === NO_ANSWER) return false;
    this.#isAwake = true;
    this.#hasVariableRate = (id & AC97_EXTENDED_AUDIO.VRA) !== 0;
    if (this.#hasVariableRate) this.set('EXTENDED_AUDIO_CONTROL', AC97_EXTENDED_AUDIO.VRA);
    return FIRST_SETTINGS.every(([name, value]) => this.set(name, value));
  }

  /** The device is about to lose its power. */
  sleep(): void {
    this.#isAwake = false;
  }

  /** It was reset: everything is set as it was, VRA before the rates that depend on it. */
  wake(): void {
    this.#isAwake = true;
    for (const [name, value] of this.#settings) this.#write(name, value);
  }

  /** What a register was set to last. */
  setting(name: Ac97MixerRegister): number {
    return this.#settings.get(name) ?? 0;
  }

  /** Sets a register, now or when the device wakes. False when the codec does not answer. */
  set(name: Ac97MixerRegister, value: number): boolean {
    this.#settings.set(name, value);
    return this.#isAwake ? this.#write(name, value) : true;
  }

  /** Sets the rate of a converter. False when the codec has not got it, or does not answer. */
  setRate(isCapture: boolean, rateHz: number): boolean {
    if (!this.#hasVariableRate) return rateHz === AC97_LINK_FRAME_HZ;
    const name = isCapture ? 'ADC_RATE' : 'FRONT_DAC_RATE';
    if (!this.set(name, rateHz)) return false;
    return !this.#isAwake || this.#read(name) === rateHz;
  }

  #read(name: Ac97MixerRegister): number | null {
    if (!this.#acquire()) return null;
    return this.#wdk.READ_REGISTER_USHORT(this.#addressOf(name));
  }

  #write(name: Ac97MixerRegister, value: number): boolean {
    if (!this.#acquire()) return false;
    this.#wdk.WRITE_REGISTER_USHORT(this.#addressOf(name), value);
    return true;
  }

  /** The read that finds the semaphore free takes it, and the access gives it back. */
  #acquire(): boolean {
    return pollUntil(
      this.#wdk,
      HANDSHAKE_TIMEOUT_US,
      () => (this.#busMaster.global('CAS') & AC97_CAS.IN_PROGRESS) === 0,
    );
  }

  #addressOf(name: Ac97MixerRegister): VirtualAddress {
    return virtual(this.#base + AC97_MIXER_REGISTERS[name].offset);
  }
}
