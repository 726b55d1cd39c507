/**
 * The data sheet of a simple DMA device of our own: one playback engine, one capture engine, each
 * with a FIFO, on a PCI function with one BAR and one interrupt line. It stands for hardware older
 * and plainer than HD Audio: it need not loop, need not gather, and need not interrupt. CAP says
 * what a given part can do. Device and driver share this file as they would share the data sheet.
 *
 * An engine in use: RESET; FMT and RATE; address, LEN, THR, IEN; ARM; RUN. While RUN is set one
 * frame per frame period passes the link, whether DMA is armed or not. An armed engine moves
 * frames between memory and FIFO; at the end of the buffer one that loops starts over, and one
 * that does not clears ARM. Its address register then stands behind the buffer: software writes
 * the start into it and ARM again, before the FIFO has run empty (playback) or over (capture).
 */
import type { RegisterMap, RegisterRow } from '../../base/registers.ts';

export const SIMPLE_DMA_BAR_BYTES = 0x1000;
export const SIMPLE_DMA_ENGINE_BASE = 0x40;
export const SIMPLE_DMA_ENGINE_STRIDE = 0x40;
/** Place of each engine behind the global registers, and its bit in GIS. */
export const SIMPLE_DMA_ENGINE = { PLAYBACK: 0, CAPTURE: 1 } as const;
export const SIMPLE_DMA_ENGINES = 2;
/** What ID reads as: ASCII "SDMA". */
export const SIMPLE_DMA_ID = 0x414d_4453;

const readOnly = (offset: number): RegisterRow => {
  return { offset, bytes: 4, reset: 0, writable: 0, writeOneToClear: 0 };
};
const readWrite = (offset: number, writable = 0xffff_ffff): RegisterRow => {
  return { offset, bytes: 4, reset: 0, writable, writeOneToClear: 0 };
};

/**
 * - ID: a constant. CAP: what the part can do, see below.
 * - WINL, WINH: the first and the last 4 KiB page that its DMA reaches.
 * - FIFO: depth in frames (15:0); frames that capture leaves in the FIFO (31:16).
 * - GIS: engines that interrupt now, bit 0 playback, bit 1 capture.
 */
export const SIMPLE_DMA_REGISTERS = {
  ID: readOnly(0x00),
  CAP: readOnly(0x04),
  WINL: readOnly(0x08),
  WINH: readOnly(0x0c),
  FIFO: readOnly(0x10),
  GIS: readOnly(0x14),
} as const satisfies RegisterMap;

/**
 * - CTL: see below. STS: what happened; a written 1 clears. IEN: which of it interrupts; bits that
 *   the part cannot interrupt for stay 0.
 * - ARM: bit 0, set to arm; reads 1 as long as DMA is armed. Writing 0 does nothing.
 * - ADRL, ADRH: of the buffer, or of a list of 64-bit page addresses on a part that gathers. They
 *   count up as DMA goes. Writes are ignored while armed.
 * - LEN: bytes of the buffer, whole frames. CNT: bytes of it moved in this pass; written between ARM
 *   and RUN, whole frames and less than LEN, it is where this pass goes on. Else writes are ignored.
 * - THR: bytes after which STS.THRESHOLD is set, again and again; a divisor of LEN, or 0.
 * - LVL: frames in the FIFO. FMT, RATE: of the link; writes are ignored from ARM or RUN to RESET.
 * - LNK: frame periods since RESET in which RUN was set. LOST: those in which playback had no
 *   frame, or capture no room. LOSTAT: LNK when the newest loss began.
 */
export const SIMPLE_DMA_ENGINE_REGISTERS = {
  CTL: readWrite(0x00, 0x3),
  STS: { offset: 0x04, bytes: 4, reset: 0, writable: 0, writeOneToClear: 0xf },
  IEN: readWrite(0x08, 0x7),
  ARM: readWrite(0x0c, 0x1),
  ADRL: readWrite(0x10),
  ADRH: readWrite(0x14),
  LEN: readWrite(0x18),
  CNT: readWrite(0x1c),
  THR: readWrite(0x20),
  LVL: readOnly(0x24),
  FMT: readWrite(0x28, 0xff_ffff),
  RATE: readWrite(0x2c),
  LNK: readOnly(0x30),
  LOST: readOnly(0x34),
  LOSTAT: readOnly(0x38),
} as const satisfies RegisterMap;

export type SimpleDmaEngineRegister = keyof typeof SIMPLE_DMA_ENGINE_REGISTERS;
export type SimpleDmaEngineMap = Readonly<Record<SimpleDmaEngineRegister, RegisterRow>>;

/** CAP: loops by itself; gathers pages; interrupts at the end of the buffer; and at THR. */
export const SIMPLE_DMA_CAP = { LOOPS: 0x1, GATHERS: 0x2, END: 0x4, THRESHOLD: 0x8 } as const;
/** RESET takes effect at once and reads 0. */
export const SIMPLE_DMA_CTL = { RUN: 0x1, RESET: 0x2 } as const;
/**
 * END: DMA reached the end of the buffer. THRESHOLD: see THR. XRUN: the FIFO ran empty or over,
 * set by the first frame lost. CONFIG: ARM or RUN with values that make no sense was ignored.
 */
export const SIMPLE_DMA_STS = { END: 0x1, THRESHOLD: 0x2, XRUN: 0x4, CONFIG: 0x8 } as const;
/** FMT: channels, bytes of a sample's container, bits that count. */
export const SIMPLE_DMA_FMT = { CONTAINER_SHIFT: 8, BITS_SHIFT: 16 } as const;
/** Pages of 4 KiB that a list may name. */
export const SIMPLE_DMA_MAX_PAGES = 256;
export const SIMPLE_DMA_LIST_ENTRY_BYTES = 8;
export const SIMPLE_DMA_MAX_CHANNELS = 8;
export const SIMPLE_DMA_RATES_HZ = { LEAST: 8_000, MOST: 192_000 } as const;
