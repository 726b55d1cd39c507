/**
 * Pins: what a pin complex can do (HDA 1.0a 7.3.4.9), and the configuration default that says what
 * it is wired to on this board (7.3.3.31), which a driver takes its endpoints and jacks from.
 */

export const PIN_CAPABILITY = {
  IMPEDANCE_SENSE: 0x1,
  TRIGGER_REQUIRED: 0x2,
  PRESENCE_DETECT: 0x4,
  HEADPHONE_DRIVE: 0x8,
  OUTPUT: 0x10,
  INPUT: 0x20,
  BALANCED: 0x40,
  EAPD: 0x1_0000,
} as const;

/** Bits 31:30. */
export const PORT_CONNECTIVITY = { JACK: 0, NONE: 1, FIXED: 2, BOTH: 3 } as const;
/** Bits 23:20. */
export const DEFAULT_DEVICE = {
  LINE_OUT: 0x0,
  SPEAKER: 0x1,
  HEADPHONE: 0x2,
  SPDIF_OUT: 0x4,
  LINE_IN: 0x8,
  MICROPHONE: 0xa,
} as const;
/** Bits 29:24: 5:4 are the gross place (0 is the primary chassis), 3:0 the geometric one. */
export const LOCATION = { NOT_APPLICABLE: 0x00, REAR: 0x01, FRONT: 0x02, INTERNAL: 0x10 } as const;
/** Bits 19:16. */
export const CONNECTION_TYPE = { UNKNOWN: 0x0, EIGHTH_INCH: 0x1, OTHER_ANALOG: 0x7 } as const;
/** Bits 15:12. */
export const JACK_COLOR = { UNKNOWN: 0x0, BLACK: 0x1, BLUE: 0x3, GREEN: 0x4, PINK: 0x9 } as const;
/** Bit 0 of `misc`: the board has no presence switch, whatever the pin can. */
export const JACK_DETECT_OVERRIDE = 0x1;

export interface ConfigDefault {
  readonly connectivity: number;
  readonly location: number;
  readonly device: number;
  readonly connection: number;
  readonly color: number;
  readonly misc: number;
  /** 1 to 15; pins of one association form one device. */
  readonly association: number;
  readonly sequence: number;
}

export function encodeConfigDefault(config: ConfigDefault): number {
  return (
    ((config.connectivity << 30) |
      (config.location << 24) |
      (config.device << 20) |
      (config.connection << 16) |
      (config.color << 12) |
      (config.misc << 8) |
      (config.association << 4) |
      config.sequence) >>>
    0
  );
}

export function decodeConfigDefault(word: number): ConfigDefault {
  return {
    connectivity: word >>> 30,
    location: (word >>> 24) & 0x3f,
    device: (word >>> 20) & 0xf,
    connection: (word >>> 16) & 0xf,
    color: (word >>> 12) & 0xf,
    misc: (word >>> 8) & 0xf,
    association: (word >>> 4) & 0xf,
    sequence: word & 0xf,
  };
}
