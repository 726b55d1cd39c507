/**
 * The interfaces a port and its helper objects give to a driver: IPort and descendants, the
 * WaveRT port stream, resource lists, interrupt synchronisation, service groups, registry keys.
 * Source: portcls.h and the reference page of each interface.
 */

import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  kind,
  optionalInput,
  output,
  outputStruct,
} from './declare.ts';
import {
  BOOLEAN,
  CONTEXT,
  DEVICE_REGISTRY_PROPERTY,
  MEMORY_CACHING_TYPE_KIND,
  NTSTATUS,
  PCM_PARTIAL_RESOURCE_DESCRIPTOR,
  PCM_RESOURCE_LIST,
  PDEVICE_OBJECT,
  PHYSICAL_ADDRESS,
  PIRP,
  PKINTERRUPT,
  PMDL,
  PMDL_OR_NULL,
  PUNICODE_STRING,
  PUNKNOWN,
  PVOID,
  SIZE_T,
  ULONG,
  ULONGLONG,
  VOID,
} from './kinds.ts';
import type { RegistryQueryEntry } from './registry-query.ts';
import { IID_IUnknown } from './unknown.ts';

const DISPATCH_LEVEL = 2;
const HIGH_LEVEL = 15;

export const IID_IResourceList = declareInterface(
  'IResourceList',
  '{22C6AC60-851B-11D0-9A7F-00AA0038ACFE}',
  IID_IUnknown,
  {
    numberOfEntries: call(ULONG, []),
    numberOfEntriesOfType: call(ULONG, [input('Type', ULONG)]),
    findTranslatedEntry: call(PCM_PARTIAL_RESOURCE_DESCRIPTOR, [
      input('Type', ULONG),
      input('Index', ULONG),
    ]),
    findUntranslatedEntry: call(PCM_PARTIAL_RESOURCE_DESCRIPTOR, [
      input('Type', ULONG),
      input('Index', ULONG),
    ]),
    addEntry: call(NTSTATUS, [
      input('Translated', PCM_PARTIAL_RESOURCE_DESCRIPTOR),
      input('Untranslated', PCM_PARTIAL_RESOURCE_DESCRIPTOR),
    ]),
    addEntryFromParent: call(NTSTATUS, [
      input('Parent', kind<IResourceListBase>('PRESOURCELIST')),
      input('Type', ULONG),
      input('Index', ULONG),
    ]),
    translatedList: call(PCM_RESOURCE_LIST, []),
    untranslatedList: call(PCM_RESOURCE_LIST, []),
  },
);
/** What AddEntryFromParent asks of the parent list. */
export interface IResourceListBase {
  findTranslatedEntry(
    type: number,
    index: number,
  ): import('../../kernel/ddi/index.ts').ResourceDescriptor | null;
  findUntranslatedEntry(
    type: number,
    index: number,
  ): import('../../kernel/ddi/index.ts').ResourceDescriptor | null;
}
export type IResourceList = InterfaceType<typeof IID_IResourceList>;
export const PRESOURCELIST = kind<IResourceList>('PRESOURCELIST');

export const RegistryKeyType = {
  GeneralRegistryKey: 0,
  DeviceRegistryKey: 1,
  DriverRegistryKey: 2,
  HwProfileRegistryKey: 3,
  DeviceInterfaceRegistryKey: 4,
} as const;

const PBYTES = kind<Uint8Array | null>('PVOID');
const PULONG_RESULT = ULONG;

