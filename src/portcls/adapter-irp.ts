/**
 * What a driver that handles some requests of its device itself needs of PortCls: the handlers it
 * replaced, the way down the stack, and completion of what it kept. Source: PcDispatchIrp,
 * PcForwardIrpSynchronous, PcCompleteIrp, PcGetPhysicalDeviceObject.
 */
import type { Out } from '../base/out.ts';
import type { DeviceObject, DispatchRoutine } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterPnp } from './adapter-pnp.ts';
import type { PortClsDdi } from './ddi/functions.ts';
import type { PortClass } from './port-class.ts';

type IrpFunctions = Pick<
  PortClsDdi,
  'PcCompleteIrp' | 'PcDispatchIrp' | 'PcForwardIrpSynchronous' | 'PcGetPhysicalDeviceObject'
>;

/** @param handlers PortCls' own dispatch routines, by major function code */
export function irpFunctions(
  portClass: PortClass,
  pnp: AdapterPnp,
  handlers: ReadonlyMap<number, DispatchRoutine>,
): IrpFunctions {
  return {
    PcDispatchIrp: (device, irp) => {
      const routine = handlers.get(irp.majorFunction);
      if (routine === undefined) return pnp.complete(irp, STATUS_INVALID_DEVICE_REQUEST);
      return routine(device, irp);
    },
    PcForwardIrpSynchronous: (device, irp) => pnp.forwardFor(device, irp),
    PcCompleteIrp: (_device, irp, status) => completeIrp(portClass, pnp, irp, status),
    PcGetPhysicalDeviceObject: (device, out) => physicalDeviceOf(portClass, device, out),
  };
}

/** A packet whose handler did not return STATUS_PENDING is that handler's to complete. */
function completeIrp(portClass: PortClass, pnp: AdapterPnp, irp: Irp, status: NtStatus): NtStatus {
  const isPending = !irp.isCompleted && irp.current.isPending;
  if (!isPending) {
    portClass.findings.report('PcCompleteIrp was given an IRP that is not pending');
    return STATUS_INVALID_PARAMETER;
  }
  return pnp.complete(irp, status);
}

function physicalDeviceOf(
  portClass: PortClass,
  device: DeviceObject,
  out: Out<DeviceObject | null>,
): NtStatus {
  const adapter = portClass.findAdapter(device);
  out.value = adapter?.physicalDeviceObject ?? null;
  return adapter === null ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}
