/**
 * The WavePci port and its miniport: the client's own pages reach the miniport as mappings, each
 * one run of bytes that is contiguous on the bus, and come back from it when the device is done
 * with them. Source: portcls.h and the reference page of each interface.
 */
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import { type Guid, guid } from '../../base/guid.ts';
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  inputOutput,
  kind,
  optionalInput,
  output,
  outputStruct,
} from './declare.ts';
import { PDMACHANNEL } from './dma-channel.ts';
import {
  BOOLEAN,
  CONTEXT,
  KSSTATE_KIND,
  NTSTATUS,
  PKSDATAFORMAT,
  PUNKNOWN,
  ULONG,
  ULONGLONG,
  VOID,
} from './kinds.ts';
import { IID_IMiniport } from './miniport.ts';
import { IID_IPort, type IServiceGroup, PRESOURCELIST, PSERVICEGROUP } from './port.ts';
import { IID_IUnknown, type IUnknown } from './unknown.ts';

const AT_DISPATCH = { maxIrql: 2 } as const;
const ANY_LEVEL = { maxIrql: 15 } as const;

export const CLSID_PortWavePci: Guid = guid(
  '{B4C90A54-5791-11D0-86F9-00A0C911B544}',
  'CLSID_PortWavePci',
);

const POOL_TYPE = kind<number>('POOL_TYPE');
const DMA_WIDTH = kind<number>('DMA_WIDTH');
const DMA_SPEED = kind<number>('DMA_SPEED');

/** KSALLOCATOR_FRAMING: how a stream would like its buffers. Frames and FrameSize 0: any. */
export interface KsAllocatorFraming {
  /** A union with OptionsFlags. */
  requirementsFlags: number;
  poolType: number;
  frames: number;
  frameSize: number;
  /** A mask: 0 for bytes, 3 for double words; a union with FramePitch. */
  fileAlignment: number;
  reserved: number;
}

export const IID_IPortWavePci = declareInterface(
  'IPortWavePci',
  '{B4C90A50-5791-11D0-86F9-00A0C911B544}',
  IID_IPort,
  {
    /** DMA of the group's streams has moved on: their service routines run in a DPC. */
    notify: call(VOID, [input('ServiceGroup', kind<IServiceGroup>('PSERVICEGROUP'))], ANY_LEVEL),
    newMasterDmaChannel: call(NTSTATUS, [
      output('DmaChannel', PDMACHANNEL),
      optionalInput('OuterUnknown', PUNKNOWN),
      input('PoolType', POOL_TYPE),
      optionalInput('ResourceList', PRESOURCELIST),
      input('ScatterGather', BOOLEAN),
      input('Dma32BitAddresses', BOOLEAN),
      input('Dma64BitAddresses', BOOLEAN),
      input('IgnoreCount', BOOLEAN),
      /** (DMA_WIDTH)(-1): not used. */
      input('DmaWidth', DMA_WIDTH),
      /** (DMA_SPEED)(-1): not used. */
      input('DmaSpeed', DMA_SPEED),
      input('MaximumLength', ULONG),
      /** 0: not used. */
      input('DmaPort', ULONG),
    ]),
  },
);
export type IPortWavePci = InterfaceType<typeof IID_IPortWavePci>;
export const PPORTWAVEPCI = kind<IPortWavePci>('PPORTWAVEPCI');

/**
 * Where a miniport stream gets mappings and gives them back, oldest first. A tag is the miniport's
 * own name for a mapping, any value, unique among those that are open. GetMapping answers
 * STATUS_NOT_FOUND when nothing is queued, and MappingAvailable follows once. No spin lock of the
 * caller's may be held.
 */
export const IID_IPortWavePciStream = declareInterface(
  'IPortWavePciStream',
  '{B4C90A51-5791-11D0-86F9-00A0C911B544}',
  IID_IUnknown,
  {
    getMapping: call(
      NTSTATUS,
      [
        input('Tag', CONTEXT),
        output('PhysicalAddress', kind<PhysicalAddress>('PHYSICAL_ADDRESS')),
        output('VirtualAddress', kind<VirtualAddress>('PVOID')),
        output('ByteCount', ULONG),
        /** Nonzero on the last mapping of a packet. */
        output('Flags', ULONG),
      ],
      AT_DISPATCH,
    ),
    releaseMapping: call(NTSTATUS, [input('Tag', CONTEXT)], AT_DISPATCH),
    terminatePacket: call(NTSTATUS, [], AT_DISPATCH),
  },
);
export type IPortWavePciStream = InterfaceType<typeof IID_IPortWavePciStream>;
export const PPORTWAVEPCISTREAM = kind<IPortWavePciStream>('PPORTWAVEPCISTREAM');

