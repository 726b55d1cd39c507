/**
 * The system buffer of a request: nonpaged pool that stands in for the caller's buffers. The I/O
 * manager makes one for METHOD_BUFFERED, a class driver may make one for METHOD_NEITHER; either
 * way the IRP's flags say what is done with it when the request is over.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import {
  IRP_BUFFERED_IO,
  IRP_DEALLOCATE_BUFFER,
  IRP_INPUT_OPERATION,
  METHOD_BUFFERED,
} from './io-codes.ts';
import type { Irp } from './irp.ts';

/** What the I/O manager needs of the machine's memory. */
export interface IoMemory {
  /** `length` bytes at an address; a bad address is the memory manager's bug check. */
  bytesAt(address: VirtualAddress, length: number): Uint8Array;
  /** Whether `bytesAt` would give the bytes. */
  isAccessible(address: VirtualAddress, length: number): boolean;
  /** Nonpaged pool, or address 0 when there is none. */
  allocatePool(bytes: number, tag: string): VirtualAddress;
  freePool(address: VirtualAddress, tag: string): void;
}

export const IRP_POOL_TAG = 'Irp ';

/** Severity 3 of an NTSTATUS: an error, after which nothing is copied back. */
const ERROR_SEVERITY = 0xc000_0000;

/**
 * Gives the request a system buffer of `bytes`, freed when it is completed, and copied to the
 * caller's output buffer if `isOutput`. False when pool is short.
 */
export function attachSystemBuffer(
  memory: IoMemory,
  irp: Irp,
  bytes: number,
  isOutput: boolean,
): boolean {
  const address = memory.allocatePool(bytes, IRP_POOL_TAG);
  if (address === 0) return false;
  irp.systemBuffer = address;
  irp.flags = IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | (isOutput ? IRP_INPUT_OPERATION : 0);
  return true;
}

/** For a METHOD_BUFFERED code: one buffer as long as the longer of the two, input copied in. */
export function attachBufferedControl(
  memory: IoMemory,
  irp: Irp,
  controlCode: number,
  input: VirtualAddress,
  inputLength: number,
  outputLength: number,
): boolean {
  const bytes = Math.max(inputLength, outputLength);
  if ((controlCode & 3) !== METHOD_BUFFERED || bytes === 0) return true;
  if (!attachSystemBuffer(memory, irp, bytes, outputLength > 0)) return false;
  const buffer = memory.bytesAt(irp.systemBuffer, bytes);
  buffer.fill(0);
  if (inputLength > 0) buffer.set(memory.bytesAt(input, inputLength));
  return true;
}

/**
 * Copies the answer back and frees the buffer, as the flags say; called by the completion. The
 * memory of a process that is gone may be another's by now: nothing is copied there.
 */
export function releaseSystemBuffer(memory: IoMemory, irp: Irp): void {
  if ((irp.flags & IRP_BUFFERED_IO) === 0) return;
  const { status, information } = irp.ioStatus;
  const isError = status >= ERROR_SEVERITY;
  const isWanted = !isError && irp.process?.isTerminated !== true;
  if ((irp.flags & IRP_INPUT_OPERATION) !== 0 && isWanted && information > 0) {
    const length = Math.min(information, irp.location(irp.stackCount - 1).outputBufferLength);
    const answer = memory.bytesAt(irp.systemBuffer, length);
    memory.bytesAt(irp.userBuffer, length).set(answer);
  }
  if ((irp.flags & IRP_DEALLOCATE_BUFFER) !== 0) {
    memory.freePool(irp.systemBuffer, IRP_POOL_TAG);
    irp.systemBuffer = virtual(0);
  }
  irp.flags = 0;
}
