/**
 * The bus driver under every stack: a physical device object that agrees to whatever the plug and
 * play manager asks of a bus, and passes power requests as done.
 */
import { type NtStatus, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { DeviceObject, DriverObject } from '../io/device.ts';
import type { DeviceStack } from '../io/device-stack.ts';
import { IRP_MJ_PNP, IRP_MJ_POWER } from '../io/io-codes.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { Irp } from '../io/irp.ts';
import { pnpMinorNames } from './pnp-codes.ts';

export function makeBusDriver(io: IoManager, stack: DeviceStack): DriverObject {
  const bus = stack.createDriver('bus', '');
  const complete = (irp: Irp, status: NtStatus): NtStatus => {
    irp.ioStatus.status = status;
    io.IoCompleteRequest(irp);
    return status;
  };
  bus.MajorFunction[IRP_MJ_PNP] = (_device: DeviceObject, irp: Irp) => {
    // What a bus does not handle keeps the status it came with.
    const isHandled = pnpMinorNames[irp.minorFunction] !== undefined;
    return complete(irp, isHandled ? STATUS_SUCCESS : irp.ioStatus.status);
  };
  bus.MajorFunction[IRP_MJ_POWER] = (_device: DeviceObject, irp: Irp) =>
    complete(irp, STATUS_SUCCESS);
  return bus;
}
