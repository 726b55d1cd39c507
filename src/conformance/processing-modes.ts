/**
 * The signal processing modes of a pin, as a client asks the filter for them. A filter that does
 * not serve the property opens its pins without a mode. Source:
 * KSPROPERTY_AUDIOSIGNALPROCESSING_MODES.
 */
import { type Guid, readGuid } from '../base/guid.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import { KSMULTIPLE_ITEM, KSP_PIN } from '../standards/ks/requests.ts';
import {
  KSPROPERTY_AUDIOSIGNALPROCESSING,
  KSPROPSETID_AudioSignalProcessing,
} from '../standards/ks/signal-processing.ts';
import { ntSuccess } from '../standards/nt/ntstatus.ts';

const GUID_BYTES = 16;
/** More than Windows defines. */
const MOST_MODES = 16;

/** Modes that a stream of the pin may be opened in; empty when the filter does not tell. */
export function processingModes(filter: KsFilter, pinId: number): Guid[] {
  const { requestAt, valueAt, view } = filter;
  view.setUint32(requestAt + KSP_PIN.offsets.PinId, pinId, true);
  view.setUint32(requestAt + KSP_PIN.offsets.Reserved, 0, true);
  const { MODES } = KSPROPERTY_AUDIOSIGNALPROCESSING;
  const room = KSMULTIPLE_ITEM.size + MOST_MODES * GUID_BYTES;
  const status = filter.get(KSPROPSETID_AudioSignalProcessing, MODES, room, KSP_PIN.size);
  if (!ntSuccess(status)) return [];
  const { Count } = KSMULTIPLE_ITEM.read(view, valueAt);
  return Array.from({ length: Math.min(Count, MOST_MODES) }, (_, index) =>
    readGuid(view, valueAt + KSMULTIPLE_ITEM.size + index * GUID_BYTES),
  );
}
