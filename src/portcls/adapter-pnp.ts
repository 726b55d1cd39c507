/**
 * Plug and play of an adapter: the start request goes down the stack first, then StartDevice gets
 * the resources, and the request is completed with its status; a stop or a removal takes every
 * subdevice back. Source: PcAddAdapterDevice, PCPFNSTARTDEVICE, "Startup Sequence".
 */
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import {
  IRP_MN_QUERY_REMOVE_DEVICE,
  IRP_MN_QUERY_STOP_DEVICE,
  IRP_MN_REMOVE_DEVICE,
  IRP_MN_START_DEVICE,
  IRP_MN_STOP_DEVICE,
  IRP_MN_SURPRISE_REMOVAL,
} from '../kernel/pnp/pnp-codes.ts';
import type { StartDeviceParameters } from '../kernel/pnp/resources.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import { IID_IResourceList, type IResourceList } from './ddi/port.ts';
import type { PortClass } from './port-class.ts';
import { pcNewResourceList } from './resource-list.ts';

const NONPAGED_POOL = 0;

export class AdapterPnp {
  readonly #portClass: PortClass;
  readonly #removed: (adapter: AdapterDevice) => void;

  /** `removed` is told when a device is gone and its adapter can be forgotten. */
  constructor(portClass: PortClass, removed: (adapter: AdapterDevice) => void) {
    this.#portClass = portClass;
    this.#removed = removed;
  }

  dispatch(device: DeviceObject, irp: Irp): NtStatus {
    const adapter = this.#portClass.adapterOf(device);
    switch (irp.minorFunction) {
      case IRP_MN_START_DEVICE:
        return this.#start(adapter, irp);
      case IRP_MN_STOP_DEVICE:
      case IRP_MN_SURPRISE_REMOVAL:
        this.#stop(adapter);
        return this.passDown(device, irp);
      case IRP_MN_REMOVE_DEVICE:
        return this.#remove(adapter, irp);
      case IRP_MN_QUERY_STOP_DEVICE:
      case IRP_MN_QUERY_REMOVE_DEVICE:
        irp.ioStatus.status = STATUS_SUCCESS;
        return this.passDown(device, irp);
      default:
        return this.passDown(device, irp);
    }
  }

  passDown(device: DeviceObject, irp: Irp): NtStatus {
    const below = device.attachedTo;
    if (below === null) return this.#complete(irp, irp.ioStatus.status);
    irp.skipCurrent();
    return this.#portClass.kernel.io.IoCallDriver(below, irp);
  }

  #start(adapter: AdapterDevice, irp: Irp): NtStatus {
    const { io } = this.#portClass.kernel;
    const below = adapter.deviceObject.attachedTo;
    let status = below === null ? STATUS_SUCCESS : io.IoForwardIrpSynchronously(below, irp);
    if (ntSuccess(status)) status = this.#startAdapter(adapter, irp);
    return this.#complete(irp, status);
  }

  #startAdapter(adapter: AdapterDevice, irp: Irp): NtStatus {
    const { kernel, guard } = this.#portClass;
    const { translated, raw } = irp.parameters as StartDeviceParameters;
    const out = new Out<IResourceList | null>(null);
    const listed = pcNewResourceList(kernel, out, null, NONPAGED_POOL, translated, raw);
    const list = out.value;
    if (!ntSuccess(listed) || list === null) return STATUS_INSUFFICIENT_RESOURCES;
    const guarded = guard.guard(IID_IResourceList, list);
    adapter.startIrp = irp;
    const status = adapter.startDevice(adapter.deviceObject, irp, guarded);
    adapter.startIrp = null;
    list.release();
    if (ntSuccess(status)) adapter.isStarted = true;
    else adapter.unregisterAll();
    return status;
  }

  #stop(adapter: AdapterDevice): void {
    adapter.isStarted = false;
    adapter.unregisterAll();
  }

  #remove(adapter: AdapterDevice, irp: Irp): NtStatus {
    const { devices } = this.#portClass.kernel;
    const device = adapter.deviceObject;
    this.#stop(adapter);
    const below = device.attachedTo;
    const status = this.passDown(device, irp);
    if (below !== null) devices.IoDetachDevice(below);
    devices.IoDeleteDevice(device);
    this.#removed(adapter);
    return status;
  }

  #complete(irp: Irp, status: NtStatus): NtStatus {
    irp.ioStatus.status = status;
    this.#portClass.kernel.io.IoCompleteRequest(irp);
    return status;
  }
}
