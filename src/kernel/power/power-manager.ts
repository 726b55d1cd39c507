/**
 * The power manager: sends the machine to sleep and wakes it, and carries a power policy owner's
 * wishes for its device, with the IRPs Windows sends (Microsoft: "Handling system power state
 * requests", PoRequestPowerIrp). While the machine sleeps no thread of a process runs. All of it
 * at PASSIVE_LEVEL.
 */
import { type Trace, traceKind } from '../../sim/trace.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { IRP_MJ_POWER } from '../io/io-codes.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { DeviceNode } from '../pnp/device-node.ts';
import type { PnpManager } from '../pnp/pnp-manager.ts';
import * as codes from './power-codes.ts';

export interface PowerParts {
  readonly io: IoManager;
  readonly pnp: PnpManager;
  readonly dispatcher: Dispatcher;
  readonly trace: Trace;
  readonly clock: { readonly now: number };
}

const powerSent = traceKind('power', 'device:text', 'minor:text', 'state:text', 'status:status');
const minorNames: Readonly<Record<number, string>> = {
  [codes.IRP_MN_SET_POWER]: 'SET_POWER',
  [codes.IRP_MN_QUERY_POWER]: 'QUERY_POWER',
};

export type PowerSource = 'mains' | 'battery';

export class PowerManager {
  /** Who is told when the power comes from elsewhere. */
  readonly sourceWatchers = new Set<() => void>();
  #source: PowerSource = 'mains';
  readonly #parts: PowerParts;
  #systemState: codes.SYSTEM_POWER_STATE = codes.PowerSystemWorking;
  #target: codes.SYSTEM_POWER_STATE = codes.PowerSystemWorking;
  #sleptNs = 0;
  #sleepsFromNs = 0;

  constructor(parts: PowerParts) {
    this.#parts = parts;
  }

  /** Where the machine's power comes from; drivers sleep sooner on battery. */
  get source(): PowerSource {
    return this.#source;
  }

  set source(source: PowerSource) {
    this.#source = source;
    for (const changed of this.sourceWatchers) changed();
  }

  /** The state the machine is in; while it changes, the one that it leaves. */
  get systemState(): codes.SYSTEM_POWER_STATE {
    return this.#systemState;
  }

  /**
   * For how long threads of processes have been held while the machine slept: time less this is
   * what QueryUnbiasedInterruptTime counts.
   */
  get sleptNs(): number {
    return this.#sleptNs;
  }

  /** The state the machine is in or goes to. */
  get targetState(): codes.SYSTEM_POWER_STATE {
    return this.#target;
  }

  /**
   * Sends the machine to S1 to S5. All drivers are asked first, unless the sleep is `isCritical`;
   * the first veto is the answer, and who agreed hears that the machine works on.
   * STATUS_INVALID_DEVICE_STATE when it sleeps already, or is about to, STATUS_INVALID_PARAMETER
   * for S0.
   */
  sleep(state: codes.SYSTEM_POWER_STATE, isCritical = false): NtStatus {
    if (state === codes.PowerSystemWorking) return STATUS_INVALID_PARAMETER;
    const isWorking = this.#systemState === codes.PowerSystemWorking;
    // A machine that is on its way to sleep is not sent there again.
    if (!isWorking || this.#target !== codes.PowerSystemWorking) return STATUS_INVALID_DEVICE_STATE;
    this.#target = state;
    const vetoed = isCritical ? STATUS_SUCCESS : this.#querySystem(state);
    if (!ntSuccess(vetoed)) {
      this.#target = codes.PowerSystemWorking;
      this.#sendSystem(codes.PowerSystemWorking);
      return vetoed;
    }
    this.#parts.dispatcher.holdProcessThreads();
    this.#sleepsFromNs = this.#parts.clock.now;
    this.#sendSystem(state);
    this.#systemState = state;
    return STATUS_SUCCESS;
  }

  /** Wakes the machine. STATUS_INVALID_DEVICE_STATE when it does not sleep, or wakes already. */
  wake(): NtStatus {
    const isAsleep = this.#systemState !== codes.PowerSystemWorking;
    // A machine that is on its way to wake is not woken again.
    if (!isAsleep || this.#target === codes.PowerSystemWorking) return STATUS_INVALID_DEVICE_STATE;
    this.#target = codes.PowerSystemWorking;
    this.#sendSystem(codes.PowerSystemWorking);
    this.#systemState = codes.PowerSystemWorking;
    this.#sleptNs += this.#parts.clock.now - this.#sleepsFromNs;
    this.#parts.dispatcher.letProcessThreadsRun();
    return STATUS_SUCCESS;
  }

  /**
   * PoRequestPowerIrp with IRP_MN_SET_POWER, and the wait for its end: leads a started device to
   * D0 to D3. STATUS_INVALID_PARAMETER for no such state, STATUS_INVALID_DEVICE_STATE unless
   * drivers lie on the device.
   */
  setDeviceState(node: DeviceNode, state: codes.DEVICE_POWER_STATE): NtStatus {
    return this.#sendDevice(node, codes.IRP_MN_SET_POWER, state);
  }

  /** The same with IRP_MN_QUERY_POWER: may the device go there? */
  queryDeviceState(node: DeviceNode, state: codes.DEVICE_POWER_STATE): NtStatus {
    return this.#sendDevice(node, codes.IRP_MN_QUERY_POWER, state);
  }

  #sendDevice(node: DeviceNode, minor: number, state: codes.DEVICE_POWER_STATE): NtStatus {
    const isState = state >= codes.PowerDeviceD0 && state <= codes.PowerDeviceD3;
    if (!isState) return STATUS_INVALID_PARAMETER;
    if (!node.hasStack) return STATUS_INVALID_DEVICE_STATE;
    return this.#send(node, minor, codes.DevicePowerState, state);
  }

  #querySystem(state: codes.SYSTEM_POWER_STATE): NtStatus {
    for (const node of this.#parts.pnp.nodes) {
      if (!node.hasStack) continue;
      const status = this.#send(node, codes.IRP_MN_QUERY_POWER, codes.SystemPowerState, state);
      if (!ntSuccess(status)) return status;
    }
    return STATUS_SUCCESS;
  }

  /** A system set-power request cannot be refused. */
  #sendSystem(state: codes.SYSTEM_POWER_STATE): void {
    for (const node of [...this.#parts.pnp.nodes]) {
      if (!node.hasStack) continue;
      this.#send(node, codes.IRP_MN_SET_POWER, codes.SystemPowerState, state);
    }
  }

  #send(
    node: DeviceNode,
    minor: number,
    type: codes.POWER_STATE_TYPE,
    state: codes.POWER_STATE,
  ): NtStatus {
    const { io, trace } = this.#parts;
    const { top } = node.pdo;
    const irp = io.IoAllocateIrp(top.stackSize);
    irp.ioStatus.status = STATUS_NOT_SUPPORTED;
    irp.next.majorFunction = IRP_MJ_POWER;
    irp.next.minorFunction = minor;
    const parameters: codes.PowerParameters = { type, state };
    irp.next.parameters = parameters;
    const status = io.sendAndWait(top, irp);
    io.IoFreeIrp(irp);
    const isDevice = type === codes.DevicePowerState;
    const name = isDevice ? codes.devicePowerName(state) : codes.systemPowerName(state);
    const minorName = trace.text(minorNames[minor] ?? String(minor));
    trace.write(powerSent, node.pdo.nameId, minorName, trace.text(name), status);
    return status;
  }
}
