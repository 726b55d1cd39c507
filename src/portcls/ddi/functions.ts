/**
 * The functions PortCls exports to a driver. They keep their Windows names whole, as a driver's
 * import table has them. Source: portcls.h and the reference page of each function.
 */
import type { Guid } from '../../base/guid.ts';
import { guid } from '../../base/guid.ts';
import type { AddDeviceRoutine, DeviceObject, Irp } from '../../kernel/ddi/index.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import {
  call,
  type FunctionsOf,
  input,
  kind,
  optionalInput,
  output,
  outputStruct,
} from './declare.ts';
import { dmaChannelFunctions } from './dma-channel.ts';
import { ioTimeoutFunctions } from './io-timeout.ts';
import {
  DEVICE_REGISTRY_PROPERTY,
  NTSTATUS,
  PCM_RESOURCE_LIST,
  PDEVICE_OBJECT,
  PDRIVER_OBJECT,
  PIRP,
  PPCPROPERTY_REQUEST,
  PUNICODE_STRING,
  PUNKNOWN,
  PWSTR,
  REFCLSID,
  ULONG,
} from './kinds.ts';
import {
  type InterruptSyncMode,
  type IResourceList,
  PINTERRUPTSYNC,
  PPORT,
  PREGISTRYKEY,
  PRESOURCELIST,
  PSERVICEGROUP,
} from './port.ts';
import { DEVICE_POWER_STATE_KIND } from './power.ts';
import { streamResourceFunctions } from './stream-resources.ts';

const DISPATCH_LEVEL = 2;
const HIGH_LEVEL = 15;

export const CLSID_PortWaveRT: Guid = guid(
  '{CC9BE57A-EB9E-42B4-94FC-0CAD3DBCE7FA}',
  'CLSID_PortWaveRT',
);
export const CLSID_PortTopology: Guid = guid(
  '{B4C90A32-5791-11D0-86F9-00A0C911B544}',
  'CLSID_PortTopology',
);

/** The default device extension in pointers. A driver's own part begins behind it. */
export const PORT_CLASS_DEVICE_EXTENSION_WORDS = 64;
export const PORT_CLASS_DEVICE_EXTENSION_SIZE = PORT_CLASS_DEVICE_EXTENSION_WORDS * 8;
/** Words 4 to 7 of the default extension are the driver's as well. */
export const DRIVER_EXTENSION_WORDS = { first: 4, last: 7 } as const;

/** PCPFNSTARTDEVICE. */
export type StartDeviceRoutine = (
  deviceObject: DeviceObject,
  irp: Irp,
  resourceList: IResourceList,
) => NtStatus;

const POOL_TYPE = ULONG;

