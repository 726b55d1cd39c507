/** What `waveport list` found, for a person and for a program: endpoints, then filters. */
import type { FilterFacts } from '../client/endpoints.ts';
import type { PinFacts } from '../client/ks-filter.ts';
import type { EndpointDetails } from '../machine/endpoint-details.ts';
import type { DataRange } from '../standards/ks/descriptors.ts';
import { mediaCategoryName } from '../standards/ks/names.ts';
import {
  KSINSTANCE_INDETERMINATE,
  KSPIN_COMMUNICATION,
  KSPIN_DATAFLOW,
} from '../standards/ks/requests.ts';
import { endpointJson, endpointLines } from './list-endpoint.ts';
import { counted } from './quantities.ts';

export interface FoundDevice {
  readonly device: string;
  readonly driver: string;
  readonly filters: readonly FilterFacts[];
  readonly endpoints: readonly EndpointDetails[];
  /** What was left when the machine was shut down. */
  readonly leaks: readonly string[];
}

export function listJson(found: FoundDevice): object {
  return {
    device: found.device,
    driver: found.driver,
    endpoints: found.endpoints.map(endpointJson),
    filters: found.filters.map(filterFacts),
    leaks: found.leaks,
  };
}

export function listText(found: FoundDevice): string {
  return [
    `${found.device}, driver ${found.driver}`,
    ...found.endpoints.flatMap(endpointLines),
    ...(found.endpoints.length === 0 ? ['no endpoints'] : []),
    ...found.filters.flatMap(filterLines),
    ...found.leaks.map((leak) => `left behind: ${leak}`),
  ].join('\n');
}

const flowName = (flow: number): string => (flow === KSPIN_DATAFLOW.IN ? 'in' : 'out');

function communicationName(communication: number): string {
  const names = Object.entries(KSPIN_COMMUNICATION);
  return names.find(([, value]) => value === communication)?.[0]?.toLowerCase() ?? 'unknown';
}

const instances = (count: number): number | 'unlimited' =>
  count === KSINSTANCE_INDETERMINATE ? 'unlimited' : count;

const subtypeName = (range: DataRange): string =>
  range.subFormat.name.replace('KSDATAFORMAT_SUBTYPE_', '');

function rangeFacts(range: DataRange): object {
  return {
    type: subtypeName(range),
    ...(range.audio === undefined
      ? {}
      : {
          maxChannels: instances(range.audio.maximumChannels),
          bits: [range.audio.minimumBitsPerSample, range.audio.maximumBitsPerSample],
          rateHz: [range.audio.minimumSampleFrequency, range.audio.maximumSampleFrequency],
        }),
  };
}

function pinFacts(pin: PinFacts): object {
  return {
    id: pin.id,
    name: pin.name,
    category: pin.category?.name ?? null,
    dataFlow: flowName(pin.dataFlow),
    communication: communicationName(pin.communication),
    possibleInstances: instances(pin.possibleInstances),
    dataRanges: pin.dataRanges.map(rangeFacts),
    connection: pin.connection,
  };
}

function filterFacts(filter: FilterFacts): object {
  return {
    name: filter.name,
    symbolicLink: filter.symbolicLink,
    portDriver: filter.portDriver,
    categories: filter.categories.map((category) => category.name),
    pins: filter.pins.map(pinFacts),
    nodes: filter.nodes.map((node) => mediaCategoryName(node) ?? node.text),
  };
}

const span = (low: number, high: number): string => (low === high ? `${low}` : `${low} to ${high}`);

/** Ranges that differ in their rates only share a line; the first of a line is preferred. */
function rangeLines(ranges: readonly DataRange[]): string[] {
  const ratesByKind = new Map<string, string[]>();
  for (const range of ranges) {
    const { audio } = range;
    const type = subtypeName(range).toLowerCase().replace('_', ' ');
    if (audio === undefined) {
      ratesByKind.set(type, []);
      continue;
    }
    const most = audio.maximumChannels;
    const channels =
      most === KSINSTANCE_INDETERMINATE
        ? 'any number of channels'
        : `up to ${counted(most, 'channel')}`;
    const bits = span(audio.minimumBitsPerSample, audio.maximumBitsPerSample);
    const kind = `${type} ${bits} bits, ${channels}`;
    const [low, high] = [audio.minimumSampleFrequency, audio.maximumSampleFrequency];
    const rates = ratesByKind.get(kind) ?? [];
    ratesByKind.set(kind, [...rates, span(low / 1000, high / 1000)]);
  }
  return [...ratesByKind].map(([kind, rates]) =>
    rates.length === 0 ? kind : `${kind}: ${rates.join(', ')} kHz`,
  );
}

function filterLines(filter: FilterFacts): string[] {
  const categories = filter.categories.map((category) => category.name.replace('KSCATEGORY_', ''));
  const lines = [
    `filter ${filter.name}: ${filter.portDriver} port, ${categories.join(' ')}`,
    `  ${filter.symbolicLink}`,
  ];
  for (const pin of filter.pins) {
    const name = pin.name ?? pin.category?.name ?? 'no name';
    lines.push(
      `  pin ${pin.id}: ${name}, data ${flowName(pin.dataFlow)}, ` +
        communicationName(pin.communication),
    );
    for (const line of rangeLines(pin.dataRanges)) lines.push(`    ${line}`);
    if (pin.connection !== null) {
      const other = pin.connection.symbolicLink;
      const otherName = other.slice(other.lastIndexOf('\\') + 1);
      lines.push(`    wired to pin ${pin.connection.pin} of ${otherName}`);
    }
  }
  return lines;
}
