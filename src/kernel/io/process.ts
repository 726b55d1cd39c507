/**
 * A process: the user mode side. It opens devices by their interface links, sends control requests
 * with buffers of its own memory, and owns handles that all close when it dies. The methods are
 * called at PASSIVE_LEVEL, from plain code or from a thread that stands for one of the process.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { PointerBytes } from '../../base/struct.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_HANDLE,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_PROCESS_IS_TERMINATING,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { REFERENCE_BY_POINTER } from '../bug-check.ts';
import { Kevent, type SignalType } from '../dispatch/event.ts';
import { buildControl, controlRefusal } from './control-request.ts';
import { FileObject, fileNameBytes } from './file-object.ts';
import { HandleTable } from './handle-table.ts';
import type { Irp } from './irp.ts';
import { OverlappedRequest } from './overlapped-request.ts';
import type { ProcessParts } from './process-parts.ts';
import { UserHeap } from './user-heap.ts';

export interface OpenResult {
  readonly status: NtStatus;
  /** 0 when the status is an error. */
  readonly handle: number;
}

export class Process {
  readonly id: number;
  readonly name: string;
  readonly pointerBytes: PointerBytes;
  /** IO_STATUS_BLOCK.Information of the last synchronous request. */
  bytesReturned = 0;
  isTerminated = false;
  readonly #parts: ProcessParts;
  readonly #handles: HandleTable<FileObject | Kevent>;
  readonly #heap: UserHeap;

  constructor(parts: ProcessParts, id: number, name: string, pointerBytes: PointerBytes) {
    this.#parts = parts;
    this.id = id;
    this.name = name;
    this.pointerBytes = pointerBytes;
    this.#handles = new HandleTable();
    this.#heap = new UserHeap(parts.io.memory, name);
  }

  /**
   * CreateFile on a device interface's link. STATUS_OBJECT_NAME_NOT_FOUND when no enabled
   * interface has that name, otherwise the driver's answer. The driver sees the reference string
   * as file name, after a backslash.
   */
  createFile(symbolicLinkName: string, desiredAccess: number): OpenResult {
    const target = this.#parts.resolveLink(symbolicLinkName);
    if (target === null) return { status: STATUS_OBJECT_NAME_NOT_FOUND, handle: 0 };
    const { device, referenceString } = target;
    const name = fileNameBytes(referenceString === '' ? '' : `\\${referenceString}`);
    return this.#open(new FileObject(device, name, null, desiredAccess, this));
  }

  /** NtCreateFile with RootDirectory: the name is relative to an open file and may be binary. */
  createRelativeFile(handle: number, nameBytes: Uint8Array, desiredAccess: number): OpenResult {
    const root = this.#handles.get(handle);
    if (!(root instanceof FileObject)) return { status: wrongHandle(root), handle: 0 };
    const name = nameBytes.slice();
    return this.#open(new FileObject(root.deviceObject, name, root, desiredAccess, this));
  }

  /**
   * DeviceIoControl. A request that pends runs the event loop until it is completed;
   * `bytesReturned` holds its information. STATUS_ACCESS_DENIED when the handle lacks the access
   * that the code asks for, STATUS_ACCESS_VIOLATION when a buffer of METHOD_BUFFERED is not
   * accessible; METHOD_IN_DIRECT and METHOD_OUT_DIRECT give STATUS_NOT_SUPPORTED.
   */
  deviceIoControl(
    handle: number,
    controlCode: number,
    input: VirtualAddress,
    inputLength: number,
    output: VirtualAddress,
    outputLength: number,
  ): NtStatus {
    this.bytesReturned = 0;
    const { io } = this.#parts;
    const file = this.#handles.get(handle);
    if (!(file instanceof FileObject)) return wrongHandle(file);
    const refused = controlRefusal(
      io.memory,
      file,
      controlCode,
      input,
      inputLength,
      output,
      outputLength,
    );
    if (refused !== STATUS_SUCCESS) return refused;
    const device = file.deviceObject.top;
    const irp = buildControl(io, this, file, controlCode, input, inputLength, output, outputLength);
    if (irp === null) return STATUS_INSUFFICIENT_RESOURCES;
    this.#parts.files.reference(file);
    const status = io.sendAndWait(device, irp);
    this.bytesReturned = irp.ioStatus.information;
    io.IoFreeIrp(irp);
    this.#parts.files.dereference(file);
    return status;
  }

  /**
   * DeviceIoControl with an OVERLAPPED. The object tells when it is over; `onDone` is called then,
   * at the IRQL of the completion, which may be DISPATCH_LEVEL.
   */
  deviceIoControlAsync(
    handle: number,
    controlCode: number,
    input: VirtualAddress,
    inputLength: number,
    output: VirtualAddress,
    outputLength: number,
    onDone: ((request: OverlappedRequest) => void) | null = null,
  ): OverlappedRequest {
    const request = this.createOverlapped(onDone);
    return this.#start(request, handle, controlCode, input, inputLength, output, outputLength);
  }

