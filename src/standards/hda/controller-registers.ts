/**
 * The controller's register file, HDA 1.0a 3.3, without the stream descriptors. Where the standard
 * leaves a value to the implementation (GCAP, the payloads, the ring sizes), it is that of Intel's
 * ICH6 as its datasheet gives it: 4 input and 4 output streams, 64-bit addresses, rings of 256
 * entries and nothing else. Two things are more than ICH6 has: a second serial data out (SDO) line,
 * and room for the widest stream that needs both, 8 channels of 32 bits at 192 kHz.
 */
import type { RegisterMap } from '../../base/registers.ts';

/** A read-only register. */
const ro = <const O extends number, const B extends 1 | 2 | 4>(offset: O, bytes: B, reset = 0) =>
  ({ offset, bytes, reset, writable: 0, writeOneToClear: 0 }) as const;
/** A register whose `writable` bits take what is written. */
const rw = <const O extends number, const B extends 1 | 2 | 4>(
  offset: O,
  bytes: B,
  writable: number,
) => ({ offset, bytes, reset: 0, writable, writeOneToClear: 0 }) as const;
/** A register whose `bits` are cleared by a written one. */
const w1c = <const O extends number, const B extends 1 | 2 | 4>(
  offset: O,
  bytes: B,
  bits: number,
) => ({ offset, bytes, reset: 0, writable: 0, writeOneToClear: bits }) as const;

export const HDA_CONTROLLER_REGISTERS = {
  /** 3.3.2 global capabilities; NSDO in 2:1 says two SDO lines */
  GCAP: ro(0x00, 2, 0x4403),
  /** 3.3.3, 3.3.4 version 1.0 */
  VMIN: ro(0x02, 1, 0x00),
  VMAJ: ro(0x03, 1, 0x01),
  /**
   * 3.3.5, 3.3.6 payload of the link, words per 48 kHz frame. The 1000 bits of a frame that OUTPAY
   * is worked out from are those of one SDO line: more lines do not raise it.
   */
  OUTPAY: ro(0x04, 2, 0x3c),
  INPAY: ro(0x06, 2, 0x1d),
  /** 3.3.7 global control */
  GCTL: rw(0x08, 4, 0x103),
  /** 3.3.8, 3.3.9 state change of the serial data in lines */
  WAKEEN: rw(0x0c, 2, 0x7fff),
  STATESTS: w1c(0x0e, 2, 0x7fff),
  /** 3.3.10 global status */
  GSTS: w1c(0x10, 2, 0x2),
  /**
   * 3.3.11, 3.3.12 payload of one stream, words per 48 kHz frame. It measures what the controller
   * buffers, not what a line carries: striping leaves it alone, and it may pass OUTPAY.
   */
  OUTSTRMPAY: ro(0x18, 2, 0x40),
  INSTRMPAY: ro(0x1a, 2, 0x18),
  /** 3.3.14, 3.3.15 interrupts */
  INTCTL: rw(0x20, 4, 0xc000_00ff),
  INTSTS: ro(0x24, 4),
  /** 3.3.16 wall clock, 24 MHz */
  WALCLK: ro(0x30, 4),
  /** 3.3.17 stream synchronization */
  SSYNC: rw(0x38, 4, 0xff),
  /** 3.3.18 to 3.3.24 command output ring buffer */
  CORBLBASE: rw(0x40, 4, 0xffff_ff80),
  CORBUBASE: rw(0x44, 4, 0xffff_ffff),
  CORBWP: rw(0x48, 2, 0xff),
  CORBRP: rw(0x4a, 2, 0x8000),
  CORBCTL: rw(0x4c, 1, 0x3),
  CORBSTS: w1c(0x4d, 1, 0x1),
  CORBSIZE: ro(0x4e, 1, 0x42),
  /** 3.3.25 to 3.3.31 response input ring buffer */
  RIRBLBASE: rw(0x50, 4, 0xffff_ff80),
  RIRBUBASE: rw(0x54, 4, 0xffff_ffff),
  RIRBWP: rw(0x58, 2, 0x8000),
  RINTCNT: rw(0x5a, 2, 0xff),
  RIRBCTL: rw(0x5c, 1, 0x7),
  RIRBSTS: w1c(0x5d, 1, 0x5),
  RIRBSIZE: ro(0x5e, 1, 0x42),
  /** 3.4.1 to 3.4.3 immediate commands */
  ICOI: rw(0x60, 4, 0xffff_ffff),
  ICII: ro(0x64, 4),
  ICIS: { offset: 0x68, bytes: 2, reset: 0, writable: 0x1, writeOneToClear: 0x2 },
  /** 3.3.32, 3.3.33 DMA position buffer */
  DPLBASE: rw(0x70, 4, 0xffff_ff81),
  DPUBASE: rw(0x74, 4, 0xffff_ffff),
} as const satisfies RegisterMap;

