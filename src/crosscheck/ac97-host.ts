/**
 * A driver of AC'97 in the fewest steps, for questions to a controller and its codec: cold reset,
 * volumes, one list of buffers for the PCM out engine. ICH datasheet 12, AC'97 2.3.
 */
import {
  AC97_BDL,
  AC97_BDL_ENTRY_BYTES,
  AC97_BOX,
  AC97_BOX_BYTES,
  AC97_BOX_REGISTERS,
  AC97_CR,
  AC97_EXTENDED_AUDIO,
  AC97_GLOB_CNT,
  AC97_GLOBAL_REGISTERS,
  AC97_MIXER_REGISTERS,
  AC97_SR,
} from '../standards/ac97/index.ts';
import type { DeviceBench, RegisterPlace } from './device-bench.ts';

export type MixerRegister = keyof typeof AC97_MIXER_REGISTERS;
export type BoxRegister = keyof typeof AC97_BOX_REGISTERS;
export type GlobalRegister = keyof typeof AC97_GLOBAL_REGISTERS;

export interface Ac97Entry {
  readonly address: number;
  /** Of 16 bits each. */
  readonly samples: number;
  readonly interrupts?: boolean;
  readonly isLast?: boolean;
}

const MIXER_BAR = 0;
const BUS_MASTER_BAR = 1;
const MS = 1_000_000;
/** Input volumes at which the specification says that a sample stays as it is. */
const UNITY = 0x0808;
/** Run, with every interrupt. */
export const RUN_ALL = AC97_CR.RPBM | AC97_CR.LVBIE | AC97_CR.FEIE | AC97_CR.IOCE;

/** A register of the PCM out box. */
export function boxPlace(name: BoxRegister): RegisterPlace {
  const { bytes, offset } = AC97_BOX_REGISTERS[name];
  return { bar: BUS_MASTER_BAR, offset: AC97_BOX.PCM_OUT * AC97_BOX_BYTES + offset, bytes };
}

export class Ac97Host {
  readonly bench: DeviceBench;
  /** SR as the service routine found it, and CIV, at each interrupt. */
  readonly completions: { readonly status: number; readonly current: number }[] = [];
  readonly #list: number;

  constructor(bench: DeviceBench) {
    this.bench = bench;
    this.#list = bench.memory.givePage(true);
  }

  mixer(name: MixerRegister): number {
    return this.bench.read({ ...AC97_MIXER_REGISTERS[name], bar: MIXER_BAR });
  }

  setMixer(name: MixerRegister, value: number): void {
    this.bench.write({ ...AC97_MIXER_REGISTERS[name], bar: MIXER_BAR }, value);
  }

  global(name: GlobalRegister): number {
    return this.bench.read({ ...AC97_GLOBAL_REGISTERS[name], bar: BUS_MASTER_BAR });
  }

  setGlobal(name: GlobalRegister, value: number): void {
    this.bench.write({ ...AC97_GLOBAL_REGISTERS[name], bar: BUS_MASTER_BAR }, value);
  }

  box(name: BoxRegister): number {
    return this.bench.read(boxPlace(name));
  }

  setBox(name: BoxRegister, value: number): void {
    this.bench.write(boxPlace(name), value);
  }

  /** Out of cold reset, the codec from its own. */
  reset(): void {
    this.setGlobal('GLOB_CNT', AC97_GLOB_CNT.COLD_RESET);
    this.bench.runFor(MS);
    this.setMixer('RESET', 0);
  }

  /** Both volumes on the way to the ear at 0 dB, and a rate of the DAC's own. */
  openPath(rateHz: number, pcmVolume = UNITY): void {
    this.setMixer('MASTER_VOLUME', 0);
    this.setMixer('PCM_OUT_VOLUME', pcmVolume);
    this.setMixer('EXTENDED_AUDIO_CONTROL', AC97_EXTENDED_AUDIO.VRA);
    this.setMixer('FRONT_DAC_RATE', rateHz);
  }

  /** Puts an engine in reset at the start of a list, of which entries up to `lastValid` count. */
  load(entries: readonly Ac97Entry[], lastValid = entries.length - 1): void {
    this.setBox('CR', AC97_CR.RR);
    for (const [index, { address, interrupts, isLast, samples }] of entries.entries()) {
      const at = this.#list + index * AC97_BDL_ENTRY_BYTES;
      const flags = (interrupts ? AC97_BDL.IOC : 0) + (isLast ? AC97_BDL.BUP : 0);
      this.bench.memory.setWord(at, address);
      this.bench.memory.setWord(at + 4, flags + samples);
    }
    this.setBox('BDBAR', this.#list);
    this.setBox('LVI', lastValid);
  }

  run(control: number = RUN_ALL): void {
    this.setBox('CR', control);
  }

  pause(): void {
    this.setBox('CR', 0);
  }

  /** From now on interrupts are served, and noted. */
  serveInterrupts(): void {
    this.bench.interrupted = () => {
      const status = this.box('SR');
      this.setBox('SR', status & (AC97_SR.LVBCI | AC97_SR.BCIS | AC97_SR.FIFOE));
      this.completions.push({ status, current: this.box('CIV') });
    };
  }
}
