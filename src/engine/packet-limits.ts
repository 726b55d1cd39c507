/**
 * The packets that a driver allows on its wave filter, from the properties of the filter's
 * interface under KSCATEGORY_AUDIO: the newer key, or else the older. A property that is shorter
 * than it says counts as absent. Source: KSAUDIO_PACKETSIZE_CONSTRAINTS2, "Low Latency Audio".
 */
import type { DeviceInterfaces } from '../kernel/pnp/device-interfaces.ts';
import {
  PACKET_SIZE_KEYS,
  type PacketSizeConstraints,
  readPacketSizeConstraints,
} from '../standards/ks/packet-size-constraints.ts';
import { DEVPROP_TYPE_BINARY, LOCALE_NEUTRAL } from '../standards/nt/device-properties.ts';

/** Null for a driver that declares nothing. */
export function readPacketLimits(
  interfaces: DeviceInterfaces,
  link: string,
): PacketSizeConstraints | null {
  for (const key of PACKET_SIZE_KEYS) {
    const found = interfaces.propertyOf(link, key, LOCALE_NEUTRAL);
    if (found?.type !== DEVPROP_TYPE_BINARY) continue;
    const limits = readPacketSizeConstraints(found.data, key);
    if (limits !== null) return limits;
  }
  return null;
}
