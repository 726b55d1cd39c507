/**
 * The interfaces a miniport implements: IMiniport and its WaveRT and topology descendants, the
 * WaveRT stream, IPinCount and IPinName. Source: portcls.h and the reference page of each interface.
 */
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  inputOutput,
  kind,
  optionalInput,
  optionalOutputStruct,
  output,
  outputStruct,
} from './declare.ts';
import {
  BOOLEAN,
  KSSTATE_KIND,
  MEMORY_CACHING_TYPE_KIND,
  NTSTATUS,
  PDEVICE_DESCRIPTION,
  PIRP,
  PKSAUDIO_POSITION,
  PKSDATAFORMAT,
  PKSDATARANGE,
  PKSP_PIN,
  PKSRTAUDIO_HWLATENCY,
  PKSRTAUDIO_HWREGISTER,
  PMDL_OR_NULL,
  PPCFILTER_DESCRIPTOR,
  PUNKNOWN,
  PVOID,
  PVOID_OR_NULL,
  ULONG,
  VOID,
} from './kinds.ts';
import { PPORTTOPOLOGY, PPORTWAVERT, PPORTWAVERTSTREAM, PRESOURCELIST } from './port.ts';
import { IID_IUnknown, type IUnknown } from './unknown.ts';

const DISPATCH_LEVEL = 2;

export const IID_IMiniport = declareInterface(
  'IMiniport',
  '{B4C90A24-5791-11D0-86F9-00A0C911B544}',
  IID_IUnknown,
  {
    getDescription: call(NTSTATUS, [output('Description', PPCFILTER_DESCRIPTOR)]),
    dataRangeIntersection: call(NTSTATUS, [
      input('PinId', ULONG),
      input('DataRange', PKSDATARANGE),
      input('MatchingDataRange', PKSDATARANGE),
      input('OutputBufferLength', ULONG),
      optionalOutputStruct('ResultantFormat', PVOID),
      output('ResultantFormatLength', ULONG),
    ]),
  },
);
export type IMiniport = InterfaceType<typeof IID_IMiniport>;

/** A stream of a WaveRT miniport. GetPosition alone may be called up to DISPATCH_LEVEL. */
export const IID_IMiniportWaveRTStream = declareInterface(
  'IMiniportWaveRTStream',
  '{000AC9AB-FAAB-4F3D-9455-6FF8306A74A0}',
  IID_IUnknown,
  {
    setFormat: call(NTSTATUS, [input('DataFormat', PKSDATAFORMAT)], { since: 'vista' }),
    setState: call(NTSTATUS, [input('State', KSSTATE_KIND)], { since: 'vista' }),
    getPosition: call(NTSTATUS, [outputStruct('Position', PKSAUDIO_POSITION)], {
      maxIrql: DISPATCH_LEVEL,
      since: 'vista',
    }),
    allocateAudioBuffer: call(
      NTSTATUS,
      [
        input('RequestedSize', ULONG),
        output('AudioBufferMdl', PMDL_OR_NULL),
        output('ActualSize', ULONG),
        output('OffsetFromFirstPage', ULONG),
        output('CacheType', MEMORY_CACHING_TYPE_KIND),
      ],
      { since: 'vista' },
    ),
    freeAudioBuffer: call(
      VOID,
      [input('AudioBufferMdl', PMDL_OR_NULL), input('BufferSize', ULONG)],
      { since: 'vista' },
    ),
    getHWLatency: call(VOID, [outputStruct('hwLatency', PKSRTAUDIO_HWLATENCY)], {
      since: 'vista',
    }),
    getPositionRegister: call(NTSTATUS, [outputStruct('Register', PKSRTAUDIO_HWREGISTER)], {
      since: 'vista',
    }),
    getClockRegister: call(NTSTATUS, [outputStruct('Register', PKSRTAUDIO_HWREGISTER)], {
      since: 'vista',
    }),
  },
);
export type IMiniportWaveRTStream = InterfaceType<typeof IID_IMiniportWaveRTStream>;
export const PMINIPORTWAVERTSTREAM = kind<IMiniportWaveRTStream | null>('PMINIPORTWAVERTSTREAM');

export const IID_IMiniportWaveRT = declareInterface(
  'IMiniportWaveRT',
  '{0F9FC4D6-6061-4F3C-B1FC-075E35F7960A}',
  IID_IMiniport,
  {
    init: call(
      NTSTATUS,
      [
        optionalInput('UnknownAdapter', PUNKNOWN),
        input('ResourceList', PRESOURCELIST),
        input('Port', PPORTWAVERT),
      ],
      { since: 'vista' },
    ),
    newStream: call(
      NTSTATUS,
      [
        output('Stream', PMINIPORTWAVERTSTREAM),
        input('PortStream', PPORTWAVERTSTREAM),
        input('Pin', ULONG),
        input('Capture', BOOLEAN),
        input('DataFormat', PKSDATAFORMAT),
      ],
      { since: 'vista' },
    ),
    getDeviceDescription: call(NTSTATUS, [outputStruct('DeviceDescription', PDEVICE_DESCRIPTION)], {
      since: 'vista',
    }),
  },
);
export type IMiniportWaveRT = InterfaceType<typeof IID_IMiniportWaveRT>;

export const IID_IMiniportTopology = declareInterface(
  'IMiniportTopology',
  '{B4C90A31-5791-11D0-86F9-00A0C911B544}',
  IID_IMiniport,
  {
    init: call(NTSTATUS, [
      // Not declared optional, though IPort::Init may have been given none to hand on.
      input('UnknownAdapter', kind<IUnknown | null>('PUNKNOWN')),
      input('ResourceList', PRESOURCELIST),
      input('Port', PPORTTOPOLOGY),
    ]),
  },
);
export type IMiniportTopology = InterfaceType<typeof IID_IMiniportTopology>;

/** Lets a miniport change the instance counts that its pin descriptors state. */
export const IID_IPinCount = declareInterface(
  'IPinCount',
  '{5DADB7DC-A2CB-4540-A4A8-425EE4AE9051}',
  IID_IUnknown,
  {
    pinCount: call(
      VOID,
      [
        input('PinId', ULONG),
        inputOutput('FilterNecessary', ULONG),
        inputOutput('FilterCurrent', ULONG),
        inputOutput('FilterPossible', ULONG),
        inputOutput('GlobalCurrent', ULONG),
        inputOutput('GlobalPossible', ULONG),
      ],
      { since: 'xp' },
    ),
  },
);
export type IPinCount = InterfaceType<typeof IID_IPinCount>;

/**
 * Lets a miniport name its pins. `Pin` is the KSP_PIN of the request. `Data` takes the name as
 * null-terminated UTF-16; its room is the IRP's output buffer length, and at 0 it is null and the
 * size is asked for. The bytes written, or needed with STATUS_BUFFER_OVERFLOW, go into the IRP's
 * Information. STATUS_NOT_SUPPORTED leaves the name to the port.
 */
export const IID_IPinName = declareInterface(
  'IPinName',
  '{29CC9AB1-E89D-413C-B6B2-F6D50005D063}',
  IID_IUnknown,
  {
    getPinName: call(
      NTSTATUS,
      [input('Irp', PIRP), input('Pin', PKSP_PIN), outputStruct('Data', PVOID_OR_NULL)],
      { since: 'win7' },
    ),
  },
);
export type IPinName = InterfaceType<typeof IID_IPinName>;
