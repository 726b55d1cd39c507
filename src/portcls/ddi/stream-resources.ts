/**
 * Stream resources: the interrupts and threads that a driver streams with, which it tells the
 * system of, so that they can be kept apart from other work. Source: IPortClsStreamResourceManager
 * and 2, PCSTREAMRESOURCE_DESCRIPTOR, PcAddStreamResource.
 */
import { struct } from '../../base/struct.ts';
import type { DeviceObject, Kinterrupt, Kthread } from '../../kernel/ddi/index.ts';
import { call, declareInterface, type InterfaceType, input, kind, output } from './declare.ts';
import { NTSTATUS, PDEVICE_OBJECT, PVOID_OR_NULL } from './kinds.ts';
import { IID_IUnknown } from './unknown.ts';

/** PcStreamResourceType. */
export const PcStreamResourceType = { Interrupt: 0, Thread: 1, Set: 2 } as const;
export type PcStreamResourceType = (typeof PcStreamResourceType)[keyof typeof PcStreamResourceType];

/**
 * PCSTREAMRESOURCE_DESCRIPTOR in C. The last two words are a union: an interrupt has its version
 * in the first and its object in the second, a thread or a set lies in the first.
 */
export const PCSTREAMRESOURCE_DESCRIPTOR = struct('PCSTREAMRESOURCE_DESCRIPTOR', {
  Size: 'u32',
  Flags: 'u32',
  Pdo: 'ptr',
  Type: 'u32',
  Resource: 'ptr',
  Generic: 'ptr',
});

/** The same as an object: the member of the union that Type names is there, the others are not. */
export interface PcStreamResourceDescriptor {
  /** Bytes of the struct in C. */
  readonly size: number;
  /** 0; no flag is defined. */
  readonly flags: number;
  readonly pdo: DeviceObject | null;
  readonly type: PcStreamResourceType;
  readonly interrupt?: { readonly version: number; readonly generic: Kinterrupt | null };
  readonly thread?: Kthread | null;
  readonly resourceSet?: unknown;
}

/** PCSTREAMRESOURCE: a handle, which only PortCls looks into. */
export interface PcStreamResource {
  readonly descriptor: PcStreamResourceDescriptor;
}

const DESCRIPTOR = kind<PcStreamResourceDescriptor>('PPCSTREAMRESOURCE_DESCRIPTOR');
const HANDLE = kind<PcStreamResource>('PCSTREAMRESOURCE');
const NEW_HANDLE = kind<PcStreamResource | null>('PCSTREAMRESOURCE');
const SINCE = { since: 'win10' } as const;

export const IID_IPortClsStreamResourceManager = declareInterface(
  'IPortClsStreamResourceManager',
  '{E1CD9915-CAB1-4103-BB2F-7DC09C9BE942}',
  IID_IUnknown,
  {
    addStreamResource: call(
      NTSTATUS,
      [
        input('ResourceSet', PVOID_OR_NULL),
        input('ResourceDescriptor', DESCRIPTOR),
        output('ResourceHandle', NEW_HANDLE),
      ],
      SINCE,
    ),
    removeStreamResource: call(NTSTATUS, [input('ResourceHandle', HANDLE)], SINCE),
  },
);
export type IPortClsStreamResourceManager = InterfaceType<typeof IID_IPortClsStreamResourceManager>;

/** Adds a resource to a device that need not be the port's. */
export const IID_IPortClsStreamResourceManager2 = declareInterface(
  'IPortClsStreamResourceManager2',
  '{0D500BAE-D565-469D-A0E2-F283760D7148}',
  IID_IPortClsStreamResourceManager,
  {
    addStreamResource2: call(
      NTSTATUS,
      [
        input('PhysicalDeviceObject', PDEVICE_OBJECT),
        input('ResourceSet', PVOID_OR_NULL),
        input('ResourceDescriptor', DESCRIPTOR),
        output('ResourceHandle', NEW_HANDLE),
      ],
      SINCE,
    ),
  },
);
export type IPortClsStreamResourceManager2 = InterfaceType<
  typeof IID_IPortClsStreamResourceManager2
>;

/** The same as functions, for drivers that run on no older Windows. */
export const streamResourceFunctions = {
  PcAddStreamResource: call(
    NTSTATUS,
    [
      input('PhysicalDeviceObject', PDEVICE_OBJECT),
      input('ResourceSet', PVOID_OR_NULL),
      input('ResourceDescriptor', DESCRIPTOR),
      output('ResourceHandle', NEW_HANDLE),
    ],
    SINCE,
  ),
  PcRemoveStreamResource: call(NTSTATUS, [input('ResourceHandle', HANDLE)], SINCE),
} as const;
