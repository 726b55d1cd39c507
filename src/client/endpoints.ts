/**
 * Filters and endpoints as a client's enumeration finds them: interfaces by category, then from
 * each streaming pin through the filter and along physical connections to the bridge pin at the
 * end of the line. Nothing is asked but what KS answers.
 */
import type { Guid } from '../base/guid.ts';
import type { DeviceInterfaces } from '../kernel/pnp/device-interfaces.ts';
import type { TopologyConnection } from '../standards/ks/descriptors.ts';
import {
  KSCATEGORY_AUDIO,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_RENDER,
  KSCATEGORY_TOPOLOGY,
} from '../standards/ks/guids.ts';
import { KSFILTER_NODE, KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../standards/ks/requests.ts';
import { KsFilter, type PinFacts } from './ks-filter.ts';
import type { ClientHome } from './ks-object.ts';

const CATEGORIES = [
  KSCATEGORY_AUDIO,
  KSCATEGORY_RENDER,
  KSCATEGORY_CAPTURE,
  KSCATEGORY_REALTIME,
  KSCATEGORY_TOPOLOGY,
];

export interface FilterFacts {
  /** The reference string: what the driver called the subdevice. */
  readonly name: string;
  /** Its link under KSCATEGORY_AUDIO. */
  readonly symbolicLink: string;
  readonly categories: readonly Guid[];
  /** `other`: one whose pins take stream packets, such as WavePci and WaveCyclic. */
  readonly portDriver: 'WaveRT' | 'Topology' | 'other';
  readonly pins: readonly PinFacts[];
  readonly nodes: readonly Guid[];
  readonly connections: readonly TopologyConnection[];
}

export interface EndpointFacts {
  readonly name: string;
  readonly direction: 'render' | 'capture';
  /** The filter and the pin that a stream is opened on. */
  readonly filter: FilterFacts;
  readonly streamingPin: PinFacts;
  /** The bridge pin at the end of the line. */
  readonly bridgePin: PinFacts;
}

/** Every filter under KSCATEGORY_AUDIO, with all that it tells. */
export function enumerateFilters(home: ClientHome, interfaces: DeviceInterfaces): FilterFacts[] {
  return interfaces.enumerate(KSCATEGORY_AUDIO).map((link) => {
    const name = link.slice(link.lastIndexOf('\\') + 1);
    const sameFilter = (other: string): boolean => other.endsWith(`\\${name}`);
    const categories = CATEGORIES.filter((category) =>
      interfaces.enumerate(category).some(sameFilter),
    );
    const filter = KsFilter.open(home, link);
    const pins = Array.from({ length: filter.pinCount }, (_, id) => filter.pin(id));
    const facts: FilterFacts = {
      name,
      symbolicLink: link,
      categories,
      portDriver: categories.includes(KSCATEGORY_REALTIME)
        ? 'WaveRT'
        : categories.includes(KSCATEGORY_TOPOLOGY)
          ? 'Topology'
          : 'other',
      pins,
      nodes: filter.nodes,
      connections: filter.connections,
    };
    filter.close();
    return facts;
  });
}

/** One endpoint for each bridge pin that a streaming pin leads to. */
export function findEndpoints(filters: readonly FilterFacts[]): EndpointFacts[] {
  const endpoints: EndpointFacts[] = [];
  for (const filter of filters) {
    if (filter.portDriver === 'Topology') continue;
    for (const pin of filter.pins) {
      if (pin.communication !== KSPIN_COMMUNICATION.SINK) continue;
      const isRender = pin.dataFlow === KSPIN_DATAFLOW.IN;
      for (const bridgePin of bridgePinsOf(filters, filter, pin.id, isRender)) {
        endpoints.push({
          name: bridgePin.name ?? `pin ${bridgePin.id}`,
          direction: isRender ? 'render' : 'capture',
          filter,
          streamingPin: pin,
          bridgePin,
        });
      }
    }
  }
  return endpoints;
}

/** Follows the data (or, for capture, goes against it) to pins that no connection leaves. */
function bridgePinsOf(
  filters: readonly FilterFacts[],
  filter: FilterFacts,
  pinId: number,
  isRender: boolean,
): PinFacts[] {
  const found: PinFacts[] = [];
  for (const id of pinsReached(filter, pinId, isRender)) {
    const pin = filter.pins[id];
    if (pin === undefined) continue;
    const next = filters.find((other) => other.symbolicLink === pin.connection?.symbolicLink);
    if (pin.connection === null || next === undefined) found.push(pin);
    else found.push(...bridgePinsOf(filters, next, pin.connection.pin, isRender));
  }
  return found;
}

/** Pins of the filter that the wiring inside leads to from `pinId`. */
function pinsReached(filter: FilterFacts, pinId: number, isRender: boolean): number[] {
  const reached: number[] = [];
  const seen = new Set<number>();
  const follow = (node: number, pin: number | null): void => {
    for (const connection of filter.connections) {
      const [nearNode, nearPin, farNode, farPin] = isRender
        ? [connection.fromNode, connection.fromNodePin, connection.toNode, connection.toNodePin]
        : [connection.toNode, connection.toNodePin, connection.fromNode, connection.fromNodePin];
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
