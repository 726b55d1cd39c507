/**
 * The I/O request packet. An IRP carries one request down a device stack: a location per driver
 * with that driver's parameters, and the result on the way up. Packets come from a lookaside list
 * and keep their locations, so that a request in steady state allocates nothing; what a driver may
 * read are the fields Windows documents for IRP and IO_STACK_LOCATION.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import type { PointerBytes } from '../../base/struct.ts';
import type { Trace } from '../../sim/trace.ts';
import { type NtStatus, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import { Kevent } from '../dispatch/event.ts';
import type { DeviceObject } from './device.ts';
import type { FileObject } from './file-object.ts';
import type { Process } from './process.ts';

export type RequestorMode = 'user' | 'kernel';

/** Returns STATUS_MORE_PROCESSING_REQUIRED to stop the completion here. IRQL <= DISPATCH_LEVEL. */
export type CompletionRoutine = (
  device: DeviceObject | null,
  irp: Irp,
  context: unknown,
) => NtStatus;

/** Called once, when the request is cancelled; it completes the IRP. IRQL <= DISPATCH_LEVEL. */
export type CancelRoutine = (device: DeviceObject | null, irp: Irp) => void;

const NULL_ADDRESS = virtual(0);

export class IoStackLocation {
  majorFunction = 0;
  minorFunction = 0;
  /** Set by IoMarkIrpPending. */
  isPending = false;
  ioControlCode = 0;
  inputBufferLength = 0;
  outputBufferLength = 0;
  type3InputBuffer: VirtualAddress = NULL_ADDRESS;
  /** What a minor function needs beyond these, such as the resources of a start request. */
  parameters: unknown = null;
  deviceObject: DeviceObject | null = null;
  fileObject: FileObject | null = null;
  completionRoutine: CompletionRoutine | null = null;
  completionContext: unknown = null;
  invokeOnSuccess = false;
  invokeOnError = false;
  invokeOnCancel = false;

  clear(): void {
    this.majorFunction = 0;
    this.minorFunction = 0;
    this.isPending = false;
    this.ioControlCode = 0;
    this.inputBufferLength = 0;
    this.outputBufferLength = 0;
    this.type3InputBuffer = NULL_ADDRESS;
    this.parameters = null;
    this.deviceObject = null;
    this.fileObject = null;
    this.clearCompletion();
  }

  clearCompletion(): void {
    this.completionRoutine = null;
    this.completionContext = null;
    this.invokeOnSuccess = false;
    this.invokeOnError = false;
    this.invokeOnCancel = false;
  }

  /** IoCopyCurrentIrpStackLocationToNext copies all but the completion routine. */
  copyFrom(source: IoStackLocation): void {
    this.majorFunction = source.majorFunction;
    this.minorFunction = source.minorFunction;
    this.isPending = false;
    this.ioControlCode = source.ioControlCode;
    this.inputBufferLength = source.inputBufferLength;
    this.outputBufferLength = source.outputBufferLength;
    this.type3InputBuffer = source.type3InputBuffer;
    this.parameters = source.parameters;
    this.fileObject = source.fileObject;
    this.clearCompletion();
  }
}

export class Irp {
  /** IO_STATUS_BLOCK: `information` is a byte count for most requests. */
  readonly ioStatus: { status: NtStatus; information: number } = {
    status: STATUS_SUCCESS,
    information: 0,
  };
  requestorMode: RequestorMode = 'kernel';
  /** Width of pointers in the caller's structures. */
  pointerBytes: PointerBytes = 8;
  /** The output buffer as the caller named it; nobody has probed it. */
  userBuffer: VirtualAddress = NULL_ADDRESS;
  /** AssociatedIrp.SystemBuffer: nonpaged pool, 0 when the request has none. */
  systemBuffer: VirtualAddress = NULL_ADDRESS;
  /** IRP_BUFFERED_IO, IRP_DEALLOCATE_BUFFER, IRP_INPUT_OPERATION. */
  flags = 0;
  /** Tells a completion routine that a lower driver returned STATUS_PENDING. */
  pendingReturned = false;
  /** The request was cancelled, whether or not a driver noticed. */
  cancel = false;
  cancelRoutine: CancelRoutine | null = null;
  /** Tail.Overlay.DriverContext: the driver that holds the IRP keeps here what it likes. */
  driverContext: unknown = null;
  /** The process whose request this is; its handles are the ones in the buffers. */
  process: Process | null = null;
  isCompleted = false;
  stackCount = 0;
  /** Index of the current location; counts down from `stackCount` as drivers call each other. */
  currentLocation = 0;

