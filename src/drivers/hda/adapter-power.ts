/**
 * The adapter's part in power and plug and play: in D3 the controller is in reset and its memory
 * given back, in D0 it is as StartDevice left it; a rebalance takes every hardware resource before
 * PnpStop returns, whoever still holds a stream. Streams restore themselves (IPowerNotify).
 * Source: IAdapterPowerManagement3, IAdapterPnpManagement, HDA 1.0a 4.2.2.
 */
import {
  type DeviceCapabilities,
  type DeviceObject,
  type POWER_STATE,
  PowerDeviceD0,
} from '../../kernel/ddi/index.ts';
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
import type { HdaAdapter } from './hda-adapter.ts';
import { OWNER } from './owner.ts';
import type { StreamEngine } from './stream-engine.ts';

const US_PER_SECOND = 1_000_000;
/** Shorter than a frame at 192 kHz, so that no frame is passed unseen. */
const STEP_US = 1;
/** No clock of a controller is fast by more than one part in so many. */
const MOST_DRIFT = 1000;
/** An engine that has not moved at all by so long after it should have been there stands still. */
const STANDSTILL_US = 1_000;

class HdaAdapterPower extends ComObject implements IAdapterPowerManagement3, IAdapterPnpManagement {
  readonly #wdk: Wdk;
  readonly #deviceObject: DeviceObject;
  readonly #adapter: HdaAdapter;
  #state: POWER_STATE = PowerDeviceD0;

  /** Holds no reference on the adapter, which would then outlive its ports. */
  constructor(wdk: Wdk, deviceObject: DeviceObject, adapter: HdaAdapter) {
    super(wdk, OWNER, 'HD Audio power', [
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
  queryDeviceCapabilities(_capabilities: DeviceCapabilities): NtStatus {
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
export function registerPower(wdk: Wdk, deviceObject: DeviceObject, adapter: HdaAdapter): NtStatus {
  const power = new HdaAdapterPower(wdk, deviceObject, adapter);
  let status = wdk.PcRegisterAdapterPowerManagement(power, deviceObject);
  if (ntSuccess(status)) status = wdk.PcRegisterAdapterPnpManagement(power, deviceObject);
  power.release();
  return status;
}

/**
 * Runs an engine that stands at 0 up to where it was, with no converter listening and no interrupt.
 * A descriptor list begins at a multiple of 128 bytes (3.6.2), so an engine cannot be told to
 * begin anywhere else, and SDnLPIB, which a client may look at, can only be moved by running. There
 * are controllers that send nothing while no converter listens: those begin anew at 0.
 * @returns whether it is where it was
 */
export function windEngine(
  wdk: Wdk,
  engine: StreamEngine,
  positionBytes: number,
  bytesPerSecond: number,
): boolean {
  if (positionBytes === 0) return true;
  engine.run(false);
  const allUs = Math.floor((positionBytes * US_PER_SECOND) / bytesPerSecond);
  // A controller that is fast must not be past the place before it is first looked at.
  const earlyUs = STEP_US + Math.ceil(allUs / MOST_DRIFT);
  if (allUs > earlyUs) wdk.KeStallExecutionProcessor(allUs - earlyUs);
  // Half as long again is more than any controller needs for it.
  let isThere = false;
  for (let spentUs = 0; spentUs < allUs / 2 + US_PER_SECOND / 1000; spentUs += STEP_US) {
    const { linkPosition } = engine;
    isThere = linkPosition >= positionBytes;
    if (isThere) break;
    if (linkPosition === 0 && spentUs >= STANDSTILL_US) break;
    wdk.KeStallExecutionProcessor(STEP_US);
  }
  engine.pause();
  return isThere;
}
