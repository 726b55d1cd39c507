/**
 * Power of one adapter: PortCls is the power policy owner of its device. It maps system states to
 * device states, pauses and resumes streams round a change, tells miniports, streams and the
 * adapter in the documented order, and passes the request to the bus. Source:
 * IAdapterPowerManagement to 3, IPowerNotify::PowerChangeNotify, PcRequestNewPowerState.
 */
import type { Irp } from '../kernel/io/irp.ts';
import * as codes from '../kernel/power/power-codes.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import { AdapterStreams } from './adapter-streams.ts';
import * as ddi from './ddi/power.ts';
import type { IUnknown } from './ddi/unknown.ts';
import type { PortClass } from './port-class.ts';
import { PowerIdle } from './power-idle.ts';

/** The page of the enumeration says 35 and 300 ms, the method's page 10 and 200: the stricter. */
const EXIT_LATENCY_LIMITS_NS: Readonly<Record<ddi.PC_EXIT_LATENCY, number>> = {
  [ddi.PcExitLatencyInstant]: 0,
  [ddi.PcExitLatencyFast]: 10_000_000,
  [ddi.PcExitLatencyResponsive]: 200_000_000,
};
/** What an idle device is given before anybody says otherwise: it may take its time. */
const DEFAULT_TOLERANCE = ddi.PcExitLatencyResponsive;

/** The registered interface, with its later versions where the adapter has them. */
interface Management {
  readonly first: ddi.IAdapterPowerManagement;
  readonly second: ddi.IAdapterPowerManagement2 | null;
  readonly third: ddi.IAdapterPowerManagement3 | null;
}

export class AdapterPower {
  readonly streams: AdapterStreams;
  readonly idle: PowerIdle;
  readonly #portClass: PortClass;
  readonly #adapter: AdapterDevice;
  #management: Management | null = null;
  #deviceState: codes.DEVICE_POWER_STATE = codes.PowerDeviceD0;
  #capabilities: codes.DeviceCapabilities = codes.defaultCapabilities();
  #tolerance: ddi.PC_EXIT_LATENCY = DEFAULT_TOLERANCE;

  constructor(portClass: PortClass, adapter: AdapterDevice) {
    this.#portClass = portClass;
    this.#adapter = adapter;
    this.streams = new AdapterStreams(portClass, adapter);
    this.idle = new PowerIdle(portClass.kernel, adapter, this);
  }

  /** The state that the adapter was led to last. */
  get deviceState(): codes.DEVICE_POWER_STATE {
    return this.#deviceState;
  }

  /** The device works; a device without power has to be woken first. */
  get isAwake(): boolean {
    return this.#deviceState === codes.PowerDeviceD0;
  }

  /** PcRegisterAdapterPowerManagement: STATUS_INVALID_PARAMETER without the interface. */
  register(unknown: IUnknown): NtStatus {
    const { guard } = this.#portClass;
    const first = guard.query(ddi.IID_IAdapterPowerManagement, unknown);
    if (first === null) return STATUS_INVALID_PARAMETER;
    const third = guard.query(ddi.IID_IAdapterPowerManagement3, unknown);
    const second = guard.query(ddi.IID_IAdapterPowerManagement2, unknown);
    this.unregister();
    this.#management = { first, second, third };
    return STATUS_SUCCESS;
  }

  /** PcUnregisterAdapterPowerManagement: an error when nothing is registered. */
  unregister(): NtStatus {
    const management = this.#management;
    if (management === null) return STATUS_INVALID_DEVICE_STATE;
    this.#management = null;
    management.third?.release();
    management.second?.release();
    management.first.release();
    return STATUS_SUCCESS;
  }

