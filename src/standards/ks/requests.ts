/**
 * What travels in kernel streaming requests: control codes, property and event identifiers,
 * flags and the structs around them, as ks.h and ksmedia.h publish them.
 */
import { struct } from '../../base/struct.ts';

const FILE_DEVICE_KS = 0x2f;
const METHOD_NEITHER = 3;
const ksControlCode = (functionCode: number): number =>
  ((FILE_DEVICE_KS << 16) | (functionCode << 2) | METHOD_NEITHER) >>> 0;

export const IOCTL_KS_PROPERTY = ksControlCode(0);
export const IOCTL_KS_ENABLE_EVENT = ksControlCode(1);
export const IOCTL_KS_DISABLE_EVENT = ksControlCode(2);
export const IOCTL_KS_METHOD = ksControlCode(3);
/** The two stream codes carry file access rights: write 0x8000, read 0x4000. */
export const IOCTL_KS_WRITE_STREAM = (ksControlCode(4) | 0x8000) >>> 0;
export const IOCTL_KS_READ_STREAM = (ksControlCode(5) | 0x4000) >>> 0;

export const KSPROPERTY_TYPE_GET = 0x00000001;
export const KSPROPERTY_TYPE_SET = 0x00000002;
export const KSPROPERTY_TYPE_SETSUPPORT = 0x00000100;
export const KSPROPERTY_TYPE_BASICSUPPORT = 0x00000200;
export const KSPROPERTY_TYPE_RELATIONS = 0x00000400;
export const KSPROPERTY_TYPE_SERIALIZESET = 0x00000800;
export const KSPROPERTY_TYPE_UNSERIALIZESET = 0x00001000;
export const KSPROPERTY_TYPE_SERIALIZERAW = 0x00002000;
export const KSPROPERTY_TYPE_UNSERIALIZERAW = 0x00004000;
export const KSPROPERTY_TYPE_SERIALIZESIZE = 0x00008000;
export const KSPROPERTY_TYPE_DEFAULTVALUES = 0x00010000;
export const KSPROPERTY_TYPE_TOPOLOGY = 0x10000000;

export const KSEVENT_TYPE_ENABLE = 0x00000001;
export const KSEVENT_TYPE_ONESHOT = 0x00000002;
export const KSEVENT_TYPE_ENABLEBUFFERED = 0x00000004;
export const KSEVENT_TYPE_SETSUPPORT = 0x00000100;
export const KSEVENT_TYPE_BASICSUPPORT = 0x00000200;
export const KSEVENT_TYPE_QUERYBUFFER = 0x00000400;
export const KSEVENTF_EVENT_HANDLE = 0x00000001;

/** What a method does with its parameter buffer. */
export const KSMETHOD_TYPE_NONE = 0x00000000;
export const KSMETHOD_TYPE_READ = 0x00000001;
export const KSMETHOD_TYPE_WRITE = 0x00000002;
export const KSMETHOD_TYPE_MODIFY = 0x00000003;
export const KSMETHOD_TYPE_SOURCE = 0x00000004;
export const KSMETHOD_TYPE_SEND = 0x00000001;
export const KSMETHOD_TYPE_SETSUPPORT = 0x00000100;
export const KSMETHOD_TYPE_BASICSUPPORT = 0x00000200;

export const KSPROPERTY_PIN = {
  CINSTANCES: 0,
  CTYPES: 1,
  DATAFLOW: 2,
  DATARANGES: 3,
  DATAINTERSECTION: 4,
  INTERFACES: 5,
  MEDIUMS: 6,
  COMMUNICATION: 7,
  GLOBALCINSTANCES: 8,
  NECESSARYINSTANCES: 9,
  PHYSICALCONNECTION: 10,
  CATEGORY: 11,
  NAME: 12,
  CONSTRAINEDDATARANGES: 13,
  PROPOSEDATAFORMAT: 14,
  PROPOSEDATAFORMAT2: 15,
  MODEDATAFORMATS: 16,
} as const;

export const KSPROPERTY_TOPOLOGY = { CATEGORIES: 0, NODES: 1, CONNECTIONS: 2, NAME: 3 } as const;

export const KSPROPERTY_CONNECTION = {
  STATE: 0,
  PRIORITY: 1,
  DATAFORMAT: 2,
  ALLOCATORFRAMING: 3,
  PROPOSEDATAFORMAT: 4,
  ACQUIREORDERING: 5,
  ALLOCATORFRAMING_EX: 6,
  STARTAT: 7,
} as const;

export const KSPROPERTY_AUDIO = {
  LATENCY: 1,
  VOLUMELEVEL: 4,
  POSITION: 5,
  POSITIONEX: 50,
} as const;

export const KSPROPERTY_STREAM = { ALLOCATOR: 0, MASTERCLOCK: 3 } as const;

