/**
 * The adapter's part in power: outside D0 the part has no registers, so nothing is written and
 * nothing is read. What it forgets meanwhile its streams put back, which are told after it.
 * Source: IAdapterPowerManagement, IPowerNotify.
 */
import {
  type DeviceCapabilities,
  type DeviceObject,
  type POWER_STATE,
  PowerDeviceD0,
} from '../../kernel/ddi/index.ts';
import {
  ComObject,
  type IAdapterPowerManagement,
  IID_IAdapterPowerManagement,
  type InterfaceId,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { type NtStatus, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { DmaRegisters } from './dma-registers.ts';
import { OWNER } from './simple-dma-adapter.ts';

class SimpleDmaPower extends ComObject implements IAdapterPowerManagement {
  readonly #registers: DmaRegisters;

  /** Holds no reference on the adapter, which would then outlive its ports. */
  constructor(wdk: Wdk, registers: DmaRegisters) {
    super(wdk, OWNER, 'simple DMA power', [IID_IAdapterPowerManagement as InterfaceId<unknown>]);
    this.#registers = registers;
  }

  powerChangeState(state: POWER_STATE): void {
    this.#registers.isPowered = state === PowerDeviceD0;
  }

  queryPowerChangeState(): NtStatus {
    return STATUS_SUCCESS;
  }

  /** The bus knows all there is to know. */
  queryDeviceCapabilities(_capabilities: DeviceCapabilities): NtStatus {
    return STATUS_SUCCESS;
  }
}

/** Registers a started adapter. PASSIVE_LEVEL. */
export function registerPower(
  wdk: Wdk,
  deviceObject: DeviceObject,
  registers: DmaRegisters,
): NtStatus {
  const power = new SimpleDmaPower(wdk, registers);
  const status = wdk.PcRegisterAdapterPowerManagement(power, deviceObject);
  power.release();
  return status;
}