  /** Set when the request is over. */
  readonly done: Kevent;
  /** The I/O manager's own: who is told of the end, and the list of requests in flight. */
  completed: ((irp: Irp) => void) | null = null;
  nextInFlight: Irp | null = null;
  previousInFlight: Irp | null = null;
  inFlight = false;
  readonly locations: IoStackLocation[] = [];

  constructor(trace: Trace) {
    this.done = new Kevent(trace, 'IRP', 'notification');
  }

  /** Makes a packet that has been used ready for a stack of `stackCount` drivers. */
  prepare(stackCount: number): void {
    while (this.locations.length < stackCount) this.locations.push(new IoStackLocation());
    for (let index = 0; index < stackCount; index++) this.location(index).clear();
    this.stackCount = stackCount;
    this.currentLocation = stackCount;
    this.ioStatus.status = STATUS_SUCCESS;
    this.ioStatus.information = 0;
    this.requestorMode = 'kernel';
    this.pointerBytes = 8;
    this.userBuffer = NULL_ADDRESS;
    this.systemBuffer = NULL_ADDRESS;
    this.flags = 0;
    this.pendingReturned = false;
    this.cancel = false;
    this.cancelRoutine = null;
    this.driverContext = null;
    this.process = null;
    this.isCompleted = false;
    this.completed = null;
    this.done.clear();
  }

  location(index: number): IoStackLocation {
    const location = this.locations[index];
    if (location === undefined) throw new Error(`the IRP has no stack location ${index}`);
    return location;
  }

  /** IoGetCurrentIrpStackLocation. */
  get current(): IoStackLocation {
    return this.location(this.currentLocation);
  }

  /** IoGetNextIrpStackLocation: where the parameters for the driver below go. */
  get next(): IoStackLocation {
    return this.location(this.currentLocation - 1);
  }

  get majorFunction(): number {
    return this.current.majorFunction;
  }

  get minorFunction(): number {
    return this.current.minorFunction;
  }

  get ioControlCode(): number {
    return this.current.ioControlCode;
  }

  get inputBufferLength(): number {
    return this.current.inputBufferLength;
  }

  get outputBufferLength(): number {
    return this.current.outputBufferLength;
  }

  get type3InputBuffer(): VirtualAddress {
    return this.current.type3InputBuffer;
  }

  get fileObject(): FileObject | null {
    return this.current.fileObject;
  }

  get parameters(): unknown {
    return this.current.parameters;
  }

  /** IoMarkIrpPending: this driver will return STATUS_PENDING and complete the IRP later. */
  markPending(): void {
    this.current.isPending = true;
  }

  /** IoCopyCurrentIrpStackLocationToNext. */
  copyCurrentToNext(): void {
    this.next.copyFrom(this.current);
  }

  /** IoSkipCurrentIrpStackLocation: the driver below gets this driver's own location. */
  skipCurrent(): void {
    this.currentLocation++;
  }

  /**
   * IoSetCompletionRoutine. The routine lies in the next lower location, and gets the device of
   * the driver that set it.
   */
  setCompletionRoutine(
    routine: CompletionRoutine,
    context: unknown,
    onSuccess = true,
    onError = true,
    onCancel = true,
  ): void {
    const next = this.next;
    next.completionRoutine = routine;
    next.completionContext = context;
    next.invokeOnSuccess = onSuccess;
    next.invokeOnError = onError;
    next.invokeOnCancel = onCancel;
  }

  /** IoSetCancelRoutine: the routine that was set before. */
  setCancelRoutine(routine: CancelRoutine | null): CancelRoutine | null {
    const old = this.cancelRoutine;
    this.cancelRoutine = routine;
    return old;
  }
}