export const KSPROPERTY_RTAUDIO = {
  GETPOSITIONFUNCTION: 0,
  BUFFER: 1,
  HWLATENCY: 2,
  POSITIONREGISTER: 3,
  CLOCKREGISTER: 4,
  BUFFER_WITH_NOTIFICATION: 5,
  REGISTER_NOTIFICATION_EVENT: 6,
  UNREGISTER_NOTIFICATION_EVENT: 7,
  QUERY_NOTIFICATION_SUPPORT: 8,
  PACKETCOUNT: 9,
  PRESENTATION_POSITION: 10,
  GETREADPACKET: 11,
  SETWRITEPACKET: 12,
  PACKETVREGISTER: 13,
} as const;

/** Event of the looped-streaming set that no wave port serves from Vista on. */
export const KSEVENT_LOOPEDSTREAMING_POSITION = 0;

/** Events of a connection. */
export const KSEVENT_CONNECTION = {
  POSITIONUPDATE: 0,
  DATADISCONTINUITY: 1,
  TIMEDISCONTINUITY: 2,
  PRIORITY: 3,
  ENDOFSTREAM: 4,
} as const;

export const KSEVENT_PINCAPS = { FORMATCHANGE: 0, JACKINFOCHANGE: 1 } as const;

export const KSINTERFACE_STANDARD = { STREAMING: 0, LOOPED_STREAMING: 1 } as const;

/** KSSTATE. A stream moves between neighbours only. */
export const KSSTATE = { STOP: 0, ACQUIRE: 1, PAUSE: 2, RUN: 3 } as const;
export type KSSTATE = (typeof KSSTATE)[keyof typeof KSSTATE];
export const ksStateName = (state: KSSTATE): string =>
  (['STOP', 'ACQUIRE', 'PAUSE', 'RUN'] as const)[state];

export const KSPIN_DATAFLOW = { IN: 1, OUT: 2 } as const;
export type KSPIN_DATAFLOW = (typeof KSPIN_DATAFLOW)[keyof typeof KSPIN_DATAFLOW];
export const KSPIN_COMMUNICATION = { NONE: 0, SINK: 1, SOURCE: 2, BOTH: 3, BRIDGE: 4 } as const;
export type KSPIN_COMMUNICATION = (typeof KSPIN_COMMUNICATION)[keyof typeof KSPIN_COMMUNICATION];

/** An endpoint of a connection that is a pin of the filter itself, not a node. */
export const KSFILTER_NODE = 0xffffffff;
/** An instance count without a limit. */
export const KSINSTANCE_INDETERMINATE = 0xffffffff;
export const KSPRIORITY_NORMAL = 0x40000000;

export const KSIDENTIFIER = struct(
  'KSIDENTIFIER',
  { Set: 'guid', Id: 'u32', Flags: 'u32' },
  { align: 8 },
);
/** KSPROPERTY, KSEVENT and KSMETHOD are KSIDENTIFIER by other names. */
export const KSPROPERTY = KSIDENTIFIER;
export const KSNODEPROPERTY = struct(
  'KSNODEPROPERTY',
  { Set: 'guid', Id: 'u32', Flags: 'u32', NodeId: 'u32', Reserved: 'u32' },
  { align: 8 },
);
export const KSP_PIN = struct(
  'KSP_PIN',
  { Set: 'guid', Id: 'u32', Flags: 'u32', PinId: 'u32', Reserved: 'u32' },
  { align: 8 },
);
/** Event requests have the same shapes: plain, to a node, and to a pin of a filter. */
export const KSEVENT = KSIDENTIFIER;
export const KSE_NODE = KSNODEPROPERTY;
export const KSE_PIN = KSP_PIN;
export const KSMULTIPLE_ITEM = struct(
  'KSMULTIPLE_ITEM',
  { Size: 'u32', Count: 'u32' },
  { align: 8 },
);
/** Head of one entry in a list of attributes behind a format or a range. */
export const KSATTRIBUTE = struct('KSATTRIBUTE', {
  Size: 'u32',
  Flags: 'u32',
  Attribute: 'guid',
});
export const KSPROPERTY_DESCRIPTION = struct('KSPROPERTY_DESCRIPTION', {
  AccessFlags: 'u32',
  DescriptionSize: 'u32',
  PropTypeSet: 'guid',
  PropTypeId: 'u32',
  PropTypeFlags: 'u32',
  MembersListCount: 'u32',
  Reserved: 'u32',
});
/** Head of one entry in the member lists behind a description. */
export const KSPROPERTY_MEMBERSHEADER = struct('KSPROPERTY_MEMBERSHEADER', {
  MembersFlags: 'u32',
  MembersSize: 'u32',
  MembersCount: 'u32',
  Flags: 'u32',
});
/** MembersFlags: descriptors of ranges follow. */
export const KSPROPERTY_MEMBER_RANGES = 1;
export const KSPROPERTY_MEMBER_STEPPEDRANGES = 2;
export const KSPIN_CINSTANCES = struct('KSPIN_CINSTANCES', {
  PossibleCount: 'u32',
  CurrentCount: 'u32',
});
export const KSPIN_PHYSICALCONNECTION = struct('KSPIN_PHYSICALCONNECTION', {
  Size: 'u32',
  Pin: 'u32',
});
export const KSTOPOLOGY_CONNECTION = struct('KSTOPOLOGY_CONNECTION', {
  FromNode: 'u32',
  FromNodePin: 'u32',
  ToNode: 'u32',
  ToNodePin: 'u32',
});
/** The handle inside is as wide as the caller's pointers. */
export const KSPIN_CONNECT = struct('KSPIN_CONNECT', {
  InterfaceSet: 'guid',
  InterfaceId: 'u32',
  InterfaceFlags: 'u32',
  MediumSet: 'guid',
  MediumId: 'u32',
  MediumFlags: 'u32',
  PinId: 'u32',
  PinToHandle: 'ptr',
  PriorityClass: 'u32',
  PrioritySubClass: 'u32',
});
export const KSEVENTDATA = struct('KSEVENTDATA', {
  NotificationType: 'u32',
  Event: 'ptr',
  Reserved1: 'ptr',
  Reserved2: 'ptr',
});