export const IID_IRegistryKey = declareInterface(
  'IRegistryKey',
  '{E8DA4302-F304-11D0-958B-00C04FB925D3}',
  IID_IUnknown,
  {
    queryKey: call(NTSTATUS, [
      input('KeyInformationClass', ULONG),
      input('KeyInformation', PBYTES),
      input('Length', ULONG),
      output('ResultLength', PULONG_RESULT),
    ]),
    enumerateKey: call(NTSTATUS, [
      input('Index', ULONG),
      input('KeyInformationClass', ULONG),
      input('KeyInformation', PBYTES),
      input('Length', ULONG),
      output('ResultLength', PULONG_RESULT),
    ]),
    queryValueKey: call(NTSTATUS, [
      input('ValueName', PUNICODE_STRING),
      input('KeyValueInformationClass', ULONG),
      input('KeyValueInformation', PBYTES),
      input('Length', ULONG),
      output('ResultLength', PULONG_RESULT),
    ]),
    enumerateValueKey: call(NTSTATUS, [
      input('Index', ULONG),
      input('KeyValueInformationClass', ULONG),
      input('KeyValueInformation', PBYTES),
      input('Length', ULONG),
      output('ResultLength', PULONG_RESULT),
    ]),
    setValueKey: call(NTSTATUS, [
      optionalInput('ValueName', PUNICODE_STRING),
      input('Type', ULONG),
      input('Data', PBYTES),
      input('DataSize', ULONG),
    ]),
    queryRegistryValues: call(NTSTATUS, [
      input('QueryTable', kind<readonly RegistryQueryEntry[]>('PRTL_QUERY_REGISTRY_TABLE')),
      optionalInput('Context', CONTEXT),
    ]),
    newSubKey: call(NTSTATUS, [
      output('RegistrySubKey', kind<unknown>('PREGISTRYKEY')),
      optionalInput('OuterUnknown', PUNKNOWN),
      input('DesiredAccess', ULONG),
      input('SubKeyName', PUNICODE_STRING),
      input('CreateOptions', ULONG),
      output('Disposition', ULONG),
    ]),
    deleteKey: call(NTSTATUS, []),
  },
);
export type IRegistryKey = InterfaceType<typeof IID_IRegistryKey>;
export const PREGISTRYKEY = kind<IRegistryKey | null>('PREGISTRYKEY');

export const InterruptSyncMode = { Normal: 1, All: 2, Repeat: 3 } as const;
export type InterruptSyncMode = (typeof InterruptSyncMode)[keyof typeof InterruptSyncMode];

/** PINTERRUPTSYNCROUTINE: runs at the interrupt's level, alone. STATUS_SUCCESS claims. */
export type InterruptSyncRoutine = (interruptSync: unknown, dynamicContext: unknown) => NtStatus;
const PINTERRUPTSYNCROUTINE = kind<InterruptSyncRoutine>('PINTERRUPTSYNCROUTINE');

export const IID_IInterruptSync = declareInterface(
  'IInterruptSync',
  '{22C6AC63-851B-11D0-9A7F-00AA0038ACFE}',
  IID_IUnknown,
  {
    callSynchronizedRoutine: call(
      NTSTATUS,
      [input('Routine', PINTERRUPTSYNCROUTINE), input('DynamicContext', CONTEXT)],
      { maxIrql: HIGH_LEVEL },
    ),
    getKInterrupt: call(PKINTERRUPT, [], { maxIrql: HIGH_LEVEL }),
    connect: call(NTSTATUS, []),
    disconnect: call(VOID, []),
    registerServiceRoutine: call(NTSTATUS, [
      input('Routine', PINTERRUPTSYNCROUTINE),
      input('DynamicContext', CONTEXT),
      input('First', BOOLEAN),
    ]),
  },
);
export type IInterruptSync = InterfaceType<typeof IID_IInterruptSync>;
export const PINTERRUPTSYNC = kind<IInterruptSync | null>('PINTERRUPTSYNC');

export const IID_IServiceSink = declareInterface(
  'IServiceSink',
  '{22C6AC64-851B-11D0-9A7F-00AA0038ACFE}',
  IID_IUnknown,
  { requestService: call(VOID, [], { maxIrql: HIGH_LEVEL }) },
);
export type IServiceSink = InterfaceType<typeof IID_IServiceSink>;
export const PSERVICESINK = kind<IServiceSink>('PSERVICESINK');

export const IID_IServiceGroup = declareInterface(
  'IServiceGroup',
  '{22C6AC65-851B-11D0-9A7F-00AA0038ACFE}',
  IID_IServiceSink,
  {
    addMember: call(NTSTATUS, [input('ServiceSink', PSERVICESINK)]),
    removeMember: call(VOID, [input('ServiceSink', PSERVICESINK)]),
    supportDelayedService: call(VOID, []),
    requestDelayedService: call(VOID, [input('ullDelay', ULONGLONG)], { maxIrql: DISPATCH_LEVEL }),
    cancelDelayedService: call(VOID, [], { maxIrql: DISPATCH_LEVEL }),
  },
);
export type IServiceGroup = InterfaceType<typeof IID_IServiceGroup>;
export const PSERVICEGROUP = kind<IServiceGroup | null>('PSERVICEGROUP');

