/**
 * Making, deleting and stacking devices: IoCreateDevice, IoDeleteDevice,
 * IoAttachDeviceToDeviceStack and IoDetachDevice. A deleted device lives on until the last file
 * on it is closed.
 */
import type { Out } from '../../base/out.ts';
import type { Trace } from '../../sim/trace.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_OBJECT_NAME_COLLISION,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { type BugCheckRaiser, REFERENCE_BY_POINTER } from '../bug-check.ts';
import type { ObjectLedger } from '../objects.ts';
import { DeviceObject, DriverObject } from './device.ts';
import type { IoManager } from './io-manager.ts';
import type { Irp } from './irp.ts';

export class DeviceStack {
  readonly #io: IoManager;
  readonly #trace: Trace;
  readonly #raiser: BugCheckRaiser;
  readonly #objects: ObjectLedger;
  readonly #names = new Set<string>();
  #unnamed = 0;

  constructor(io: IoManager, trace: Trace, raiser: BugCheckRaiser, objects: ObjectLedger) {
    this.#io = io;
    this.#trace = trace;
    this.#raiser = raiser;
    this.#objects = objects;
  }

  /** A driver object whose every dispatch routine fails the request. */
  createDriver(name: string, registryPath: string): DriverObject {
    return new DriverObject(name, registryPath, (_device: DeviceObject, irp: Irp) => {
      irp.ioStatus.status = STATUS_INVALID_DEVICE_REQUEST;
      irp.ioStatus.information = 0;
      this.#io.IoCompleteRequest(irp);
      return STATUS_INVALID_DEVICE_REQUEST;
    });
  }

  /**
   * IoCreateDevice. A null name gets a number. STATUS_OBJECT_NAME_COLLISION when the name is
   * taken. PASSIVE_LEVEL.
   */
  IoCreateDevice(
    driver: DriverObject,
    name: string | null,
    deviceType: number,
    characteristics: number,
    device: Out<DeviceObject | null>,
  ): NtStatus {
    const given = name ?? `\\Device\\${String(this.#unnamed++).padStart(8, '0')}`;
    if (this.#names.has(given.toUpperCase())) {
      device.value = null;
      return STATUS_OBJECT_NAME_COLLISION;
    }
    const nameId = this.#trace.text(given);
    const created = new DeviceObject(driver, given, nameId, deviceType, characteristics);
    this.#names.add(given.toUpperCase());
    driver.devices.push(created);
    this.#objects.add(created, `device ${given}`, driver.name);
    device.value = created;
    return STATUS_SUCCESS;
  }

  /** IoDeleteDevice. Twice is bug check REFERENCE_BY_POINTER. PASSIVE_LEVEL. */
  IoDeleteDevice(device: DeviceObject): void {
    if (device.isDeletePending) this.#raise(`device ${device.name} deleted twice`);
    if (device.attachedDevice !== null) {
      this.#raise(`device ${device.name} deleted under ${device.attachedDevice.name}`);
    }
    device.isDeletePending = true;
    const index = device.driver.devices.indexOf(device);
    if (index >= 0) device.driver.devices.splice(index, 1);
    this.finishDelete(device);
  }

  /** Ends a device that is deleted and that no file holds any more. */
  finishDelete(device: DeviceObject): void {
    if (!device.isDeletePending || device.isDeleted || device.openFiles > 0) return;
    device.isDeleted = true;
    this.#names.delete(device.name.toUpperCase());
    this.#objects.remove(device);
  }

  /**
   * IoAttachDeviceToDeviceStack: puts `source` on top of the stack of `target` and returns the
   * device it now lies on. IRQL <= DISPATCH_LEVEL.
   */
  IoAttachDeviceToDeviceStack(source: DeviceObject, target: DeviceObject): DeviceObject {
    const below = target.top;
    source.attachedTo = below;
    below.attachedDevice = source;
    source.stackSize = below.stackSize + 1;
    return below;
  }

  /** IoDetachDevice: takes off what lies on `lower`. PASSIVE_LEVEL. */
  IoDetachDevice(lower: DeviceObject): void {
    if (lower.attachedDevice === null) return;
    lower.attachedDevice.attachedTo = null;
    lower.attachedDevice = null;
  }

  #raise(detail: string): never {
    return this.#raiser.bugCheck(REFERENCE_BY_POINTER, 0, 0, 0, 0, detail);
  }
}
