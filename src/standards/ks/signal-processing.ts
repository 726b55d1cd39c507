/**
 * Audio signal processing modes: the property of a filter that lists them, and the attribute behind
 * a format that chooses one. Source: KSPROPERTY_AUDIOSIGNALPROCESSING_MODES and
 * KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE; the numbers are ksmedia.h's.
 */
import { type Guid, guid } from '../../base/guid.ts';
import { roundUp, struct } from '../../base/struct.ts';
import { KSDATAFORMAT, KSDATAFORMAT_ATTRIBUTES } from './formats.ts';
import { KSMULTIPLE_ITEM } from './requests.ts';

export const KSPROPSETID_AudioSignalProcessing = guid(
  '{4F67B528-30C9-40DE-B2FB-859DDD1F3470}',
  'KSPROPSETID_AudioSignalProcessing',
);
export const KSPROPERTY_AUDIOSIGNALPROCESSING = { MODES: 0 } as const;

export const AUDIO_SIGNALPROCESSINGMODE_RAW = guid(
  '{9E90EA20-B493-4FD1-A1A8-7E1361A956CF}',
  'AUDIO_SIGNALPROCESSINGMODE_RAW',
);
export const AUDIO_SIGNALPROCESSINGMODE_DEFAULT = guid(
  '{C18E2F7E-933D-4965-B7D1-1EEF228D2AF3}',
  'AUDIO_SIGNALPROCESSINGMODE_DEFAULT',
);

export const KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE = guid(
  '{E1F89EB5-5F46-419B-967B-FF6770B98401}',
  'KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE',
);
/** A KSATTRIBUTE with the mode behind it. */
export const KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE = struct(
  'KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE',
  { Size: 'u32', Flags: 'u32', Attribute: 'guid', SignalProcessingMode: 'guid' },
);

/** The format with the attribute that asks for `mode` behind it, as pin creation takes it. */
export function withProcessingMode(format: Uint8Array, mode: Guid): Uint8Array {
  const listAt = roundUp(format.length, 8);
  const attribute = KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE;
  const listBytes = KSMULTIPLE_ITEM.size + attribute.size;
  const bytes = new Uint8Array(listAt + listBytes);
  bytes.set(format);
  const view = new DataView(bytes.buffer);
  const flagsAt = KSDATAFORMAT.offsets.Flags;
  view.setUint32(flagsAt, view.getUint32(flagsAt, true) | KSDATAFORMAT_ATTRIBUTES, true);
  KSMULTIPLE_ITEM.write(view, listAt, { Size: listBytes, Count: 1 });
  attribute.write(view, listAt + KSMULTIPLE_ITEM.size, {
    Size: attribute.size,
    Flags: 0,
    Attribute: KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
    SignalProcessingMode: mode,
  });
  return bytes;
}
