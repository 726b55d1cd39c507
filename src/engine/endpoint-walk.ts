/**
 * The walk of the endpoint builder: every bridge pin that no physical connection joins to another
 * filter is an endpoint, and from it the wiring leads, filter by filter, to the host pin on which
 * its streams are opened, if there is one. Source: "Audio Endpoint Builder Algorithm".
 */
import { guid } from '../base/guid.ts';
import type { FilterFacts } from '../client/endpoints.ts';
import type { PinFacts } from '../client/ks-filter.ts';
import {
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_PCM,
} from '../standards/ks/guids.ts';
import { KSFILTER_NODE, KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../standards/ks/requests.ts';

const KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL = guid(
  '{00000092-0000-0010-8000-00AA00389B71}',
  'KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL',
);
const KSDATAFORMAT_SUBTYPE_IEC61937_WMA_PRO = guid(
  '{00000164-0000-0010-8000-00AA00389B71}',
  'KSDATAFORMAT_SUBTYPE_IEC61937_WMA_PRO',
);

/** What a host pin must take for its endpoint to be of use. */
const HOST_SUBFORMATS = new Set([
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
  KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL,
  KSDATAFORMAT_SUBTYPE_IEC61937_WMA_PRO,
]);

export interface HostPin {
  readonly filter: FilterFacts;
  readonly pin: PinFacts;
}

export interface WalkedEndpoint {
  readonly isRender: boolean;
  readonly bridgeFilter: FilterFacts;
  readonly bridgePin: PinFacts;
  /** Null when no path leads to a pin that takes sound. */
  readonly host: HostPin | null;
}

/** Endpoints of WaveRT filters come first: an application that has no wish gets one of them. */
export function walkEndpoints(filters: readonly FilterFacts[]): WalkedEndpoint[] {
  const endpoints: WalkedEndpoint[] = [];
  for (const bridgeFilter of filters) {
    for (const bridgePin of bridgeFilter.pins) {
      if (!isBridge(bridgePin) || isConnected(filters, bridgeFilter, bridgePin)) continue;
      const isRender = bridgePin.dataFlow === KSPIN_DATAFLOW.OUT;
      const hosts: HostPin[] = [];
      findHosts(filters, bridgeFilter, bridgePin.id, isRender, new Set(), hosts);
      const host = hosts.find(isRealTime) ?? hosts[0] ?? null;
      endpoints.push({ isRender, bridgeFilter, bridgePin, host });
    }
  }
  const isFirst = ({ host }: WalkedEndpoint): boolean => host !== null && isRealTime(host);
  return [...endpoints.filter(isFirst), ...endpoints.filter((each) => !isFirst(each))];
}

const isRealTime = ({ filter }: HostPin): boolean => filter.portDriver === 'WaveRT';

function isBridge({ communication }: PinFacts): boolean {
  return communication === KSPIN_COMMUNICATION.NONE || communication === KSPIN_COMMUNICATION.BRIDGE;
}

function isHost({ communication, dataFlow, dataRanges }: PinFacts, isRender: boolean): boolean {
  const takesClients =
    communication === KSPIN_COMMUNICATION.SINK || communication === KSPIN_COMMUNICATION.BOTH;
  const flow = isRender ? KSPIN_DATAFLOW.IN : KSPIN_DATAFLOW.OUT;
  const isSound = dataRanges.some(({ subFormat }) => HOST_SUBFORMATS.has(subFormat));
  return takesClients && dataFlow === flow && isSound;
}

/** A connection may be published at either of its ends. */
function isConnected(filters: readonly FilterFacts[], filter: FilterFacts, pin: PinFacts): boolean {
  return pin.connection !== null || peersOf(filters, filter, pin.id).length > 0;
}

function peersOf(
  filters: readonly FilterFacts[],
  filter: FilterFacts,
  pinId: number,
): { readonly filter: FilterFacts; readonly pinId: number }[] {
  const peers: { filter: FilterFacts; pinId: number }[] = [];
  const own = filter.pins[pinId]?.connection ?? null;
  for (const other of filters) {
    if (own !== null && isSameLink(other.symbolicLink, own.symbolicLink)) {
      peers.push({ filter: other, pinId: own.pin });
    }
    for (const { connection, id } of other.pins) {
      if (connection?.pin !== pinId || !isSameLink(connection.symbolicLink, filter.symbolicLink)) {
        continue;
      }
      if (!peers.some((peer) => peer.filter === other && peer.pinId === id)) {
        peers.push({ filter: other, pinId: id });
      }
    }
  }
  return peers;
}

const isSameLink = (left: string, right: string): boolean =>
  left.toUpperCase() === right.toUpperCase();

/** Goes from the endpoint against the data of a render stream, or with those of a captured one. */
function findHosts(
  filters: readonly FilterFacts[],
  filter: FilterFacts,
  pinId: number,
  isRender: boolean,
  seen: Set<PinFacts>,
  found: HostPin[],
): void {
  for (const reachedId of pinsReached(filter, pinId, isRender)) {
    const pin = filter.pins[reachedId];
    if (pin === undefined || seen.has(pin)) continue;
    seen.add(pin);
    if (isHost(pin, isRender)) found.push({ filter, pin });
    for (const peer of peersOf(filters, filter, reachedId)) {
      findHosts(filters, peer.filter, peer.pinId, isRender, seen, found);
    }
  }
}

/** Pins of the filter that the wiring inside leads to from `pinId`. */
function pinsReached(filter: FilterFacts, pinId: number, isRender: boolean): number[] {
  const reached: number[] = [];
  const seen = new Set<number>();
  const follow = (node: number, pin: number | null): void => {
    for (const connection of filter.connections) {
      const [nearNode, nearPin, farNode, farPin] = isRender
        ? [connection.toNode, connection.toNodePin, connection.fromNode, connection.fromNodePin]
        : [connection.fromNode, connection.fromNodePin, connection.toNode, connection.toNodePin];
      if (nearNode !== node || (pin !== null && nearPin !== pin)) continue;
      if (farNode === KSFILTER_NODE) {
        if (!reached.includes(farPin)) reached.push(farPin);
      } else if (!seen.has(farNode)) {
        seen.add(farNode);
        follow(farNode, null);
      }
    }
  };
  follow(KSFILTER_NODE, pinId);
  return reached;
}
