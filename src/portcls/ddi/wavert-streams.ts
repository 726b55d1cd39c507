/**
 * What a WaveRT stream may offer beyond IMiniportWaveRTStream, and a miniport beyond
 * IMiniportWaveRT: notification events, packets, signal processing modes. The port finds each by
 * QueryInterface and never requires one. Source: portcls.h and the reference page of each.
 */
import type { Guid } from '../../base/guid.ts';
import type { Kevent } from '../../kernel/ddi/index.ts';
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  inputOutput,
  kind,
  optionalOutputStruct,
  output,
  outputStruct,
} from './declare.ts';
import {
  BOOL,
  MEMORY_CACHING_TYPE_KIND,
  NTSTATUS,
  PMDL_OR_NULL,
  ULONG,
  ULONGLONG,
  VOID,
} from './kinds.ts';
import { IID_IMiniportWaveRTStream } from './miniport.ts';
import type { KsAudioPresentationPosition } from './structs.ts';
import { IID_IUnknown } from './unknown.ts';

const PKEVENT = kind<Kevent>('PKEVENT');

/** A stream that signals events NotificationCount times per pass through its buffer. */
export const IID_IMiniportWaveRTStreamNotification = declareInterface(
  'IMiniportWaveRTStreamNotification',
  '{23759128-96F1-423B-AB4D-81635BCF8CA1}',
  IID_IMiniportWaveRTStream,
  {
    allocateBufferWithNotification: call(
      NTSTATUS,
      [
        input('NotificationCount', ULONG),
        input('RequestedSize', ULONG),
        output('AudioBufferMdl', PMDL_OR_NULL),
        output('ActualSize', ULONG),
        output('OffsetFromFirstPage', ULONG),
        output('CacheType', MEMORY_CACHING_TYPE_KIND),
      ],
      { since: 'vista' },
    ),
    freeBufferWithNotification: call(
      VOID,
      [input('AudioBufferMdl', PMDL_OR_NULL), input('BufferSize', ULONG)],
      { since: 'vista' },
    ),
    registerNotificationEvent: call(NTSTATUS, [input('NotificationEvent', PKEVENT)], {
      since: 'vista',
    }),
    unregisterNotificationEvent: call(NTSTATUS, [input('NotificationEvent', PKEVENT)], {
      since: 'vista',
    }),
  },
);
export type IMiniportWaveRTStreamNotification = InterfaceType<
  typeof IID_IMiniportWaveRTStreamNotification
>;

/** A capture stream that hands out packets. */
export const IID_IMiniportWaveRTInputStream = declareInterface(
  'IMiniportWaveRTInputStream',
  '{CD8E756A-5FC7-4624-984B-2AF02925B91F}',
  IID_IUnknown,
  {
    getReadPacket: call(
      NTSTATUS,
      [
        output('PacketNumber', ULONG),
        output('Flags', ULONG),
        output('PerformanceCounterValue', ULONGLONG),
        output('MoreData', BOOL),
      ],
      { since: 'win10' },
    ),
  },
);
export type IMiniportWaveRTInputStream = InterfaceType<typeof IID_IMiniportWaveRTInputStream>;

/** A render stream that takes packets. */
export const IID_IMiniportWaveRTOutputStream = declareInterface(
  'IMiniportWaveRTOutputStream',
  '{831FC7BC-6347-44BC-B47B-C0C657B5BF73}',
  IID_IUnknown,
  {
    setWritePacket: call(
      NTSTATUS,
      [input('PacketNumber', ULONG), input('Flags', ULONG), input('EosPacketLength', ULONG)],
      { since: 'win10' },
    ),
    getOutputStreamPresentationPosition: call(
      NTSTATUS,
      [
        outputStruct(
          'PresentationPosition',
          kind<KsAudioPresentationPosition>('PKSAUDIO_PRESENTATION_POSITION'),
        ),
      ],
      { since: 'win10' },
    ),
    getPacketCount: call(NTSTATUS, [output('PacketCount', ULONG)], { since: 'win10' }),
  },
);
export type IMiniportWaveRTOutputStream = InterfaceType<typeof IID_IMiniportWaveRTOutputStream>;

/** A WaveRT miniport that tells which signal processing modes a pin has. */
export const IID_IMiniportAudioSignalProcessing = declareInterface(
  'IMiniportAudioSignalProcessing',
  '{B532678C-BE50-472D-9973-8A6F16594989}',
  IID_IUnknown,
  {
    getModes: call(
      NTSTATUS,
      [
        input('Pin', ULONG),
        optionalOutputStruct('SignalProcessingModes', kind<Guid[]>('GUID *')),
        inputOutput('NumSignalProcessingModes', ULONG),
      ],
      { since: 'win8.1' },
    ),
  },
);
export type IMiniportAudioSignalProcessing = InterfaceType<
  typeof IID_IMiniportAudioSignalProcessing
>;
