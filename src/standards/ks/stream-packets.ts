/**
 * Stream packets and what is negotiated around them: KSSTREAM_HEADER, KSALLOCATOR_FRAMING and the
 * two wave formats as packed structs, as ks.h and ksmedia.h publish them.
 */
import { struct } from '../../base/struct.ts';

export const KSTIME = struct('KSTIME', { Time: 'i64', Numerator: 'u32', Denominator: 'u32' });

/** One packet. A 64-bit reader finds a reserved word behind OptionsFlags, inside the size. */
export const KSSTREAM_HEADER = struct('KSSTREAM_HEADER', {
  Size: 'u32',
  TypeSpecificFlags: 'u32',
  PresentationTime: 'i64',
  PresentationNumerator: 'u32',
  PresentationDenominator: 'u32',
  Duration: 'i64',
  FrameExtent: 'u32',
  DataUsed: 'u32',
  Data: 'ptr',
  OptionsFlags: 'u32',
});

/** Bits of OptionsFlags. */
export const KSSTREAM_HEADER_OPTIONSF = {
  SPLICEPOINT: 0x00000001,
  PREROLL: 0x00000002,
  DATADISCONTINUITY: 0x00000004,
  TYPECHANGED: 0x00000008,
  TIMEVALID: 0x00000010,
  TIMEDISCONTINUITY: 0x00000040,
  FLUSHONPAUSE: 0x00000080,
  DURATIONVALID: 0x00000100,
  ENDOFSTREAM: 0x00000200,
  BUFFEREDTRANSFER: 0x00000400,
  VRAM_DATA_TRANSFER: 0x00000800,
  METADATA: 0x00001000,
  ENDOFPHOTOSEQUENCE: 0x00002000,
  FRAMEINFO: 0x00004000,
  LOOPEDDATA: 0x80000000,
} as const;

export const KSALLOCATOR_FRAMING = struct('KSALLOCATOR_FRAMING', {
  /** A union with OptionsFlags. */
  RequirementsFlags: 'u32',
  PoolType: 'u32',
  Frames: 'u32',
  FrameSize: 'u32',
  /** A mask; a union with FramePitch. */
  FileAlignment: 'u32',
  Reserved: 'u32',
});

export const KSALLOCATOR_REQUIREMENTF = {
  INPLACE_MODIFIER: 0x00000001,
  SYSTEM_MEMORY: 0x00000002,
  FRAME_INTEGRITY: 0x00000004,
  MUST_ALLOCATE: 0x00000008,
  PREFERENCES_ONLY: 0x80000000,
} as const;

export const KSALLOCATOR_OPTIONF = { COMPATIBLE: 0x00000001, SYSTEM_MEMORY: 0x00000002 } as const;

const FORMAT_HEADER = {
  FormatSize: 'u32',
  Flags: 'u32',
  SampleSize: 'u32',
  Reserved: 'u32',
  MajorFormat: 'guid',
  SubFormat: 'guid',
  Specifier: 'guid',
} as const;

const WAVE_FORMAT = {
  wFormatTag: 'u16',
  nChannels: 'u16',
  nSamplesPerSec: 'u32',
  nAvgBytesPerSec: 'u32',
  nBlockAlign: 'u16',
  wBitsPerSample: 'u16',
  cbSize: 'u16',
} as const;

/** The header packs both formats to one byte, so that neither has padding at its end. */
export const KSDATAFORMAT_WAVEFORMATEX = struct(
  'KSDATAFORMAT_WAVEFORMATEX',
  { ...FORMAT_HEADER, ...WAVE_FORMAT },
  { packed: true },
);
export const KSDATAFORMAT_DSOUND = struct(
  'KSDATAFORMAT_DSOUND',
  { ...FORMAT_HEADER, BufferFlags: 'u32', BufferControl: 'u32', ...WAVE_FORMAT },
  { packed: true },
);
