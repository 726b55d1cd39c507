/**
 * What a port gives a driver beyond the binding to its miniport: the event list, device properties
 * and registry keys, and taking back subdevices and physical connections. Source: IPortEvents,
 * IPort, IUnregisterSubdevice, IUnregisterPhysicalConnection.
 */
import type { Guid } from '../base/guid.ts';
import type { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import type { InterfaceId } from './ddi/declare.ts';
import type { KsEventEntry } from './ddi/event-request.ts';
import { IID_IPortClsPnp, type IPortClsPnp } from './ddi/pnp.ts';
import type { IRegistryKey } from './ddi/port.ts';
import {
  IID_IPortEvents,
  IID_IUnregisterPhysicalConnection,
  IID_IUnregisterSubdevice,
  type IPortEvents,
  type IUnregisterPhysicalConnection,
  type IUnregisterSubdevice,
} from './ddi/port-services.ts';
import { IID_IPortClsPower, type IPortClsPower } from './ddi/power.ts';
import { ComObject, type IUnknown } from './ddi/unknown.ts';
import type { PortClass } from './port-class.ts';
import { PortEvents } from './port-events.ts';
import { powerFunctions, setIdlePowerManagement } from './power-functions.ts';
import { pcNewRegistryKey } from './registry-key.ts';
import { hasInterface } from './windows-version.ts';

export abstract class PortServices
  extends ComObject
  implements
    IPortEvents,
    IUnregisterSubdevice,
    IUnregisterPhysicalConnection,
    IPortClsPower,
    IPortClsPnp
{
  readonly portClass: PortClass;
  readonly kernel: Kernel;
  readonly typeName: string;
  readonly events: PortEvents;

  /** `further` are the interfaces that this kind of port has beside those of all. */
  constructor(
    portClass: PortClass,
    iid: InterfaceId<unknown>,
    typeName: string,
    further: readonly InterfaceId<unknown>[] = [],
  ) {
    super(portClass.kernel, 'portcls', typeName, [
      iid,
      IID_IPortEvents as InterfaceId<unknown>,
      IID_IUnregisterSubdevice as InterfaceId<unknown>,
      IID_IUnregisterPhysicalConnection as InterfaceId<unknown>,
      IID_IPortClsPower as InterfaceId<unknown>,
      IID_IPortClsPnp as InterfaceId<unknown>,
      ...further,
    ]);
    this.portClass = portClass;
    this.kernel = portClass.kernel;
    this.typeName = typeName;
    this.events = new PortEvents(this.kernel, portClass.findings, typeName);
  }

  /** What this Windows has not, no port offers. */
  override queryInterface<T>(iid: InterfaceId<T>): T | null {
    const { windows } = this.portClass;
    return hasInterface(windows, iid as InterfaceId<unknown>) ? super.queryInterface(iid) : null;
  }

  /** The adapter's device that the port was initialised with. */
  abstract get deviceObject(): DeviceObject;

  addEventToEventList(entry: KsEventEntry): void {
    this.events.add(entry);
  }

  generateEventList(
    set: Guid | null,
    eventId: number,
    pinEvent: boolean,
    pinId: number,
    nodeEvent: boolean,
    nodeId: number,
  ): void {
    this.events.generate(set, eventId, pinEvent ? pinId : null, nodeEvent ? nodeId : null);
  }

  unregisterSubdevice(device: DeviceObject, unknown: IUnknown): NtStatus {
    return this.portClass.unregisterSubdevice(device, unknown);
  }

  unregisterPhysicalConnection(
    device: DeviceObject,
    from: IUnknown,
    fromPin: number,
    to: IUnknown,
    toPin: number,
  ): NtStatus {
    return this.portClass.connect(device, from, fromPin, to, toPin, 'disconnect');
  }

  unregisterPhysicalConnectionToExternal(
    device: DeviceObject,
    from: IUnknown,
    fromPin: number,
    to: string,
    toPin: number,
  ): NtStatus {
    return this.portClass.connect(device, from, fromPin, to, toPin, 'disconnect');
  }

  unregisterPhysicalConnectionFromExternal(
    device: DeviceObject,
    from: string,
    fromPin: number,
    to: IUnknown,
    toPin: number,
  ): NtStatus {
    return this.portClass.connect(device, from, fromPin, to, toPin, 'disconnect');
  }

  registerAdapterPowerManagement(unknown: IUnknown, device: DeviceObject): NtStatus {
    return powerFunctions(this.portClass).PcRegisterAdapterPowerManagement(unknown, device);
  }

  unregisterAdapterPowerManagement(device: DeviceObject): NtStatus {
    return powerFunctions(this.portClass).PcUnregisterAdapterPowerManagement(device);
  }

  setIdlePowerManagement(device: DeviceObject, enabled: boolean): NtStatus {
    return setIdlePowerManagement(this.portClass, device, enabled);
  }

  registerAdapterPnpManagement(unknown: IUnknown, device: DeviceObject): NtStatus {
    return powerFunctions(this.portClass).PcRegisterAdapterPnpManagement(unknown, device);
  }

  unregisterAdapterPnpManagement(device: DeviceObject): NtStatus {
    return powerFunctions(this.portClass).PcUnregisterAdapterPnpManagement(device);
  }

  getDeviceProperty(
    deviceProperty: number,
    bufferLength: number,
    propertyBuffer: Uint8Array | null,
    resultLength: Out<number>,
  ): NtStatus {
    return this.portClass.getDeviceProperty(
      this.deviceObject,
      deviceProperty,
      bufferLength,
      propertyBuffer,
      resultLength,
    );
  }

  newRegistryKey(
    outRegistryKey: Out<IRegistryKey | null>,
    outerUnknown: IUnknown | null,
    registryKeyType: number,
    desiredAccess: number,
    objectAttributes: string | null,
    createOptions: number | null,
    disposition: Out<number>,
  ): NtStatus {
    return pcNewRegistryKey(
      this.kernel,
      this.kernel,
      outRegistryKey,
      outerUnknown,
      registryKeyType,
      desiredAccess,
      this.deviceObject,
      null,
      objectAttributes,
      createOptions,
      disposition,
    );
  }
}
