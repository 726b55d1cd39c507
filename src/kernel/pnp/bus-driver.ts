/**
 * The bus driver under every stack: a physical device object that agrees to whatever the plug and
 * play manager asks of a bus, tells what the bus knows of the device's power, and gives and takes
 * the device's power on request (Microsoft: "Handling IRP_MN_SET_POWER in a bus driver").
 */
import { type NtStatus, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { DeviceObject, DriverObject } from '../io/device.ts';
import type { DeviceStack } from '../io/device-stack.ts';
import { IRP_MJ_PNP, IRP_MJ_POWER } from '../io/io-codes.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { Irp } from '../io/irp.ts';
import {
  type DEVICE_POWER_STATE,
  DevicePowerState,
  IRP_MN_SET_POWER,
  PowerDeviceD0,
  type PowerParameters,
} from '../power/power-codes.ts';
import type { DeviceNode } from './device-node.ts';
import { IRP_MN_START_DEVICE, pnpMinorNames } from './pnp-codes.ts';

export function makeBusDriver(
  io: IoManager,
  stack: DeviceStack,
  nodeOf: (pdo: DeviceObject) => DeviceNode | null,
): DriverObject {
  const bus = stack.createDriver('bus', '');
  const complete = (irp: Irp, status: NtStatus): NtStatus => {
    irp.ioStatus.status = status;
    io.IoCompleteRequest(irp);
    return status;
  };
  const setPower = (device: DeviceObject, state: DEVICE_POWER_STATE): void => {
    const node = nodeOf(device);
    if (node === null || node.powerState === state) return;
    node.powerState = state;
    node.powerChanged?.(state);
  };
  bus.MajorFunction[IRP_MJ_PNP] = (device: DeviceObject, irp: Irp) => {
    // A device is powered before it is started.
    if (irp.minorFunction === IRP_MN_START_DEVICE) setPower(device, PowerDeviceD0);
    // What a bus does not handle keeps the status it came with.
    const isHandled = pnpMinorNames[irp.minorFunction] !== undefined;
    return complete(irp, isHandled ? STATUS_SUCCESS : irp.ioStatus.status);
  };
  bus.MajorFunction[IRP_MJ_POWER] = (device: DeviceObject, irp: Irp) => {
    if (irp.minorFunction === IRP_MN_SET_POWER) {
      const { type, state } = irp.parameters as PowerParameters;
      if (type === DevicePowerState) setPower(device, state as DEVICE_POWER_STATE);
    }
    return complete(irp, STATUS_SUCCESS);
  };
  return bus;
}
