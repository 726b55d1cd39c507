/**
 * A device node: one device that the bus found, with what is known of it before a driver is
 * loaded, and where it stands in its plug and play life (Microsoft: "State transitions for PnP
 * devices").
 */
import type { DeviceObject, DriverObject } from '../io/device.ts';
import {
  type DEVICE_POWER_STATE,
  type DeviceCapabilities,
  defaultCapabilities,
  PowerDeviceD0,
} from '../power/power-codes.ts';
import type { ResourceDescriptor } from './resources.ts';

/** What a bus driver reports of a device. */
export interface NodeDescription {
  /** `PCI\VEN_8086&DEV_2668`, the most specific hardware id. */
  readonly hardwareId: string;
  /** Tells devices with one hardware id apart; the place in the order of addition when absent. */
  readonly instanceId?: string;
  readonly description: string;
  readonly manufacturer?: string;
  readonly friendlyName?: string;
  readonly raw: readonly ResourceDescriptor[];
  readonly translated: readonly ResourceDescriptor[];
}

export type NodeState =
  | 'present'
  | 'added'
  | 'started'
  | 'stopPending'
  | 'stopped'
  | 'removePending'
  | 'surpriseRemoved'
  | 'removed';

export class DeviceNode {
  readonly description: NodeDescription;
  readonly instanceId: string;
  readonly pdo: DeviceObject;
  driver: DriverObject | null = null;
  state: NodeState = 'present';
  /** Where a cancelled query returns to. */
  stateBeforeQuery: NodeState = 'present';
  /** Gone from the machine, and waiting for the last handle. */
  isRemovedAtLastClose = false;
  /** What the bus knows of the device's power; drivers above it add to a copy. */
  readonly capabilities: DeviceCapabilities = defaultCapabilities();
  /** The state that the bus has led the device to. */
  powerState: DEVICE_POWER_STATE = PowerDeviceD0;
  /** Who gives the device its power: told of each change, before the request is completed. */
  powerChanged: ((state: DEVICE_POWER_STATE) => void) | null = null;

  constructor(description: NodeDescription, instanceId: string, pdo: DeviceObject) {
    this.description = description;
    this.instanceId = instanceId;
    this.pdo = pdo;
  }

  get hardwareId(): string {
    return this.description.hardwareId;
  }

  /** Drivers lie on the device, and it is in the machine. */
  get hasStack(): boolean {
    return !['present', 'removed', 'surpriseRemoved'].includes(this.state);
  }

  /** `PCI\VEN_8086&DEV_2668\0`: unique in the machine. */
  get instancePath(): string {
    return `${this.description.hardwareId}\\${this.instanceId}`;
  }

  get resources(): {
    readonly raw: readonly ResourceDescriptor[];
    readonly translated: readonly ResourceDescriptor[];
  } {
    return this.description;
  }
}
