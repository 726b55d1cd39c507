/**
 * DMA channels: IDmaChannel couples an adapter object with the one common buffer that port,
 * miniport and device share, and IDmaChannelSlave adds the system DMA controller that moves the
 * data of a device without DMA of its own. Source: portcls.h and the reference page of each.
 */
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import type { DEVICE_DESCRIPTION, DeviceObject, DmaAdapter } from '../../kernel/ddi/index.ts';
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  kind,
  optionalInput,
  output,
} from './declare.ts';
import { BOOLEAN, NTSTATUS, PHYSICAL_ADDRESS, PUNKNOWN, PVOID, ULONG, VOID } from './kinds.ts';
import { IID_IUnknown } from './unknown.ts';

const DISPATCH_LEVEL = 2;
const ANY_LEVEL = { maxIrql: 15 } as const;

export const IID_IDmaChannel = declareInterface(
  'IDmaChannel',
  '{22C6AC61-851B-11D0-9A7F-00AA0038ACFE}',
  IID_IUnknown,
  {
    allocateBuffer: call(NTSTATUS, [
      input('BufferSize', ULONG),
      /** Only the bits set in it may change from the first byte of the buffer to the last. */
      optionalInput('PhysicalAddressConstraint', kind<PhysicalAddress>('PPHYSICAL_ADDRESS')),
    ]),
    freeBuffer: call(VOID, []),
    transferCount: call(ULONG, [], ANY_LEVEL),
    maximumBufferSize: call(ULONG, [], ANY_LEVEL),
    allocatedBufferSize: call(ULONG, [], ANY_LEVEL),
    bufferSize: call(ULONG, [], ANY_LEVEL),
    setBufferSize: call(VOID, [input('BufferSize', ULONG)], ANY_LEVEL),
    /** Null before AllocateBuffer. */
    systemAddress: call(kind<VirtualAddress | null>('PVOID'), [], ANY_LEVEL),
    /** 0 before AllocateBuffer. */
    physicalAddress: call(PHYSICAL_ADDRESS, [], ANY_LEVEL),
    getAdapterObject: call(kind<DmaAdapter>('PADAPTER_OBJECT'), [], ANY_LEVEL),
    copyTo: call(
      VOID,
      [input('Destination', PVOID), input('Source', PVOID), input('ByteCount', ULONG)],
      ANY_LEVEL,
    ),
    copyFrom: call(
      VOID,
      [input('Destination', PVOID), input('Source', PVOID), input('ByteCount', ULONG)],
      ANY_LEVEL,
    ),
  },
);
export type IDmaChannel = InterfaceType<typeof IID_IDmaChannel>;
export const PDMACHANNEL = kind<IDmaChannel | null>('PDMACHANNEL');

export const IID_IDmaChannelSlave = declareInterface(
  'IDmaChannelSlave',
  '{22C6AC62-851B-11D0-9A7F-00AA0038ACFE}',
  IID_IDmaChannel,
  {
    start: call(NTSTATUS, [input('MapSize', ULONG), input('WriteToDevice', BOOLEAN)]),
    stop: call(NTSTATUS, [], { maxIrql: DISPATCH_LEVEL }),
    readCounter: call(ULONG, [], { maxIrql: DISPATCH_LEVEL }),
    /** Microseconds. */
    waitForTC: call(NTSTATUS, [input('Timeout', ULONG)]),
  },
);
export type IDmaChannelSlave = InterfaceType<typeof IID_IDmaChannelSlave>;
export const PDMACHANNELSLAVE = kind<IDmaChannelSlave | null>('PDMACHANNELSLAVE');

/** PcNewDmaChannel, which is obsolete and works still. PASSIVE_LEVEL. */
export const dmaChannelFunctions = {
  PcNewDmaChannel: call(NTSTATUS, [
    output('OutDmaChannel', PDMACHANNEL),
    optionalInput('OuterUnknown', PUNKNOWN),
    input('PoolType', kind<number>('POOL_TYPE')),
    input('DeviceDescription', kind<DEVICE_DESCRIPTION>('PDEVICE_DESCRIPTION')),
    input('DeviceObject', kind<DeviceObject>('PDEVICE_OBJECT')),
  ]),
} as const;
