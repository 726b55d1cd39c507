/**
 * A KSDATAFORMAT that carries a wave format: KSDATAFORMAT_WAVEFORMATEX, its extensible form, and
 * KSDATAFORMAT_DSOUND, told apart by the Specifier. Source: the pages of these structures.
 */
import {
  frameBytes,
  type PcmFormat,
  readWaveFormat,
  waveFormatBytes,
  writeWaveFormat,
} from '../pcm/format.ts';
import { DSOUND_WAVE_FORMAT_OFFSET, KSDATAFORMAT, WAVE_FORMAT_OFFSET } from './formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from './guids.ts';

/** Reads the wave format of the KSDATAFORMAT at `at`; null when it has none or a broken one. */
export function readWaveDataFormat(view: DataView, at: number): PcmFormat | null {
  const header = KSDATAFORMAT.read(view, at);
  if (header.MajorFormat !== KSDATAFORMAT_TYPE_AUDIO) return null;
  const offset =
    header.Specifier === KSDATAFORMAT_SPECIFIER_WAVEFORMATEX
      ? WAVE_FORMAT_OFFSET
      : header.Specifier === KSDATAFORMAT_SPECIFIER_DSOUND
        ? DSOUND_WAVE_FORMAT_OFFSET
        : null;
  if (offset === null || header.FormatSize <= offset) return null;
  const format = readWaveFormat(view, at + offset, header.FormatSize - offset);
  if (format === null) return null;
  const subFormat = format.float ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM;
  return header.SubFormat === subFormat ? format : null;
}

/** Bytes of the KSDATAFORMAT that carries `format`: 82, or 104 with the extensible form. */
export function waveDataFormatBytes(format: PcmFormat): number {
  return WAVE_FORMAT_OFFSET + waveFormatBytes(format);
}

export function writeWaveDataFormat(view: DataView, at: number, format: PcmFormat): void {
  KSDATAFORMAT.write(view, at, {
    FormatSize: waveDataFormatBytes(format),
    Flags: 0,
    SampleSize: frameBytes(format),
    Reserved: 0,
    MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
    SubFormat: format.float ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM,
    Specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
  });
  writeWaveFormat(view, at + WAVE_FORMAT_OFFSET, format);
}
