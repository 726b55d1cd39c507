/**
 * Tests that need QEMU. They run wherever it is; where it is not they fail with the reason, unless
 * WAVEPORT_SKIP names qemu.
 */
import { describe } from 'vitest';
import type { DeviceKind } from '../../src/machine/devices.ts';
import { qemuDeviceKinds } from '../../src/qemu/index.ts';

const skipped = (process.env['WAVEPORT_SKIP'] ?? '').split(',');

export const describeQemu: typeof describe | typeof describe.skip = skipped.includes('qemu')
  ? describe.skip
  : describe;

/** @throws Error when there is no such device of QEMU's */
export function qemuKind(name: string): DeviceKind {
  const kind = qemuDeviceKinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`no device ${name}`);
  return kind;
}
