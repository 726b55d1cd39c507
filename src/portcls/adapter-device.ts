/**
 * An adapter's functional device: what PcAddAdapterDevice makes, and what PortCls keeps in its
 * extension. It holds the subdevices under their names, their interfaces, and the physical
 * connections between their pins. Source: PcAddAdapterDevice, PcRegisterSubdevice,
 * PcRegisterPhysicalConnection.
 */

import type { VirtualAddress } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { PhysicalConnection } from '../ks/pin-properties.ts';
import { KSCATEGORY_AUDIO } from '../standards/ks/guids.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_NAME_COLLISION,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { StartDeviceRoutine } from './ddi/functions.ts';
import type { PortObject } from './port-object.ts';

/** The pages give no status for one registration too many. */
const STATUS_TOO_MANY_SUBDEVICES = STATUS_INSUFFICIENT_RESOURCES;

interface Subdevice {
  readonly name: string;
  readonly port: PortObject;
  readonly links: readonly string[];
  /** The link under KSCATEGORY_AUDIO, by which other filters name this one. */
  readonly audioLink: string;
}

interface PinEnd {
  readonly port: PortObject;
  readonly pin: number;
}

export class AdapterDevice {
  readonly kernel: Kernel;
  readonly deviceObject: DeviceObject;
  readonly physicalDeviceObject: DeviceObject;
  readonly startDevice: StartDeviceRoutine;
  readonly maxObjects: number;
  /** Where the C device extension lies; the driver's own part begins at 512 bytes. */
  readonly extension: VirtualAddress;
  /** The driver's own state, for drivers in TypeScript. */
  driverContext: unknown = null;
  isStarted = false;
  readonly #subdevices = new Map<string, Subdevice>();
  readonly #connections: { readonly from: PinEnd; readonly to: PinEnd }[] = [];

  constructor(
    kernel: Kernel,
    deviceObject: DeviceObject,
    physicalDeviceObject: DeviceObject,
    startDevice: StartDeviceRoutine,
    maxObjects: number,
    extension: VirtualAddress,
  ) {
    this.kernel = kernel;
    this.deviceObject = deviceObject;
    this.physicalDeviceObject = physicalDeviceObject;
    this.startDevice = startDevice;
    this.maxObjects = maxObjects;
    this.extension = extension;
  }

  get subdeviceNames(): readonly string[] {
    return [...this.#subdevices.keys()];
  }

  /** The port registered under the reference string, whatever its case. */
  portNamed(name: string): PortObject | null {
    return this.#subdevices.get(name.toLowerCase())?.port ?? null;
  }

  /** Registers and enables the interfaces of a bound port under `name`. */
  registerSubdevice(name: string, port: PortObject): NtStatus {
    const key = name.toLowerCase();
    if (name === '' || /[\\/]/.test(name)) return STATUS_INVALID_PARAMETER;
    if (!port.isBound) return STATUS_INVALID_DEVICE_STATE;
    if (this.#subdevices.has(key)) return STATUS_OBJECT_NAME_COLLISION;
    if (this.#subdevices.size >= this.maxObjects) return STATUS_TOO_MANY_SUBDEVICES;
    const links: string[] = [];
    const link = new Out('');
    let audioLink = '';
    for (const category of port.interfaceCategories) {
      const interfaces = this.kernel.interfaces;
      const status = interfaces.IoRegisterDeviceInterface(
        this.physicalDeviceObject,
        category,
        name,
        link,
      );
      if (!ntSuccess(status)) {
        return status;
      }
      links.push(link.value);
      if (category === KSCATEGORY_AUDIO) audioLink = link.value;
    }
    port.addRef();
    this.#subdevices.set(key, { name, port, links, audioLink });
    for (const enabled of links) this.kernel.interfaces.IoSetDeviceInterfaceState(enabled, true);
    return STATUS_SUCCESS;
  }

  /** Both ends must be registered here, the one a source of data, the other a sink. */
  connect(from: PortObject, fromPin: number, to: PortObject, toPin: number): NtStatus {
    if (this.#nameOf(from) === null || this.#nameOf(to) === null) {
      return STATUS_INVALID_DEVICE_STATE;
    }
    const isPin = (port: PortObject, pin: number): boolean =>
      port.description.pins[pin] !== undefined;
    if (!isPin(from, fromPin) || !isPin(to, toPin)) return STATUS_INVALID_PARAMETER;
    this.#connections.push({ from: { port: from, pin: fromPin }, to: { port: to, pin: toPin } });
    return STATUS_SUCCESS;
  }

  /** The other end of a pin's connection, by the link of its filter; null when it has none. */
  connectionOf(port: PortObject, pin: number): PhysicalConnection | null {
    for (const { from, to } of this.#connections) {
      const other =
        from.port === port && from.pin === pin
          ? to
          : to.port === port && to.pin === pin
            ? from
            : null;
      const subdevice = other === null ? null : this.#nameOf(other.port);
      if (other !== null && subdevice !== null) {
        return { pin: other.pin, symbolicLink: subdevice.audioLink };
      }
    }
    return null;
  }

  /** Takes everything back that StartDevice registered. */
  unregisterAll(): void {
    this.#connections.length = 0;
    for (const { port, links } of this.#subdevices.values()) {
      for (const link of links) this.kernel.interfaces.IoSetDeviceInterfaceState(link, false);
      port.releaseChildren();
      port.release();
    }
    this.#subdevices.clear();
  }

  #nameOf(port: PortObject): Subdevice | null {
    for (const subdevice of this.#subdevices.values())
      if (subdevice.port === port) return subdevice;
    return null;
  }
}
