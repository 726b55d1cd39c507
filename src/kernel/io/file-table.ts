/**
 * Opening and closing files. A file object is referenced by its handles, its requests in flight and
 * whoever else holds it: IRP_MJ_CLEANUP goes down when the last handle is closed, IRP_MJ_CLOSE when
 * the last reference goes, always at PASSIVE_LEVEL.
 */
import {
  type NtStatus,
  ntSuccess,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { type BugCheckRaiser, REFERENCE_BY_POINTER } from '../bug-check.ts';
import { CriticalWorkQueue, type WorkQueues } from '../dispatch/work-item.ts';
import { type Irql, PASSIVE_LEVEL } from '../irql.ts';
import type { ObjectLedger } from '../objects.ts';
import type { DeviceObject } from './device.ts';
import type { DeviceStack } from './device-stack.ts';
import type { FileObject } from './file-object.ts';
import { IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE } from './io-codes.ts';
import type { IoManager } from './io-manager.ts';

export interface FileTableParts {
  readonly io: IoManager;
  readonly stack: DeviceStack;
  readonly irql: Irql;
  readonly raiser: BugCheckRaiser;
  readonly works: WorkQueues;
  readonly objects: ObjectLedger;
  /** Told of a device whose file is closed. */
  readonly closed: (device: DeviceObject) => void;
}

export class FileTable {
  readonly #parts: FileTableParts;

  constructor(parts: FileTableParts) {
    this.#parts = parts;
  }

  /** Sends IRP_MJ_CREATE. On success the file has one handle and one reference. */
  open(file: FileObject): NtStatus {
    const device = file.deviceObject;
    if (device.isDeletePending) return STATUS_NO_SUCH_DEVICE;
    device.openFiles++;
    const status = this.#send(file, IRP_MJ_CREATE);
    if (!ntSuccess(status)) {
      this.#release(file);
      return status;
    }
    file.handleCount = 1;
    file.referenceCount = 1;
    const owner = file.process === null ? 'the kernel' : file.process.name;
    this.#parts.objects.add(file, `file on ${device.name}`, owner);
    return status;
  }

  /** Closes one handle; the last one sends IRP_MJ_CLEANUP and gives up the handles' reference. */
  closeHandle(file: FileObject): void {
    file.handleCount--;
    if (file.handleCount > 0) return;
    file.isCleanedUp = true;
    this.#send(file, IRP_MJ_CLEANUP);
    this.dereference(file);
  }

  /** ObReferenceObject. IRQL <= DISPATCH_LEVEL. */
  reference(file: FileObject): void {
    file.referenceCount++;
  }

  /** ObDereferenceObject: one too many is REFERENCE_BY_POINTER. IRQL <= DISPATCH_LEVEL. */
  dereference(file: FileObject): void {
    if (file.referenceCount <= 0) {
      const detail = `file on ${file.deviceObject.name}`;
      this.#parts.raiser.bugCheck(REFERENCE_BY_POINTER, 0, 0, 0, 0, detail);
    }
    file.referenceCount--;
    if (file.referenceCount > 0) return;
    if (this.#parts.irql.current === PASSIVE_LEVEL) this.#close(file);
    else this.#closeLater(file);
  }

  #closeLater(file: FileObject): void {
    const works = this.#parts.works;
    const item = works.allocate(null);
    const close = (): void => {
      works.free(item);
      this.#close(file);
    };
    works.queue(item, close, CriticalWorkQueue, null);
  }

  #close(file: FileObject): void {
    file.isClosed = true;
    this.#send(file, IRP_MJ_CLOSE);
    this.#parts.objects.remove(file);
    this.#release(file);
  }

  #release(file: FileObject): void {
    file.deviceObject.openFiles--;
    this.#parts.stack.finishDelete(file.deviceObject);
    this.#parts.closed(file.deviceObject);
  }

  #send(file: FileObject, majorFunction: number): NtStatus {
    const io = this.#parts.io;
    const device = file.deviceObject.top;
    const irp = io.IoAllocateIrp(device.stackSize);
    irp.process = file.process;
    irp.requestorMode = file.process === null ? 'kernel' : 'user';
    irp.pointerBytes = file.process === null ? 8 : file.process.pointerBytes;
    irp.next.majorFunction = majorFunction;
    irp.next.fileObject = file;
    const status = io.sendAndWait(device, irp);
    io.IoFreeIrp(irp);
    return majorFunction === IRP_MJ_CREATE ? status : STATUS_SUCCESS;
  }
}
