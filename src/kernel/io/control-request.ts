/**
 * A device control request on its way from a process to a driver: whether the I/O manager lets it
 * through at all, and the packet it becomes.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import {
  type NtStatus,
  STATUS_ACCESS_DENIED,
  STATUS_ACCESS_VIOLATION,
  STATUS_NO_SUCH_DEVICE,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { FileObject } from './file-object.ts';
import { IRP_MJ_DEVICE_CONTROL, METHOD_BUFFERED, METHOD_NEITHER } from './io-codes.ts';
import type { IoManager } from './io-manager.ts';
import type { Irp } from './irp.ts';
import type { Process } from './process.ts';
import { attachBufferedControl, type IoMemory } from './system-buffer.ts';

/**
 * Why a request never reaches the driver, or STATUS_SUCCESS when it does. The I/O manager touches
 * the buffers of METHOD_BUFFERED itself; those of METHOD_NEITHER are for the driver to probe.
 */
export function controlRefusal(
  memory: IoMemory,
  file: FileObject,
  controlCode: number,
  input: VirtualAddress,
  inputLength: number,
  output: VirtualAddress,
  outputLength: number,
): NtStatus {
  if (file.deviceObject.isDeletePending) return STATUS_NO_SUCH_DEVICE;
  const neededAccess = (controlCode >>> 14) & 3;
  if ((neededAccess & ~file.grantedAccess) !== 0) return STATUS_ACCESS_DENIED;
  const method = controlCode & 3;
  if (method === METHOD_NEITHER) return STATUS_SUCCESS;
  if (method !== METHOD_BUFFERED) return STATUS_NOT_SUPPORTED;
  const areAccessible =
    memory.isAccessible(input, inputLength) && memory.isAccessible(output, outputLength);
  return areAccessible ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

/** The packet for the top of the file's device stack; null when pool is short. */
export function buildControl(
  io: IoManager,
  process: Process,
  file: FileObject,
  controlCode: number,
  input: VirtualAddress,
  inputLength: number,
  output: VirtualAddress,
  outputLength: number,
): Irp | null {
  const irp = io.IoAllocateIrp(file.deviceObject.top.stackSize);
  irp.process = process;
  irp.requestorMode = 'user';
  irp.pointerBytes = process.pointerBytes;
  irp.userBuffer = output;
  const location = irp.next;
  location.majorFunction = IRP_MJ_DEVICE_CONTROL;
  location.fileObject = file;
  location.ioControlCode = controlCode;
  location.inputBufferLength = inputLength;
  location.outputBufferLength = outputLength;
  if ((controlCode & 3) === METHOD_NEITHER) location.type3InputBuffer = input;
  if (attachBufferedControl(io.memory, irp, controlCode, input, inputLength, outputLength)) {
    return irp;
  }
  io.IoFreeIrp(irp);
  return null;
}