export const portClsFunctions = {
  PcInitializeAdapterDriver: call(NTSTATUS, [
    input('DriverObject', PDRIVER_OBJECT),
    input('RegistryPathName', PUNICODE_STRING),
    input('AddDevice', kind<AddDeviceRoutine>('PDRIVER_ADD_DEVICE')),
  ]),
  PcAddAdapterDevice: call(NTSTATUS, [
    input('DriverObject', PDRIVER_OBJECT),
    input('PhysicalDeviceObject', PDEVICE_OBJECT),
    input('StartDevice', kind<StartDeviceRoutine>('PCPFNSTARTDEVICE')),
    input('MaxObjects', ULONG),
    input('DeviceExtensionSize', ULONG),
  ]),
  PcNewPort: call(NTSTATUS, [output('OutPort', PPORT), input('ClassID', REFCLSID)]),
  PcRegisterSubdevice: call(NTSTATUS, [
    input('DeviceObject', PDEVICE_OBJECT),
    input('Name', PWSTR),
    input('Unknown', PUNKNOWN),
  ]),
  PcRegisterPhysicalConnection: call(NTSTATUS, [
    input('DeviceObject', PDEVICE_OBJECT),
    input('FromUnknown', PUNKNOWN),
    input('FromPin', ULONG),
    input('ToUnknown', PUNKNOWN),
    input('ToPin', ULONG),
  ]),
  PcRegisterPhysicalConnectionToExternal: call(NTSTATUS, [
    input('DeviceObject', PDEVICE_OBJECT),
    input('FromUnknown', PUNKNOWN),
    input('FromPin', ULONG),
    input('ToString', PUNICODE_STRING),
    input('ToPin', ULONG),
  ]),
  PcRegisterPhysicalConnectionFromExternal: call(NTSTATUS, [
    input('DeviceObject', PDEVICE_OBJECT),
    input('FromString', PUNICODE_STRING),
    input('FromPin', ULONG),
    input('ToUnknown', PUNKNOWN),
    input('ToPin', ULONG),
  ]),
  PcNewResourceList: call(NTSTATUS, [
    output('OutResourceList', kind<IResourceList | null>('PRESOURCELIST')),
    optionalInput('OuterUnknown', PUNKNOWN),
    input('PoolType', POOL_TYPE),
    input('TranslatedResources', PCM_RESOURCE_LIST),
    input('UntranslatedResources', PCM_RESOURCE_LIST),
  ]),
  PcNewResourceSublist: call(NTSTATUS, [
    output('OutResourceList', kind<IResourceList | null>('PRESOURCELIST')),
    optionalInput('OuterUnknown', PUNKNOWN),
    input('PoolType', POOL_TYPE),
    input('ParentList', PRESOURCELIST),
    input('MaximumEntries', ULONG),
  ]),
  PcNewInterruptSync: call(NTSTATUS, [
    output('OutInterruptSync', PINTERRUPTSYNC),
    optionalInput('OuterUnknown', PUNKNOWN),
    input('ResourceList', PRESOURCELIST),
    input('ResourceIndex', ULONG),
    input('Mode', kind<InterruptSyncMode>('INTERRUPTSYNCMODE')),
  ]),
  PcNewServiceGroup: call(NTSTATUS, [
    output('OutServiceGroup', PSERVICEGROUP),
    optionalInput('OuterUnknown', PUNKNOWN),
  ]),
  PcNewRegistryKey: call(NTSTATUS, [
    output('OutRegistryKey', PREGISTRYKEY),
    optionalInput('OuterUnknown', PUNKNOWN),
    input('RegistryKeyType', ULONG),
    input('DesiredAccess', ULONG),
    optionalInput('DeviceObject', PDEVICE_OBJECT),
    optionalInput('SubDevice', PUNKNOWN),
    optionalInput('ObjectAttributes', PUNICODE_STRING),
    optionalInput('CreateOptions', ULONG),
    output('Disposition', ULONG),
  ]),
  PcGetDeviceProperty: call(NTSTATUS, [
    // The page types the device object PVOID, as the header does.
    input('DeviceObject', kind<DeviceObject>('PVOID')),
    input('DeviceProperty', DEVICE_REGISTRY_PROPERTY),
    input('BufferLength', ULONG),
    outputStruct('PropertyBuffer', kind<Uint8Array | null>('PVOID')),
    output('ResultLength', ULONG),
  ]),
  PcCompletePendingPropertyRequest: call(
    NTSTATUS,
    [input('PropertyRequest', PPCPROPERTY_REQUEST), input('NtStatus', NTSTATUS)],
    { maxIrql: DISPATCH_LEVEL },
  ),
  PcDispatchIrp: call(NTSTATUS, [input('pDeviceObject', PDEVICE_OBJECT), input('pIrp', PIRP)]),
  PcForwardIrpSynchronous: call(NTSTATUS, [
    input('DeviceObject', PDEVICE_OBJECT),
    input('Irp', PIRP),
  ]),
  PcCompleteIrp: call(
    NTSTATUS,
    [input('pDeviceObject', PDEVICE_OBJECT), input('pIrp', PIRP), input('ntStatus', NTSTATUS)],
    { maxIrql: DISPATCH_LEVEL },
  ),
  PcGetPhysicalDeviceObject: call(
    NTSTATUS,
    [
      input('pDeviceObject', PDEVICE_OBJECT),
      output('ppPhysicalObject', kind<DeviceObject | null>('PDEVICE_OBJECT')),
    ],
    { maxIrql: HIGH_LEVEL, since: 'win8' },
  ),
  PcRegisterAdapterPowerManagement: call(NTSTATUS, [
    input('Unknown', PUNKNOWN),
    // The page types the device object PVOID, as the header does.
    input('pvContext1', kind<DeviceObject>('PVOID')),
  ]),
  PcUnregisterAdapterPowerManagement: call(NTSTATUS, [input('pDeviceObject', PDEVICE_OBJECT)], {
    since: 'win7',
  }),
  PcRequestNewPowerState: call(NTSTATUS, [
    input('pDeviceObject', PDEVICE_OBJECT),
    input('RequestedNewState', DEVICE_POWER_STATE_KIND),
  ]),
  PcRegisterAdapterPnpManagement: call(
    NTSTATUS,
    [input('Unknown', PUNKNOWN), input('DeviceObject', PDEVICE_OBJECT)],
    { since: 'win10' },
  ),
  PcUnregisterAdapterPnpManagement: call(NTSTATUS, [input('DeviceObject', PDEVICE_OBJECT)], {
    since: 'win10',
  }),
  ...streamResourceFunctions,
  ...dmaChannelFunctions,
  ...ioTimeoutFunctions,
} as const;

export type PortClsDdi = FunctionsOf<typeof portClsFunctions>;
