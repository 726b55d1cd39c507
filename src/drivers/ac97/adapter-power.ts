/**
 * The adapter's part in power and plug and play: in D3 the controller is in reset, in D0 link and
 * codec are as they were; a rebalance takes every hardware resource before PnpStop returns, whoever
 * still holds a stream. Streams restore themselves (IPowerNotify). Source:
 * IAdapterPowerManagement3, IAdapterPnpManagement.
 */
import { type DeviceObject, type POWER_STATE, PowerDeviceD0 } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  type IAdapterPnpManagement,
  type IAdapterPowerManagement3,
  IID_IAdapterPnpManagement,
  IID_IAdapterPowerManagement,
  IID_IAdapterPowerManagement2,
  IID_IAdapterPowerManagement3,
  type InterfaceId,
  type PC_REBALANCE_TYPE,
  PcRebalanceRemoveSubdevices,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { type NtStatus, ntSuccess, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { Ac97Adapter } from './ac97-adapter.ts';
import { OWNER } from './owner.ts';

class Ac97AdapterPower
  extends ComObject
  implements IAdapterPowerManagement3, IAdapterPnpManagement
{
  readonly #wdk: Wdk;
  readonly #deviceObject: DeviceObject;
  readonly #adapter: Ac97Adapter;
  #state: POWER_STATE = PowerDeviceD0;

  /** Holds no reference on the adapter, which would then outlive its ports. */
  constructor(wdk: Wdk, deviceObject: DeviceObject, adapter: Ac97Adapter) {
    super(wdk, OWNER, "AC'97 power", [
      IID_IAdapterPowerManagement as InterfaceId<unknown>,
      IID_IAdapterPowerManagement2 as InterfaceId<unknown>,
      IID_IAdapterPowerManagement3 as InterfaceId<unknown>,
      IID_IAdapterPnpManagement as InterfaceId<unknown>,
    ]);
    this.#wdk = wdk;
    this.#deviceObject = deviceObject;
    this.#adapter = adapter;
  }

  /** The controller knows D0 and what a reset leaves of it. */
  powerChangeState(state: POWER_STATE): void {
    const wasAwake = this.#state === PowerDeviceD0;
    const isAwake = state === PowerDeviceD0;
    this.#state = state;
    if (wasAwake && !isAwake) this.#adapter.sleep();
    if (!wasAwake && isAwake) this.#adapter.wake();
  }

  powerChangeState2(state: POWER_STATE): void {
    this.powerChangeState(state);
  }

  powerChangeState3(state: POWER_STATE): void {
    this.powerChangeState(state);
  }

  queryPowerChangeState(): NtStatus {
    return STATUS_SUCCESS;
  }

  /** The bus knows all there is to know. */
  queryDeviceCapabilities(): NtStatus {
    return STATUS_SUCCESS;
  }

  /** There is one way to sleep, and it meets every tolerance but none at all. */
  d3ExitLatencyChanged(): NtStatus {
    return STATUS_SUCCESS;
  }

  getSupportedRebalanceType(): PC_REBALANCE_TYPE {
    return PcRebalanceRemoveSubdevices;
  }

  /** The port holds new streams back by itself. */
  pnpQueryStop(): void {}

  pnpCancelStop(): void {}

  pnpStop(): void {
    this.#adapter.stop();
    this.#wdk.PcUnregisterAdapterPowerManagement(this.#deviceObject);
    this.#wdk.PcUnregisterAdapterPnpManagement(this.#deviceObject);
  }
}

/** Registers a started adapter for both. PASSIVE_LEVEL. */
export function registerPower(
  wdk: Wdk,
  deviceObject: DeviceObject,
  adapter: Ac97Adapter,
): NtStatus {
  const power = new Ac97AdapterPower(wdk, deviceObject, adapter);
  let status = wdk.PcRegisterAdapterPowerManagement(power, deviceObject);
  if (ntSuccess(status)) status = wdk.PcRegisterAdapterPnpManagement(power, deviceObject);
  power.release();
  return status;
}
