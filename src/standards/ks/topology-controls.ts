/**
 * What a topology filter offers: volume and mute nodes with their levels, jacks with what they are,
 * the events that tell of a change, and the signal processing modes of a pin. Published in ks.h and
 * ksmedia.h; the pages are KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_JACK_DESCRIPTION,
 * KSEVENT_CONTROL_CHANGE, KSEVENT_PINCAPS_JACKINFOCHANGE, "Audio Signal Processing Modes".
 */
import { guid } from '../../base/guid.ts';
import { struct } from '../../base/struct.ts';

export const KSNODETYPE_VOLUME = guid(
  '{3A5ACC00-C557-11D0-8A2B-00A0C9255AC1}',
  'KSNODETYPE_VOLUME',
);
export const KSNODETYPE_MUTE = guid('{02B223C0-C557-11D0-8A2B-00A0C9255AC1}', 'KSNODETYPE_MUTE');
export const KSNODETYPE_MICROPHONE = guid(
  '{DFF21BE1-F70F-11D0-B917-00A0C9223196}',
  'KSNODETYPE_MICROPHONE',
);

/** Names of nodes, which tell two of one type on a filter apart. */
export const KSAUDFNAME_LINE_IN_VOLUME = guid(
  '{185FEDF4-9905-11D1-95A9-00C04FB925D3}',
  'KSAUDFNAME_LINE_IN_VOLUME',
);
export const KSAUDFNAME_LINE_MUTE = guid(
  '{185FEDEC-9905-11D1-95A9-00C04FB925D3}',
  'KSAUDFNAME_LINE_MUTE',
);

/** Id of the mute property in KSPROPSETID_Audio. */
export const KSPROPERTY_AUDIO_MUTE = 13;
/** A channel number that stands for all of them. */
export const ALL_CHANNELS_ID = 0xffff_ffff;
/** A level of 1 dB. */
export const LEVELS_PER_DB = 65_536;

export const KSPROPSETID_Jack = guid('{4509F757-2D46-4637-8E62-CE7DB944F57B}', 'KSPROPSETID_Jack');
export const KSPROPERTY_JACK = { DESCRIPTION: 1, DESCRIPTION2: 2 } as const;

export const KSEVENTSETID_AudioControlChange = guid(
  '{E85E9698-FA2F-11D1-95BD-00C04FB925D3}',
  'KSEVENTSETID_AudioControlChange',
);
export const KSEVENT_CONTROL_CHANGE = 0;
export const KSEVENTSETID_PinCapsChange = guid(
  '{DD4F192E-3B78-49AD-A534-2C315B822000}',
  'KSEVENTSETID_PinCapsChange',
);
export const KSEVENT_PINCAPS = { FORMATCHANGE: 0, JACKINFOCHANGE: 1 } as const;

export const AUDIO_SIGNALPROCESSINGMODE_DEFAULT = guid(
  '{C18E2F7E-933D-4965-B7D1-1EEF228D2AF3}',
  'AUDIO_SIGNALPROCESSINGMODE_DEFAULT',
);
export const AUDIO_SIGNALPROCESSINGMODE_RAW = guid(
  '{9E90EA20-B493-4FD1-A1A8-7E1361A956CF}',
  'AUDIO_SIGNALPROCESSINGMODE_RAW',
);

/** Types of a property's value, PropTypeSet and PropTypeId of KSPROPERTY_DESCRIPTION. */
export const KSPROPTYPESETID_General = guid(
  '{97E99BA0-BDEA-11CF-A5D6-28DB04C10000}',
  'KSPROPTYPESETID_General',
);
export const VARIANT_TYPE = { VT_I4: 3, VT_BOOL: 11, VT_ILLEGAL: 0xffff } as const;
/** Flags of KSPROPERTY_MEMBERSHEADER: one member for each channel. */
export const KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL = 0x2;
export const KSPROPERTY_STEPPING_LONG = struct('KSPROPERTY_STEPPING_LONG', {
  SteppingDelta: 'u32',
  Reserved: 'u32',
  SignedMinimum: 'i32',
  SignedMaximum: 'i32',
});

export const KSJACK_DESCRIPTION = struct('KSJACK_DESCRIPTION', {
  ChannelMapping: 'u32',
  /** Red in bits 23:16, green in 15:8, blue in 7:0. */
  Color: 'u32',
  ConnectionType: 'u32',
  GeoLocation: 'u32',
  GenLocation: 'u32',
  PortConnection: 'u32',
  IsConnected: 'u32',
});
export const KSJACK_DESCRIPTION2 = struct('KSJACK_DESCRIPTION2', {
  DeviceStateInfo: 'u32',
  JackCapabilities: 'u32',
});
/** The jack tells whether a plug is in it. */
export const JACKDESC2_PRESENCE_DETECT_CAPABILITY = 0x1;
/** EPcxGeoLocation of a jack that is at no side of a box. */
export const eGeoLocNotApplicable = 0xe;
/** EPxcPortConnection. */
export const EPxcPortConnection = {
  ePortConnJack: 0,
  ePortConnIntegratedDevice: 1,
  ePortConnBothIntegratedAndJack: 2,
  ePortConnUnknown: 3,
} as const;
