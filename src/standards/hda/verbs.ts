/**
 * Commands to a codec, HDA 1.0a 7.1.2 and 7.3.3. A command is codec address 31:28, node 26:20 and
 * a verb with its payload: 12 + 8 bits, or 4 + 16 bits. The 4-bit verbs are written here with two
 * zero digits behind, so that one table holds both kinds.
 */

export const VERB = {
  /** 7.3.3.1 */
  GET_PARAMETER: 0xf00,
  /** 7.3.3.2 and 7.3.3.3 */
  GET_CONNECTION_SELECT: 0xf01,
  SET_CONNECTION_SELECT: 0x701,
  GET_CONNECTION_LIST: 0xf02,
  /** 7.3.3.7, 4-bit verbs */
  GET_AMP: 0xb00,
  SET_AMP: 0x300,
  /** 7.3.3.8, 4-bit verbs */
  GET_FORMAT: 0xa00,
  SET_FORMAT: 0x200,
  /** 7.3.3.9 */
  GET_DIGITAL_CONTROL: 0xf0d,
  SET_DIGITAL_CONTROL: 0x70d,
  /** 7.3.3.10 */
  GET_POWER_STATE: 0xf05,
  SET_POWER_STATE: 0x705,
  /** 7.3.3.11 */
  GET_STREAM_CHANNEL: 0xf06,
  SET_STREAM_CHANNEL: 0x706,
  /** 7.3.3.13 */
  GET_PIN_CONTROL: 0xf07,
  SET_PIN_CONTROL: 0x707,
  /** 7.3.3.14 */
  GET_UNSOLICITED: 0xf08,
  SET_UNSOLICITED: 0x708,
  /** 7.3.3.15 */
  GET_PIN_SENSE: 0xf09,
  EXECUTE_PIN_SENSE: 0x709,
  /** 7.3.3.27 */
  GET_BEEP: 0xf0a,
  SET_BEEP: 0x70a,
  /** 7.3.3.16 */
  GET_EAPD: 0xf0c,
  SET_EAPD: 0x70c,
  /** 7.3.3.31; the three verbs above SET_..._0 set the higher bytes */
  GET_CONFIG_DEFAULT: 0xf1c,
  SET_CONFIG_DEFAULT_0: 0x71c,
  SET_CONFIG_DEFAULT_3: 0x71f,
  /** 7.3.3.30; likewise by bytes */
  GET_SUBSYSTEM_ID: 0xf20,
  SET_SUBSYSTEM_ID_0: 0x720,
  SET_SUBSYSTEM_ID_3: 0x723,
  /** 7.3.3.32 */
  GET_STRIPE: 0xf24,
  SET_STRIPE: 0x724,
  /** 7.3.3.35 */
  GET_CHANNEL_COUNT: 0xf2d,
  SET_CHANNEL_COUNT: 0x72d,
  /** 7.3.3.33 */
  FUNCTION_RESET: 0x7ff,
} as const;

/** The command word. `payload` is 8 bits wide, or 16 for the 4-bit verbs. */
export function encodeCommand(codec: number, node: number, verb: number, payload: number): number {
  const hasLongPayload = (verb & 0x700) !== 0x700;
  const body = hasLongPayload
    ? ((verb & 0xf00) << 8) | (payload & 0xffff)
    : (verb << 8) | (payload & 0xff);
  return ((codec << 28) | (node << 20) | body) >>> 0;
}

export function commandCodec(word: number): number {
  return word >>> 28;
}

/** The node, with bit 7 set for an indirect node address, which no codec here decodes. */
export function commandNode(word: number): number {
  return (word >>> 20) & 0xff;
}

/** The verb as VERB writes it. */
export function commandVerb(word: number): number {
  return isLongPayload(word) ? ((word >>> 16) & 0xf) << 8 : (word >>> 8) & 0xfff;
}

export function commandPayload(word: number): number {
  return isLongPayload(word) ? word & 0xffff : word & 0xff;
}

/** Only verbs 7xx and Fxx have 12 bits. */
function isLongPayload(word: number): boolean {
  return ((word >>> 16) & 0x7) !== 0x7;
}

/** 7.3.3.7, payload of SET_AMP: which amplifiers, and what they get. */
export const SET_AMP = {
  OUTPUT: 0x8000,
  INPUT: 0x4000,
  LEFT: 0x2000,
  RIGHT: 0x1000,
  MUTE: 0x80,
  GAIN_MASK: 0x7f,
} as const;
/** 7.3.3.7, payload of GET_AMP: without OUTPUT the input, without LEFT the right amplifier. */
export const GET_AMP = { OUTPUT: 0x8000, LEFT: 0x2000 } as const;
/** 7.3.3.10: state in 3:0, what was reached in 7:4, 10 says that settings were reset. */
export const POWER_STATE = { D0: 0, D3: 3, MASK: 0xf, SETTINGS_RESET: 0x400 } as const;
/** 7.3.3.13. */
export const PIN_CONTROL = { HEADPHONE: 0x80, OUT: 0x40, IN: 0x20, MASK: 0xe7 } as const;
/** 7.3.3.14: enable, and the tag that comes back in bits 31:26 of the response. */
export const UNSOLICITED = { ENABLE: 0x80, TAG_MASK: 0x3f, MASK: 0xbf, TAG_SHIFT: 26 } as const;
/** 7.3.3.15. */
export const PIN_SENSE = { PRESENT: 0x8000_0000 } as const;
/**
 * 7.3.3.32: over how many SDO lines the stream comes, in 1:0 as SDnCTL.STRIPE counts them; what
 * the widget can take in 22:20, a bit for each of 1, 2 and 4 lines.
 */
export const STRIPE = {
  CONTROL_MASK: 0x3,
  CAPABILITY_SHIFT: 20,
  ONE_LINE: 0x1,
  TWO_LINES: 0x2,
  FOUR_LINES: 0x4,
} as const;
/** 7.3.3.16. */
export const EAPD = { EAPD: 0x2, MASK: 0x7 } as const;
