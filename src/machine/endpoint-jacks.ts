/**
 * The jacks of an endpoint as its driver describes them: whether a plug is in, what it looks like
 * and where it is. Enumerations are spoken in plain words; their values are those of
 * EPcxConnectionType, EPcxGeoLocation, EPcxGenLocation and EPxcPortConnection in devicetopology.h.
 * Source: KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_JACK_DESCRIPTION2.
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

export interface JackDetails {
  readonly isConnected: boolean;
  /** The jack notices a plug; null when the driver does not say. */
  readonly canDetect: boolean | null;
  /** `#RRGGBB`; null when the driver gives no colour. */
  readonly color: string | null;
  readonly connector: string;
  /** Which side of the box. */
  readonly location: string;
  /** Which box. */
  readonly box: string;
  readonly port: string;
  readonly channelMask: number;
}

const UNKNOWN = 'unknown';
const CONNECTORS = [
  UNKNOWN,
  '3.5 mm jack',
  '6.35 mm jack',
  'ATAPI internal',
  'RCA',
  'optical',
  'other digital',
  'other analog',
  'multichannel analog DIN',
  'XLR',
  'RJ-11 modem',
  'combination',
];
const LOCATIONS = [
  UNKNOWN,
  'rear',
  'front',
  'left',
  'right',
  'top',
  'bottom',
  'rear panel',
  'riser card',
  'inside of the lid',
  'drive bay',
  'HDMI connector',
  'outside of the lid',
  'ATAPI connector',
  'not applicable',
];
const BOXES = ['primary box', 'internal', 'separate box', 'other'];
const PORTS = ['jack', 'integrated device', 'integrated device and jack', UNKNOWN];

/** Empty when the driver describes no jack of that pin. */
export function readJacks(home: ClientHome, symbolicLink: string, pinId: number): JackDetails[] {
  let filter: KsFilter;
  try {
    filter = KsFilter.open(home, symbolicLink);
  } catch (error) {
    if (error instanceof KsError) return [];
    throw error;
  }
  try {
    const abilities = items(filter, pinId, KSPROPERTY_JACK.DESCRIPTION2, (at) => {
      const { JackCapabilities } = KSJACK_DESCRIPTION2.read(filter.view, at);
      return (JackCapabilities & JACKDESC2_PRESENCE_DETECT_CAPABILITY) !== 0;
    });
    return items(filter, pinId, KSPROPERTY_JACK.DESCRIPTION, (at, index) =>
      describe(filter.view, at, abilities[index] ?? null),
    );
  } finally {
    filter.close();
  }
}

function describe(view: DataView, at: number, canDetect: boolean | null): JackDetails {
  const jack = KSJACK_DESCRIPTION.read(view, at);
  const hex = jack.Color.toString(16).toUpperCase().padStart(6, '0');
  return {
    isConnected: jack.IsConnected !== 0,
    canDetect,
    // Black is what a driver writes that knows no colour.
    color: jack.Color === 0 ? null : `#${hex}`,
    connector: CONNECTORS[jack.ConnectionType] ?? UNKNOWN,
    location: LOCATIONS[jack.GeoLocation] ?? UNKNOWN,
    box: BOXES[jack.GenLocation] ?? UNKNOWN,
    port: PORTS[jack.PortConnection] ?? UNKNOWN,
    channelMask: jack.ChannelMapping,
  };
}

const sizes = new Map<number, number>([
  [KSPROPERTY_JACK.DESCRIPTION, KSJACK_DESCRIPTION.size],
  [KSPROPERTY_JACK.DESCRIPTION2, KSJACK_DESCRIPTION2.size],
]);

/** Reads each structure of the answer; none when the filter has no answer. */
function items<T>(
  filter: KsFilter,
  pinId: number,
  id: number,
  read: (at: number, index: number) => T,
): T[] {
  filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.PinId, pinId, true);
  filter.view.setUint32(filter.requestAt + KSP_PIN.offsets.Reserved, 0, true);
  let bytes: number;
  try {
    bytes = filter.getSized(KSPROPSETID_Jack, id, 'JACK', KSP_PIN.size);
  } catch (error) {
    if (error instanceof KsError) return [];
    throw error;
  }
  const size = sizes.get(id) ?? 0;
  const room = Math.floor((bytes - KSMULTIPLE_ITEM.size) / size);
  const { Count } = KSMULTIPLE_ITEM.read(filter.view, filter.valueAt);
  const first = filter.valueAt + KSMULTIPLE_ITEM.size;
  return Array.from({ length: Math.min(Count, room) }, (_, index) =>
    read(first + index * size, index),
  );
}
