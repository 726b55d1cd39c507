/**
 * Plug and play of an adapter: the start request goes down the stack first, then StartDevice gets
 * the resources, and the request is completed with its status; a stop or a removal stops every
 * stream and takes every subdevice back before the bus hears of it. Source: PcAddAdapterDevice,
 * PCPFNSTARTDEVICE, "Startup Sequence", IAdapterPnpManagement::PnpStop.
 */
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import {
  IRP_MN_CANCEL_STOP_DEVICE,
  IRP_MN_QUERY_CAPABILITIES,
  IRP_MN_QUERY_REMOVE_DEVICE,
  IRP_MN_QUERY_STOP_DEVICE,
  IRP_MN_REMOVE_DEVICE,
  IRP_MN_START_DEVICE,
  IRP_MN_STOP_DEVICE,
  IRP_MN_SURPRISE_REMOVAL,
} from '../kernel/pnp/pnp-codes.ts';
import type { StartDeviceParameters } from '../kernel/pnp/resources.ts';
import type { QueryCapabilitiesParameters } from '../kernel/power/power-codes.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import { IID_IResourceList, type IResourceList } from './ddi/port.ts';
import type { PortClass } from './port-class.ts';
import { pcNewResourceList } from './resource-list.ts';

const NONPAGED_POOL = 0;
/** What a driver's handler did to a packet before PortCls got it. */
const FORWARDED = Symbol('forwarded with PcForwardIrpSynchronous');

export class AdapterPnp {
  readonly #portClass: PortClass;
  readonly #removed: (adapter: AdapterDevice) => void;

  /** `removed` is told when a device is gone and its adapter can be forgotten. */
  constructor(portClass: PortClass, removed: (adapter: AdapterDevice) => void) {
    this.#portClass = portClass;
    this.#removed = removed;
  }

  /** IRP_MJ_PNP, under the device lock. */
  dispatch(device: DeviceObject, irp: Irp): NtStatus {
    const adapter = this.#portClass.adapterOf(device);
    switch (irp.minorFunction) {
      case IRP_MN_START_DEVICE:
        return this.#start(adapter, irp);
      case IRP_MN_QUERY_CAPABILITIES:
        return this.#queryCapabilities(adapter, irp);
      case IRP_MN_QUERY_STOP_DEVICE:
        return this.#queryStop(adapter, irp);
      case IRP_MN_CANCEL_STOP_DEVICE:
        return this.#cancelStop(adapter, irp);
      case IRP_MN_STOP_DEVICE:
        return this.#stop(adapter, irp);
      case IRP_MN_SURPRISE_REMOVAL:
        this.#leave(adapter);
        return this.#succeedBelow(device, irp);
      case IRP_MN_REMOVE_DEVICE:
        return this.#remove(adapter, irp);
      case IRP_MN_QUERY_REMOVE_DEVICE:
        return this.#succeedBelow(device, irp);
      default:
        return this.passDown(device, irp);
    }
  }

  /** IRP_MJ_POWER, under the device lock. */
  power(device: DeviceObject, irp: Irp): NtStatus {
    const { power } = this.#portClass.adapterOf(device);
    return power.dispatch(
      irp,
      () => this.passDown(device, irp),
      () => this.#forward(device, irp),
    );
  }

  passDown(device: DeviceObject, irp: Irp): NtStatus {
    const below = device.attachedTo;
    if (below === null) return this.complete(irp, irp.ioStatus.status);
    this.#checkForwarded(irp);
    irp.skipCurrent();
    return this.#portClass.kernel.io.IoCallDriver(below, irp);
  }

  /** PcForwardIrpSynchronous: the packet is the caller's again when the drivers below are done. */
  forwardFor(device: DeviceObject, irp: Irp): NtStatus {
    if (device.attachedTo === null) return STATUS_INVALID_DEVICE_REQUEST;
    const status = this.#forward(device, irp);
    irp.driverContext = FORWARDED;
    return status;
  }

  complete(irp: Irp, status: NtStatus): NtStatus {
    irp.ioStatus.status = status;
    this.#portClass.kernel.io.IoCompleteRequest(irp);
    return status;
  }

