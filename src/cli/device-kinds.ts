/** The devices that the command line knows by name: the machine's own, and QEMU's. */
import { deviceKinds as ownKinds } from '../machine/devices.ts';
import { type DeviceKind, qemuDeviceKinds } from '../qemu/index.ts';

export type { DeviceKind };

export const deviceKinds: readonly DeviceKind[] = [...ownKinds, ...qemuDeviceKinds];

/** The device kind of that name; null when there is none. */
export const deviceKind = (name: string): DeviceKind | null =>
  deviceKinds.find((kind) => kind.name === name) ?? null;
