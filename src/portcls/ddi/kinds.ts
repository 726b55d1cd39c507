/** The C types that appear in PortCls' DDI, each with the TypeScript type that stands for it. */
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import type { Guid } from '../../base/guid.ts';
import type {
  DeviceObject,
  DriverObject,
  Irp,
  Kinterrupt,
  Mdl,
  MEMORY_CACHING_TYPE,
  ResourceDescriptor,
} from '../../kernel/ddi/index.ts';
import type { KSSTATE } from '../../standards/ks/requests.ts';
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import { kind } from './declare.ts';
import type { PcFilterDescriptor } from './descriptors.ts';
import type { PcPropertyRequest } from './property-request.ts';
import type {
  DeviceDescription,
  KsAudioPosition,
  KsRtAudioHwLatency,
  KsRtAudioHwRegister,
} from './structs.ts';
import type { IUnknown } from './unknown.ts';

export const VOID = kind<void>('VOID');
export const NTSTATUS = kind<NtStatus>('NTSTATUS');
export const ULONG = kind<number>('ULONG');
export const ULONGLONG = kind<number>('ULONGLONG');
export const SIZE_T = kind<number>('SIZE_T');
export const BOOLEAN = kind<boolean>('BOOLEAN');
/** A pointer into the machine's memory. */
export const PVOID = kind<VirtualAddress>('PVOID');
export const PVOID_OR_NULL = kind<VirtualAddress | null>('PVOID');
export const PWSTR = kind<string>('PWSTR');
export const PUNICODE_STRING = kind<string>('PUNICODE_STRING');
export const REFGUID = kind<Guid>('REFGUID');
export const REFCLSID = kind<Guid>('REFCLSID');
/** Four bytes wide, where a BOOLEAN has one. */
export const BOOL = kind<boolean>('BOOL');
export const DEVICE_REGISTRY_PROPERTY = kind<number>('DEVICE_REGISTRY_PROPERTY');
/** A driver's own context: an object in TypeScript, a pointer in C. */
export const CONTEXT = kind<unknown>('PVOID');
export const PHYSICAL_ADDRESS = kind<PhysicalAddress>('PHYSICAL_ADDRESS');
export const MEMORY_CACHING_TYPE_KIND = kind<MEMORY_CACHING_TYPE>('MEMORY_CACHING_TYPE');
export const PMDL = kind<Mdl>('PMDL');
export const PMDL_OR_NULL = kind<Mdl | null>('PMDL');
export const PDRIVER_OBJECT = kind<DriverObject>('PDRIVER_OBJECT');
export const PDEVICE_OBJECT = kind<DeviceObject>('PDEVICE_OBJECT');
export const PIRP = kind<Irp>('PIRP');
export const PKINTERRUPT = kind<Kinterrupt | null>('PKINTERRUPT');
export const PUNKNOWN = kind<IUnknown>('PUNKNOWN');
export const KSSTATE_KIND = kind<KSSTATE>('KSSTATE');
/** A KSDATAFORMAT, or a KSDATARANGE, in memory: it ends where its FormatSize says. */
export const PKSDATAFORMAT = kind<VirtualAddress>('PKSDATAFORMAT');
export const PKSDATARANGE = kind<VirtualAddress>('PKSDATARANGE');
/** The KSP_PIN of a request, in memory. */
export const PKSP_PIN = kind<VirtualAddress>('PKSP_PIN');
export const PKSAUDIO_POSITION = kind<KsAudioPosition>('PKSAUDIO_POSITION');
export const PKSRTAUDIO_HWLATENCY = kind<KsRtAudioHwLatency>('PKSRTAUDIO_HWLATENCY');
export const PKSRTAUDIO_HWREGISTER = kind<KsRtAudioHwRegister>('PKSRTAUDIO_HWREGISTER');
export const PDEVICE_DESCRIPTION = kind<DeviceDescription>('PDEVICE_DESCRIPTION');
export const PPCFILTER_DESCRIPTOR = kind<PcFilterDescriptor | null>('PPCFILTER_DESCRIPTOR');
export const PPCPROPERTY_REQUEST = kind<PcPropertyRequest>('PPCPROPERTY_REQUEST');
export const PCM_PARTIAL_RESOURCE_DESCRIPTOR = kind<ResourceDescriptor | null>(
  'PCM_PARTIAL_RESOURCE_DESCRIPTOR',
);
export const PCM_RESOURCE_LIST = kind<readonly ResourceDescriptor[]>('PCM_RESOURCE_LIST');
