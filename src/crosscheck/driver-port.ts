/**
 * Which wave port a driver uses, as a machine tells that has been booted with it: the miniport that
 * the port has initialized. What a stream of it can be asked follows from that: a WaveRT pin has a
 * cyclic buffer and a choice of what drives its client, the others take stream packets.
 */
import { NoEndpointError } from '../machine/choose-endpoint.ts';
import type { DeviceKind } from '../machine/devices.ts';
import { Machine } from '../machine/machine.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';

export type WavePort = 'wavert' | 'wavepci' | 'wavecyclic';

const MINIPORTS: readonly (readonly [WavePort, string])[] = [
  ['wavert', 'IMiniportWaveRT.Init'],
  ['wavepci', 'IMiniportWavePci.Init'],
  ['wavecyclic', 'IMiniportWaveCyclic.Init'],
];

/** @throws StartError when the driver does not start, NoEndpointError when it has no wave port */
export function wavePortOf(kind: DeviceKind, driver: DriverModule): WavePort {
  const machine = Machine.boot({ device: (slot) => kind.create(slot), driver });
  const counts = machine.portClass.guard.counts();
  machine.shutDown();
  const found = MINIPORTS.find(([, call]) => (counts.get(call) ?? 0) > 0);
  if (found === undefined) {
    throw new NoEndpointError(`driver ${driver.name} has no wave port to stream through`);
  }
  return found[0];
}
