/** Constants of audioclient.h, audiosessiontypes.h and mmdeviceapi.h that callers pass in. */

export const AUDCLNT_SHAREMODE_SHARED = 0;
export const AUDCLNT_SHAREMODE_EXCLUSIVE = 1;

export const AUDCLNT_STREAMFLAGS_CROSSPROCESS = 0x0001_0000;
export const AUDCLNT_STREAMFLAGS_LOOPBACK = 0x0002_0000;
export const AUDCLNT_STREAMFLAGS_EVENTCALLBACK = 0x0004_0000;
export const AUDCLNT_STREAMFLAGS_NOPERSIST = 0x0008_0000;
export const AUDCLNT_STREAMFLAGS_RATEADJUST = 0x0010_0000;
export const AUDCLNT_STREAMFLAGS_PREVENT_LOOPBACK_CAPTURE = 0x0100_0000;
export const AUDCLNT_STREAMFLAGS_SRC_DEFAULT_QUALITY = 0x0800_0000;
export const AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM = 0x8000_0000;

/** Of the session that the stream belongs to; passed with the flags of the stream. */
export const AUDCLNT_SESSIONFLAGS_EXPIREWHENUNOWNED = 0x1000_0000;
export const AUDCLNT_SESSIONFLAGS_DISPLAY_HIDE = 0x2000_0000;
export const AUDCLNT_SESSIONFLAGS_DISPLAY_HIDEWHENEXPIRED = 0x4000_0000;

export const AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY = 0x1;
export const AUDCLNT_BUFFERFLAGS_SILENT = 0x2;
export const AUDCLNT_BUFFERFLAGS_TIMESTAMP_ERROR = 0x4;

export const AUDIOCLOCK_CHARACTERISTIC_FIXED_FREQ = 0x1;

/** EDataFlow. */
export const eRender = 0;
export const eCapture = 1;
export const eAll = 2;
/** ERole. */
export const eConsole = 0;
export const eMultimedia = 1;
export const eCommunications = 2;

export const DEVICE_STATE_ACTIVE = 0x1;
export const DEVICE_STATE_DISABLED = 0x2;
export const DEVICE_STATE_NOTPRESENT = 0x4;
export const DEVICE_STATE_UNPLUGGED = 0x8;
export const DEVICE_STATEMASK_ALL = 0xf;
