/** The devices that a machine can be told to have by name, each with the driver made for it. */

import { hdaDriver } from '../drivers/hda/index.ts';
import { simpleDmaDriver } from '../drivers/simple-dma/index.ts';
import type { DeviceModel, DeviceSlot } from '../hardware/device.ts';
import type { LineIn } from '../hardware/endpoint/line-in.ts';
import type { Speaker } from '../hardware/endpoint/speaker.ts';
import { HdaController } from '../hardware/hda/hda-controller.ts';
import { SimpleDmaDevice } from '../hardware/simple-dma/simple-dma-device.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';

/** A device with an ear and a mouth. */
export interface AudioDevice extends DeviceModel {
  readonly speaker: Speaker;
  readonly lineIn: LineIn;
}

export interface DeviceKind {
  readonly name: string;
  readonly description: string;
  readonly create: (slot: DeviceSlot) => AudioDevice;
  readonly driver: DriverModule;
}

export const deviceKinds: readonly DeviceKind[] = [
  {
    name: 'hda',
    description: 'Intel HD Audio controller with one codec: speaker and line in',
    create: (slot) => new HdaController(slot),
    driver: hdaDriver,
  },
  {
    name: 'simple',
    description: 'DMA device that cannot loop or gather pages: speaker and line in',
    create: (slot) => new SimpleDmaDevice(slot),
    driver: simpleDmaDriver,
  },
];

/** The device kind of that name; null when there is none. */
export const deviceKind = (name: string): DeviceKind | null =>
  deviceKinds.find((kind) => kind.name === name) ?? null;
