/** The devices that a machine can be told to have by name, each with the driver made for it. */

import type { GlitchReason } from '../client/glitch-cause.ts';
import { ac97Driver, makeAc97Driver } from '../drivers/ac97/index.ts';
import { hdaDriver } from '../drivers/hda/index.ts';
import { simpleDmaDriver } from '../drivers/simple-dma/index.ts';
import { Ac97Controller } from '../hardware/ac97/ac97-controller.ts';
import type { DeviceModel, DeviceSlot } from '../hardware/device.ts';
import type { LineIn } from '../hardware/endpoint/line-in.ts';
import type { Speaker } from '../hardware/endpoint/speaker.ts';
import { HdaController } from '../hardware/hda/hda-controller.ts';
import { SimpleDmaDevice } from '../hardware/simple-dma/simple-dma-device.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { DeviceBurst } from './device-burst.ts';
import type { RenderVolume } from './render-volume.ts';

/** A device with an ear and a mouth. */
export interface AudioDevice extends DeviceModel {
  readonly speaker: Speaker;
  readonly lineIn: LineIn;
  /** Where a microphone goes in, of a device that records from one in place of the line in. */
  readonly microphone?: LineIn;
  /** How often a FIFO ran empty or over so far, where the model counts it. */
  readonly fifoErrors?: number;
  /**
   * Time between the place where the device says it plays and the ear, of which it tells nobody;
   * whoever wants to hear the end lets a stream run on for so long. None if absent.
   */
  readonly untoldDelayNs?: number;
}

export interface DeviceOptions {
  /** How much too fast the device's own clock is, in parts per million; 0 if absent. */
  readonly driftPpm?: number;
}

export interface DeviceKind {
  readonly name: string;
  readonly description: string;
  readonly create: (slot: DeviceSlot, options?: DeviceOptions) => AudioDevice;
  readonly driver: DriverModule;
  /** Drivers by the port that they use, where there are several. */
  readonly ports?: ReadonlyMap<string, DriverModule>;
  /** Whether it has a clock of its own, which can drift. */
  readonly canDrift?: boolean;
  /** Where our driver's volume has to stand for samples to be heard as they are; 0 dB if absent. */
  readonly unityVolume?: RenderVolume;
  /** Why its FIFO runs empty: an empty FIFO is a cause of its own if absent. */
  readonly fifoErrorCause?: GlitchReason;
  /** What it takes ahead when a stream begins; nothing to speak of if absent. */
  readonly burst?: DeviceBurst;
  /** It has no way in for sound, and records silence whatever is spoken. */
  readonly isDeaf?: boolean;
}

/** The driver for AC'97 by the port that it uses, the default first. */
export const ac97Ports: ReadonlyMap<string, DriverModule> = new Map(
  (['wavepci', 'wavecyclic', 'wavert'] as const).map((port) => [port, makeAc97Driver({ port })]),
);

export const deviceKinds: readonly DeviceKind[] = [
  {
    name: 'hda',
    description: 'Intel HD Audio controller with one codec: speaker and line in',
    create: (slot, options) => new HdaController(slot, options),
    driver: hdaDriver,
    canDrift: true,
  },
  {
    name: 'simple',
    description: 'DMA device that cannot loop or gather pages: speaker and line in',
    create: (slot) => new SimpleDmaDevice(slot),
    driver: simpleDmaDriver,
    fifoErrorCause: 're-arm late',
  },
  {
    name: 'ac97',
    description: "Intel AC'97 controller with one codec: speaker, line in and microphone",
    create: (slot, options) => new Ac97Controller(slot, options),
    driver: ac97Driver,
    ports: ac97Ports,
    canDrift: true,
  },
];

/** The device kind of that name; null when there is none. */
export const deviceKind = (name: string): DeviceKind | null =>
  deviceKinds.find((kind) => kind.name === name) ?? null;
