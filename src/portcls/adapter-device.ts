/**
 * An adapter's functional device: what PcAddAdapterDevice makes, and what PortCls keeps in its
 * extension. It holds the subdevices under their names, their interfaces, and the physical
 * connections between their pins. Source: PcAddAdapterDevice, PcRegisterSubdevice,
 * PcRegisterPhysicalConnection.
 */

import type { VirtualAddress } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { PhysicalConnection } from '../ks/pin-properties.ts';
import { KSCATEGORY_AUDIO } from '../standards/ks/guids.ts';
import { KSPIN_DATAFLOW } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_OBJECT_NAME_COLLISION,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { AdapterLock } from './adapter-lock.ts';
import { AdapterPower } from './adapter-power.ts';
import { AdapterRebalance } from './adapter-rebalance.ts';
import type { StartDeviceRoutine } from './ddi/functions.ts';
import { readDriverSetting } from './driver-settings.ts';
import type { Findings } from './findings.ts';
import { IoTimeouts } from './io-timeout.ts';
import { JackOrder } from './jack-order.ts';
import { advisePacketSizes } from './packet-size-advice.ts';
import { type ConnectionEnd, PhysicalConnections } from './physical-connections.ts';
import type { PortClass } from './port-class.ts';
import type { PortObject } from './port-object.ts';
import type { StreamResources } from './stream-resources.ts';

/** The pages give no status for one registration too many. */
const STATUS_TOO_MANY_SUBDEVICES = STATUS_INSUFFICIENT_RESOURCES;

interface Subdevice {
  readonly name: string;
  readonly port: PortObject;
  readonly links: readonly string[];
  /** The link under KSCATEGORY_AUDIO, by which other filters name this one. */
  readonly audioLink: string;
}

/** What PcAddAdapterDevice was given, and what it made. */
export interface AdapterParts {
  readonly portClass: PortClass;
  readonly deviceObject: DeviceObject;
  readonly physicalDeviceObject: DeviceObject;
  readonly startDevice: StartDeviceRoutine;
  readonly maxObjects: number;
  /** Where the C device extension lies; the driver's own part begins at 512 bytes. */
  readonly extension: VirtualAddress;
}

type PhysicalState = Pick<DeviceObject, 'deviceExtension' | 'flags' | 'stackSize'>;

const physicalState = ({ deviceExtension, flags, stackSize }: DeviceObject): PhysicalState => ({
  deviceExtension,
  flags,
  stackSize,
});

export class AdapterDevice {
  readonly kernel: Kernel;
  readonly deviceObject: DeviceObject;
  readonly physicalDeviceObject: DeviceObject;
  readonly startDevice: StartDeviceRoutine;
  readonly maxObjects: number;
  /** Where the C device extension lies; the driver's own part begins at 512 bytes. */
  readonly extension: VirtualAddress;
  /** The start request, for as long as StartDevice runs. */
  startIrp: Irp | null = null;
  /** The driver's own state, for drivers in TypeScript. */
  driverContext: unknown = null;
  isStarted = false;
  /** Serialises what PortCls asks of this device's miniports. */
  readonly lock: AdapterLock;
  /** The same for positions and packets, where the driver asked for a lock of their own. */
  readonly positionLock: AdapterLock | null;
  readonly power: AdapterPower;
  readonly rebalance: AdapterRebalance;
  readonly ioTimeouts: IoTimeouts;
  readonly jackOrder: JackOrder;
  /** Unregistered subdevices whose handles may be open still. */
  readonly #former = new Set<PortObject>();
  readonly #findings: Findings;
  readonly #streamResources: StreamResources;
  readonly #subdevices = new Map<string, Subdevice>();
  readonly #connections = new PhysicalConnections();
  /** What is the bus driver's alone, as it was when the device was added. */
  readonly #physical: PhysicalState;

  constructor(parts: AdapterParts) {
    const { portClass } = parts;
    const { kernel } = portClass;
    this.kernel = kernel;
    this.#findings = portClass.findings;
    this.jackOrder = new JackOrder(portClass.findings);
    this.#streamResources = portClass.streamResources;
    this.deviceObject = parts.deviceObject;
    this.physicalDeviceObject = parts.physicalDeviceObject;
    this.startDevice = parts.startDevice;
    this.maxObjects = parts.maxObjects;
    this.extension = parts.extension;
    this.#physical = physicalState(parts.physicalDeviceObject);
    // The setting is read once, and holds for as long as the device is there.
    const pdo = parts.physicalDeviceObject;
    const setting = readDriverSetting(kernel, pdo, 'DispatchSettings', 'UsePositionLock') ?? 0;
    this.positionLock = setting >= 1 ? new AdapterLock(kernel, 'position lock', false) : null;
    this.lock = new AdapterLock(kernel, 'device lock', this.positionLock === null);
    this.power = new AdapterPower(portClass, this);
    this.rebalance = new AdapterRebalance(portClass, this);
    this.ioTimeouts = new IoTimeouts(kernel, portClass.findings, parts.deviceObject);
  }

