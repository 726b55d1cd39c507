/**
 * Driver and device objects. A driver object holds the dispatch routines of one loaded driver; a
 * device object stands for one device of it, and devices lie on each other in a stack, the bus
 * driver's physical device object at the bottom.
 */
import type { NtStatus } from '../../standards/nt/ntstatus.ts';
import { IRP_MJ_MAXIMUM_FUNCTION } from './io-codes.ts';
import type { Irp } from './irp.ts';

/** Handles one request; the IRP is completed or marked pending on return. */
export type DispatchRoutine = (device: DeviceObject, irp: Irp) => NtStatus;
/** DRIVER_ADD_DEVICE, at PASSIVE_LEVEL. */
export type AddDeviceRoutine = (driver: DriverObject, pdo: DeviceObject) => NtStatus;
/** DRIVER_INITIALIZE, at PASSIVE_LEVEL. */
export type DriverEntry = (driver: DriverObject, registryPath: string) => NtStatus;

export class DriverObject {
  readonly name: string;
  /** One routine per IRP_MJ_* code; what a driver leaves alone fails its requests. */
  readonly MajorFunction: DispatchRoutine[];
  readonly DriverExtension: { AddDevice: AddDeviceRoutine | null } = { AddDevice: null };
  DriverUnload: ((driver: DriverObject) => void) | null = null;
  /** Devices that the driver created and has not deleted, oldest first. */
  readonly devices: DeviceObject[] = [];
  readonly registryPath: string;

  constructor(name: string, registryPath: string, unhandled: DispatchRoutine) {
    this.name = name;
    this.registryPath = registryPath;
    this.MajorFunction = new Array<DispatchRoutine>(IRP_MJ_MAXIMUM_FUNCTION + 1).fill(unhandled);
  }
}

export class DeviceObject {
  readonly driver: DriverObject;
  readonly name: string;
  /** The name as rows of the trace carry it. */
  readonly nameId: number;
  /** FILE_DEVICE_*. */
  readonly deviceType: number;
  readonly characteristics: number;
  /** The driver's own state of the device. */
  deviceExtension: unknown = null;
  /** DO_* flags. */
  flags = 0;
  /** Stack locations that an IRP sent here needs. */
  stackSize = 1;
  /** The device on top of this one, as DEVICE_OBJECT.AttachedDevice. */
  attachedDevice: DeviceObject | null = null;
  /** The device below this one. */
  attachedTo: DeviceObject | null = null;
  /** Files that are open on this device. */
  openFiles = 0;
  isDeletePending = false;
  isDeleted = false;

  constructor(
    driver: DriverObject,
    name: string,
    nameId: number,
    deviceType: number,
    characteristics: number,
  ) {
    this.driver = driver;
    this.name = name;
    this.nameId = nameId;
    this.deviceType = deviceType;
    this.characteristics = characteristics;
  }

  /** IoGetAttachedDevice: the top of the stack that this device belongs to. */
  get top(): DeviceObject {
    let device: DeviceObject = this;
    while (device.attachedDevice !== null) device = device.attachedDevice;
    return device;
  }

  /** The bottom of the stack, which belongs to the bus driver. */
  get bottom(): DeviceObject {
    let device: DeviceObject = this;
    while (device.attachedTo !== null) device = device.attachedTo;
    return device;
  }
}
