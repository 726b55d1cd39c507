/**
 * The codec's registers, Intel's Audio Codec '97 component specification, revision 2.3: 16 bits
 * each at even offsets, the native audio mixer (NAM) of an ICH. Listed are those that a codec with
 * two DACs, two ADCs, a microphone ADC and variable rates has; a register that is not there reads 0
 * (5.7). The reset values are those of the specification, with 5-bit volumes.
 */
import type { RegisterMap } from '../../base/registers.ts';

/** A read-only register. */
const ro = <const O extends number>(offset: O, reset = 0) =>
  ({ offset, bytes: 2, reset, writable: 0, writeOneToClear: 0 }) as const;
/** A register whose `writable` bits take what is written. */
const rw = <const O extends number>(offset: O, reset: number, writable: number) =>
  ({ offset, bytes: 2, reset, writable, writeOneToClear: 0 }) as const;

/** The rate of the AC-link's frames, and of every converter without variable rate. */
export const AC97_LINK_FRAME_HZ = 48_000;

export const AC97_MIXER_REGISTERS = {
  /** 5.7.1: a write resets, a read tells capabilities. Ours: a dedicated microphone ADC. */
  RESET: ro(0x00, 0x0001),
  /** 5.7.2 play master volume: mute, left, right; 1.5 dB of attenuation a step. */
  MASTER_VOLUME: rw(0x02, 0x8000, 0xbf3f),
  /** 5.7.2 to 5.7.4 input volumes: mute, +20 dB (microphone), +12 to -34.5 dB. */
  MIC_VOLUME: rw(0x0e, 0x8008, 0x805f),
  LINE_IN_VOLUME: rw(0x10, 0x8808, 0x9f1f),
  PCM_OUT_VOLUME: rw(0x18, 0x8808, 0x9f1f),
  /** 5.7.5 record select: left source 10:8, right source 2:0. */
  RECORD_SELECT: rw(0x1a, 0x0000, 0x0707),
  /** 5.7.6 record gain: mute, left, right; 1.5 dB a step. */
  RECORD_GAIN: rw(0x1c, 0x8000, 0x8f0f),
  RECORD_GAIN_MIC: rw(0x1e, 0x8000, 0x800f),
  /** 5.7.9 powerdown control and status. */
  POWERDOWN: rw(0x26, 0x0000, 0xff00),
  /** 5.8.1 extended audio id. */
  EXTENDED_AUDIO_ID: ro(0x28),
  /** 5.8.2 extended audio status and control. */
  EXTENDED_AUDIO_CONTROL: rw(0x2a, 0x0000, 0x4009),
  /** 5.8.3 sample rates in hertz. */
  FRONT_DAC_RATE: rw(0x2c, AC97_LINK_FRAME_HZ, 0xffff),
  ADC_RATE: rw(0x32, AC97_LINK_FRAME_HZ, 0xffff),
  MIC_ADC_RATE: rw(0x34, AC97_LINK_FRAME_HZ, 0xffff),
  /** 5.7.12 vendor id: three letters and a revision. */
  VENDOR_ID1: ro(0x7c),
  VENDOR_ID2: ro(0x7e),
} as const satisfies RegisterMap;

export type Ac97MixerRegister = keyof typeof AC97_MIXER_REGISTERS;

/** Bytes of the NAM that belong to the primary codec; the secondary one's follow. */
export const AC97_CODEC_BYTES = 0x80;
export const AC97_MIXER_BYTES = 0x100;

/** 5.7.2 to 5.7.6: bit 15 mutes; the left step is in the upper byte, the right one in the lower. */
export const AC97_VOLUME = {
  MUTE: 0x8000,
  LEFT_SHIFT: 8,
  STEP_MASK: 0x1f,
  /** Bit 5 of a step: on a codec with 5-bit volumes it stands for the lowest one. */
  SIXTH_BIT: 0x20,
  /** Input volumes only: the step at which a sample stays as it is. */
  UNITY_STEP: 0x08,
  MIC_BOOST: 0x40,
  RECORD_STEP_MASK: 0x0f,
  STEP_DB: 1.5,
  MIC_BOOST_DB: 20,
} as const;

/** 5.7.5: what an ADC listens to. */
export const AC97_RECORD_SOURCE = {
  MIC: 0,
  CD: 1,
  VIDEO: 2,
  AUX: 3,
  LINE_IN: 4,
  STEREO_MIX: 5,
  MONO_MIX: 6,
  PHONE: 7,
} as const;
export const AC97_RECORD_SOURCE_MASK = 0x7;

/** 5.7.9: what is ready (3:0, read-only), and what is powered down. */
export const AC97_POWERDOWN = {
  ADC_READY: 0x0001,
  DAC_READY: 0x0002,
  ANALOG_READY: 0x0004,
  REFERENCE_READY: 0x0008,
  /** The ADCs and the record multiplexer. */
  PR0: 0x0100,
  /** The DACs. */
  PR1: 0x0200,
  /** The analog mixer, the voltage reference stays on. */
  PR2: 0x0400,
  /** The analog mixer with the voltage reference. */
  PR3: 0x0800,
  /** The AC-link: BIT_CLK stops. */
  PR4: 0x1000,
  /** The internal clock. */
  PR5: 0x2000,
  /** The headphone amplifier. */
  PR6: 0x4000,
  /** The external amplifier is off. */
  EAPD: 0x8000,
} as const;

/** 5.8.1 and 5.8.2: variable rate for DACs and ADCs, for the microphone ADC, and what is there. */
export const AC97_EXTENDED_AUDIO = {
  VRA: 0x0001,
  VRM: 0x0008,
  CENTER_DAC: 0x0040,
  SURROUND_DAC: 0x0080,
  LFE_DAC: 0x0100,
  AMAP: 0x0200,
  /** 5.8.1, REV in 11:10: 2.3. */
  REVISION_23: 0x0800,
  /** Control only: the microphone ADC is ready, and its powerdown bit. */
  MIC_ADC_READY: 0x0200,
  PRL: 0x4000,
} as const;

/** 5.8.3: a codec answers a rate that it has not got with the nearest one that it has. */
export const AC97_RATES_HZ = { LEAST: 8_000, MOST: 48_000 } as const;