/** A KSEVENTDATA, and behind it the byte of the loop at which the event is to be signalled. */
export const LOOPEDSTREAMING_POSITION_EVENT_DATA = struct('LOOPEDSTREAMING_POSITION_EVENT_DATA', {
  NotificationType: 'u32',
  Event: 'ptr',
  Reserved1: 'ptr',
  Reserved2: 'ptr',
  Position: 'u64',
});

export const KSAUDIO_POSITION = struct('KSAUDIO_POSITION', {
  PlayOffset: 'u64',
  WriteOffset: 'u64',
});
export const KSAUDIO_POSITIONEX = struct('KSAUDIO_POSITIONEX', {
  TimerFrequency: 'i64',
  TimeStamp1: 'i64',
  PlayOffset: 'u64',
  WriteOffset: 'u64',
  TimeStamp2: 'i64',
});
export const KSAUDIO_PRESENTATION_POSITION = struct('KSAUDIO_PRESENTATION_POSITION', {
  u64PositionInBlocks: 'u64',
  u64QPCPosition: 'u64',
});
export const KSRTAUDIO_BUFFER_PROPERTY = struct(
  'KSRTAUDIO_BUFFER_PROPERTY',
  {
    Set: 'guid',
    Id: 'u32',
    Flags: 'u32',
    BaseAddress: 'ptr',
    RequestedBufferSize: 'u32',
  },
  { align: 8 },
);
export const KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION = struct(
  'KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION',
  {
    Set: 'guid',
    Id: 'u32',
    Flags: 'u32',
    BaseAddress: 'ptr',
    RequestedBufferSize: 'u32',
    NotificationCount: 'u32',
  },
  { align: 8 },
);
export const KSRTAUDIO_BUFFER = struct('KSRTAUDIO_BUFFER', {
  BufferAddress: 'ptr',
  ActualBufferSize: 'u32',
  CallMemoryBarrier: 'u32',
});
export const KSRTAUDIO_HWLATENCY = struct('KSRTAUDIO_HWLATENCY', {
  FifoSize: 'u32',
  ChipsetDelay: 'u32',
  CodecDelay: 'u32',
});
export const KSRTAUDIO_HWREGISTER_PROPERTY = struct(
  'KSRTAUDIO_HWREGISTER_PROPERTY',
  { Set: 'guid', Id: 'u32', Flags: 'u32', BaseAddress: 'ptr' },
  { align: 8 },
);
export const KSRTAUDIO_HWREGISTER = struct('KSRTAUDIO_HWREGISTER', {
  Register: 'ptr',
  Width: 'u32',
  Numerator: 'u64',
  Denominator: 'u64',
  Accuracy: 'u32',
});
export const KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY = struct(
  'KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY',
  { Set: 'guid', Id: 'u32', Flags: 'u32', NotificationEvent: 'ptr' },
  { align: 8 },
);
export const KSRTAUDIO_GETREADPACKET_INFO = struct('KSRTAUDIO_GETREADPACKET_INFO', {
  PacketNumber: 'u32',
  Flags: 'u32',
  PerformanceCounterValue: 'u64',
  MoreData: 'u32',
});
export const KSRTAUDIO_SETWRITEPACKET_INFO = struct('KSRTAUDIO_SETWRITEPACKET_INFO', {
  PacketNumber: 'u32',
  Flags: 'u32',
  EosPacketLength: 'u32',
});
export const KSRTAUDIO_PACKETVREGISTER = struct('KSRTAUDIO_PACKETVREGISTER', {
  CompletedPacketCount: 'ptr',
  CompletedPacketQPC: 'ptr',
  CompletedPacketHash: 'ptr',
});
export const KSRTAUDIO_PACKETVREGISTER_PROPERTY = struct(
  'KSRTAUDIO_PACKETVREGISTER_PROPERTY',
  { Set: 'guid', Id: 'u32', Flags: 'u32', BaseAddress: 'ptr' },
  { align: 8 },
);
