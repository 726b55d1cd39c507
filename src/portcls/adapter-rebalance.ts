/**
 * Stopping a started device so that it can get other resources: who agrees, who is told, and the
 * creates that wait meanwhile. Source: IAdapterPnpManagement, IMiniportPnpNotify, "Implement PnP
 * Rebalance for PortCls Audio Drivers".
 */
import { CancelSafeQueue } from '../kernel/io/cancel-safe-queue.ts';
import type { DispatchRoutine } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_PENDING,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import {
  type IAdapterPnpManagement,
  IID_IAdapterPnpManagement,
  IID_IMiniportPnpNotify,
  PcRebalanceRemoveSubdevices,
} from './ddi/pnp.ts';
import type { IUnknown } from './ddi/unknown.ts';
import type { PortClass } from './port-class.ts';

/** The pages give no status for a device that cannot be stopped. */
const STATUS_NOT_REBALANCEABLE = STATUS_UNSUCCESSFUL;

export class AdapterRebalance {
  readonly #portClass: PortClass;
  readonly #adapter: AdapterDevice;
  readonly #creates: CancelSafeQueue<DispatchRoutine>;
  #management: IAdapterPnpManagement | null = null;
  #isHolding = false;

  constructor(portClass: PortClass, adapter: AdapterDevice) {
    this.#portClass = portClass;
    this.#adapter = adapter;
    this.#creates = new CancelSafeQueue(portClass.kernel.io);
  }

  /** PcRegisterAdapterPnpManagement: STATUS_INVALID_PARAMETER without the interface. */
  register(unknown: IUnknown): NtStatus {
    const management = this.#portClass.guard.query(IID_IAdapterPnpManagement, unknown);
    if (management === null) return STATUS_INVALID_PARAMETER;
    this.unregister();
    this.#management = management;
    return STATUS_SUCCESS;
  }

  /** PcUnregisterAdapterPnpManagement: an error when nothing is registered. */
  unregister(): NtStatus {
    const management = this.#management;
    if (management === null) return STATUS_INVALID_DEVICE_STATE;
    this.#management = null;
    management.release();
    return STATUS_SUCCESS;
  }

  /** Creates wait from a query on, until it is cancelled or the device has started anew. */
  get isHoldingCreates(): boolean {
    return this.#isHolding;
  }

  holdCreate(irp: Irp, routine: DispatchRoutine): NtStatus {
    this.#creates.insert(irp, routine);
    return STATUS_PENDING;
  }

  /** IRP_MN_QUERY_STOP_DEVICE: everybody has to be able to do without the device. */
  query(): NtStatus {
    const management = this.#management;
    const type = this.#underLock('GetSupportedRebalanceType', () =>
      management?.getSupportedRebalanceType(),
    );
    if (management === null || type !== PcRebalanceRemoveSubdevices) {
      return STATUS_NOT_REBALANCEABLE;
    }
    if (this.#adapter.ports.some((port) => !port.canBeStopped)) return STATUS_NOT_REBALANCEABLE;
    if (this.#adapter.power.streams.isAnyRegisterMapped) {
      this.#portClass.findings.report(
        'a device cannot be stopped while a client has its registers mapped',
      );
      return STATUS_NOT_REBALANCEABLE;
    }
    this.#underLock('PnpQueryStop', () => management.pnpQueryStop());
    this.#isHolding = true;
    return STATUS_SUCCESS;
  }

  /** IRP_MN_CANCEL_STOP_DEVICE, which may come without a query that succeeded. */
  cancel(): void {
    this.#underLock('PnpCancelStop', () => this.#management?.pnpCancelStop());
    this.restartCreates();
  }

  /** IRP_MN_STOP_DEVICE, before the streams' miniports go. Who holds the device lock calls. */
  notifyMiniports(): void {
    for (const port of this.#adapter.ports) {
      if (!port.isBound) continue;
      const notify = this.#portClass.guard.query(IID_IMiniportPnpNotify, port.miniportUnknown);
      this.#underLock('IMiniportPnpNotify::PnpStop', () => notify?.pnpStop());
      notify?.release();
    }
  }

  /** Who waits under the device lock for what only a request can bring waits for ever. */
  #underLock<T>(method: string, routine: () => T): T {
    const { findings, kernel } = this.#portClass;
    const report = (): void => findings.report(`${method} waits under the device lock`);
    return kernel.dispatcher.watchWaits(report, routine);
  }

  /** The adapter gives its resources up, and may wait for that: the lock is open meanwhile. */
  stopAdapter(): void {
    const management = this.#management;
    if (management === null) return;
    this.#adapter.lock.runOutside(() => management.pnpStop());
  }

  /** Creates that waited go their way; what they find there is their answer. */
  restartCreates(): void {
    this.#isHolding = false;
    for (let next = this.#creates.removeNext(); next !== null; next = this.#creates.removeNext()) {
      const device = next.irp.current.deviceObject;
      if (device !== null) next.context(device, next.irp);
    }
  }
}
