/** PcRegisterIoTimeout, PcUnregisterIoTimeout and PcGetTimeInterval, as PortCls exports them. */
import { STATUS_INVALID_PARAMETER, STATUS_NOT_FOUND } from '../standards/nt/ntstatus.ts';
import type { PortClsDdi } from './ddi/functions.ts';
import { timeInterval } from './io-timeout.ts';
import type { PortClass } from './port-class.ts';

type IoTimeoutRoutines = Pick<
  PortClsDdi,
  'PcRegisterIoTimeout' | 'PcUnregisterIoTimeout' | 'PcGetTimeInterval'
>;

export const ioTimeoutRoutines = (portClass: PortClass): IoTimeoutRoutines => ({
  PcRegisterIoTimeout: (device, routine, context) =>
    portClass.findAdapter(device)?.ioTimeouts.register(routine, context) ??
    STATUS_INVALID_PARAMETER,
  PcUnregisterIoTimeout: (device, routine, context) =>
    portClass.findAdapter(device)?.ioTimeouts.unregister(routine, context) ?? STATUS_NOT_FOUND,
  PcGetTimeInterval: (since) => timeInterval(portClass.kernel, since),
});
