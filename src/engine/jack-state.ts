/**
 * Whether something is plugged into an endpoint's jack, as the topology filter tells: the property
 * KSPROPERTY_JACK_DESCRIPTION of the bridge pin, and KSPROPERTY_JACK_DESCRIPTION2 for whether the
 * driver can know at all. A driver without these properties has no jack detection.
 */
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import { KSMULTIPLE_ITEM, KSP_PIN } from '../standards/ks/requests.ts';
import {
  JACKDESC2_PRESENCE_DETECT_CAPABILITY,
  KSJACK_DESCRIPTION,
  KSJACK_DESCRIPTION2,
  KSPROPERTY_JACK,
  KSPROPSETID_Jack,
} from '../standards/ks/topology-controls.ts';

/** `unknown`: there is no jack, or nothing that watches it. */
export type JackState = 'plugged' | 'unplugged' | 'unknown';

export function readJackState(home: ClientHome, symbolicLink: string, pinId: number): JackState {
  let filter: KsFilter;
  try {
    filter = KsFilter.open(home, symbolicLink);
  } catch (error) {
    if (error instanceof KsError) return 'unknown';
    throw error;
  }
  try {
    return readFrom(filter, pinId);
  } finally {
    filter.close();
  }
}

function readFrom(filter: KsFilter, pinId: number): JackState {
  const jacks = items(filter, pinId, KSPROPERTY_JACK.DESCRIPTION, KSJACK_DESCRIPTION.size);
  if (jacks.length === 0) return 'unknown';
  // An endpoint of several jacks is there as long as one of them is in use.
  const isPlugged = jacks.some((at) => KSJACK_DESCRIPTION.read(filter.view, at).IsConnected !== 0);
  if (isPlugged) return 'plugged';
  const abilities = items(filter, pinId, KSPROPERTY_JACK.DESCRIPTION2, KSJACK_DESCRIPTION2.size);
  const canDetect =
    abilities.length === 0 ||
    abilities.some((at) => {
      const { JackCapabilities } = KSJACK_DESCRIPTION2.read(filter.view, at);
      return (JackCapabilities & JACKDESC2_PRESENCE_DETECT_CAPABILITY) !== 0;
    });
  return canDetect ? 'unplugged' : 'unknown';
}

/** Where the structures of the answer lie; empty when the filter has no answer. */
function items(filter: KsFilter, pinId: number, id: number, itemBytes: number): number[] {
  filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.PinId, pinId, true);
  filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.Reserved, 0, true);
  try {
    filter.getSized(KSPROPSETID_Jack, id, 'JACK', KSP_PIN.size);
  } catch (error) {
    if (error instanceof KsError) return [];
    throw error;
  }
  const { Count } = KSMULTIPLE_ITEM.read(filter.view, filter.valueAt);
  const first = filter.valueAt + KSMULTIPLE_ITEM.size;
  return Array.from({ length: Count }, (_, index) => first + index * itemBytes);
}
