/**
 * The I/O manager's traffic: packets go down a stack with IoCallDriver and come up with
 * IoCompleteRequest. What Windows' verifier would object to on the way (a packet completed twice,
 * a status that disagrees with what was done, an IRQL that was not restored) is a bug check here.
 */
import { type Trace, traceKind } from '../../sim/trace.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_PENDING,
} from '../../standards/nt/ntstatus.ts';
import {
  type BugCheckRaiser,
  DRIVER_VERIFIER_DETECTED_VIOLATION,
  DRIVER_VERIFIER_IOMANAGER_VIOLATION,
  IRQL_NOT_LESS_OR_EQUAL,
  IRQL_UNEXPECTED_VALUE,
  MULTIPLE_IRP_COMPLETE_REQUESTS,
  NO_MORE_IRP_STACK_LOCATIONS,
  REFERENCE_BY_POINTER,
} from '../bug-check.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { Kevent } from '../dispatch/event.ts';
import type { DispatchParts } from '../dispatch/parts.ts';
import { DISPATCH_LEVEL, type Irql } from '../irql.ts';
import type { DeviceObject } from './device.ts';
import { IRP_MJ_DEVICE_CONTROL, majorFunctionName } from './io-codes.ts';
import { type IoStackLocation, Irp } from './irp.ts';
import { type IoMemory, releaseSystemBuffer } from './system-buffer.ts';

const irpCalled = traceKind('irp', 'device:text', 'major:hex', 'code:hex');
const irpCompleted = traceKind('irp done', 'major:hex', 'status:status', 'information:dec');

export class IoManager {
  readonly memory: IoMemory;
  readonly #trace: Trace;
  readonly #irql: Irql;
  readonly #raiser: BugCheckRaiser;
  readonly #dispatcher: Dispatcher;
  readonly #lookaside: Irp[] = [];
  #firstInFlight: Irp | null = null;

  constructor(parts: DispatchParts, dispatcher: Dispatcher, memory: IoMemory) {
    this.#trace = parts.trace;
    this.#irql = parts.irql;
    this.#raiser = parts.raiser;
    this.#dispatcher = dispatcher;
    this.memory = memory;
  }

