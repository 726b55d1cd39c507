/**
 * What every wave port checks before it opens a pin: the connection that the client asks for
 * against the pin's factory, and the instance limits. Source: KsCreatePin, PCPIN_DESCRIPTOR.
 */
import type { Guid } from '../base/guid.ts';
import { GENERIC_READ, GENERIC_WRITE } from '../kernel/io/io-codes.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { PinConnect } from '../ks/pin-connect.ts';
import type { PinFactory, PinIdentifier } from '../standards/ks/descriptors.ts';
import { KSINSTANCE_INDETERMINATE, KSPIN_COMMUNICATION } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { FilterInstance } from './filter-instance.ts';
import { isWellFormed } from './pin-format.ts';
import type { PortObject } from './port-object.ts';

/** The pages give no status for one instance too many. */
export const STATUS_TOO_MANY_INSTANCES = STATUS_INSUFFICIENT_RESOURCES;

/** The interface, medium and format of the connection against what the factory offers. */
export function checkConnect(factory: PinFactory, connect: PinConnect): NtStatus {
  const canOpen =
    factory.communication === KSPIN_COMMUNICATION.SINK ||
    factory.communication === KSPIN_COMMUNICATION.BOTH;
  if (!canOpen) return STATUS_INVALID_DEVICE_REQUEST;
  if (connect.pinToHandle !== 0 || !isWellFormed(connect.format)) return STATUS_INVALID_PARAMETER;
  const isOffered = (list: readonly PinIdentifier[], set: Guid, id: number): boolean =>
    list.some((offered) => offered.set === set && offered.id === id);
  const isCompatible =
    isOffered(factory.interfaces, connect.interfaceSet, connect.interfaceId) &&
    isOffered(factory.mediums, connect.mediumSet, connect.mediumId);
  return isCompatible ? STATUS_SUCCESS : STATUS_NO_MATCH;
}

/** Whether one more pin of the factory may be opened. */
export function hasRoom(filter: FilterInstance, pinId: number): boolean {
  const counts = filter.instances(pinId);
  const mayGrow = (current: number, possible: number): boolean =>
    possible === KSINSTANCE_INDETERMINATE || current < possible;
  return (
    mayGrow(counts.filterCurrent, counts.filterPossible) &&
    mayGrow(counts.globalCurrent, counts.globalPossible)
  );
}

/** Windows opens the pin whatever the access; the documents ask for one that fits the flow. */
export function adviseAccess(port: PortObject, irp: Irp, isCapture: boolean): void {
  const access = irp.fileObject?.desiredAccess ?? 0;
  const wanted = isCapture ? GENERIC_READ : GENERIC_WRITE;
  if ((access & wanted) !== 0) return;
  const name = isCapture ? 'GENERIC_READ' : 'GENERIC_WRITE';
  port.portClass.findings.report(`a client opened a pin without ${name}`);
}
