/**
 * The filter descriptor that a miniport hands to its port, as TypeScript objects with the members
 * of PCFILTER_DESCRIPTOR and its parts; and the C layouts, for drivers that bring them as bytes.
 * Array counts and item sizes of the C structs are the arrays' own here.
 * Source: portcls.h and the reference pages of the PCxxx_DESCRIPTOR structs.
 */
import type { Guid } from '../../base/guid.ts';
import { struct } from '../../base/struct.ts';
import type { DataRange, PinIdentifier } from '../../standards/ks/descriptors.ts';
import type { KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import type { PcEventRequest, PcMethodRequest } from './event-request.ts';
import type { PcPropertyRequest } from './property-request.ts';

/** PCPROPERTY_ITEM. Flags are KSPROPERTY_TYPE bits of the requests that the handler serves. */
export interface PcPropertyItem {
  readonly set: Guid;
  readonly id: number;
  readonly flags: number;
  readonly handler: (request: PcPropertyRequest) => NtStatus;
}

/** PCEVENT_ITEM. Flags are KSEVENT_TYPE bits of the requests that the handler serves. */
export interface PcEventItem {
  readonly set: Guid;
  readonly id: number;
  readonly flags: number;
  readonly handler: (request: PcEventRequest) => NtStatus;
}

/** PCMETHOD_ITEM. Flags are KSMETHOD_TYPE bits; no client's request reaches the handler. */
export interface PcMethodItem {
  readonly set: Guid;
  readonly id: number;
  readonly flags: number;
  readonly handler: (request: PcMethodRequest) => NtStatus;
}

/** PCAUTOMATION_TABLE. */
export interface PcAutomationTable {
  readonly properties: readonly PcPropertyItem[];
  readonly methods?: readonly PcMethodItem[];
  readonly events?: readonly PcEventItem[];
}

/** PCPIN_DESCRIPTOR with its KSPIN_DESCRIPTOR. */
export interface PcPinDescriptor {
  readonly maxGlobalInstanceCount: number;
  readonly maxFilterInstanceCount: number;
  readonly minFilterInstanceCount: number;
  readonly automationTable?: PcAutomationTable | null;
  readonly mediums?: readonly PinIdentifier[];
  readonly dataRanges: readonly DataRange[];
  readonly dataFlow: KSPIN_DATAFLOW;
  readonly communication: KSPIN_COMMUNICATION;
  readonly category: Guid | null;
  readonly name?: Guid | null;
}

/** PCNODE_DESCRIPTOR. */
export interface PcNodeDescriptor {
  readonly automationTable?: PcAutomationTable | null;
  readonly type: Guid;
  readonly name?: Guid | null;
}

/** PCCONNECTION_DESCRIPTOR; PCFILTER_NODE stands for a pin of the filter. */
export interface PcConnectionDescriptor {
  readonly fromNode: number;
  readonly fromNodePin: number;
  readonly toNode: number;
  readonly toNodePin: number;
}

/** PCFILTER_DESCRIPTOR. */
export interface PcFilterDescriptor {
  readonly version: 0;
  readonly automationTable?: PcAutomationTable | null;
  readonly pins: readonly PcPinDescriptor[];
  readonly nodes: readonly PcNodeDescriptor[];
  readonly connections: readonly PcConnectionDescriptor[];
  readonly categories: readonly Guid[];
}

export type { DataRange, PinIdentifier };

export const PCFILTER_NODE = 0xffffffff;

export const PCFILTER_DESCRIPTOR = struct('PCFILTER_DESCRIPTOR', {
  Version: 'u32',
  AutomationTable: 'ptr',
  PinSize: 'u32',
  PinCount: 'u32',
  Pins: 'ptr',
  NodeSize: 'u32',
  NodeCount: 'u32',
  Nodes: 'ptr',
  ConnectionCount: 'u32',
  Connections: 'ptr',
  CategoryCount: 'u32',
  Categories: 'ptr',
});

/** The last two fields are a union with a LONGLONG, which aligns the struct to 8. */
const KSPIN_DESCRIPTOR_FIELDS = {
  InterfacesCount: 'u32',
  Interfaces: 'ptr',
  MediumsCount: 'u32',
  Mediums: 'ptr',
  DataRangesCount: 'u32',
  DataRanges: 'ptr',
  DataFlow: 'u32',
  Communication: 'u32',
  Category: 'ptr',
  Name: 'ptr',
  ConstrainedDataRangesCount: 'u32',
  ConstrainedDataRanges: 'ptr',
} as const;
export const KSPIN_DESCRIPTOR = struct('KSPIN_DESCRIPTOR', KSPIN_DESCRIPTOR_FIELDS, { align: 8 });
export const PCPIN_DESCRIPTOR = struct(
  'PCPIN_DESCRIPTOR',
  {
    MaxGlobalInstanceCount: 'u32',
    MaxFilterInstanceCount: 'u32',
    MinFilterInstanceCount: 'u32',
    AutomationTable: 'ptr',
    ...KSPIN_DESCRIPTOR_FIELDS,
  },
  { align: 8 },
);

export const PCNODE_DESCRIPTOR = struct('PCNODE_DESCRIPTOR', {
  Flags: 'u32',
  AutomationTable: 'ptr',
  Type: 'ptr',
  Name: 'ptr',
});

export const PCCONNECTION_DESCRIPTOR = struct('PCCONNECTION_DESCRIPTOR', {
  FromNode: 'u32',
  FromNodePin: 'u32',
  ToNode: 'u32',
  ToNodePin: 'u32',
});

export const PCAUTOMATION_TABLE = struct('PCAUTOMATION_TABLE', {
  PropertyItemSize: 'u32',
  PropertyCount: 'u32',
  Properties: 'ptr',
  MethodItemSize: 'u32',
  MethodCount: 'u32',
  Methods: 'ptr',
  EventItemSize: 'u32',
  EventCount: 'u32',
  Events: 'ptr',
  Reserved: 'u32',
});

const ITEM = { Set: 'ptr', Id: 'u32', Flags: 'u32', Handler: 'ptr' } as const;
export const PCPROPERTY_ITEM = struct('PCPROPERTY_ITEM', ITEM);
export const PCMETHOD_ITEM = struct('PCMETHOD_ITEM', ITEM);
export const PCEVENT_ITEM = struct('PCEVENT_ITEM', ITEM);

export const PCPROPERTY_REQUEST = struct('PCPROPERTY_REQUEST', {
  MajorTarget: 'ptr',
  MinorTarget: 'ptr',
  Node: 'u32',
  PropertyItem: 'ptr',
  Verb: 'u32',
  InstanceSize: 'u32',
  Instance: 'ptr',
  ValueSize: 'u32',
  Value: 'ptr',
  Irp: 'ptr',
});

export const PCEVENT_REQUEST = struct('PCEVENT_REQUEST', {
  MajorTarget: 'ptr',
  MinorTarget: 'ptr',
  Node: 'u32',
  EventItem: 'ptr',
  EventEntry: 'ptr',
  Verb: 'u32',
  Irp: 'ptr',
});

export const PCMETHOD_REQUEST = struct('PCMETHOD_REQUEST', {
  MajorTarget: 'ptr',
  MinorTarget: 'ptr',
  Node: 'u32',
  MethodItem: 'ptr',
  Verb: 'u32',
});
