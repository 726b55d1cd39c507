/** PcNewPort: the class that a driver names, and the port that is made for it. */
import type { Guid } from '../base/guid.ts';
import { CLSID_PortTopology, CLSID_PortWaveRT } from './ddi/functions.ts';
import type { IPort } from './ddi/port.ts';
import { CLSID_PortWaveCyclic } from './ddi/wavecyclic.ts';
import { CLSID_PortWavePci } from './ddi/wavepci.ts';
import type { PortClass } from './port-class.ts';
import { PortTopology } from './topology/port-topology.ts';
import { PortWaveCyclic } from './wavecyclic/port-wavecyclic.ts';
import { PortWavePci } from './wavepci/port-wavepci.ts';
import { PortWaveRT } from './wavert/port-wavert.ts';
import { hasPortClass } from './windows-version.ts';

const ports = new Map<Guid, (portClass: PortClass) => IPort>([
  [CLSID_PortWaveRT, (portClass) => new PortWaveRT(portClass)],
  [CLSID_PortWavePci, (portClass) => new PortWavePci(portClass, { ...portClass.wavePci })],
  [CLSID_PortWaveCyclic, (portClass) => new PortWaveCyclic(portClass)],
  [CLSID_PortTopology, (portClass) => new PortTopology(portClass)],
]);

/** A port of the class, with one reference; null for a class that this Windows has no port of. */
export function newPort(portClass: PortClass, classId: Guid): IPort | null {
  if (!hasPortClass(portClass.windows, classId)) return null;
  return ports.get(classId)?.(portClass) ?? null;
}