export const IID_IPort = declareInterface(
  'IPort',
  '{B4C90A25-5791-11D0-86F9-00A0C911B544}',
  IID_IUnknown,
  {
    init: call(NTSTATUS, [
      input('DeviceObject', PDEVICE_OBJECT),
      optionalInput('Irp', PIRP),
      input('UnknownMiniport', PUNKNOWN),
      optionalInput('UnknownAdapter', PUNKNOWN),
      input('ResourceList', PRESOURCELIST),
    ]),
    getDeviceProperty: call(NTSTATUS, [
      input('DeviceProperty', DEVICE_REGISTRY_PROPERTY),
      input('BufferLength', ULONG),
      outputStruct('PropertyBuffer', PBYTES),
      output('ResultLength', ULONG),
    ]),
    newRegistryKey: call(NTSTATUS, [
      output('OutRegistryKey', PREGISTRYKEY),
      optionalInput('OuterUnknown', PUNKNOWN),
      input('RegistryKeyType', ULONG),
      input('DesiredAccess', ULONG),
      optionalInput('ObjectAttributes', PUNICODE_STRING),
      optionalInput('CreateOptions', ULONG),
      output('Disposition', ULONG),
    ]),
  },
);
export type IPort = InterfaceType<typeof IID_IPort>;
export const PPORT = kind<IPort | null>('PPORT');

export const IID_IPortWaveRT = declareInterface(
  'IPortWaveRT',
  '{339FF909-68A9-4310-B09B-274E96EE4CBD}',
  IID_IPort,
  {},
);
export type IPortWaveRT = InterfaceType<typeof IID_IPortWaveRT>;
export const PPORTWAVERT = kind<IPortWaveRT>('PPORTWAVERT');

export const IID_IPortTopology = declareInterface(
  'IPortTopology',
  '{B4C90A30-5791-11D0-86F9-00A0C911B544}',
  IID_IPort,
  {},
);
export type IPortTopology = InterfaceType<typeof IID_IPortTopology>;
export const PPORTTOPOLOGY = kind<IPortTopology>('PPORTTOPOLOGY');

/** Allocates, maps and describes the pages of cyclic buffers. All methods at PASSIVE_LEVEL. */
export const IID_IPortWaveRTStream = declareInterface(
  'IPortWaveRTStream',
  '{1809CE5A-64BC-4E62-BD7D-95BCE43DE393}',
  IID_IUnknown,
  {
    allocatePagesForMdl: call(
      PMDL_OR_NULL,
      [input('HighAddress', PHYSICAL_ADDRESS), input('TotalBytes', SIZE_T)],
      { since: 'vista' },
    ),
    allocateContiguousPagesForMdl: call(
      PMDL_OR_NULL,
      [
        input('LowAddress', PHYSICAL_ADDRESS),
        input('HighAddress', PHYSICAL_ADDRESS),
        input('TotalBytes', SIZE_T),
      ],
      { since: 'vista' },
    ),
    mapAllocatedPages: call(
      kind<import('../../base/brand.ts').VirtualAddress | null>('PVOID'),
      [input('MemoryDescriptorList', PMDL), input('CacheType', MEMORY_CACHING_TYPE_KIND)],
      { since: 'vista' },
    ),
    unmapAllocatedPages: call(
      VOID,
      [input('BaseAddress', PVOID), input('MemoryDescriptorList', PMDL)],
      { since: 'vista' },
    ),
    freePagesFromMdl: call(VOID, [input('MemoryDescriptorList', PMDL)], { since: 'vista' }),
    getPhysicalPagesCount: call(ULONG, [input('MemoryDescriptorList', PMDL)], { since: 'vista' }),
    getPhysicalPageAddress: call(
      PHYSICAL_ADDRESS,
      [input('MemoryDescriptorList', PMDL), input('Index', ULONG)],
      { since: 'vista' },
    ),
  },
);
export type IPortWaveRTStream = InterfaceType<typeof IID_IPortWaveRTStream>;
export const PPORTWAVERTSTREAM = kind<IPortWaveRTStream>('PPORTWAVERTSTREAM');
