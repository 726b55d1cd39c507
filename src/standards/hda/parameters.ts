/**
 * Codec parameters, HDA 1.0a 7.3.4: what the Get Parameter verb asks for, and how the answers
 * that describe sample formats and amplifiers are packed.
 */
import type { HdaSampleBits } from './stream-format.ts';

export const PARAMETER = {
  VENDOR_ID: 0x00,
  REVISION_ID: 0x02,
  NODE_COUNT: 0x04,
  FUNCTION_GROUP_TYPE: 0x05,
  AUDIO_GROUP_CAPABILITIES: 0x08,
  WIDGET_CAPABILITIES: 0x09,
  PCM_SUPPORT: 0x0a,
  STREAM_FORMATS: 0x0b,
  PIN_CAPABILITIES: 0x0c,
  INPUT_AMP: 0x0d,
  CONNECTION_LIST_LENGTH: 0x0e,
  POWER_STATES: 0x0f,
  PROCESSING: 0x10,
  GPIO_COUNT: 0x11,
  OUTPUT_AMP: 0x12,
  VOLUME_KNOB: 0x13,
} as const;

/** 7.3.4.4: the function group is an audio function group. */
export const AUDIO_FUNCTION_GROUP = 0x01;

/** 7.3.4.7: bit n of a PCM support word stands for RATES_HZ[n], bits 16 to 20 for the sizes. */
export const PCM_RATES_HZ: readonly number[] = [
  8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 384_000,
];
export const PCM_SIZES: readonly HdaSampleBits[] = [8, 16, 20, 24, 32];
const PCM_SIZE_SHIFT = 16;

/** 7.3.4.8. */
export const STREAM_FORMATS = { PCM: 0x1, FLOAT32: 0x2, AC3: 0x4 } as const;

/** 7.3.4.12: bit n is state Dn; bit 31 says that settings outlive D3 and a single reset. */
export const POWER_STATES = { D0: 0x1, D3: 0x8, EXTENDED: 0x8000_0000 } as const;

/** The PCM support word. @throws Error for a rate or size that has no bit. */
export function encodePcmSupport(
  ratesHz: readonly number[],
  sizes: readonly HdaSampleBits[],
): number {
  let word = 0;
  for (const rateHz of ratesHz) word |= 1 << indexIn(PCM_RATES_HZ, rateHz, 'rate');
  for (const size of sizes) word |= 1 << (PCM_SIZE_SHIFT + indexIn(PCM_SIZES, size, 'size'));
  return word;
}

/** Whether a PCM support word claims this rate at this size. */
export function isPcmSupported(word: number, rateHz: number, bits: HdaSampleBits): boolean {
  const rate = PCM_RATES_HZ.indexOf(rateHz);
  const size = PCM_SIZES.indexOf(bits);
  if (rate < 0 || size < 0) return false;
  return ((word >>> rate) & (word >>> (PCM_SIZE_SHIFT + size)) & 1) === 1;
}

/** 7.3.4.10: gain runs in `steps` + 1 steps of `stepQuarterDb` * 0.25 dB; `offset` is 0 dB. */
export interface AmpCapabilities {
  readonly canMute: boolean;
  /** 1 to 128. */
  readonly stepQuarterDb: number;
  readonly steps: number;
  readonly offset: number;
}

export function encodeAmpCapabilities(amp: AmpCapabilities): number {
  const mute = amp.canMute ? 0x8000_0000 : 0;
  return (mute | ((amp.stepQuarterDb - 1) << 16) | (amp.steps << 8) | amp.offset) >>> 0;
}

export function decodeAmpCapabilities(word: number): AmpCapabilities {
  return {
    canMute: word >>> 31 === 1,
    stepQuarterDb: ((word >>> 16) & 0x7f) + 1,
    steps: (word >>> 8) & 0x7f,
    offset: word & 0x7f,
  };
}

/** 7.3.4.3: first node and number of nodes below a node. */
export function encodeNodeCount(firstNode: number, count: number): number {
  return (firstNode << 16) | count;
}

function indexIn(table: readonly number[], value: number, what: string): number {
  const index = table.indexOf(value);
  if (index < 0) throw new Error(`HD Audio has no bit for the ${what} ${value}`);
  return index;
}
