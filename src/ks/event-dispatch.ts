/**
 * Dispatch of event requests over the tables of a target: what IOCTL_KS_ENABLE_EVENT checks before
 * an entry is made, the support queries, and IOCTL_KS_DISABLE_EVENT. Source: KsEnableEvent,
 * KsDisableEvent, IOCTL_KS_ENABLE_EVENT, KSEVENTDATA. All at PASSIVE_LEVEL.
 */
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Process } from '../kernel/io/process.ts';
import {
  KSE_PIN,
  KSEVENT,
  KSEVENT_TYPE_BASICSUPPORT,
  KSEVENT_TYPE_ENABLE,
  KSEVENT_TYPE_ONESHOT,
  KSEVENT_TYPE_SETSUPPORT,
  KSEVENTDATA,
  KSEVENTF_EVENT_HANDLE,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../standards/nt/ntstatus.ts';
import type { EventList } from './event-list.ts';
import { EventEntry, type EventItem, type EventTable } from './event-table.ts';
import type { KsRequest } from './request.ts';
import { answerSetSupport, findItem, missingItem } from './set-table.ts';

/** The page gives no status for an event type that the item's flags do not list. */
export const STATUS_EVENT_TYPE_REFUSED = STATUS_INVALID_DEVICE_REQUEST;

/** Where an event request arrives. */
export interface EventTarget {
  /** The pin behind the handle; 0xFFFFFFFF for a filter. */
  readonly pinId: number;
  readonly events: EventList;
}

/** Answers a captured IOCTL_KS_ENABLE_EVENT from the first of `tables` that has the event. */
export function dispatchEvent(
  request: KsRequest,
  tables: readonly EventTable[],
  target: EventTarget,
): NtStatus {
  if (request.verb === KSEVENT_TYPE_SETSUPPORT) return answerSetSupport(request, tables);
  const item = findItem(tables, request.set, request.id);
  if (item === null) return missingItem(tables, request.set);
  switch (request.verb) {
    case KSEVENT_TYPE_BASICSUPPORT:
      return item.support(request);
    case KSEVENT_TYPE_ENABLE:
    case KSEVENT_TYPE_ONESHOT:
      return enable(request, item, target);
    case KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT:
    case 0:
      return STATUS_INVALID_PARAMETER;
    default:
      return STATUS_NOT_SUPPORTED;
  }
}

function enable(request: KsRequest, item: EventItem, target: EventTarget): NtStatus {
  if ((item.flags & request.verb) === 0) return STATUS_EVENT_TYPE_REFUSED;
  const needed = item.namesPin ? KSE_PIN.size : KSEVENT.size;
  const layout = KSEVENTDATA.layout(request.pointerBytes);
  if (request.requestBytes < needed || request.valueBytes < layout.size) {
    return STATUS_INVALID_BUFFER_SIZE;
  }
  const { irp, view } = request;
  const process = irp?.process ?? null;
  const file = irp?.fileObject ?? null;
  const data = layout.read(view, request.valueAt);
  // Semaphores, DPCs and work items are for other clients than a process with event handles.
  const isServed = data.NotificationType === KSEVENTF_EVENT_HANDLE;
  if (irp === null || process === null || file === null || !isServed) {
    return STATUS_INVALID_PARAMETER;
  }
  const event = process.ObReferenceObjectByHandle(data.Event);
  if (event === null) return handleFault(process, data.Event);
  const pinId = item.namesPin
    ? view.getUint32(request.requestAt + KSE_PIN.offsets.PinId, true)
    : target.pinId;
  return addEntry(request, item, { pinId, process, file, event, irp });
}

interface EntryOrigin {
  readonly pinId: number;
  readonly process: Process;
  readonly file: object;
  readonly event: Kevent;
  readonly irp: Irp;
}

/** An entry that did not get onto the list is nobody's, whatever the status. */
function addEntry(request: KsRequest, item: EventItem, origin: EntryOrigin): NtStatus {
  const { event, file, irp, pinId, process } = origin;
  const entry = new EventEntry({
    item,
    set: request.set,
    node: request.node,
    pinId,
    isOneShot: request.verb === KSEVENT_TYPE_ONESHOT,
    file,
    dataAddress: irp.userBuffer,
    event,
    process,
  });
  const status = item.add(entry, request);
  if (!ntSuccess(status) || !entry.isListed) entry.release();
  return status;
}

function handleFault(process: Process, handle: number): NtStatus {
  return process.file(handle) === null ? STATUS_INVALID_HANDLE : STATUS_OBJECT_TYPE_MISMATCH;
}

/**
 * IOCTL_KS_DISABLE_EVENT: the input buffer is the very KSEVENTDATA that enabled the event; no
 * buffer disables all that this file enabled. STATUS_UNSUCCESSFUL when there is no such event.
 */
export function disableEvent(irp: Irp, events: EventList): NtStatus {
  const file = irp.fileObject;
  if (file === null) return STATUS_INVALID_PARAMETER;
  if (irp.inputBufferLength === 0) {
    events.removeAll(file);
    return STATUS_SUCCESS;
  }
  if (irp.inputBufferLength < KSEVENTDATA.layout(irp.pointerBytes).size) {
    return STATUS_INVALID_BUFFER_SIZE;
  }
  const entry = events.find(file, irp.type3InputBuffer);
  if (entry === null) return STATUS_UNSUCCESSFUL;
  events.remove(entry);
  return STATUS_SUCCESS;
}
