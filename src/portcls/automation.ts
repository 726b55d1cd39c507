/**
 * A miniport's automation table as a property table: each item's handler gets a
 * PCPROPERTY_REQUEST, and may answer at once or return STATUS_PENDING and complete it later
 * through PcCompletePendingPropertyRequest. Source: PCPROPERTY_ITEM, PCPROPERTY_REQUEST.
 */
import { virtual } from '../base/brand.ts';
import type { EventList } from '../ks/event-list.ts';
import { type PropertyHandler, type PropertyItem, PropertyTable } from '../ks/property-table.ts';
import type { KsRequest } from '../ks/request.ts';
import { KSPROPSETID_Audio } from '../standards/ks/guids.ts';
import {
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_TYPE_BASICSUPPORT,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
} from '../standards/ks/requests.ts';
import { KSPROPERTY_JACK, KSPROPSETID_Jack } from '../standards/ks/topology-controls.ts';
import { type NtStatus, STATUS_PENDING, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';
import type { PcAutomationTable, PcPropertyItem } from './ddi/descriptors.ts';
import {
  PCPROPERTY_ITEM_FLAG_DEFAULTVALUES,
  PCPROPERTY_ITEM_FLAG_SERIALIZE,
  type PcPropertyRequest,
} from './ddi/property-request.ts';
import type { IUnknown } from './ddi/unknown.ts';
import type { Findings } from './findings.ts';
import { isAnyConnected } from './jack-order.ts';
import { answerFault, clampFault } from './property-answer.ts';

const CHANNEL_BYTES = 4;
const PIN_BYTES = 4;
const FURTHER_VERBS = PCPROPERTY_ITEM_FLAG_SERIALIZE | PCPROPERTY_ITEM_FLAG_DEFAULTVALUES;

/** Whose handlers these are: the miniport, and the stream when a pin is asked. */
export interface AutomationTargets {
  readonly majorTarget: IUnknown;
  readonly minorTarget: IUnknown | null;
  readonly findings: Findings;
  /** The port's list of enabled events. */
  readonly events: EventList;
  /** Hears what the jack of a pin told a client. */
  readonly jackTold: (pinId: number, isConnected: boolean) => void;
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
  readonly #targets: AutomationTargets;

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
    this.#targets = targets;
    if (request.irp === null) throw new Error('a property request without an IRP');
    this.irp = request.irp;
  }

  /** The handler is done: its answer is checked, and its size becomes the request's. */
  answered(status: NtStatus): void {
    const { request, valueSize, verb } = this;
    const roomBytes = request.valueBytes;
    const value = roomBytes === 0 ? null : viewOf(request);
    const answer = { verb, status, roomBytes, valueSize, value };
    const { id, set } = this.propertyItem;
    const isVolume = set === KSPROPSETID_Audio && id === KSPROPERTY_AUDIO.VOLUMELEVEL;
    const fault = answerFault(answer) ?? (isVolume ? clampFault(answer, this.#channel()) : null);
    if (fault !== null) this.#targets.findings.report(`property ${set.name} ${id}: ${fault}`);
    const isWhole = status === STATUS_SUCCESS;
    const isJack = set === KSPROPSETID_Jack && id === KSPROPERTY_JACK.DESCRIPTION;
    if (isJack && isWhole && verb === KSPROPERTY_TYPE_GET && value !== null) this.#heard(value);
    request.information = isWhole ? Math.min(valueSize, roomBytes) : valueSize;
  }

  /** The jack's pin is named behind the property. */
  #heard(value: DataView): void {
    const { instanceAt, instanceBytes, view } = this.request;
    if (instanceBytes < PIN_BYTES) return;
    this.#targets.jackTold(view.getUint32(instanceAt, true), isAnyConnected(value));
  }

  /** The channel that a request to a node names, KSNODEPROPERTY_AUDIO_CHANNEL; null for none. */
  #channel(): number | null {
    const { instanceAt, instanceBytes, view } = this.request;
    return instanceBytes < CHANNEL_BYTES ? null : view.getUint32(instanceAt, true);
  }
}

function viewOf({ valueAt, valueBytes, view }: KsRequest): DataView {
  return new DataView(view.buffer, valueAt, valueBytes);
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
    further: { verbs: item.flags & FURTHER_VERBS, handler },
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
  else record.answered(status);
  return status;
}