  /** IRP_MN_QUERY_CAPABILITIES came back from the bus: the adapter may map states deeper. */
  queryCapabilities(capabilities: codes.DeviceCapabilities): void {
    const { deviceState } = capabilities;
    const before = [...deviceState];
    const asked = this.#management?.first.queryDeviceCapabilities(capabilities) ?? STATUS_SUCCESS;
    const isTaken = ntSuccess(asked);
    for (const [system, device] of before.entries()) {
      const now = deviceState[system] ?? device;
      if (isTaken && now >= device) continue;
      deviceState[system] = device;
      if (!isTaken) continue;
      const names = `${codes.devicePowerName(device)} to ${codes.devicePowerName(now)}`;
      this.#portClass.findings.report(
        `QueryDeviceCapabilities maps S${system - 1} shallower, from ${names}`,
      );
    }
    this.#capabilities = capabilities;
  }

  /** PcRequestNewPowerState, and every other wish for a device state. PASSIVE_LEVEL. */
  request(state: codes.DEVICE_POWER_STATE): NtStatus {
    const { kernel } = this.#portClass;
    const node = kernel.pnp.nodeOf(this.#adapter.physicalDeviceObject);
    return node === null ? STATUS_INVALID_DEVICE_STATE : kernel.power.setDeviceState(node, state);
  }

  /** The bus has powered the device for its start, whatever state it was stopped in. */
  starting(): void {
    if (this.isAwake) return;
    this.#deviceState = codes.PowerDeviceD0;
    this.#changeState(codes.PowerDeviceD0);
  }

  /** Somebody needs the device: an idle one wakes. False while the machine sleeps. */
  wakeForAccess(): boolean {
    const { power } = this.#portClass.kernel;
    if (power.targetState !== codes.PowerSystemWorking) return false;
    return ntSuccess(this.request(codes.PowerDeviceD0)) && this.isAwake;
  }

  /** How soon a sleeping device has to be back: an adapter is told while its device is in D3. */
  setExitLatencyTolerance(tolerance: ddi.PC_EXIT_LATENCY): NtStatus {
    if (tolerance === this.#tolerance) return STATUS_SUCCESS;
    this.#tolerance = tolerance;
    // What kept a device awake may be over: its idle time begins anew.
    this.idle.accessed();
    if (this.#deviceState !== codes.PowerDeviceD3) return STATUS_SUCCESS;
    const { power } = this.#portClass.kernel;
    const status = this.#management?.third?.d3ExitLatencyChanged(tolerance) ?? STATUS_SUCCESS;
    // No time at all means not to sleep; and who cannot keep the new time must not sleep either.
    const mustWake = tolerance === ddi.PcExitLatencyInstant || !ntSuccess(status);
    if (mustWake && power.targetState === codes.PowerSystemWorking) {
      return this.request(codes.PowerDeviceD0);
    }
    return STATUS_SUCCESS;
  }

  get exitLatencyTolerance(): ddi.PC_EXIT_LATENCY {
    return this.#tolerance;
  }

  /** IRP_MJ_POWER. `passDown` completes the request in the end. */
  dispatch(irp: Irp, passDown: () => NtStatus, forward: () => NtStatus): NtStatus {
    const isSet = irp.minorFunction === codes.IRP_MN_SET_POWER;
    if (!isSet && irp.minorFunction !== codes.IRP_MN_QUERY_POWER) return passDown();
    const { state, type } = irp.parameters as codes.PowerParameters;
    const isSystem = type === codes.SystemPowerState;
    if (!isSet) return this.#query(irp, isSystem ? this.#deviceStateIn(state) : state, passDown);
    if (isSystem) return this.#setSystem(irp, state, passDown, forward);
    return this.#setDevice(irp, state as codes.DEVICE_POWER_STATE, passDown, forward);
  }

  #deviceStateIn(systemState: codes.POWER_STATE): codes.DEVICE_POWER_STATE {
    return this.#capabilities.deviceState[systemState] ?? codes.PowerDeviceD3;
  }

  #query(irp: Irp, state: codes.POWER_STATE, passDown: () => NtStatus): NtStatus {
    const status = this.#management?.first.queryPowerChangeState(state) ?? STATUS_SUCCESS;
    if (ntSuccess(status)) return passDown();
    return this.#complete(irp, status);
  }

  /** The device follows the system: down before the request goes on, up after it came back. */
  #setSystem(
    irp: Irp,
    state: codes.POWER_STATE,
    passDown: () => NtStatus,
    forward: () => NtStatus,
  ): NtStatus {
    if (!this.#adapter.isStarted) return passDown();
    if (state !== codes.PowerSystemWorking) {
      this.request(this.#deviceStateIn(state));
      return passDown();
    }
    const status = forward();
    if (ntSuccess(status)) this.request(codes.PowerDeviceD0);
    return this.#complete(irp, status);
  }

  #setDevice(
    irp: Irp,
    state: codes.DEVICE_POWER_STATE,
    passDown: () => NtStatus,
    forward: () => NtStatus,
  ): NtStatus {
    if (state === this.#deviceState) return passDown();
    if (state > this.#deviceState) {
      this.#powerDown(state);
      return passDown();
    }
    const since = this.#portClass.kernel.clock.now;
    const status = forward();
    if (ntSuccess(status)) this.#powerUp(state, since);
    return this.#complete(irp, status);
  }

  /** The hardware is there until the adapter has changed its state. */
  #powerDown(state: codes.DEVICE_POWER_STATE): void {
    this.streams.pauseRunning();
    this.streams.notify(state);
    this.#deviceState = state;
    this.#changeState(state);
    this.idle.stop();
  }

  #powerUp(state: codes.DEVICE_POWER_STATE, since: number): void {
    const left = this.#deviceState;
    this.#deviceState = state;
    this.#changeState(state);
    if (left === codes.PowerDeviceD3) this.#checkExitLatency(since);
    this.streams.notify(state);
    if (state !== codes.PowerDeviceD0) return;
    this.streams.resumePaused();
    this.idle.start();
  }

  #checkExitLatency(since: number): void {
    const elapsedNs = this.#portClass.kernel.clock.now - since;
    const limitNs = EXIT_LATENCY_LIMITS_NS[this.#tolerance];
    if (this.#tolerance === ddi.PcExitLatencyInstant || elapsedNs <= limitNs) return;
    const [elapsedMs, limitMs] = [elapsedNs / 1e6, limitNs / 1e6];
    this.#portClass.findings.report(`D3 was left in ${elapsedMs} ms, tolerated are ${limitMs} ms`);
  }

  #changeState(state: codes.DEVICE_POWER_STATE): void {
    const management = this.#management;
    if (management === null) return;
    const system = this.#portClass.kernel.power.targetState;
    const isD3 = state === codes.PowerDeviceD3;
    const latency = isD3 ? this.#tolerance : ddi.PcExitLatencyInstant;
    if (management.third !== null) management.third.powerChangeState3(state, system, latency);
    else if (management.second !== null) management.second.powerChangeState2(state, system);
    else management.first.powerChangeState(state);
  }

  #complete(irp: Irp, status: NtStatus): NtStatus {
    irp.ioStatus.status = status;
    this.#portClass.kernel.io.IoCompleteRequest(irp);
    return status;
  }
}
