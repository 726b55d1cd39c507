/**
 * What a driver is to Waveport: a name, and a function that is given everything the driver would
 * import from ntoskrnl and portcls and returns its DriverEntry.
 */
import type { DriverEntry, KernelDdi } from '../../kernel/ddi/index.ts';
import type { PortClsDdi } from './functions.ts';
import type { ObjectHome } from './unknown.ts';

/** A driver's imports: the kernel's functions, PortCls' functions, and a home for its objects. */
export interface Wdk extends KernelDdi, PortClsDdi, ObjectHome {}

export interface DriverModule {
  /** Service name, as it would stand in the registry. */
  readonly name: string;
  /** Device nodes that the driver's INF would match, e.g. `PCI\VEN_8086&DEV_2668`. */
  readonly hardwareIds: readonly string[];
  readonly load: (wdk: Wdk) => DriverEntry;
}

/** Declares a driver module; gives the literal its type. */
export const defineDriver = (driver: DriverModule): DriverModule => driver;
