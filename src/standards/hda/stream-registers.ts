/**
 * One stream descriptor, HDA 1.0a 3.3.35 to 3.3.43: 32 bytes of registers per DMA engine, input
 * engines first. SDnFIFOW is Intel's (ICH6 datasheet); in 1.0a its two bytes are reserved. TP is
 * read-only because there is no second traffic class. Only output streams have STRIPE.
 */
import type { RegisterMap, RegisterRow } from '../../base/registers.ts';

export const HDA_STREAM_BASE = 0x80;
export const HDA_STREAM_STRIDE = 0x20;

export const HDA_STREAM_REGISTERS = {
  CTL: { offset: 0x00, bytes: 3, reset: 0x04_0000, writable: 0xf3_001f, writeOneToClear: 0 },
  STS: { offset: 0x03, bytes: 1, reset: 0, writable: 0, writeOneToClear: 0x1c },
  LPIB: { offset: 0x04, bytes: 4, reset: 0, writable: 0, writeOneToClear: 0 },
  CBL: { offset: 0x08, bytes: 4, reset: 0, writable: 0xffff_ffff, writeOneToClear: 0 },
  LVI: { offset: 0x0c, bytes: 2, reset: 0, writable: 0xff, writeOneToClear: 0 },
  FIFOW: { offset: 0x0e, bytes: 2, reset: 0x4, writable: 0x7, writeOneToClear: 0 },
  FIFOS: { offset: 0x10, bytes: 2, reset: 0, writable: 0, writeOneToClear: 0 },
  FMT: { offset: 0x12, bytes: 2, reset: 0, writable: 0x7f7f, writeOneToClear: 0 },
  BDPL: { offset: 0x18, bytes: 4, reset: 0, writable: 0xffff_ff80, writeOneToClear: 0 },
  BDPU: { offset: 0x1c, bytes: 4, reset: 0, writable: 0xffff_ffff, writeOneToClear: 0 },
} as const satisfies RegisterMap;

export type HdaStreamRegisterMap = Readonly<Record<keyof typeof HDA_STREAM_REGISTERS, RegisterRow>>;

/** The same for an input stream, which has a data line of its own: STRIPE stays 0. */
export const HDA_INPUT_STREAM_REGISTERS: HdaStreamRegisterMap = {
  ...HDA_STREAM_REGISTERS,
  CTL: { ...HDA_STREAM_REGISTERS.CTL, writable: 0xf0_001f },
};

/** 3.3.35. STRIPE says how many SDO lines a stream uses: 0 is 1, 1 is 2, 2 is 4. The stream number is bits 23:20; 0 means that the stream is unused. */
export const SDCTL = {
  SRST: 0x1,
  RUN: 0x2,
  IOCE: 0x4,
  FEIE: 0x8,
  DEIE: 0x10,
  STRIPE_SHIFT: 16,
  STRIPE_MASK: 0x3_0000,
  TP: 0x4_0000,
  TAG_SHIFT: 20,
} as const;

/** 3.3.36: buffer completed, FIFO error, descriptor error, FIFO ready. */
export const SDSTS = { BCIS: 0x4, FIFOE: 0x8, DESE: 0x10, FIFORDY: 0x20 } as const;

/** 3.6.3: an entry of the buffer descriptor list. */
export const BDL_ENTRY_BYTES = 16;
export const BDL_IOC = 0x1;
/** 3.3.39: a list has at least two entries, so LVI is at least 1. */
export const BDL_LEAST_LVI = 1;
/** 3.6.1: a stream's place in the DMA position buffer. */
export const DMA_POSITION_BYTES = 8;
