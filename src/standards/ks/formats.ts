/** Data formats and data ranges of kernel streaming: the structs, and audio's extension of them. */
import { struct } from '../../base/struct.ts';

/** Flags bit: a KSMULTIPLE_ITEM of attributes follows the format at the next 8-byte boundary. */
export const KSDATAFORMAT_ATTRIBUTES = 0x2;
export const KSDATARANGE_ATTRIBUTES = 0x2;
/** MaximumChannels of a range without a limit. */
export const KSDATARANGE_ANY_CHANNELS = 0xffffffff;

const HEADER = {
  FormatSize: 'u32',
  Flags: 'u32',
  SampleSize: 'u32',
  Reserved: 'u32',
  MajorFormat: 'guid',
  SubFormat: 'guid',
  Specifier: 'guid',
} as const;

export const KSDATAFORMAT = struct('KSDATAFORMAT', HEADER, { align: 8 });
/** A data range has the shape of a data format. */
export const KSDATARANGE = KSDATAFORMAT;

export const KSDATARANGE_AUDIO = struct(
  'KSDATARANGE_AUDIO',
  {
    ...HEADER,
    MaximumChannels: 'u32',
    MinimumBitsPerSample: 'u32',
    MaximumBitsPerSample: 'u32',
    MinimumSampleFrequency: 'u32',
    MaximumSampleFrequency: 'u32',
  },
  { align: 8 },
);

/** KSDATAFORMAT_WAVEFORMATEX is this header and the wave format behind it, packed. */
export const WAVE_FORMAT_OFFSET = KSDATAFORMAT.size;
/** KSDSOUND_BUFFERDESC: two words, then the wave format. */
export const DSOUND_WAVE_FORMAT_OFFSET = KSDATAFORMAT.size + 8;
