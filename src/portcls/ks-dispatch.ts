/**
 * The dispatch routines that PcInitializeAdapterDriver installs for files: a create opens a filter
 * by its reference string or a pin by its KSPIN_CONNECT; device controls are kernel streaming
 * requests; a close lets go. Source: PcInitializeAdapterDriver, "Startup Sequence".
 */
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { disableEvent, dispatchEvent } from '../ks/event-dispatch.ts';
import { isPinName, readPinConnect } from '../ks/pin-connect.ts';
import { dispatchProperty } from '../ks/property-dispatch.ts';
import { KsRequest } from '../ks/request.ts';
import { answerSetSupport, missingItem } from '../ks/set-table.ts';
import {
  IOCTL_KS_DISABLE_EVENT,
  IOCTL_KS_ENABLE_EVENT,
  IOCTL_KS_METHOD,
  IOCTL_KS_PROPERTY,
  IOCTL_KS_READ_STREAM,
  IOCTL_KS_WRITE_STREAM,
  KSMETHOD_TYPE_SETSUPPORT,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_ACCESS_DENIED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import { FilterInstance } from './filter-instance.ts';
import type { KsFile } from './ks-file.ts';

/** Holds any request of fixed size; lists and formats may be longer. */
const KEPT_BUFFER_BYTES = 256;

export class KsDispatch {
  readonly #kernel: Kernel;
  readonly #adapterOf: (device: DeviceObject) => AdapterDevice;
  /** Requests not in use; one that pends stays out until it is completed. */
  readonly #spare: KsRequest[] = [];
  /** The request with a buffer of its own, while there are adapters. */
  #keeper: KsRequest | null = null;
  #adapters = 0;

  constructor(kernel: Kernel, adapterOf: (device: DeviceObject) => AdapterDevice) {
    this.#kernel = kernel;
    this.#adapterOf = adapterOf;
  }

  /** IRP_MJ_CREATE. */
  create(device: DeviceObject, irp: Irp): NtStatus {
    return this.#complete(irp, this.#open(this.#adapterOf(device), irp));
  }

  #open(adapter: AdapterDevice, irp: Irp): NtStatus {
    const file = irp.fileObject;
    if (file === null) return STATUS_INVALID_PARAMETER;
    if (!adapter.isStarted) return STATUS_INVALID_DEVICE_STATE;
    if (file.relatedFileObject !== null) return this.#openPin(irp);
    const port = adapter.portNamed(file.fileNameText.replace(/^\\/, ''));
    if (port === null) return STATUS_OBJECT_NAME_NOT_FOUND;
    file.fsContext = new FilterInstance(port);
    return STATUS_SUCCESS;
  }

  #openPin(irp: Irp): NtStatus {
    const file = irp.fileObject;
    const filter = file?.relatedFileObject?.fsContext;
    if (file === null || !(filter instanceof FilterInstance)) return STATUS_INVALID_PARAMETER;
    if (!isPinName(file.fileName)) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!filter.port.isBound) return STATUS_INVALID_DEVICE_STATE;
    const connect = readPinConnect(file.fileName, irp.pointerBytes);
    if (connect === null) return STATUS_INVALID_PARAMETER;
    filter.port.pins.checkReentrance();
    const { status, pin } = filter.port.openPin(filter, connect, irp);
    if (ntSuccess(status)) file.fsContext = pin;
    return status;
  }

  /** IRP_MJ_DEVICE_CONTROL. */
  deviceControl(_device: DeviceObject, irp: Irp): NtStatus {
    const context = irp.fileObject?.fsContext as KsFile | null | undefined;
    if (context === null || context === undefined) {
      return this.#complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    // A handle outlives its device; what is behind it is gone.
    if (!context.isBound) return this.#complete(irp, STATUS_INVALID_DEVICE_STATE);
    if (!context.mayUse(irp)) return this.#complete(irp, STATUS_ACCESS_DENIED);
    switch (irp.ioControlCode) {
      case IOCTL_KS_PROPERTY:
        return this.#property(context, irp);
      case IOCTL_KS_METHOD:
        return this.#method(irp);
      case IOCTL_KS_ENABLE_EVENT:
        return this.#enableEvent(context, irp);
      case IOCTL_KS_DISABLE_EVENT:
        return this.#complete(irp, disableEvent(irp, context.events));
      case IOCTL_KS_WRITE_STREAM:
      case IOCTL_KS_READ_STREAM:
        return context.streamRequest?.(irp) ?? this.#complete(irp, STATUS_INVALID_DEVICE_REQUEST);
      default:
        return this.#complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
  }

  #property(context: KsFile, irp: Irp): NtStatus {
    const request = this.#spare.pop() ?? new KsRequest(this.#kernel);
    let status = request.capture(irp);
    if (!ntSuccess(status)) {
      this.#spare.push(request);
      return this.#complete(irp, status);
    }
    status = dispatchProperty(request, context.tablesFor(request.node));
    if (status === STATUS_PENDING) {
      irp.markPending();
      return STATUS_PENDING;
    }
    return this.#finish(request, irp, status);
  }

  /** An adapter came: from now on one request has a buffer of its own, and needs no pool. */
  adapterAdded(): void {
    this.#adapters++;
    if (this.#adapters > 1) return;
    const request = new KsRequest(this.#kernel);
    if (request.keepBuffer(KEPT_BUFFER_BYTES)) this.#keeper = request;
    this.#spare.push(request);
  }

  /** An adapter went; with the last one goes the buffer. */
  adapterRemoved(): void {
    this.#adapters--;
    if (this.#adapters > 0) return;
    this.#keeper?.dropBuffer();
    this.#keeper = null;
  }

  /** Completes a request that a handler kept: it answered STATUS_PENDING. */
  completePending(request: KsRequest, status: NtStatus): void {
    const irp = request.irp;
    if (irp !== null) this.#finish(request, irp, status);
  }

  #finish(request: KsRequest, irp: Irp, status: NtStatus): NtStatus {
    request.finish(status);
    this.#spare.push(request);
    this.#kernel.io.IoCompleteRequest(irp);
    return status;
  }

  #enableEvent(context: KsFile, irp: Irp): NtStatus {
    const tables = (request: KsRequest): NtStatus =>
      dispatchEvent(request, context.eventTablesFor(request.node), context);
    return this.#answer(irp, true, tables);
  }

  /** The audio stack has no methods, whatever a miniport's tables hold: no set is known. */
  #method(irp: Irp): NtStatus {
    return this.#answer(irp, false, (request) =>
      request.verb === KSMETHOD_TYPE_SETSUPPORT
        ? answerSetSupport(request, [])
        : missingItem([], request.set),
    );
  }

  /** Captures a request that is answered at once, and completes it. */
  #answer(irp: Irp, mayBeEmpty: boolean, answer: (request: KsRequest) => NtStatus): NtStatus {
    const request = this.#spare.pop() ?? new KsRequest(this.#kernel);
    const captured = request.capture(irp, mayBeEmpty);
    if (ntSuccess(captured)) return this.#finish(request, irp, answer(request));
    this.#spare.push(request);
    return this.#complete(irp, captured);
  }

  #complete(irp: Irp, status: NtStatus): NtStatus {
    irp.ioStatus.status = status;
    this.#kernel.io.IoCompleteRequest(irp);
    return status;
  }
}