  /** IoAllocateIrp: a cleared packet with room for `stackSize` drivers. IRQL <= DISPATCH_LEVEL. */
  IoAllocateIrp(stackSize: number): Irp {
    const irp = this.#lookaside.pop() ?? new Irp(this.#trace);
    irp.prepare(stackSize);
    irp.inFlight = true;
    irp.previousInFlight = null;
    irp.nextInFlight = this.#firstInFlight;
    if (this.#firstInFlight !== null) this.#firstInFlight.previousInFlight = irp;
    this.#firstInFlight = irp;
    return irp;
  }

  /** IoFreeIrp: the packet goes back to the lookaside list. IRQL <= DISPATCH_LEVEL. */
  IoFreeIrp(irp: Irp): void {
    if (!irp.inFlight) {
      this.#raiser.bugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, 0, 0, 0, 0, 'IRP freed twice');
    }
    if (irp.previousInFlight === null) this.#firstInFlight = irp.nextInFlight;
    else irp.previousInFlight.nextInFlight = irp.nextInFlight;
    if (irp.nextInFlight !== null) irp.nextInFlight.previousInFlight = irp.previousInFlight;
    irp.inFlight = false;
    irp.isCompleted = true;
    this.#lookaside.push(irp);
  }

  /**
   * IoCallDriver: hands the packet, whose next location is filled in, to `device`. The status is
   * the dispatch routine's own. IRQL <= DISPATCH_LEVEL; the caller no longer owns the packet.
   */
  IoCallDriver(device: DeviceObject, irp: Irp): NtStatus {
    if (irp.currentLocation <= 0) this.#raise(NO_MORE_IRP_STACK_LOCATIONS, device.name);
    if (device.isDeleted) this.#raise(REFERENCE_BY_POINTER, `${device.name} is deleted`);
    irp.currentLocation--;
    const location = irp.current;
    location.deviceObject = device;
    const major = location.majorFunction;
    const code = major === IRP_MJ_DEVICE_CONTROL ? location.ioControlCode : location.minorFunction;
    this.#trace.write(irpCalled, device.nameId, major, code);
    const routine = device.driver.MajorFunction[major];
    if (routine === undefined) throw new Error(`IRP major function ${major} does not exist`);
    const level = this.#irql.current;
    const status = routine(device, irp);
    if (this.#irql.current !== level) this.#raiseLevel(device, major, level);
    return status;
  }

  /**
   * IoCompleteRequest: `ioStatus` is final, and the completion routines of the drivers above run.
   * Twice is bug check MULTIPLE_IRP_COMPLETE_REQUESTS. IRQL <= DISPATCH_LEVEL.
   */
  IoCompleteRequest(irp: Irp): void {
    this.#checkCompletion(irp);
    while (irp.currentLocation < irp.stackCount) {
      const location = irp.current;
      irp.currentLocation++;
      irp.pendingReturned = location.isPending;
      const above = irp.currentLocation < irp.stackCount ? irp.current : null;
      const routine = location.completionRoutine;
      if (routine !== null && wantsCompletion(location, irp)) {
        const context = location.completionContext;
        location.clearCompletion();
        const status = routine(above === null ? null : above.deviceObject, irp, context);
        if (status === STATUS_MORE_PROCESSING_REQUIRED) return;
      } else if (above !== null && location.isPending) {
        above.isPending = true;
      }
    }
    releaseSystemBuffer(this.memory, irp);
    irp.isCompleted = true;
    irp.done.set();
    if (irp.completed !== null) irp.completed(irp);
  }

  /**
   * IoCancelIrp: marks the packet cancelled and calls its cancel routine, at DISPATCH_LEVEL. False
   * when it has none: the driver then sees `cancel` or completes it in its own time.
   */
  IoCancelIrp(irp: Irp): boolean {
    irp.cancel = true;
    const routine = irp.setCancelRoutine(null);
    if (routine === null || irp.isCompleted) return false;
    const device = irp.currentLocation < irp.stackCount ? irp.current.deviceObject : null;
    const old = this.#irql.raise(DISPATCH_LEVEL);
    routine(device, irp);
    this.#irql.lower(old);
    return true;
  }

  /** Sends a packet and checks that the driver's answer agrees with what it did. */
  send(device: DeviceObject, irp: Irp): NtStatus {
    const status = this.IoCallDriver(device, irp);
    if (irp.isCompleted) {
      if ((status === STATUS_PENDING) !== irp.pendingReturned) {
        this.#raiseDisagreement(device, irp, status, 'completed');
      }
    } else if (status !== STATUS_PENDING || !irp.location(irp.stackCount - 1).isPending) {
      this.#raiseDisagreement(device, irp, status, 'not completed');
    }
    return status;
  }

  /** Sends a packet and runs the event loop until it is over; its final status. PASSIVE_LEVEL. */
  sendAndWait(device: DeviceObject, irp: Irp): NtStatus {
    this.send(device, irp);
    if (!irp.isCompleted) this.#dispatcher.waitSynchronously(irp.done, null);
    return irp.ioStatus.status;
  }

  /**
   * IoForwardIrpSynchronously: sends a copy of the location to the driver below and waits; the
   * caller owns the packet again and completes it. The status is the lower driver's.
   * PASSIVE_LEVEL.
   */
  IoForwardIrpSynchronously(below: DeviceObject, irp: Irp): NtStatus {
    // Not `irp.done`: whoever sent the packet to the caller waits for that one.
    const isBack = new Kevent(this.#trace, 'forwarded IRP', 'notification');
    irp.copyCurrentToNext();
    irp.setCompletionRoutine(() => {
      isBack.set();
      return STATUS_MORE_PROCESSING_REQUIRED;
    }, null);
    const status = this.IoCallDriver(below, irp);
    if (status === STATUS_PENDING) this.#dispatcher.waitSynchronously(isBack, null);
    return irp.ioStatus.status;
  }

  /** The oldest packet in flight that `isWanted` accepts, or null. */
  findInFlight(isWanted: (irp: Irp) => boolean): Irp | null {
    let oldest: Irp | null = null;
    for (let irp = this.#firstInFlight; irp !== null; irp = irp.nextInFlight) {
      if (isWanted(irp)) oldest = irp;
    }
    return oldest;
  }

  outstanding(): string[] {
    const lines: string[] = [];
    for (let irp = this.#firstInFlight; irp !== null; irp = irp.nextInFlight) {
      const at = Math.min(irp.currentLocation, irp.stackCount - 1);
      const location = irp.location(at);
      const device = location.deviceObject === null ? 'no device' : location.deviceObject.name;
      lines.push(`IRP ${majorFunctionName(location.majorFunction)} at ${device}`);
    }
    return lines.reverse();
  }

  #checkCompletion(irp: Irp): void {
    const status = irp.ioStatus.status;
    const location = irp.currentLocation < irp.stackCount ? irp.current : null;
    const major = location === null ? -1 : location.majorFunction;
    if (irp.isCompleted) this.#raise(MULTIPLE_IRP_COMPLETE_REQUESTS, 'IRP completed twice');
    const level = this.#irql.current;
    if (level > DISPATCH_LEVEL) {
      const detail = `IoCompleteRequest at IRQL ${level}`;
      this.#raiser.bugCheck(IRQL_NOT_LESS_OR_EQUAL, 0, level, 0, 0, detail);
    }
    if (status === STATUS_PENDING) {
      const detail = `IRP ${majorFunctionName(major)} completed with STATUS_PENDING`;
      this.#raise(DRIVER_VERIFIER_IOMANAGER_VIOLATION, detail);
    }
    if (irp.cancelRoutine !== null) {
      const detail = `IRP ${majorFunctionName(major)} completed with a cancel routine`;
      this.#raise(DRIVER_VERIFIER_IOMANAGER_VIOLATION, detail);
    }
    this.#trace.write(irpCompleted, major, status, irp.ioStatus.information);
  }

  #raise(code: number, detail: string): never {
    return this.#raiser.bugCheck(code, 0, 0, 0, 0, detail);
  }

  #raiseLevel(device: DeviceObject, major: number, level: number): never {
    const left = this.#irql.current;
    const name = majorFunctionName(major);
    const detail = `${device.driver.name} left ${name} at IRQL ${left}, entered at ${level}`;
    return this.#raiser.bugCheck(IRQL_UNEXPECTED_VALUE, left, level, 0, 0, detail);
  }

  #raiseDisagreement(device: DeviceObject, irp: Irp, status: NtStatus, what: string): never {
    const location = irp.location(irp.stackCount - 1);
    const marked = irp.isCompleted ? irp.pendingReturned : location.isPending;
    const detail =
      `${device.driver.name} returned 0x${status.toString(16)} for IRP ` +
      `${majorFunctionName(location.majorFunction)}, which is ${what} and ` +
      `${marked ? 'marked' : 'not marked'} pending`;
    return this.#raise(DRIVER_VERIFIER_DETECTED_VIOLATION, detail);
  }
}

function wantsCompletion(location: IoStackLocation, irp: Irp): boolean {
  if (irp.cancel && location.invokeOnCancel) return true;
  return ntSuccess(irp.ioStatus.status) ? location.invokeOnSuccess : location.invokeOnError;
}
