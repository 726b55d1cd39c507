/**
 * Choosing an endpoint by its name, as a person does in a list: in full, or without the device that
 * Windows puts behind it in brackets. Where several endpoints share a converter a multiplexer is in
 * the way, and lets the chosen one through. Source: "Audio Endpoint Devices", KSNODETYPE_MUX,
 * KSPROPERTY_AUDIO_MUX_SOURCE.
 */
import type { EndpointFacts, FilterFacts } from '../client/endpoints.ts';
import { KsFilter } from '../client/ks-filter.ts';
import { type ClientHome, KsError } from '../client/ks-object.ts';
import type { AudioEndpoint } from '../engine/audio-endpoint.ts';
import { EndpointFormFactor, formFactorName, formFactorOf } from '../engine/form-factor.ts';
import { KSPROPSETID_Audio } from '../standards/ks/guids.ts';
import { KSNODETYPE_MUX, KSPROPERTY_AUDIO_MUX_SOURCE } from '../standards/ks/mixer-controls.ts';
import {
  IOCTL_KS_PROPERTY,
  KSFILTER_NODE,
  KSPROPERTY,
  KSPROPERTY_TYPE_SET,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../standards/ks/requests.ts';
import { ntSuccess } from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import { nodesOfEndpoint } from './endpoint-path.ts';

/** The device has no endpoint of that name in that direction. */
export class EndpointNameError extends Error {}

export type EndpointDirection = EndpointFacts['direction'];

const WORD_BYTES = 4;

export const isMicrophone = ({ bridgePin }: Pick<EndpointFacts, 'bridgePin'>): boolean =>
  formFactorOf(bridgePin.category) === EndpointFormFactor.Microphone;

/** As the endpoint builder calls it, without the device. */
export const endpointName = ({ bridgePin }: Pick<EndpointFacts, 'bridgePin'>): string =>
  bridgePin.name ?? formFactorName(formFactorOf(bridgePin.category));

/**
 * Where a raw client streams: the endpoint of that name, or the first.
 * @throws NoEndpointError, EndpointNameError, FormatRefusedError
 */
export function rawEndpoint(
  endpoints: readonly EndpointFacts[],
  direction: EndpointDirection,
  format: PcmFormat,
  wanted: string | undefined,
): EndpointFacts {
  const own = endpoints.filter((endpoint) => endpoint.direction === direction);
  return chooseEndpoint(endpointsNamed(own, direction, endpointName, wanted), direction, format);
}

/**
 * Where an application streams through the engine: the endpoint of that name, or the first; null
 * when the device has none in the direction. @throws EndpointNameError
 */
export function engineEndpoint(
  endpoints: readonly AudioEndpoint[],
  direction: EndpointDirection,
  wanted: string | undefined,
): AudioEndpoint | null {
  const own = endpoints.filter(({ isRender }) => isRender === (direction === 'render'));
  return endpointsNamed(own, direction, ({ friendlyName }) => friendlyName, wanted)[0] ?? null;
}

/** The endpoints of a name, which are all if there is none. @throws EndpointNameError */
function endpointsNamed<Endpoint>(
  endpoints: readonly Endpoint[],
  direction: EndpointDirection,
  nameOf: (endpoint: Endpoint) => string,
  wanted: string | undefined,
): readonly Endpoint[] {
  if (wanted === undefined) return endpoints;
  const found = endpoints.filter((endpoint) => isNamed(nameOf(endpoint), wanted));
  if (found.length > 0) return found;
  const known = [...new Set(endpoints.map(nameOf))];
  const choice = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw new EndpointNameError(
    `the device has no ${direction} endpoint that is called '${wanted}'; ${choice}`,
  );
}

/** Either of the two may have the device behind it. */
function isNamed(name: string, wanted: string): boolean {
  const [own, other] = [name.toLowerCase(), wanted.toLowerCase()];
  return own === other || own.startsWith(`${other} (`) || other.startsWith(`${own} (`);
}

/**
 * Lets the sound of a capture endpoint through every multiplexer on its way.
 * @throws KsError when the driver refuses
 */
export function selectEndpoint(
  home: ClientHome,
  filters: readonly FilterFacts[],
  endpoint: Pick<AudioEndpoint, 'bridgeLink' | 'bridgePinId' | 'host' | 'isRender'>,
): void {
  if (endpoint.isRender) return;
  let before = { link: endpoint.bridgeLink, node: KSFILTER_NODE, pin: endpoint.bridgePinId };
  for (const { filter, node } of nodesOfEndpoint(filters, endpoint)) {
    const isSame = filter.symbolicLink.toUpperCase() === before.link.toUpperCase();
    if (filter.nodes[node] === KSNODETYPE_MUX && isSame) {
      const wire = filter.connections.find(
        ({ fromNode, fromNodePin, toNode }) =>
          toNode === node &&
          fromNode === before.node &&
          (fromNode !== KSFILTER_NODE || fromNodePin === before.pin),
      );
      if (wire !== undefined) setSource(home, filter, node, wire.toNodePin);
    }
    before = { link: filter.symbolicLink, node, pin: 0 };
  }
}

/** The same of an endpoint as a raw client finds it. @throws KsError */
export function selectRawEndpoint(
  home: ClientHome,
  filters: readonly FilterFacts[],
  { bridgePin, direction, filter, streamingPin }: EndpointFacts,
): void {
  const bridgeFilter = filters.find(({ pins }) => pins.includes(bridgePin));
  if (bridgeFilter === undefined) return;
  selectEndpoint(home, filters, {
    bridgeLink: bridgeFilter.symbolicLink,
    bridgePinId: bridgePin.id,
    host: { filter, pin: streamingPin },
    isRender: direction === 'render',
  });
}

function setSource(home: ClientHome, facts: FilterFacts, node: number, pin: number): void {
  const filter = KsFilter.open(home, facts.symbolicLink);
  const flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
  filter.identify(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUX_SOURCE, flags);
  const words = [node, 0];
  for (const [index, word] of words.entries()) {
    const at = filter.requestAt + KSPROPERTY.size + WORD_BYTES * index;
    filter.view.setUint32(at, word, true);
  }
  filter.view.setUint32(filter.valueAt, pin, true);
  const status = home.process.deviceIoControl(
    filter.handle,
    IOCTL_KS_PROPERTY,
    filter.requestAt,
    KSPROPERTY.size + WORD_BYTES * words.length,
    filter.valueAt,
    WORD_BYTES,
  );
  filter.close();
  if (!ntSuccess(status)) throw new KsError(`selecting the source of node ${node}`, status);
}
