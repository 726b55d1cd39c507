/**
 * The codec, AC'97 2.3, 5.7 and 5.8: mixer registers, the gains that follow from them, converter
 * rates and power. Volumes have five bits: a sixth that is written reads back as the lowest step,
 * by which software finds out. What goes through the mixer's analog inputs is heard by the ADCs
 * (record select), not at the line out.
 */
import { RegisterBank } from '../../base/registers.ts';
import {
  AC97_EXTENDED_AUDIO,
  AC97_MIXER_REGISTERS,
  AC97_POWERDOWN,
  AC97_VOLUME,
} from '../../standards/ac97/mixer-registers.ts';
import { enablesChanged, setRate } from './codec-clocks.ts';
import { Gain } from './volume.ts';

/** "WPT", revision 1. */
const VENDOR = { ID1: 0x5750, ID2: 0x5401 } as const;
const STEREO_AUDIO = AC97_EXTENDED_AUDIO.VRA | AC97_EXTENDED_AUDIO.VRM | AC97_EXTENDED_AUDIO.AMAP;
const SURROUND_AUDIO = AC97_EXTENDED_AUDIO.SURROUND_DAC;
const CENTER_AUDIO = AC97_EXTENDED_AUDIO.CENTER_DAC | AC97_EXTENDED_AUDIO.LFE_DAC;
const ALL_READY = 0x000f;

/** DACs that a codec has. */
export type CodecChannels = 2 | 4 | 6;

export class Codec {
  readonly channels: CodecChannels;
  /** From the DACs to the line out: PCM volume and master volume. */
  readonly playback = new Gain();
  /** From the record multiplexer to the ADCs; from the microphone to its own ADC. */
  readonly record = new Gain();
  readonly recordMic = new Gain();
  /** Into the stereo mix that the record multiplexer can pick. */
  readonly line = new Gain();
  readonly mic = new Gain();
  readonly #bank: RegisterBank<typeof AC97_MIXER_REGISTERS>;
  readonly #linkSlept: () => void;

