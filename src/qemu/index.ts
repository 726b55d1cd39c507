/** Sound cards of QEMU's as devices of a machine: the kinds that the command line offers. */
import { ac97Driver } from '../drivers/ac97/index.ts';
import { hdaDriver } from '../drivers/hda/index.ts';
import type { DeviceBurst } from '../machine/device-burst.ts';
import { ac97Ports, type DeviceKind } from '../machine/devices.ts';
import { ac97Board } from './ac97-board.ts';
import { hdaBoard } from './hda-board.ts';
import { QemuDevice } from './qemu-device.ts';

export { QemuError } from './qemu-error.ts';
export type { DeviceKind };

/** Of our driver's topology filter. */
const PCM_VOLUME_NODE = 0;
const FULL_SCALE_DECIBELS = 12;

/** Its codec fills 8 KiB of its own, some of it each 10 ms. */
const HDA_BURST: DeviceBurst = {
  frames: 2048,
  // At low rates that is more than is played meanwhile: two buffers of its own, and a period.
  leastBufferFrames: (rateHz) => (rateHz < 24_000 ? 4352 : 0),
};

/** Its card takes so many at its first look; a client that looks at half its buffer sees them go. */
const AC97_BURST: DeviceBurst = { frames: 1024, leastBufferFrames: () => 2200 };

export const qemuDeviceKinds: readonly DeviceKind[] = [
  {
    name: 'qemu:hda',
    description: "QEMU's Intel HD Audio controller and codec: 16-bit stereo, 16 to 96 kHz",
    create: (slot) => new QemuDevice(slot, hdaBoard),
    burst: HDA_BURST,
    isDeaf: true,
    canDrift: false,
    driver: hdaDriver,
  },
  {
    name: 'qemu:ac97',
    description: "QEMU's Intel AC'97 controller and codec: 16-bit stereo",
    // Its volumes are linear in their steps, and only full scale leaves samples as they are.
    unityVolume: { node: PCM_VOLUME_NODE, decibels: FULL_SCALE_DECIBELS },
    ports: ac97Ports,
    create: (slot) => new QemuDevice(slot, ac97Board),
    burst: AC97_BURST,
    isDeaf: true,
    canDrift: false,
    driver: ac97Driver,
  },
];