  /** The ports of the registered subdevices. */
  get ports(): readonly PortObject[] {
    return [...this.#subdevices.values()].map((subdevice) => subdevice.port);
  }

  /** The PDO and its extension are the bus driver's: a driver that changed them is noted. */
  checkPhysicalDevice(): void {
    const now = physicalState(this.physicalDeviceObject);
    for (const member of Object.keys(now) as (keyof PhysicalState)[]) {
      if (now[member] === this.#physical[member]) continue;
      this.#findings.report(`a driver changed ${member} of the physical device object`);
    }
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
    if (this.#subdevices.has(key)) {
      this.#findings.report(`the name ${name} was given to a second subdevice`);
      return STATUS_OBJECT_NAME_COLLISION;
    }
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
    const audio = this.kernel.interfaces.find(audioLink);
    if (audio !== null) advisePacketSizes(audio, port.description, this.#findings);
    port.addRef();
    this.#subdevices.set(key, { name, port, links, audioLink });
    for (const enabled of links) this.kernel.interfaces.IoSetDeviceInterfaceState(enabled, true);
    return STATUS_SUCCESS;
  }

  /**
   * Takes one subdevice back: its interfaces go, and its name and place are free again. Filters
   * that are open live on. STATUS_NOT_FOUND when the port is not registered here.
   */
  unregisterSubdevice(port: PortObject): NtStatus {
    const subdevice = this.#subdeviceOf(port);
    if (subdevice === null) return STATUS_NOT_FOUND;
    const left = this.#connections.removeAllOf(port);
    if (left > 0) {
      this.#findings.report(
        `subdevice ${subdevice.name} was unregistered before its ${left} physical connections`,
      );
    }
    this.#subdevices.delete(subdevice.name.toLowerCase());
    this.#former.add(port);
    this.jackOrder.forget(port);
    this.#disable(subdevice);
    port.release();
    return STATUS_SUCCESS;
  }

  /** Ends that are ports must be registered here: the one a source of data, the other a sink. */
  connect(from: ConnectionEnd, to: ConnectionEnd): NtStatus {
    const checked = this.#checkEnds(from, to);
    if (checked !== STATUS_SUCCESS) return checked;
    this.#adviseFlow(from, KSPIN_DATAFLOW.OUT, 'source');
    this.#adviseFlow(to, KSPIN_DATAFLOW.IN, 'sink');
    this.#connections.add(from, to);
    if (this.isStarted) this.jackOrder.joined(from, to);
    return STATUS_SUCCESS;
  }

  /** STATUS_NOT_FOUND unless just these ends were connected. */
  disconnect(from: ConnectionEnd, to: ConnectionEnd): NtStatus {
    if (!this.#connections.remove(from, to)) return STATUS_NOT_FOUND;
    if (this.isStarted) this.jackOrder.parted(from, to);
    return STATUS_SUCCESS;
  }

  /** The other end of a pin's connection, by the link of its filter; null when it has none. */
  connectionOf(port: PortObject, pin: number): PhysicalConnection | null {
    const other = this.#connections.otherEnd(port, pin);
    if (other === null) return null;
    if ('symbolicLink' in other) return other;
    const subdevice = this.#subdeviceOf(other.port);
    return subdevice === null ? null : { pin: other.pin, symbolicLink: subdevice.audioLink };
  }

  /** Takes everything back that StartDevice registered. */
  unregisterAll(): void {
    this.#connections.clear();
    for (const subdevice of this.#subdevices.values()) {
      this.#disable(subdevice);
      this.jackOrder.forget(subdevice.port);
      subdevice.port.releaseChildren();
      subdevice.port.release();
    }
    this.#subdevices.clear();
    for (const port of this.#former) port.releaseChildren();
    this.#former.clear();
    this.#streamResources.deviceStopped(this.physicalDeviceObject);
  }

  /** Nobody finds the subdevices any more. */
  disableInterfaces(): void {
    for (const subdevice of this.#subdevices.values()) this.#disable(subdevice);
  }

  #disable({ links }: Subdevice): void {
    for (const link of links) this.kernel.interfaces.IoSetDeviceInterfaceState(link, false);
  }

  #checkEnds(...ends: readonly ConnectionEnd[]): NtStatus {
    for (const end of ends) {
      if (!('port' in end)) continue;
      if (this.#subdeviceOf(end.port) === null) return STATUS_INVALID_DEVICE_STATE;
      if (end.port.description.pins[end.pin] === undefined) return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
  }

  #adviseFlow(end: ConnectionEnd, flow: KSPIN_DATAFLOW, role: string): void {
    if (!('port' in end)) return;
    const pin = end.port.description.pins[end.pin];
    if (pin === undefined || pin.dataFlow === flow) return;
    this.#findings.report(`pin ${end.pin} of the ${end.port.typeName} is no data ${role}`);
  }

  #subdeviceOf(port: PortObject): Subdevice | null {
    for (const subdevice of this.#subdevices.values())
      if (subdevice.port === port) return subdevice;
    return null;
  }
}