  /** @param linkSlept PR4 was set: the AC-link stops */
  constructor(channels: CodecChannels, linkSlept: () => void) {
    this.channels = channels;
    this.#linkSlept = linkSlept;
    const volumeWritten = (): void => this.#updateGains();
    this.#bank = new RegisterBank(AC97_MIXER_REGISTERS, {
      read: {
        POWERDOWN: () => this.#bank.get('POWERDOWN') | this.#ready(),
        EXTENDED_AUDIO_ID: () => this.#audioId(),
        EXTENDED_AUDIO_CONTROL: () => this.#audioStatus(),
        VENDOR_ID1: () => VENDOR.ID1,
        VENDOR_ID2: () => VENDOR.ID2,
      },
      write: {
        RESET: () => this.reset(),
        MASTER_VOLUME: (value) => this.#masterWritten(value),
        MIC_VOLUME: volumeWritten,
        LINE_IN_VOLUME: volumeWritten,
        PCM_OUT_VOLUME: volumeWritten,
        RECORD_GAIN: volumeWritten,
        RECORD_GAIN_MIC: volumeWritten,
        POWERDOWN: (value, previous) => this.#powerWritten(value, previous),
        EXTENDED_AUDIO_CONTROL: () => enablesChanged(this.#bank),
        FRONT_DAC_RATE: (value) => setRate(this.#bank, 'FRONT_DAC_RATE', value),
        ADC_RATE: (value) => setRate(this.#bank, 'ADC_RATE', value),
        MIC_ADC_RATE: (value) => setRate(this.#bank, 'MIC_ADC_RATE', value),
      },
    });
    this.#updateGains();
  }

  read(register: number): number {
    return this.#bank.read(register, 2);
  }

  write(register: number, value: number): void {
    this.#bank.write(register, 2, value);
  }

  get dacRateHz(): number {
    return this.#bank.get('FRONT_DAC_RATE');
  }

  get adcRateHz(): number {
    return this.#bank.get('ADC_RATE');
  }

  get micRateHz(): number {
    return this.#bank.get('MIC_ADC_RATE');
  }

  /** What the ADCs listen to, left and right. */
  get recordSelect(): number {
    return this.#bank.get('RECORD_SELECT');
  }

  /** Whether the DACs, the output mixer and the amplifier behind them have power. */
  get isOutputPowered(): boolean {
    const { DAC_READY, ANALOG_READY, EAPD } = AC97_POWERDOWN;
    const isReady = (this.#ready() & (DAC_READY | ANALOG_READY)) === (DAC_READY | ANALOG_READY);
    return isReady && (this.#bank.get('POWERDOWN') & EAPD) === 0;
  }

  get isInputPowered(): boolean {
    return (this.#ready() & AC97_POWERDOWN.ADC_READY) !== 0;
  }

  get isMicPowered(): boolean {
    return (this.#audioStatus() & AC97_EXTENDED_AUDIO.MIC_ADC_READY) !== 0;
  }

  /** 5.7.1: every register to its reset value. Power comes back with it. */
  reset(): void {
    this.#bank.reset();
    this.#updateGains();
  }

  /** A warm reset brings the link back: PR4 is clear then (AC'97 2.3, 4.2.2). */
  linkWoke(): void {
    this.#bank.set('POWERDOWN', this.#bank.get('POWERDOWN') & ~AC97_POWERDOWN.PR4);
  }

  #audioId(): number {
    let id = STEREO_AUDIO | AC97_EXTENDED_AUDIO.REVISION_23;
    if (this.channels > 2) id |= SURROUND_AUDIO;
    if (this.channels > 4) id |= CENTER_AUDIO;
    return id;
  }

  /** 5.8.2: what is there is ready. */
  #audioStatus(): number {
    const control = this.#bank.get('EXTENDED_AUDIO_CONTROL');
    let status = control;
    if (this.channels > 2) status |= SURROUND_AUDIO;
    if (this.channels > 4) status |= CENTER_AUDIO;
    const isOn = (control & AC97_EXTENDED_AUDIO.PRL) === 0;
    const hasReference = (this.#ready() & AC97_POWERDOWN.REFERENCE_READY) !== 0;
    return isOn && hasReference ? status | AC97_EXTENDED_AUDIO.MIC_ADC_READY : status;
  }

  /** 5.7.9: converters need the reference, everything needs the internal clock. */
  #ready(): number {
    const P = AC97_POWERDOWN;
    const control = this.#bank.get('POWERDOWN');
    if ((control & P.PR5) !== 0) return 0;
    let ready = ALL_READY;
    if ((control & P.PR0) !== 0) ready &= ~P.ADC_READY;
    if ((control & P.PR1) !== 0) ready &= ~P.DAC_READY;
    if ((control & P.PR2) !== 0) ready &= ~P.ANALOG_READY;
    if ((control & P.PR3) !== 0) ready = 0;
    return ready;
  }

  #powerWritten(value: number, previous: number): void {
    if ((value & ~previous & AC97_POWERDOWN.PR4) !== 0) this.#linkSlept();
  }

  /** A sixth bit sets the five below it (5.7.2). */
  #masterWritten(value: number): void {
    const { LEFT_SHIFT, SIXTH_BIT, STEP_MASK } = AC97_VOLUME;
    const left = SIXTH_BIT << LEFT_SHIFT;
    let kept = value;
    if ((kept & SIXTH_BIT) !== 0) kept = (kept & ~SIXTH_BIT) | STEP_MASK;
    if ((kept & left) !== 0) kept = (kept & ~left) | (STEP_MASK << LEFT_SHIFT);
    this.#bank.set('MASTER_VOLUME', kept);
    this.#updateGains();
  }

  #updateGains(): void {
    const master = this.#bank.get('MASTER_VOLUME');
    const pcm = this.#bank.get('PCM_OUT_VOLUME');
    this.playback.set(
      attenuationDb(master, AC97_VOLUME.LEFT_SHIFT) + inputDb(pcm, AC97_VOLUME.LEFT_SHIFT),
      attenuationDb(master, 0) + inputDb(pcm, 0),
    );
    const line = this.#bank.get('LINE_IN_VOLUME');
    this.line.set(inputDb(line, AC97_VOLUME.LEFT_SHIFT), inputDb(line, 0));
    const mic = this.#bank.get('MIC_VOLUME');
    const boost = (mic & AC97_VOLUME.MIC_BOOST) === 0 ? 0 : AC97_VOLUME.MIC_BOOST_DB;
    this.mic.set(inputDb(mic, 0) + boost, inputDb(mic, 0) + boost);
    const record = this.#bank.get('RECORD_GAIN');
    this.record.set(recordDb(record, AC97_VOLUME.LEFT_SHIFT), recordDb(record, 0));
    const recordMic = this.#bank.get('RECORD_GAIN_MIC');
    this.recordMic.set(recordDb(recordMic, 0), recordDb(recordMic, 0));
  }
}

const isMuted = (value: number): boolean => (value & AC97_VOLUME.MUTE) !== 0;

/** Master volume: 0 to -46.5 dB. */
function attenuationDb(value: number, shift: number): number {
  if (isMuted(value)) return Number.NEGATIVE_INFINITY;
  return 0 - ((value >>> shift) & AC97_VOLUME.STEP_MASK) * AC97_VOLUME.STEP_DB;
}

/** Input volumes: +12 to -34.5 dB. */
function inputDb(value: number, shift: number): number {
  if (isMuted(value)) return Number.NEGATIVE_INFINITY;
  const step = (value >>> shift) & AC97_VOLUME.STEP_MASK;
  return (AC97_VOLUME.UNITY_STEP - step) * AC97_VOLUME.STEP_DB;
}

/** Record gain: 0 to +22.5 dB. */
function recordDb(value: number, shift: number): number {
  if (isMuted(value)) return Number.NEGATIVE_INFINITY;
  return ((value >>> shift) & AC97_VOLUME.RECORD_STEP_MASK) * AC97_VOLUME.STEP_DB;
}