/** On the port stream object: write position = play position + offset, in bytes, from then on. */
export const IID_IPreFetchOffset = declareInterface(
  'IPreFetchOffset',
  '{7000F480-ED44-4E8B-B38A-412F8D7A504D}',
  IID_IUnknown,
  {
    setPreFetchOffset: call(VOID, [input('PreFetchOffset', ULONG)], {
      maxIrql: 15,
      since: 'xp',
    }),
  },
);
export type IPreFetchOffset = InterfaceType<typeof IID_IPreFetchOffset>;

/** A stream of a WavePci miniport. */
export const IID_IMiniportWavePciStream = declareInterface(
  'IMiniportWavePciStream',
  '{B4C90A53-5791-11D0-86F9-00A0C911B544}',
  IID_IUnknown,
  {
    setFormat: call(NTSTATUS, [input('DataFormat', PKSDATAFORMAT)]),
    setState: call(NTSTATUS, [input('State', KSSTATE_KIND)]),
    /** Bytes since the stream began, at the DAC or the ADC. Events ask at DISPATCH_LEVEL. */
    getPosition: call(NTSTATUS, [output('Position', ULONGLONG)], AT_DISPATCH),
    /** Bytes in, units of 100 ns out. */
    normalizePhysicalPosition: call(
      NTSTATUS,
      [inputOutput('PhysicalPosition', kind<number>('LONGLONG'))],
      ANY_LEVEL,
    ),
    getAllocatorFraming: call(NTSTATUS, [
      outputStruct('AllocatorFraming', kind<KsAllocatorFraming>('PKSALLOCATOR_FRAMING')),
    ]),
    /** Both ends included; at DISPATCH_LEVEL. MappingsRevoked leaves released ones out. */
    revokeMappings: call(
      NTSTATUS,
      [input('FirstTag', CONTEXT), input('LastTag', CONTEXT), output('MappingsRevoked', ULONG)],
      AT_DISPATCH,
    ),
    mappingAvailable: call(VOID, [], AT_DISPATCH),
    /** At DISPATCH_LEVEL, in KSSTATE_RUN. */
    service: call(VOID, [], AT_DISPATCH),
  },
);
export type IMiniportWavePciStream = InterfaceType<typeof IID_IMiniportWavePciStream>;
export const PMINIPORTWAVEPCISTREAM = kind<IMiniportWavePciStream | null>('PMINIPORTWAVEPCISTREAM');

export const IID_IMiniportWavePci = declareInterface(
  'IMiniportWavePci',
  '{B4C90A52-5791-11D0-86F9-00A0C911B544}',
  IID_IMiniport,
  {
    /** ServiceGroup comes with a reference, which is the port's, or stays null. */
    init: call(NTSTATUS, [
      input('UnknownAdapter', kind<IUnknown | null>('PUNKNOWN')),
      input('ResourceList', PRESOURCELIST),
      input('Port', PPORTWAVEPCI),
      output('ServiceGroup', PSERVICEGROUP),
    ]),
    /** Stream and ServiceGroup come with a reference each, DmaChannel with none. */
    newStream: call(NTSTATUS, [
      output('Stream', PMINIPORTWAVEPCISTREAM),
      optionalInput('OuterUnknown', PUNKNOWN),
      input('PoolType', POOL_TYPE),
      input('PortStream', PPORTWAVEPCISTREAM),
      input('Pin', ULONG),
      input('Capture', BOOLEAN),
      input('DataFormat', PKSDATAFORMAT),
      output('DmaChannel', PDMACHANNEL),
      output('ServiceGroup', PSERVICEGROUP),
    ]),
    /** At DISPATCH_LEVEL. */
    service: call(VOID, [], AT_DISPATCH),
  },
);
export type IMiniportWavePci = InterfaceType<typeof IID_IMiniportWavePci>;