  /** An OVERLAPPED that requests are sent with again and again; `onDone` is called at every end. */
  createOverlapped(onDone: ((request: OverlappedRequest) => void) | null): OverlappedRequest {
    const { io, files, trace } = this.#parts;
    return new OverlappedRequest(io, files, trace, onDone);
  }

  /**
   * DeviceIoControl with an OVERLAPPED that is used again. Allocates nothing.
   * @throws Error when its last request is not over
   */
  sendOverlapped(
    request: OverlappedRequest,
    handle: number,
    controlCode: number,
    input: VirtualAddress,
    inputLength: number,
    output: VirtualAddress,
    outputLength: number,
  ): void {
    request.reuse();
    this.#start(request, handle, controlCode, input, inputLength, output, outputLength);
  }

  #start(
    request: OverlappedRequest,
    handle: number,
    controlCode: number,
    input: VirtualAddress,
    inputLength: number,
    output: VirtualAddress,
    outputLength: number,
  ): OverlappedRequest {
    const { io } = this.#parts;
    const file = this.#handles.get(handle);
    if (!(file instanceof FileObject)) return request.refuse(wrongHandle(file));
    const refused = controlRefusal(
      io.memory,
      file,
      controlCode,
      input,
      inputLength,
      output,
      outputLength,
    );
    if (refused !== STATUS_SUCCESS) return request.refuse(refused);
    const device = file.deviceObject.top;
    const irp = buildControl(io, this, file, controlCode, input, inputLength, output, outputLength);
    if (irp === null) return request.refuse(STATUS_INSUFFICIENT_RESOURCES);
    return request.start(device, irp, file);
  }

  /** CloseHandle: STATUS_INVALID_HANDLE for one that is not open. */
  closeHandle(handle: number): NtStatus {
    const object = this.#handles.remove(handle);
    if (object === undefined) return STATUS_INVALID_HANDLE;
    if (object instanceof FileObject) this.#parts.files.closeHandle(object);
    else this.ObDereferenceObject(object);
    return STATUS_SUCCESS;
  }

  /** CreateEvent: a handle that a request can carry. */
  createEvent(type: SignalType, isSet = false): number {
    const event = new Kevent(this.#parts.trace, `event of ${this.name}`, type, isSet);
    event.references = 1;
    this.#parts.objects.add(event, 'event', this.name);
    return this.#handles.add(event);
  }

  /** The event behind a handle, or null; the caller gets no reference. */
  event(handle: number): Kevent | null {
    const object = this.#handles.get(handle);
    return object instanceof Kevent ? object : null;
  }

  /** The file behind a handle, or null; the caller gets no reference. */
  file(handle: number): FileObject | null {
    const object = this.#handles.get(handle);
    return object instanceof FileObject ? object : null;
  }

  /** ObReferenceObjectByHandle for an event: null when the handle is no event. PASSIVE_LEVEL. */
  ObReferenceObjectByHandle(handle: number): Kevent | null {
    const event = this.event(handle);
    if (event !== null) event.references++;
    return event;
  }

  /** ObDereferenceObject for an event; one too many is bug check REFERENCE_BY_POINTER. */
  ObDereferenceObject(event: Kevent): void {
    if (event.references <= 0) {
      this.#parts.raiser.bugCheck(REFERENCE_BY_POINTER, 0, 0, 0, 0, event.name);
    }
    event.references--;
    if (event.references === 0) this.#parts.objects.remove(event);
  }

  /** Memory of the process. @throws Error when RAM is exhausted. */
  alloc(bytes: number): VirtualAddress {
    return this.#heap.alloc(bytes);
  }

  /** @throws Error when `address` did not come from `alloc`. */
  free(address: VirtualAddress): void {
    this.#heap.free(address);
  }

  /** The process dies: its requests are cancelled, its handles closed, its memory given back. */
  terminate(): void {
    if (this.isTerminated) return;
    this.isTerminated = true;
    const io = this.#parts.io;
    const isMine = (irp: Irp): boolean => irp.process === this && !irp.cancel && !irp.isCompleted;
    for (let irp = io.findInFlight(isMine); irp !== null; irp = io.findInFlight(isMine)) {
      io.IoCancelIrp(irp);
    }
    for (const handle of this.#handles.open) this.closeHandle(handle);
    this.#heap.freeAll();
    this.#parts.ended(this);
  }

  outstanding(): string[] {
    return this.#handles.open.map((handle) => `handle ${handle} of ${this.name}`);
  }

  #open(file: FileObject): OpenResult {
    const status = this.#parts.files.open(file);
    if (!ntSuccess(status)) return { status, handle: 0 };
    if (this.isTerminated) {
      // It died while the open was pending, after its handles were closed.
      this.#parts.files.closeHandle(file);
      return { status: STATUS_PROCESS_IS_TERMINATING, handle: 0 };
    }
    return { status, handle: this.#handles.add(file) };
  }
}

function wrongHandle(object: FileObject | Kevent | undefined): NtStatus {
  return object === undefined ? STATUS_INVALID_HANDLE : STATUS_OBJECT_TYPE_MISMATCH;
}
