/**
 * The system DMA controller, as adapter objects use it: it moves the data of devices that have no
 * DMA of their own, one channel each. On a PC it is the pair of 8237 behind the ISA bus, which
 * count 16 bits and leave the upper address bits alone. A machine has none unless one is attached.
 */
import type { PhysicalAddress } from '../../base/brand.ts';

export interface SystemTransfer {
  readonly address: PhysicalAddress;
  readonly bytes: number;
  /** From memory to the device. */
  readonly writeToDevice: boolean;
  /** Starts again at the end, until it is ended. */
  readonly autoInitialize: boolean;
}

export interface SystemDmaController {
  /** Whether the channel is there and free to be wired to a device. */
  hasChannel(channel: number): boolean;
  begin(channel: number, transfer: SystemTransfer): void;
  end(channel: number): void;
  /** Bytes left of this pass; in auto initialise mode never 0. */
  bytesLeft(channel: number): number;
}

/** Channels 0 to 3 move bytes, 5 to 7 words of 16 bits. */
const FIRST_WORD_CHANNEL = 4;
const BYTE_CHANNEL_BOUNDARY = 0x1_0000;
const WORD_CHANNEL_BOUNDARY = 0x2_0000;

export const isWordChannel = (channel: number): boolean => channel >= FIRST_WORD_CHANNEL;

/** The multiple that a transfer of the channel cannot cross. */
export const boundaryOf = (channel: number): number =>
  isWordChannel(channel) ? WORD_CHANNEL_BOUNDARY : BYTE_CHANNEL_BOUNDARY;
