/**
 * The native audio bus master (NABM) of Intel's 82801AA (ICH), datasheet 12.2: one box of registers
 * for each DMA engine, then the global ones. Bits that later ICHs added and that these models have
 * (four and six channels, ICH2) are named as their datasheets name them.
 */
import type { RegisterMap, RegisterRow } from '../../base/registers.ts';

/** A read-only register. */
const ro = <const O extends number, const B extends 1 | 2 | 4>(offset: O, bytes: B, reset = 0) =>
  ({ offset, bytes, reset, writable: 0, writeOneToClear: 0 }) as const;
/** A register whose `writable` bits take what is written. */
const rw = <const O extends number, const B extends 1 | 2 | 4>(
  offset: O,
  bytes: B,
  writable: number,
) => ({ offset, bytes, reset: 0, writable, writeOneToClear: 0 }) as const;

/** 12.2.1 to 12.2.7. A box is 16 bytes; the last four are reserved. */
export const AC97_BOX_REGISTERS = {
  /** Buffer descriptor base address. */
  BDBAR: rw(0x00, 4, 0xffff_fff8),
  /** Current index value. */
  CIV: ro(0x04, 1),
  /** Last valid index. */
  LVI: rw(0x05, 1, 0x1f),
  /** Status. */
  SR: { offset: 0x06, bytes: 2, reset: 0x0001, writable: 0, writeOneToClear: 0x001c },
  /** Position in current buffer: samples of 16 bits that are left. */
  PICB: ro(0x08, 2),
  /** Prefetched index value. */
  PIV: ro(0x0a, 1),
  /** Control. */
  CR: rw(0x0b, 1, 0x1f),
} as const satisfies RegisterMap;

export type Ac97BoxRegister = keyof typeof AC97_BOX_REGISTERS;
export type Ac97BoxRegisterMap = Readonly<Record<Ac97BoxRegister, RegisterRow>>;

export const AC97_BOX_BYTES = 0x10;
/** Place of each box: PCM in, PCM out, microphone in. */
export const AC97_BOX = { PCM_IN: 0, PCM_OUT: 1, MIC_IN: 2 } as const;
export const AC97_BOXES = 3;

/** 12.2.4: DMA halted, current equals last valid, last buffer, buffer completion, FIFO error. */
export const AC97_SR = { DCH: 0x01, CELV: 0x02, LVBCI: 0x04, BCIS: 0x08, FIFOE: 0x10 } as const;
/** 12.2.7: run, reset registers, and the enables of LVBCI, FIFOE and BCIS. */
export const AC97_CR = { RPBM: 0x01, RR: 0x02, LVBIE: 0x04, FEIE: 0x08, IOCE: 0x10 } as const;

export const AC97_BUS_MASTER_BYTES = 0x40;

/** 12.2.8 to 12.2.10. */
export const AC97_GLOBAL_REGISTERS = {
  GLOB_CNT: rw(0x2c, 4, 0x0030_000f),
  GLOB_STA: { offset: 0x30, bytes: 4, reset: 0, writable: 0x0003_0000, writeOneToClear: 0x8001 },
  CAS: ro(0x34, 1),
} as const satisfies RegisterMap;

/**
 * 12.2.8: GPI interrupt enable, cold reset (active low), warm reset, link shut off; and ICH2's
 * number of PCM out channels. The enables of the codecs' resume interrupts are read-only here:
 * no codec of ours wakes the link.
 */
export const AC97_GLOB_CNT = {
  GIE: 0x01,
  COLD_RESET: 0x02,
  WARM_RESET: 0x04,
  LINK_SHUT_OFF: 0x08,
  CHANNELS_MASK: 0x0030_0000,
  FOUR_CHANNELS: 0x0010_0000,
  SIX_CHANNELS: 0x0020_0000,
} as const;

/**
 * 12.2.9: GPI status change; the boxes that interrupt; primary codec ready; a read timed out; two
 * bits that belong to software; and ICH2's claim of four and six channels.
 */
export const AC97_GLOB_STA = {
  GSCI: 0x01,
  PIINT: 0x20,
  POINT: 0x40,
  MINT: 0x80,
  PCR: 0x100,
  RCS: 0x8000,
  AD3: 0x1_0000,
  MD3: 0x2_0000,
  MULTICHANNEL: 0x30_0000,
} as const;

/** 12.2.10, codec access semaphore: a read that finds it clear sets it. */
export const AC97_CAS = { IN_PROGRESS: 0x01 } as const;

/** The buffer descriptor list: an address, then flags and a length in samples of 16 bits. */
export const AC97_BDL_ENTRIES = 32;
export const AC97_BDL_ENTRY_BYTES = 8;
export const AC97_BDL_MOST_SAMPLES = 0xffff;
export const AC97_SAMPLE_BYTES = 2;
/**
 * IOC: interrupt on completion. BUP, buffer underrun policy: when no buffer follows, 0 repeats the
 * last sample and 1 sends zeros (AC'97 Programmer's Reference Manual, ICH5, table 6).
 */
export const AC97_BDL = { IOC: 0x8000_0000, BUP: 0x4000_0000, LENGTH_MASK: 0xffff } as const;

/** PCI identity of the 82801AA's audio function. */
export const AC97_VENDOR_ID = 0x8086;
export const AC97_DEVICE_ID = 0x2415;
