/**
 * What a driver gets from a port by QueryInterface beyond IPort: the event list, and taking back
 * what PcRegisterSubdevice and PcRegisterPhysicalConnection registered. Source: the IPortEvents,
 * IUnregisterSubdevice and IUnregisterPhysicalConnection pages.
 */
import type { Guid } from '../../base/guid.ts';
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  kind,
  optionalInput,
} from './declare.ts';
import type { KsEventEntry } from './event-request.ts';
import { BOOL, NTSTATUS, PDEVICE_OBJECT, PUNICODE_STRING, PUNKNOWN, ULONG, VOID } from './kinds.ts';
import { IID_IUnknown } from './unknown.ts';

const HIGH_LEVEL = 15;

/** GenerateEventList may be called at any IRQL; above DISPATCH_LEVEL calls can get lost. */
export const IID_IPortEvents = declareInterface(
  'IPortEvents',
  '{A80F29C4-5498-11D2-95D9-00C04FB925D3}',
  IID_IUnknown,
  {
    addEventToEventList: call(VOID, [input('EventEntry', kind<KsEventEntry>('PKSEVENT_ENTRY'))]),
    generateEventList: call(
      VOID,
      [
        optionalInput('Set', kind<Guid>('GUID *')),
        input('EventId', ULONG),
        input('PinEvent', BOOL),
        input('PinId', ULONG),
        input('NodeEvent', BOOL),
        input('NodeId', ULONG),
      ],
      { maxIrql: HIGH_LEVEL },
    ),
  },
);
export type IPortEvents = InterfaceType<typeof IID_IPortEvents>;

export const IID_IUnregisterSubdevice = declareInterface(
  'IUnregisterSubdevice',
  '{16738177-E199-41F9-9A87-ABB2A5432F21}',
  IID_IUnknown,
  {
    unregisterSubdevice: call(
      NTSTATUS,
      [input('DeviceObject', PDEVICE_OBJECT), input('Unknown', PUNKNOWN)],
      { since: 'xp' },
    ),
  },
);
export type IUnregisterSubdevice = InterfaceType<typeof IID_IUnregisterSubdevice>;

export const IID_IUnregisterPhysicalConnection = declareInterface(
  'IUnregisterPhysicalConnection',
  '{6C38E231-2A0D-428D-81F8-07CC428BB9A4}',
  IID_IUnknown,
  {
    unregisterPhysicalConnection: call(
      NTSTATUS,
      [
        input('DeviceObject', PDEVICE_OBJECT),
        input('FromUnknown', PUNKNOWN),
        input('FromPin', ULONG),
        input('ToUnknown', PUNKNOWN),
        input('ToPin', ULONG),
      ],
      { since: 'xp' },
    ),
    unregisterPhysicalConnectionToExternal: call(
      NTSTATUS,
      [
        input('DeviceObject', PDEVICE_OBJECT),
        input('FromUnknown', PUNKNOWN),
        input('FromPin', ULONG),
        input('ToString', PUNICODE_STRING),
        input('ToPin', ULONG),
      ],
      { since: 'xp' },
    ),
    unregisterPhysicalConnectionFromExternal: call(
      NTSTATUS,
      [
        input('DeviceObject', PDEVICE_OBJECT),
        input('FromString', PUNICODE_STRING),
        input('FromPin', ULONG),
        input('ToUnknown', PUNKNOWN),
        input('ToPin', ULONG),
      ],
      { since: 'xp' },
    ),
  },
);
export type IUnregisterPhysicalConnection = InterfaceType<typeof IID_IUnregisterPhysicalConnection>;
