/** Ways from a bridge pin to a host pin, through filters that are drawn by hand. */
import { describe, expect, it } from 'vitest';
import type { FilterFacts } from '../client/endpoints.ts';
import type { PinFacts } from '../client/ks-filter.ts';
import { KSFILTER_NODE, KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../standards/ks/requests.ts';
import { nodesOfEndpoint } from './endpoint-path.ts';

/** `p0 > n0`: from pin 0 of the filter to its node 0. */
type Wire = `${'p' | 'n'}${number} > ${'p' | 'n'}${number}`;

/** `to` names the filter and pin that a pin says it is wired to. */
function draw(
  name: string,
  wires: readonly Wire[],
  to: Readonly<Record<number, readonly [string, number]>> = {},
): FilterFacts {
  const end = (text: string) =>
    text.startsWith('p')
      ? { node: KSFILTER_NODE, pin: Number(text.slice(1)) }
      : { node: Number(text.slice(1)), pin: 0 };
  const pins = Array.from({ length: 4 }, (_, id): PinFacts => {
    const [filter, pin] = to[id] ?? [];
    return {
      id,
      dataFlow: KSPIN_DATAFLOW.IN,
      communication: KSPIN_COMMUNICATION.NONE,
      category: null,
      name: null,
      possibleInstances: 1,
      currentInstances: 0,
      dataRanges: [],
      connection:
        filter === undefined || pin === undefined
          ? null
          : { pin, symbolicLink: `\\\\?\\${filter}` },
    };
  });
  return {
    name,
    symbolicLink: `\\\\?\\${name}`,
    categories: [],
    portDriver: 'other',
    nodes: [],
    pins,
    connections: wires.map((wire) => {
      const [from = '', into = ''] = wire.split(' > ');
      const [left, right] = [end(from), end(into)];
      return {
        fromNode: left.node,
        fromNodePin: left.pin,
        toNode: right.node,
        toNodePin: right.pin,
      };
    }),
  };
}

/** The way as `filter.node`, from bridge pin 1 of the last filter to pin 0 of the first. */
function wayOf(isRender: boolean, hasHost: boolean, ...filters: FilterFacts[]): string[] {
  const [first, last] = [filters[0], filters.at(-1)];
  const pin = first?.pins[0];
  if (first === undefined || last === undefined || pin === undefined) throw new Error('no filter');
  const host = hasHost ? { filter: first, pin } : null;
  const endpoint = { bridgeLink: last.symbolicLink.toLowerCase(), bridgePinId: 1, host, isRender };
  return nodesOfEndpoint(filters, endpoint).map(({ filter, node }) => `${filter.name}.${node}`);
}

const wave = ['p0 > n0', 'n0 > p1'] as const;
const topology = ['p0 > n0', 'n0 > n1', 'n1 > p1'] as const;

describe('the way of an endpoint', () => {
  it.each<[string, FilterFacts, FilterFacts]>([
    [
      'both ends',
      draw('wave', wave, { 1: ['topology', 0] }),
      draw('topology', topology, { 0: ['wave', 1] }),
    ],
    ['the wave filter', draw('wave', wave, { 1: ['topology', 0] }), draw('topology', topology)],
    ['the topology', draw('wave', wave), draw('topology', topology, { 0: ['WAVE', 1] })],
  ])('goes from filter to filter when the wire is published by %s', (_who, first, last) => {
    expect(wayOf(true, true, first, last)).toEqual(['topology.1', 'topology.0', 'wave.0']);
  });

  it('follows the data where they are captured', () => {
    const first = draw('wave', ['p1 > n0', 'n0 > p0'], { 1: ['topology', 0] });
    const last = draw('topology', ['p1 > n0', 'n0 > n1', 'n1 > p0']);
    expect(wayOf(false, true, first, last)).toEqual(['topology.0', 'topology.1', 'wave.0']);
  });

  it('leaves out what only branches off, and takes the shorter of two ways', () => {
    const wires: Wire[] = ['p2 > n3', 'n3 > n1', 'p0 > n0', 'n0 > n1', 'p0 > n1', 'n1 > p1'];
    expect(wayOf(true, true, draw('wave', wires))).toEqual(['wave.1']);
  });

  it('is over where wires go round in a circle and lead nowhere', () => {
    expect(wayOf(true, true, draw('wave', ['n0 > n1', 'n1 > n0', 'n0 > p1']))).toEqual([]);
  });

  it('is all that the bridge pin leads to, where there is no host pin', () => {
    expect(wayOf(true, false, draw('topology', ['n0 > n1', 'n2 > n1', 'n1 > p1']))).toEqual([
      'topology.1',
      'topology.0',
      'topology.2',
    ]);
  });

  it('is nothing from a filter that is gone', () => {
    const endpoint = { bridgeLink: 'gone', bridgePinId: 0, host: null, isRender: true };
    expect(nodesOfEndpoint([draw('wave', wave)], endpoint)).toEqual([]);
  });
});
