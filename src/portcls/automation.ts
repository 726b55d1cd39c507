/**
 * A miniport's automation table as a property table: each item's handler gets a
 * PCPROPERTY_REQUEST, and may answer at once or return STATUS_PENDING and complete it later
 * through PcCompletePendingPropertyRequest. Source: PCPROPERTY_ITEM, PCPROPERTY_REQUEST.
 */
import { virtual } from '../base/brand.ts';
import { type PropertyHandler, type PropertyItem, PropertyTable } from '../ks/property-table.ts';
import type { KsRequest } from '../ks/request.ts';
import {
  KSPROPERTY,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
} from '../standards/ks/requests.ts';
import { type NtStatus, STATUS_PENDING } from '../standards/nt/ntstatus.ts';
import type { PcAutomationTable, PcPropertyItem } from './ddi/descriptors.ts';
import type { PcPropertyRequest } from './ddi/property-request.ts';
import type { IUnknown } from './ddi/unknown.ts';

/** Whose handlers these are: the miniport, and the stream when a pin is asked. */
export interface AutomationTargets {
  readonly majorTarget: IUnknown;
  readonly minorTarget: IUnknown | null;
}

/** The request record of a driver, with the kernel streaming request that it stands for. */
export class PropertyRequestRecord implements PcPropertyRequest {
  readonly majorTarget: IUnknown;
  readonly minorTarget: IUnknown | null;
  readonly node: number;
  readonly propertyItem: PcPropertyItem;
  readonly verb: number;
  readonly instanceSize: number;
  readonly instance;
  valueSize: number;
  readonly value;
  readonly irp;
  readonly request: KsRequest;
  isPending = false;

  constructor(targets: AutomationTargets, item: PcPropertyItem, request: KsRequest) {
    this.majorTarget = targets.majorTarget;
    this.minorTarget = targets.minorTarget;
    this.node = request.node;
    this.propertyItem = item;
    this.verb = request.verb;
    this.instanceSize = request.instanceBytes;
    this.instance = request.instanceBytes > 0 ? virtual(request.instanceAt) : null;
    this.valueSize = request.valueBytes;
    this.value = request.valueBytes > 0 ? virtual(request.valueAt) : null;
    this.request = request;
    if (request.irp === null) throw new Error('a property request without an IRP');
    this.irp = request.irp;
  }
}

/** Builds the table; null when the miniport gave none. */
export function automationTable(
  table: PcAutomationTable | null | undefined,
  targets: AutomationTargets,
): PropertyTable | null {
  if (table === null || table === undefined) return null;
  return new PropertyTable(
    table.properties.map((item) => ({ set: item.set, items: [propertyItem(item, targets)] })),
  );
}

function propertyItem(item: PcPropertyItem, targets: AutomationTargets): PropertyItem {
  const handler: PropertyHandler = (request) => callHandler(item, targets, request);
  const serves = (flag: number): boolean => (item.flags & flag) !== 0;
  return {
    id: item.id,
    request: KSPROPERTY,
    value: 0,
    ...(serves(KSPROPERTY_TYPE_GET) ? { get: handler } : {}),
    ...(serves(KSPROPERTY_TYPE_SET) ? { set: handler } : {}),
    ...(serves(KSPROPERTY_TYPE_BASICSUPPORT) ? { basicSupport: handler } : {}),
  };
}

function callHandler(
  item: PcPropertyItem,
  targets: AutomationTargets,
  request: KsRequest,
): NtStatus {
  const record = new PropertyRequestRecord(targets, item, request);
  request.context = record;
  const status = item.handler(record);
  if (status === STATUS_PENDING) record.isPending = true;
  request.information = record.valueSize;
  return status;
}
