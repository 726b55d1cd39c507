/**
 * The size that a driver would like stream packets to have, which only an open pin tells. It is a
 * wish: drivers that have none answer with zeros, or do not know the property.
 * Source: KSPROPERTY_CONNECTION_ALLOCATORFRAMING, KSALLOCATOR_FRAMING.
 */
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import { StreamPin } from '../client/stream-pin.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { HostPin } from './endpoint-walk.ts';

/** Whole frames of one packet; 0 where the driver has no wish, or the pin cannot be asked. */
export function framedPacketFrames(home: ClientHome, host: HostPin, format: PcmFormat): number {
  let filter: KsFilter | null = null;
  let pin: StreamPin | null = null;
  try {
    filter = KsFilter.open(home, host.filter.symbolicLink);
    pin = StreamPin.open(filter, host.pin.id, format);
    return Math.floor(pin.allocatorFraming().FrameSize / pin.frameBytes);
  } catch (error) {
    if (error instanceof KsError) return 0;
    throw error;
  } finally {
    pin?.close();
    filter?.close();
  }
}
