/**
 * The WaveCyclic port and its miniport: the port copies the client's sound into a cyclic buffer of
 * the miniport's DMA channel, a little ahead of the position that the stream tells, each time the
 * miniport notifies it. Source: portcls.h and the reference page of each interface.
 */

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
} from './declare.ts';
import { PDMACHANNEL, PDMACHANNELSLAVE } from './dma-channel.ts';
import {
  BOOLEAN,
  KSSTATE_KIND,
  NTSTATUS,
  PKSDATAFORMAT,
  PUNKNOWN,
  PVOID,
  ULONG,
  VOID,
} from './kinds.ts';
import { IID_IMiniport } from './miniport.ts';
import { IID_IPort, type IServiceGroup, PRESOURCELIST, PSERVICEGROUP } from './port.ts';
import { IID_IUnknown } from './unknown.ts';

const DISPATCH_LEVEL = 2;
const ANY_LEVEL = { maxIrql: 15 } as const;

export const CLSID_PortWaveCyclic: Guid = guid(
  '{B4C90A2A-5791-11D0-86F9-00A0C911B544}',
  'CLSID_PortWaveCyclic',
);

const POOL_TYPE = kind<number>('POOL_TYPE');
const DMA_WIDTH = kind<number>('DMA_WIDTH');
const DMA_SPEED = kind<number>('DMA_SPEED');

export const IID_IPortWaveCyclic = declareInterface(
  'IPortWaveCyclic',
  '{B4C90A26-5791-11D0-86F9-00A0C911B544}',
  IID_IPort,
  {
    notify: call(VOID, [input('ServiceGroup', kind<IServiceGroup>('PSERVICEGROUP'))], ANY_LEVEL),
    newSlaveDmaChannel: call(NTSTATUS, [
      output('DmaChannel', PDMACHANNELSLAVE),
      optionalInput('OuterUnknown', PUNKNOWN),
      optionalInput('ResourceList', PRESOURCELIST),
      input('DmaIndex', ULONG),
      input('MaximumLength', ULONG),
      input('DemandMode', BOOLEAN),
      input('DmaSpeed', DMA_SPEED),
    ]),
    newMasterDmaChannel: call(NTSTATUS, [
      output('DmaChannel', PDMACHANNEL),
      optionalInput('OuterUnknown', PUNKNOWN),
      optionalInput('ResourceList', PRESOURCELIST),
      input('MaximumLength', ULONG),
      input('Dma32BitAddresses', BOOLEAN),
      input('Dma64BitAddresses', BOOLEAN),
      /** (DMA_WIDTH)(-1): not used. */
      input('DmaWidth', DMA_WIDTH),
      /** (DMA_SPEED)(-1): not used. */
      input('DmaSpeed', DMA_SPEED),
    ]),
  },
);
export type IPortWaveCyclic = InterfaceType<typeof IID_IPortWaveCyclic>;
export const PPORTWAVECYCLIC = kind<IPortWaveCyclic>('PPORTWAVECYCLIC');

/** A stream of a WaveCyclic miniport. */
export const IID_IMiniportWaveCyclicStream = declareInterface(
  'IMiniportWaveCyclicStream',
  '{B4C90A28-5791-11D0-86F9-00A0C911B544}',
  IID_IUnknown,
  {
    setFormat: call(NTSTATUS, [input('DataFormat', PKSDATAFORMAT)]),
    /** Milliseconds in and, as return value, out; FrameSize is the bytes of one interval. */
    setNotificationFreq: call(ULONG, [input('Interval', ULONG), output('FrameSize', ULONG)]),
    setState: call(NTSTATUS, [input('State', KSSTATE_KIND)]),
    /** An offset in bytes from the start of the cyclic buffer. */
    getPosition: call(NTSTATUS, [output('Position', ULONG)], { maxIrql: DISPATCH_LEVEL }),
    /** Bytes transferred in, units of 100 ns out. */
    normalizePhysicalPosition: call(
      NTSTATUS,
      [inputOutput('PhysicalPosition', kind<number>('LONGLONG'))],
      ANY_LEVEL,
    ),
    silence: call(VOID, [input('Buffer', PVOID), input('ByteCount', ULONG)], ANY_LEVEL),
  },
);
export type IMiniportWaveCyclicStream = InterfaceType<typeof IID_IMiniportWaveCyclicStream>;
export const PMINIPORTWAVECYCLICSTREAM = kind<IMiniportWaveCyclicStream | null>(
  'PMINIPORTWAVECYCLICSTREAM',
);

export const IID_IMiniportWaveCyclic = declareInterface(
  'IMiniportWaveCyclic',
  '{B4C90A27-5791-11D0-86F9-00A0C911B544}',
  IID_IMiniport,
  {
    init: call(NTSTATUS, [
      optionalInput('UnknownAdapter', PUNKNOWN),
      input('ResourceList', PRESOURCELIST),
      input('Port', PPORTWAVECYCLIC),
    ]),
    /** Stream, DmaChannel and ServiceGroup come with a reference each, which is the port's. */
    newStream: call(NTSTATUS, [
      output('Stream', PMINIPORTWAVECYCLICSTREAM),
      optionalInput('OuterUnknown', PUNKNOWN),
      input('PoolType', POOL_TYPE),
      input('Pin', ULONG),
      input('Capture', BOOLEAN),
      input('DataFormat', PKSDATAFORMAT),
      output('DmaChannel', PDMACHANNEL),
      output('ServiceGroup', PSERVICEGROUP),
    ]),
  },
);
export type IMiniportWaveCyclic = InterfaceType<typeof IID_IMiniportWaveCyclic>;
