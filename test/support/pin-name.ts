/** Create requests of pins as bytes, for tests that spoil one part of them. */
import { type PinConnectRequest, writePinName } from '../../src/ks/pin-connect.ts';
import { KSDATAFORMAT } from '../../src/standards/ks/formats.ts';
import { KSINTERFACESETID_Standard, KSMEDIUMSETID_Standard } from '../../src/standards/ks/guids.ts';
import { KSINTERFACE_STANDARD } from '../../src/standards/ks/requests.ts';
import {
  waveDataFormatBytes,
  writeWaveDataFormat,
} from '../../src/standards/ks/wave-data-format.ts';
import type { PcmFormat } from '../../src/standards/pcm/format.ts';
import { STEREO_48 } from './plain-machine.ts';

type HeaderFields = Parameters<typeof KSDATAFORMAT.write>[2];

/** A KSDATAFORMAT with its wave format, `header` over what belongs there, `behind` behind it. */
export function formatBytes(
  format: PcmFormat = STEREO_48,
  header: HeaderFields = {},
  behind: readonly number[] = [],
): Uint8Array {
  const size = waveDataFormatBytes(format);
  const bytes = new Uint8Array(size + behind.length);
  const view = new DataView(bytes.buffer);
  writeWaveDataFormat(view, 0, format);
  KSDATAFORMAT.write(view, 0, header);
  bytes.set(behind, size);
  return bytes;
}

/** The name of a create request that opens pin 0 in 48 kHz stereo, with `changes` made to it. */
export function pinName(changes: Partial<PinConnectRequest> = {}): Uint8Array {
  const request = {
    interfaceSet: KSINTERFACESETID_Standard,
    interfaceId: KSINTERFACE_STANDARD.LOOPED_STREAMING,
    mediumSet: KSMEDIUMSETID_Standard,
    mediumId: 0,
    pinId: 0,
    pinToHandle: 0,
    format: formatBytes(),
    ...changes,
  };
  return writePinName(request, 8);
}
