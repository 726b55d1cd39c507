/**
 * The plain driver with an adapter object that takes part in power and plug and play: it writes
 * down what it is asked among the driver's calls, and a test can replace its answers. It registers
 * in AddDevice, or in StartDevice, or not at all.
 */

import type { DeviceCapabilities, DeviceObject } from '../../src/kernel/ddi/index.ts';
import {
  ComObject,
  type DriverModule,
  type IAdapterPnpManagement,
  type IAdapterPowerManagement3,
  IID_IAdapterPnpManagement,
  IID_IAdapterPowerManagement,
  IID_IAdapterPowerManagement2,
  IID_IAdapterPowerManagement3,
  IID_IMiniportPnpNotify,
  IID_IPowerNotify,
  type IMiniportPnpNotify,
  type InterfaceId,
  type IPort,
  type IPowerNotify,
  type PC_EXIT_LATENCY,
  type PC_REBALANCE_TYPE,
  PcRebalanceRemoveSubdevices,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import { type NtStatus, STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import type { Lab } from '../../src/testing/index.ts';
import { plainDevice } from './plain-device.ts';
import { type PlainAnswers, plainDriver } from './plain-driver.ts';
import { PlainMachine } from './plain-machine.ts';

export interface AdapterAnswers {
  /** Which version of IAdapterPowerManagement the adapter has; the third if absent. */
  version?: 0 | 1 | 2 | 3;
  registersIn?: 'AddDevice' | 'StartDevice';
  changeState?: (state: number) => void;
  query?: (state: number) => NtStatus;
  capabilities?: (capabilities: DeviceCapabilities) => void;
  exitLatencyChanged?: (latency: PC_EXIT_LATENCY) => NtStatus;
  /** Null for an adapter without IAdapterPnpManagement. */
  rebalance?: PC_REBALANCE_TYPE | null;
  pnpStop?: () => void;
  /** Hears of every PnP method that runs under the device lock, while it runs. */
  underLock?: (method: string) => void;
  /** Miniports and streams have IPowerNotify, miniports IMiniportPnpNotify. */
  notifies?: boolean;
}

const POWER_VERSIONS = [
  [],
  [IID_IAdapterPowerManagement],
  [IID_IAdapterPowerManagement, IID_IAdapterPowerManagement2],
  [IID_IAdapterPowerManagement, IID_IAdapterPowerManagement2, IID_IAdapterPowerManagement3],
];

const offered = (answers: AdapterAnswers): InterfaceId<unknown>[] => {
  const power = (POWER_VERSIONS[answers.version ?? 3] ?? []) as InterfaceId<unknown>[];
  const pnp = answers.rebalance === null ? [] : [IID_IAdapterPnpManagement];
  return [...power, ...(pnp as InterfaceId<unknown>[])];
};

/** Both interfaces on one object, as adapters have them. */
export class PowerAdapter
  extends ComObject
  implements IAdapterPowerManagement3, IAdapterPnpManagement
{
  readonly #calls: string[];
  readonly #answers: AdapterAnswers;

  constructor(wdk: Wdk, calls: string[], answers: AdapterAnswers) {
    super(wdk, 'plain', 'plain adapter', offered(answers));
    this.#calls = calls;
    this.#answers = answers;
  }

  powerChangeState(state: number): void {
    this.#calls.push(`PowerChangeState ${state}`);
    this.#answers.changeState?.(state);
  }

  queryPowerChangeState(state: number): NtStatus {
    this.#calls.push(`QueryPowerChangeState ${state}`);
    return this.#answers.query?.(state) ?? STATUS_SUCCESS;
  }

  queryDeviceCapabilities(capabilities: DeviceCapabilities): NtStatus {
    this.#calls.push('QueryDeviceCapabilities');
    this.#answers.capabilities?.(capabilities);
    return STATUS_SUCCESS;
  }

  powerChangeState2(state: number, system: number): void {
    this.#calls.push(`PowerChangeState2 ${state} ${system}`);
    this.#answers.changeState?.(state);
  }

  powerChangeState3(state: number, system: number, latency: PC_EXIT_LATENCY): void {
    this.#calls.push(`PowerChangeState3 ${state} ${system} ${latency}`);
    this.#answers.changeState?.(state);
  }

  d3ExitLatencyChanged(latency: PC_EXIT_LATENCY): NtStatus {
    this.#calls.push(`D3ExitLatencyChanged ${latency}`);
    return this.#answers.exitLatencyChanged?.(latency) ?? STATUS_SUCCESS;
  }

  getSupportedRebalanceType(): PC_REBALANCE_TYPE {
    this.#answers.underLock?.('GetSupportedRebalanceType');
    return this.#answers.rebalance ?? PcRebalanceRemoveSubdevices;
  }

  pnpQueryStop(): void {
    this.#calls.push('PnpQueryStop');
    this.#answers.underLock?.('PnpQueryStop');
  }

  pnpCancelStop(): void {
    this.#calls.push('PnpCancelStop');
    this.#answers.underLock?.('PnpCancelStop');
  }

  pnpStop(): void {
    this.#calls.push('PnpStop');
    this.#answers.pnpStop?.();
  }
}

/** What a miniport or a stream answers when it is asked whether it wants to hear. */
class Listener extends ComObject implements IPowerNotify, IMiniportPnpNotify {
  readonly #calls: string[];
  readonly #name: string;
  readonly #answers: AdapterAnswers;

  constructor(wdk: Wdk, calls: string[], name: string, answers: AdapterAnswers) {
    super(wdk, 'plain', `listener of the ${name}`, [
      IID_IPowerNotify as InterfaceId<unknown>,
      IID_IMiniportPnpNotify as InterfaceId<unknown>,
    ]);
    this.#calls = calls;
    this.#name = name;
    this.#answers = answers;
  }

  powerChangeNotify(state: number): void {
    this.#calls.push(`PowerChangeNotify ${this.#name} ${state}`);
  }

  pnpStop(): void {
    this.#calls.push(`PnpStop ${this.#name}`);
    this.#answers.underLock?.(`PnpStop ${this.#name}`);
  }
}

export function bootPower(
  lab: Lab,
  adapterAnswers: AdapterAnswers = {},
  answers: PlainAnswers = {},
): PlainMachine {
  const { driver, module } = power(adapterAnswers, answers);
  const booted = lab.boot({ device: plainDevice, driver: module });
  return new PlainMachine(booted, driver(), answers);
}

/** The same, with the driver not loaded yet. */
export function buildPower(
  lab: Lab,
  adapterAnswers: AdapterAnswers,
  prepare: (machine: ReturnType<typeof lab.build<ReturnType<typeof plainDevice>>>) => void,
  answers: PlainAnswers = {},
): PlainMachine {
  const { driver, module } = power(adapterAnswers, answers);
  const built = lab.build({ device: plainDevice, driver: module });
  prepare(built);
  built.machine.loadDriver();
  built.machine.startDevice();
  return new PlainMachine(built, driver(), answers);
}

function power(adapterAnswers: AdapterAnswers, answers: PlainAnswers) {
  const calls = (): string[] => plain.driver().calls;
  const registersIn = adapterAnswers.registersIn ?? 'AddDevice';
  const listens = adapterAnswers.notifies === true;
  const register = (wdk: Wdk, device: DeviceObject): void => {
    const adapter = new PowerAdapter(wdk, calls(), adapterAnswers);
    if (adapterAnswers.version !== 0) wdk.PcRegisterAdapterPowerManagement(adapter, device);
    if (adapterAnswers.rebalance !== null) wdk.PcRegisterAdapterPnpManagement(adapter, device);
    adapter.release();
  };
  const plain = plainDriver(answers);
  if (listens) {
    const { newStream } = answers;
    answers.newStream = (stream, capture, format) => {
      const { wdk } = plain.driver();
      listen(stream, () => new Listener(wdk, calls(), 'stream', adapterAnswers));
      return newStream?.(stream, capture, format) ?? STATUS_SUCCESS;
    };
  }
  const module: DriverModule = {
    ...plain.module,
    load: (wdk) =>
      plain.module.load({
        ...wdk,
        PcAddAdapterDevice: (driver, pdo, start, objects, extension) => {
          const status = wdk.PcAddAdapterDevice(
            driver,
            pdo,
            (device, irp, list) => {
              if (registersIn === 'StartDevice') register(wdk, device);
              return start(device, irp, list);
            },
            objects,
            extension,
          );
          const device = pdo.attachedDevice;
          if (registersIn === 'AddDevice' && device !== null) register(wdk, device);
          return status;
        },
        PcNewPort: (out, classId) => {
          const status = wdk.PcNewPort(out, classId);
          const port = out.value;
          if (!listens || port === null) return status;
          const init: IPort['init'] = (device, irp, miniport, adapter, list) => {
            listen(miniport, () => new Listener(wdk, calls(), 'miniport', adapterAnswers));
            return realInit(device, irp, miniport, adapter, list);
          };
          const realInit = port.init;
          Object.assign(port, { init });
          return status;
        },
      }),
  };
  return { driver: plain.driver, module };
}

type Asked = { queryInterface<T>(iid: InterfaceId<T>): T | null };

/** Makes an object answer for the two notification interfaces with a listener of its own. */
function listen(object: Asked, make: () => Listener): void {
  const real = object.queryInterface.bind(object);
  object.queryInterface = <T>(iid: InterfaceId<T>): T | null => {
    const isNotify = iid.iid === IID_IPowerNotify.iid || iid.iid === IID_IMiniportPnpNotify.iid;
    return isNotify ? (make() as unknown as T) : real(iid);
  };
}
