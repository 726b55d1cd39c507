/**
 * A control request that the client does not wait for, as one sent with an OVERLAPPED structure:
 * its status is STATUS_PENDING until the driver completes it. As an OVERLAPPED, the object can be
 * used again when a request is over, and sending it again allocates nothing.
 */
import type { Trace } from '../../sim/trace.ts';
import { type NtStatus, STATUS_PENDING } from '../../standards/nt/ntstatus.ts';
import { Kevent } from '../dispatch/event.ts';
import type { DeviceObject } from './device.ts';
import type { FileObject } from './file-object.ts';
import type { FileTable } from './file-table.ts';
import type { IoManager } from './io-manager.ts';
import type { Irp } from './irp.ts';

export class OverlappedRequest {
  status: NtStatus = STATUS_PENDING;
  /** Bytes returned; final when `isDone`. */
  information = 0;
  isDone = false;
  /** A notification event that is set when the request is over. */
  readonly event: Kevent;
  readonly #io: IoManager;
  readonly #files: FileTable;
  readonly #onDone: ((request: OverlappedRequest) => void) | null;
  #file: FileObject | null = null;
  #irp: Irp | null = null;
  #isSending = false;

  constructor(
    io: IoManager,
    files: FileTable,
    trace: Trace,
    onDone: ((request: OverlappedRequest) => void) | null,
  ) {
    this.#io = io;
    this.#files = files;
    this.#onDone = onDone;
    this.event = new Kevent(trace, 'overlapped request', 'notification');
  }

  /** Ends a request that never reached a driver. */
  refuse(status: NtStatus): this {
    this.#end(status, 0);
    return this;
  }

  /** Makes the object ready for the next request. @throws Error while one is under way */
  reuse(): void {
    if (this.#irp !== null) throw new Error('an overlapped request is under way still');
    this.status = STATUS_PENDING;
    this.information = 0;
    this.isDone = false;
    this.event.clear();
  }

  /** Sends the packet; the file has a reference until it is over. */
  start(device: DeviceObject, irp: Irp, file: FileObject): this {
    this.#files.reference(file);
    this.#file = file;
    this.#irp = irp;
    this.#isSending = true;
    irp.completed = this.#completed;
    this.#io.send(device, irp);
    this.#isSending = false;
    // A packet that ended inside the call is freed after it: the sender still looked at it.
    if (irp.isCompleted) this.#io.IoFreeIrp(irp);
    return this;
  }

  readonly #completed = (irp: Irp): void => {
    const file = this.#file;
    this.#irp = null;
    this.#file = null;
    const { status, information } = irp.ioStatus;
    if (!this.#isSending) this.#io.IoFreeIrp(irp);
    if (file !== null) this.#files.dereference(file);
    this.#end(status, information);
  };

  /** CancelIoEx: false when it is over or its driver takes no cancel. */
  cancel(): boolean {
    return this.#irp !== null && this.#io.IoCancelIrp(this.#irp);
  }

  #end(status: NtStatus, information: number): void {
    this.status = status;
    this.information = information;
    this.isDone = true;
    this.event.set();
    if (this.#onDone !== null) this.#onDone(this);
  }
}
