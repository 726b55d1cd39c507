/**
 * The nodes that the sound of an endpoint passes between its bridge pin and its host pin, filter by
 * filter, from the bridge on: the volume and the mute of the endpoint are among them. Connections
 * are followed against the data for render, with them for capture, the shortest way first.
 * Source: "Audio Endpoint Builder Algorithm", KSTOPOLOGY_CONNECTION.
 */
import type { FilterFacts } from '../client/endpoints.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import { KSFILTER_NODE } from '../standards/ks/requests.ts';

export interface PathNode {
  readonly filter: FilterFacts;
  readonly node: number;
}

/** Where a walk stands: at a node of a filter, or at one of its pins. */
interface Place {
  readonly filter: FilterFacts;
  /** KSFILTER_NODE at a pin. */
  readonly node: number;
  readonly pin: number;
  readonly before: Place | null;
}

/** Without a host pin, all that the bridge pin's own filter leads to. */
export function nodesOfEndpoint(
  filters: readonly FilterFacts[],
  endpoint: Pick<AudioEndpoint, 'bridgeLink' | 'bridgePinId' | 'host' | 'isRender'>,
): PathNode[] {
  const bridgeFilter = filters.find((filter) =>
    isSameLink(filter.symbolicLink, endpoint.bridgeLink),
  );
  if (bridgeFilter === undefined) return [];
  const { bridgePinId, host, isRender } = endpoint;
  const start = { filter: bridgeFilter, node: KSFILTER_NODE, pin: bridgePinId, before: null };
  const waiting: Place[] = [start];
  const seen = new Set<string>();
  const passed: PathNode[] = [];
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    const { filter, node, pin } = place;
    const key = `${filter.symbolicLink}|${node}|${node === KSFILTER_NODE ? pin : ''}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (host !== null && isHostPin(place, host)) return nodesBehind(place);
    if (node !== KSFILTER_NODE) passed.push({ filter, node });
    waiting.push(...inside(place, isRender), ...across(filters, place));
  }
  return host === null ? passed : [];
}

function isHostPin(place: Place, host: NonNullable<AudioEndpoint['host']>): boolean {
  return (
    place.node === KSFILTER_NODE &&
    place.pin === host.pin.id &&
    isSameLink(place.filter.symbolicLink, host.filter.symbolicLink)
  );
}

function nodesBehind(last: Place): PathNode[] {
  const nodes: PathNode[] = [];
  for (let place: Place | null = last; place !== null; place = place.before) {
    if (place.node !== KSFILTER_NODE) nodes.unshift({ filter: place.filter, node: place.node });
  }
  return nodes;
}

/** What connections inside the filter lead to; a node is left by any of its pins. */
function inside(place: Place, isRender: boolean): Place[] {
  const { filter, node, pin } = place;
  const places: Place[] = [];
  for (const { fromNode, fromNodePin, toNode, toNodePin } of filter.connections) {
    const [nearNode, nearPin, farNode, farPin] = isRender
      ? [toNode, toNodePin, fromNode, fromNodePin]
      : [fromNode, fromNodePin, toNode, toNodePin];
    if (nearNode !== node || (node === KSFILTER_NODE && nearPin !== pin)) continue;
    places.push({ filter, node: farNode, pin: farPin, before: place });
  }
  return places;
}

/** The other end of a pin's physical connection, which either end may publish. */
function across(filters: readonly FilterFacts[], place: Place): Place[] {
  const { filter, node, pin } = place;
  if (node !== KSFILTER_NODE) return [];
  const own = filter.pins[pin]?.connection ?? null;
  const places: Place[] = [];
  for (const other of filters) {
    const enter = (id: number): void => {
      places.push({ filter: other, node: KSFILTER_NODE, pin: id, before: place });
    };
    if (own !== null && isSameLink(other.symbolicLink, own.symbolicLink)) enter(own.pin);
    for (const { connection, id } of other.pins) {
      if (connection === null || connection.pin !== pin) continue;
      if (isSameLink(connection.symbolicLink, filter.symbolicLink)) enter(id);
    }
  }
  return places;
}

const isSameLink = (left: string, right: string): boolean =>
  left.toUpperCase() === right.toUpperCase();
