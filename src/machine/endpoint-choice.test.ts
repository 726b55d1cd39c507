/** Choosing among endpoints that share a converter: the driver's multiplexer follows. */
import { expect, it } from 'vitest';
import { enumerateFilters, type FilterFacts, findEndpoints } from '../client/endpoints.ts';
import { AC97_MIXER_REGISTERS, AC97_RECORD_SOURCE } from '../standards/ac97/index.ts';
import { KSNODETYPE_MUX } from '../standards/ks/mixer-controls.ts';
import { deviceKind, deviceKinds } from './devices.ts';
import { rawEndpoint, selectRawEndpoint } from './endpoint-choice.ts';
import { bootForPlay } from './play-session.ts';

const FORMAT = {
  rateHz: 48_000,
  channels: 2,
  validBits: 16,
  containerBits: 16,
  float: false,
  channelMask: 3,
} as const;

function bootAc97() {
  const device = deviceKind('ac97') ?? deviceKinds[0];
  if (device === undefined) throw new Error('there are no devices');
  const machine = bootForPlay({ device });
  const home = { process: machine.openProcess('recorder'), ram: machine.kernel.ram };
  const filters = enumerateFilters(home, machine.kernel.interfaces);
  const { bytes, offset } = AC97_MIXER_REGISTERS.RECORD_SELECT;
  return {
    machine,
    home,
    filters,
    recordSelect: () => machine.device.registers.read(offset, bytes),
  };
}

const bothSides = (source: number): number => source * 0x101;

it('sets the multiplexer to the endpoint, forth and back', () => {
  const { filters, home, machine, recordSelect } = bootAc97();
  const choose = (name: string): void => {
    const endpoint = rawEndpoint(findEndpoints(filters), 'capture', FORMAT, name);
    selectRawEndpoint(home, filters, endpoint);
  };
  choose('Microphone');
  expect(recordSelect()).toBe(bothSides(AC97_RECORD_SOURCE.MIC));
  choose('Line Connector');
  expect(recordSelect()).toBe(bothSides(AC97_RECORD_SOURCE.LINE_IN));
  // What plays passes no multiplexer.
  selectRawEndpoint(
    home,
    filters,
    rawEndpoint(findEndpoints(filters), 'render', FORMAT, 'Speaker'),
  );
  expect(recordSelect()).toBe(bothSides(AC97_RECORD_SOURCE.LINE_IN));
  expect(machine.shutDown()).toEqual([]);
});

it('tells that the driver refuses', () => {
  const { filters, home, machine } = bootAc97();
  const miswired = filters.map((filter): FilterFacts => {
    const isMux = (node: number): boolean => filter.nodes[node] === KSNODETYPE_MUX;
    const connections = filter.connections.map((wire) =>
      isMux(wire.toNode) ? { ...wire, toNodePin: 9 } : wire,
    );
    return { ...filter, connections };
  });
  const endpoint = rawEndpoint(findEndpoints(miswired), 'capture', FORMAT, 'Microphone');
  expect(() => selectRawEndpoint(home, miswired, endpoint)).toThrow(/STATUS_INVALID_PARAMETER/);
  expect(machine.shutDown()).toEqual([]);
});
