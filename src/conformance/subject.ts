/**
 * What there is to test: every streaming pin that leads to an endpoint, once for each class of
 * stream that its filter can have. Whether a class is offered is asked of an open pin, as a client
 * does: notification by KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, packets by PACKETCOUNT or
 * GETREADPACKET.
 */
import { type EndpointFacts, enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { KsFilter } from '../client/ks-filter.ts';
import type { ClientHome, KsObject } from '../client/ks-object.ts';
import type { KsPin } from '../client/ks-pin.ts';
import { StreamPin } from '../client/stream-pin.ts';
import type { DeviceInterfaces } from '../kernel/pnp/device-interfaces.ts';
import { readWaveDataFormat } from '../standards/ks/wave-data-format.ts';
import { ntSuccess, STATUS_NOT_SUPPORTED, statusName } from '../standards/nt/ntstatus.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { StreamClass } from './conformance-case.ts';

export interface Subject {
  readonly endpoint: EndpointFacts;
  readonly streamClass: StreamClass;
  /** What the published tests stream by default, or what the pin prefers. */
  readonly format: PcmFormat;
  /** Why the class is not offered; null when it is. */
  readonly unavailable: string | null;
}

/** `render Speakers, timer` */
export const subjectName = ({ endpoint, streamClass }: Subject): string =>
  `${endpoint.direction} ${endpoint.name}, ${streamClass}`;

const PROBE_MS = 20;
const PROBE_PACKETS = 2;

/** All subjects of a started device. @throws KsError when a filter or a pin does not answer */
export function findSubjects(home: ClientHome, interfaces: DeviceInterfaces): Subject[] {
  const seen = new Set<string>();
  return findEndpoints(enumerateFilters(home, interfaces)).flatMap((endpoint) => {
    // A pin that leads to several endpoints is one stream all the same.
    const pinName = `${endpoint.filter.symbolicLink} ${endpoint.streamingPin.id}`;
    if (seen.has(pinName)) return [];
    seen.add(pinName);
    return subjectsOf(home, endpoint);
  });
}

function subjectsOf(home: ClientHome, endpoint: EndpointFacts): Subject[] {
  const filter = KsFilter.open(home, endpoint.filter.symbolicLink);
  try {
    const pinId = endpoint.streamingPin.id;
    if (endpoint.filter.portDriver !== 'WaveRT') return [packetSubject(filter, endpoint)];
    const format = formatOf(endpoint, filter, (tried) => filter.tryOpenPin(pinId, tried).pin);
    const pin = filter.openPin(pinId, format);
    try {
      const notification = whyNoNotification(pin);
      const packets = notification ?? whyNoPackets(pin, endpoint.direction === 'capture');
      const subject = { endpoint, format };
      return [
        { ...subject, streamClass: 'timer', unavailable: null },
        { ...subject, streamClass: 'notification', unavailable: notification },
        { ...subject, streamClass: 'packets', unavailable: packets },
      ];
    } finally {
      pin.close();
    }
  } finally {
    filter.close();
  }
}

/** A pin of WavePci or WaveCyclic: there is one way to drive it. */
function packetSubject(filter: KsFilter, endpoint: EndpointFacts): Subject {
  const { id } = endpoint.streamingPin;
  const format = formatOf(endpoint, filter, (tried) => StreamPin.tryOpen(filter, id, tried).pin);
  return { endpoint, format, streamClass: 'stream packets', unavailable: null };
}

/** 48 kHz, stereo, 16 bits: the default of all published tests. */
const DEFAULT_FORMAT: PcmFormat = {
  rateHz: 48_000,
  channels: 2,
  validBits: 16,
  containerBits: 16,
  float: false,
  channelMask: defaultChannelMask(2),
};

function formatOf(
  endpoint: EndpointFacts,
  filter: KsFilter,
  tryOpen: (format: PcmFormat) => KsObject | null,
): PcmFormat {
  const pin = tryOpen(DEFAULT_FORMAT);
  if (pin === null) return preferredFormat(filter, endpoint);
  pin.close();
  return DEFAULT_FORMAT;
}

/** What the intersection with the first range gives, which is the preferred one. */
function preferredFormat(filter: KsFilter, { streamingPin }: EndpointFacts): PcmFormat {
  const bytes = filter.intersect(streamingPin.id, streamingPin.dataRanges.slice(0, 1));
  const view = bytes === null ? null : new DataView(bytes.buffer);
  const format = view === null ? null : readWaveDataFormat(view, 0);
  if (format === null) throw new Error(`pin ${streamingPin.id} prefers no wave format`);
  return format;
}

function whyNoNotification(pin: KsPin): string | null {
  return pin.queryNotificationSupport() ? null : 'QUERY_NOTIFICATION_SUPPORT answers FALSE';
}

function whyNoPackets(pin: KsPin, isCapture: boolean): string | null {
  const bytes = Math.round((pin.format.rateHz * PROBE_MS) / 1000) * frameBytes(pin.format);
  const { status } = pin.tryAllocateBufferWithNotification(bytes, PROBE_PACKETS);
  if (!ntSuccess(status)) return `BUFFER_WITH_NOTIFICATION answers ${statusName(status)}`;
  const answer = isCapture ? pin.tryReadPacket().status : pin.tryPacketCount().status;
  const property = isCapture ? 'GETREADPACKET' : 'PACKETCOUNT';
  return answer === STATUS_NOT_SUPPORTED ? `${property} answers STATUS_NOT_SUPPORTED` : null;
}