/** The page that user mode may see: copies of the wall clock and the link positions, 3.3.44/45. */
export const HDA_ALIAS_BASE = 0x2000;
export const HDA_ALIAS_REGISTERS = {
  WALCLKA: ro(0x30, 4),
  SD0LPIBA: ro(0x84, 4),
  SD1LPIBA: ro(0xa4, 4),
  SD2LPIBA: ro(0xc4, 4),
  SD3LPIBA: ro(0xe4, 4),
  SD4LPIBA: ro(0x104, 4),
  SD5LPIBA: ro(0x124, 4),
  SD6LPIBA: ro(0x144, 4),
  SD7LPIBA: ro(0x164, 4),
} as const satisfies RegisterMap;

/** 3.3.2: 64-bit addresses, and how many SDO lines there are, counted as SDnCTL.STRIPE does. */
export const GCAP = { OK64: 0x1, NSDO_SHIFT: 1, NSDO_MASK: 0x6 } as const;
/** 3.3.7: controller out of reset, flush, accept unsolicited responses. */
export const GCTL = { CRST: 0x1, FCNTRL: 0x2, UNSOL: 0x100 } as const;
/** 3.3.10: the flush is done. */
export const GSTS = { FSTS: 0x2 } as const;
/** 3.3.14 and 3.3.15: the two top bits; the streams' bits start at bit 0. */
export const INTCTL = { CIE: 0x4000_0000, GIE: 0x8000_0000 } as const;
export const INTSTS = { CIS: 0x4000_0000, GIS: 0x8000_0000 } as const;
/** 3.3.21 to 3.3.23. */
export const CORBRP = { CORBRPRST: 0x8000 } as const;
export const CORBCTL = { CMEIE: 0x1, CORBRUN: 0x2 } as const;
export const CORBSTS = { CMEI: 0x1 } as const;
/** 3.3.27 to 3.3.30. */
export const RIRBWP = { RIRBWPRST: 0x8000 } as const;
export const RIRBCTL = { RINTCTL: 0x1, RIRBDMAEN: 0x2, RIRBOIC: 0x4 } as const;
export const RIRBSTS = { RINTFL: 0x1, RIRBOIS: 0x4 } as const;
/** 3.4.3: command busy, result valid. */
export const ICIS = { ICB: 0x1, IRV: 0x2 } as const;
/** 3.3.32: the controller writes positions to memory. */
export const DPLBASE = { ENABLE: 0x1 } as const;

/** Rate of WALCLK and of the link's bit clock, 3.3.16. */
export const HDA_WALL_CLOCK_HZ = 24_000_000;
/** Frames of the link per second, 5.3.1. */
export const HDA_LINK_FRAME_HZ = 48_000;
/** Entries of the CORB and of the RIRB. */
export const HDA_RING_ENTRIES = 256;
/** Bytes of a CORB entry, 4.4.1.3, and of a RIRB entry, 4.4.2.2. */
export const CORB_ENTRY_BYTES = 4;
export const RIRB_ENTRY_BYTES = 8;
/** Bits of the second dword of a RIRB entry: 3:0 codec address, 4 unsolicited. */
export const RIRB_UNSOLICITED = 0x10;
/** Link frames in which a codec asks for its address after reset, 4.3 and 5.5.3. */
export const HDA_CODEC_DISCOVERY_FRAMES = 25;