  #forward(device: DeviceObject, irp: Irp): NtStatus {
    const below = device.attachedTo;
    this.#checkForwarded(irp);
    if (below === null) return STATUS_SUCCESS;
    return this.#portClass.kernel.io.IoForwardIrpSynchronously(below, irp);
  }

  #checkForwarded(irp: Irp): void {
    if (irp.driverContext !== FORWARDED) return;
    this.#portClass.findings.report('an IRP is forwarded that PcForwardIrpSynchronous sent before');
  }

  /** PortCls has nothing against it; the drivers below have the last word. */
  #succeedBelow(device: DeviceObject, irp: Irp): NtStatus {
    irp.ioStatus.status = STATUS_SUCCESS;
    return this.passDown(device, irp);
  }

  #start(adapter: AdapterDevice, irp: Irp): NtStatus {
    let status = this.#forward(adapter.deviceObject, irp);
    if (ntSuccess(status)) status = this.#startAdapter(adapter, irp);
    this.complete(irp, status);
    adapter.rebalance.restartCreates();
    return status;
  }

  #startAdapter(adapter: AdapterDevice, irp: Irp): NtStatus {
    const { kernel, guard } = this.#portClass;
    const { translated, raw } = irp.parameters as StartDeviceParameters;
    const out = new Out<IResourceList | null>(null);
    const listed = pcNewResourceList(kernel, out, null, NONPAGED_POOL, translated, raw);
    const list = out.value;
    if (!ntSuccess(listed) || list === null) return STATUS_INSUFFICIENT_RESOURCES;
    const guarded = guard.guard(IID_IResourceList, list);
    adapter.power.starting();
    adapter.startIrp = irp;
    const status = adapter.startDevice(adapter.deviceObject, irp, guarded);
    adapter.startIrp = null;
    list.release();
    adapter.isStarted = ntSuccess(status);
    if (!adapter.isStarted) {
      adapter.unregisterAll();
      return status;
    }
    adapter.power.idle.start();
    adapter.ioTimeouts.start();
    return status;
  }

  /** The bus answers first; then the adapter, if it registered in AddDevice, adds to it. */
  #queryCapabilities(adapter: AdapterDevice, irp: Irp): NtStatus {
    const status = this.#forward(adapter.deviceObject, irp);
    if (ntSuccess(status)) {
      const { capabilities } = irp.parameters as QueryCapabilitiesParameters;
      adapter.power.queryCapabilities(capabilities);
    }
    return this.complete(irp, status);
  }

  #queryStop(adapter: AdapterDevice, irp: Irp): NtStatus {
    const status = adapter.rebalance.query();
    if (!ntSuccess(status)) return this.complete(irp, status);
    return this.#succeedBelow(adapter.deviceObject, irp);
  }

  /** The drivers below resume first. */
  #cancelStop(adapter: AdapterDevice, irp: Irp): NtStatus {
    irp.ioStatus.status = STATUS_SUCCESS;
    const status = this.#forward(adapter.deviceObject, irp);
    adapter.rebalance.cancel();
    return this.complete(irp, status);
  }

  #stop(adapter: AdapterDevice, irp: Irp): NtStatus {
    this.#cutOff(adapter);
    adapter.rebalance.notifyMiniports();
    adapter.rebalance.stopAdapter();
    adapter.unregisterAll();
    return this.#succeedBelow(adapter.deviceObject, irp);
  }

  /** No request begins any more, what pends ends, and the streams stop. */
  #cutOff(adapter: AdapterDevice): void {
    adapter.isStarted = false;
    adapter.power.idle.stop();
    adapter.ioTimeouts.stop();
    adapter.disableInterfaces();
    this.#portClass.cancelPending(adapter.deviceObject);
    adapter.power.streams.stopAll();
  }

  /** For good: what the adapter registered is let go, and creates that waited find nothing. */
  #leave(adapter: AdapterDevice): void {
    this.#cutOff(adapter);
    adapter.unregisterAll();
    adapter.power.unregister();
    adapter.rebalance.unregister();
    adapter.rebalance.restartCreates();
  }

  #remove(adapter: AdapterDevice, irp: Irp): NtStatus {
    const { devices } = this.#portClass.kernel;
    const device = adapter.deviceObject;
    this.#leave(adapter);
    const below = device.attachedTo;
    const status = this.#succeedBelow(device, irp);
    if (below !== null) devices.IoDetachDevice(below);
    devices.IoDeleteDevice(device);
    this.#removed(adapter);
    return status;
  }
}
