/**
 * The functions by which an adapter registers for power and plug and play, and asks for another
 * power state of its device. Source: PcRegisterAdapterPowerManagement,
 * PcUnregisterAdapterPowerManagement, PcRequestNewPowerState, PcRegisterAdapterPnpManagement.
 */
import type { DeviceObject } from '../kernel/io/device.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import type { PortClsDdi } from './ddi/functions.ts';
import type { PortClass } from './port-class.ts';

type PowerFunctions = Pick<
  PortClsDdi,
  | 'PcRegisterAdapterPowerManagement'
  | 'PcUnregisterAdapterPowerManagement'
  | 'PcRequestNewPowerState'
  | 'PcRegisterAdapterPnpManagement'
  | 'PcUnregisterAdapterPnpManagement'
>;

/** STATUS_INVALID_PARAMETER for a device that is no adapter's. */
function withAdapter(
  portClass: PortClass,
  device: DeviceObject,
  use: (adapter: AdapterDevice) => NtStatus,
): NtStatus {
  const adapter = portClass.findAdapter(device);
  return adapter === null ? STATUS_INVALID_PARAMETER : use(adapter);
}

export function powerFunctions(portClass: PortClass): PowerFunctions {
  return {
    PcRegisterAdapterPowerManagement: (unknown, device) =>
      withAdapter(portClass, device, ({ power }) => power.register(unknown)),
    PcUnregisterAdapterPowerManagement: (device) =>
      withAdapter(portClass, device, ({ power }) => power.unregister()),
    PcRequestNewPowerState: (device, state) =>
      withAdapter(portClass, device, ({ power }) => power.request(state)),
    PcRegisterAdapterPnpManagement: (unknown, device) =>
      withAdapter(portClass, device, ({ rebalance }) => rebalance.register(unknown)),
    PcUnregisterAdapterPnpManagement: (device) =>
      withAdapter(portClass, device, ({ rebalance }) => rebalance.unregister()),
  };
}

/** IPortClsPower::SetIdlePowerManagement. */
export function setIdlePowerManagement(
  portClass: PortClass,
  device: DeviceObject,
  enabled: boolean,
): NtStatus {
  return withAdapter(portClass, device, ({ power }) => {
    power.idle.setEnabled(enabled);
    return STATUS_SUCCESS;
  });
}
