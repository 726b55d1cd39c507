/**
 * What a driver can do wrong with an adapter object. Windows finds these with its verifier and
 * stops with DRIVER_VERIFIER_DMA_VIOLATION, whose first parameter names the mistake; the numbers
 * are those of Microsoft's page on bug check 0xE6.
 */
import { type BugCheckRaiser, DRIVER_VERIFIER_DMA_VIOLATION } from '../bug-check.ts';

export const FREED_COMMON_BUFFER_TWICE = 0x03;
export const FREED_SCATTER_GATHER_TWICE = 0x06;
export const LEFT_COMMON_BUFFER = 0x07;
export const LEFT_SCATTER_GATHER = 0x0a;
export const BUFFER_NOT_LOCKED = 0x0e;
export const WRONG_IRQL = 0x13;
export const ADAPTER_RELEASED = 0x18;
export const ADDRESS_NOT_IN_MDL = 0x1b;
export const MAPPED_TWICE = 0x1d;
export const ZERO_LENGTH = 0x21;

export function dmaViolation(raiser: BugCheckRaiser, mistake: number, detail: string): never {
  return raiser.bugCheck(DRIVER_VERIFIER_DMA_VIOLATION, mistake, 0, 0, 0, detail);
}
