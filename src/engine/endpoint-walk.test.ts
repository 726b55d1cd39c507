import { describe, expect, it } from 'vitest';
import { guid } from '../base/guid.ts';
import type { FilterFacts } from '../client/endpoints.ts';
import type { PinFacts } from '../client/ks-filter.ts';
import {
  KSDATAFORMAT_SPECIFIER_NONE,
  KSDATAFORMAT_SUBTYPE_ANALOG,
  KSDATAFORMAT_SUBTYPE_PCM,
  KSDATAFORMAT_TYPE_AUDIO,
} from '../standards/ks/guids.ts';
import { KSFILTER_NODE, KSPIN_COMMUNICATION, KSPIN_DATAFLOW } from '../standards/ks/requests.ts';
import { walkEndpoints } from './endpoint-walk.ts';

const { IN, OUT } = KSPIN_DATAFLOW;
const { BOTH, BRIDGE, NONE, SINK, SOURCE } = KSPIN_COMMUNICATION;
const OTHER = guid('{00000002-0000-0010-8000-00AA00389B71}', 'ADPCM');

interface Sketch {
  readonly flow: number;
  readonly communication: number;
  readonly sound?: boolean;
  readonly subFormat?: typeof OTHER;
  readonly to?: readonly [filter: string, pin: number];
}

/** A filter whose pins are wired in pairs, each through a node of its own. */
function filter(
  name: string,
  pins: readonly Sketch[],
  wires: readonly [number, number][],
  portDriver: FilterFacts['portDriver'] = 'other',
): FilterFacts {
  return {
    name,
    symbolicLink: `\\\\?\\${name}`,
    categories: [],
    portDriver,
    nodes: [],
    pins: pins.map(({ communication, flow, sound, subFormat, to }, id): PinFacts => {
      const range = {
        majorFormat: KSDATAFORMAT_TYPE_AUDIO,
        subFormat:
          subFormat ?? (sound === true ? KSDATAFORMAT_SUBTYPE_PCM : KSDATAFORMAT_SUBTYPE_ANALOG),
        specifier: KSDATAFORMAT_SPECIFIER_NONE,
      };
      return {
        id,
        dataFlow: flow,
        communication,
        category: null,
        name: null,
        possibleInstances: 1,
        currentInstances: 0,
        dataRanges: [range],
        connection: to === undefined ? null : { pin: to[1], symbolicLink: `\\\\?\\${to[0]}` },
      };
    }),
    connections: wires.flatMap(([from, to], node) => [
      { fromNode: KSFILTER_NODE, fromNodePin: from, toNode: node, toNodePin: 1 },
      { fromNode: node, fromNodePin: 0, toNode: KSFILTER_NODE, toNodePin: to },
    ]),
  };
}

const host = { flow: IN, communication: SINK, sound: true };
const mouthHost = { flow: OUT, communication: SINK, sound: true };
const out = { flow: OUT, communication: NONE };
const into = { flow: IN, communication: NONE };

/** `filter.pin -> host filter.pin` of every endpoint found. */
const found = (...filters: FilterFacts[]): string[] =>
  walkEndpoints(filters).map(({ bridgeFilter, bridgePin, host: at, isRender }) => {
    const to = at === null ? 'nothing' : `${at.filter.name}.${at.pin.id}`;
    return `${isRender ? 'render' : 'capture'} ${bridgeFilter.name}.${bridgePin.id} to ${to}`;
  });

describe('the walk from bridge pins', () => {
  it('makes one endpoint of every bridge pin that nothing is connected to', () => {
    const wave = filter('wave', [host, { ...out, to: ['topo', 0] }], [[0, 1]]);
    const topo = filter(
      'topo',
      [into, out, out],
      [
        [0, 1],
        [0, 2],
      ],
    );
    expect(found(wave, topo)).toEqual(['render topo.1 to wave.0', 'render topo.2 to wave.0']);
  });

  it('goes with the data for what is captured, whichever end tells of the connection', () => {
    const wave = filter('wave', [mouthHost, into], [[1, 0]]);
    const topo = filter('topo', [into, { ...out, to: ['WAVE', 1] }], [[0, 1]]);
    expect(found(topo, wave)).toEqual(['capture topo.0 to wave.0']);
  });

  it('needs no topology filter when the wave filter ends in a bridge pin', () => {
    const wave = filter('wave', [host, { flow: OUT, communication: BRIDGE }], [[0, 1]]);
    expect(found(wave)).toEqual(['render wave.1 to wave.0']);
  });

  it.each([
    ['is a source of other filters', { flow: IN, communication: SOURCE, sound: true }],
    ['takes no sound that Windows plays', { ...host, sound: false }],
    ['takes another coding', { ...host, subFormat: OTHER }],
    ['runs the other way', mouthHost],
  ])('finds no host in a pin that %s', (_, pin) => {
    expect(found(filter('wave', [pin, out], [[0, 1]]))).toEqual(['render wave.1 to nothing']);
  });

  it('finds endpoints of WaveRT filters first, and others behind them', () => {
    const old = filter('old', [host, out], [[0, 1]]);
    const recent = filter('recent', [host, out], [[0, 1]], 'WaveRT');
    const lost = filter('lost', [host, out], []);
    const expected = [
      'render recent.1 to recent.0',
      'render lost.1 to nothing',
      'render old.1 to old.0',
    ];
    expect(found(lost, old, recent)).toEqual(expected);
  });

  it('prefers a WaveRT host pin where a mixer joins it and another', () => {
    const old = filter('old', [host, { ...out, to: ['topo', 0] }], [[0, 1]]);
    const recent = filter('recent', [host, { ...out, to: ['topo', 1] }], [[0, 1]], 'WaveRT');
    const topo = filter(
      'topo',
      [into, into, out],
      [
        [0, 2],
        [1, 2],
      ],
    );
    expect(found(old, recent, topo)).toEqual(['render topo.2 to recent.0']);
  });

  it('takes a host pin for both ways of connecting', () => {
    const both = { ...host, communication: BOTH };
    expect(found(filter('wave', [both, out], [[0, 1]]))).toEqual(['render wave.1 to wave.0']);
  });

  it('finds nothing behind a bridge pin without a wire, and comes back from a circle', () => {
    const lost = filter('lost', [host, out], []);
    expect(found(lost)).toEqual(['render lost.1 to nothing']);
    const circle = filter(
      'circle',
      [{ ...into, to: ['circle', 1] }, { ...out, to: ['circle', 0] }, out],
      [
        [0, 1],
        [0, 2],
      ],
    );
    expect(found(circle)).toEqual(['render circle.2 to nothing']);
  });
});
