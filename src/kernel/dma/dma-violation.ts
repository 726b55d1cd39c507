/**
 * What a driver can do wrong with an adapter object. Windows finds these with its verifier and
 * stops with DRIVER_VERIFIER_DMA_VIOLATION, whose first parameter names the mistake; the numbers
 * are those of Microsoft's page on bug check 0xE6.
 */
import { type BugCheckRaiser, DRIVER_VERIFIER_DMA_VIOLATION } from '../bug-check.ts';

export const FREED_COMMON_BUFFER_TWICE = 0x03;
export const FREED_CHANNEL_TWICE = 0x04;
export const FREED_MAP_REGISTERS_TWICE = 0x05;
export const FREED_SCATTER_GATHER_TWICE = 0x06;
export const LEFT_COMMON_BUFFER = 0x07;
export const LEFT_CHANNEL = 0x08;
export const LEFT_MAP_REGISTERS = 0x09;
export const LEFT_SCATTER_GATHER = 0x0a;
export const SECOND_CHANNEL = 0x0b;
export const BUFFER_NOT_LOCKED = 0x0e;
export const FREED_MAPPED_REGISTERS = 0x10;
export const WRONG_IRQL = 0x13;
export const TOO_FEW_MAP_REGISTERS = 0x15;
export const FLUSHED_UNMAPPED = 0x16;
export const ADAPTER_RELEASED = 0x18;
export const ADDRESS_NOT_IN_MDL = 0x1b;
export const MAPPED_TWICE = 0x1d;
export const ZERO_LENGTH = 0x21;
export const BUFFER_TOO_SHORT = 0x24;

export function dmaViolation(raiser: BugCheckRaiser, mistake: number, detail: string): never {
  return raiser.bugCheck(DRIVER_VERIFIER_DMA_VIOLATION, mistake, 0, 0, 0, detail);
}
