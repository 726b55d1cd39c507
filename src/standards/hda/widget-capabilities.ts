/**
 * What a widget says about itself, HDA 1.0a 7.3.4.6: its type, how many channels it has, which
 * verbs it understands, and how many frames a sample spends inside it.
 */

/** 7.3.4.6, table 138: bits 23:20. */
export const WIDGET_TYPE = {
  AUDIO_OUTPUT: 0x0,
  AUDIO_INPUT: 0x1,
  AUDIO_MIXER: 0x2,
  AUDIO_SELECTOR: 0x3,
  PIN_COMPLEX: 0x4,
  POWER: 0x5,
  VOLUME_KNOB: 0x6,
  BEEP_GENERATOR: 0x7,
  VENDOR_DEFINED: 0xf,
} as const;

export const WIDGET = {
  STEREO: 0x1,
  INPUT_AMP: 0x2,
  OUTPUT_AMP: 0x4,
  AMP_OVERRIDE: 0x8,
  FORMAT_OVERRIDE: 0x10,
  STRIPE: 0x20,
  PROCESSING: 0x40,
  UNSOLICITED: 0x80,
  CONNECTION_LIST: 0x100,
  DIGITAL: 0x200,
  POWER_CONTROL: 0x400,
  LEFT_RIGHT_SWAP: 0x800,
} as const;

const CHANNELS_SHIFT = 13;
const DELAY_SHIFT = 16;
const TYPE_SHIFT = 20;

export interface WidgetCapabilities {
  readonly type: number;
  /** 1 to 16. */
  readonly channels: number;
  /** Frames that a sample spends in the widget; 15 at most. */
  readonly delayFrames: number;
  /** Bits of WIDGET, without STEREO. */
  readonly flags: number;
}

/** The capability word. The count of channels less one is split over bits 15:13 and bit 0. */
export function encodeWidgetCapabilities(widget: WidgetCapabilities): number {
  const count = widget.channels - 1;
  return (
    (widget.type << TYPE_SHIFT) |
    (widget.delayFrames << DELAY_SHIFT) |
    ((count >>> 1) << CHANNELS_SHIFT) |
    (widget.flags & ~WIDGET.STEREO) |
    (count & 1)
  );
}

export function decodeWidgetCapabilities(word: number): WidgetCapabilities {
  return {
    type: (word >>> TYPE_SHIFT) & 0xf,
    channels: ((((word >>> CHANNELS_SHIFT) & 0x7) << 1) | (word & 1)) + 1,
    delayFrames: (word >>> DELAY_SHIFT) & 0xf,
    flags: word & 0xffe,
  };
}
