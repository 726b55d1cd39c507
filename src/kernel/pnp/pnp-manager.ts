/**
 * The plug and play manager with a bus driver of its own: it reports devices, loads drivers, builds
 * their stacks and leads them through start, stop and removal with the IRPs Windows sends, in the
 * order Windows sends them (Microsoft: "PnP device states", "Understanding when remove IRPs are
 * issued"). All of it at PASSIVE_LEVEL.
 */
import { defined } from '../../base/assert.ts';
import { Out } from '../../base/out.ts';
import type { Trace } from '../../sim/trace.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_BUSY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_NO_SUCH_DEVICE,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import {
  type BugCheckRaiser,
  DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
} from '../bug-check.ts';
import type { WorkQueues } from '../dispatch/work-item.ts';
import type { DeviceObject, DriverEntry, DriverObject } from '../io/device.ts';
import type { DeviceStack } from '../io/device-stack.ts';
import { FILE_DEVICE_BUS_EXTENDER } from '../io/io-codes.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { ObjectLedger } from '../objects.ts';
import type { QueryCapabilitiesParameters } from '../power/power-codes.ts';
import { makeBusDriver } from './bus-driver.ts';
import { DeviceNode, type NodeDescription, type NodeState } from './device-node.ts';
import * as codes from './pnp-codes.ts';
import { sendPnpRequest } from './pnp-request.ts';
import type { StartDeviceParameters } from './resources.ts';

export interface PnpParts {
  readonly io: IoManager;
  readonly stack: DeviceStack;
  readonly works: WorkQueues;
  readonly objects: ObjectLedger;
  readonly trace: Trace;
  readonly raiser: BugCheckRaiser;
  /** Makes the registry keys of a driver or a device; the path is returned. */
  readonly makeKey: (path: string) => string;
  /** Turns off what the device still offers once it is gone. */
  readonly removed: (pdo: DeviceObject) => void;
}

/** PNP_VetoOutstandingOpen has no status of its own in the driver documentation. */
const STATUS_OUTSTANDING_OPEN = STATUS_DEVICE_BUSY;
const SERVICES = '\\Registry\\Machine\\System\\CurrentControlSet\\Services';
const ENUM = '\\Registry\\Machine\\System\\CurrentControlSet\\Enum';

export class PnpManager {
  readonly nodes: DeviceNode[] = [];
  readonly drivers: DriverObject[] = [];
  readonly #parts: PnpParts;
  readonly #bus: DriverObject;
  #added = 0;
  readonly #byPdo = new Map<DeviceObject, DeviceNode>();

  constructor(parts: PnpParts) {
    this.#parts = parts;
    this.#bus = makeBusDriver(parts.io, parts.stack, (pdo) => this.nodeOf(pdo));
  }

  /** The bus reports a device. Nothing is started. */
  addDevice(description: NodeDescription): DeviceNode {
    const instanceId = description.instanceId ?? String(this.#added);
    const path = `${description.hardwareId}\\${instanceId}`;
    if (this.nodes.some((other) => other.instancePath === path)) {
      throw new Error(`the bus already has a device ${path}`);
    }
    const out = new Out<DeviceObject | null>(null);
    this.#parts.stack.IoCreateDevice(this.#bus, null, FILE_DEVICE_BUS_EXTENDER, 0, out);
    const pdo = defined(out.value, 'PDO');
    // A device that is in the machine is no leak of anybody's.
    this.#parts.objects.remove(pdo);
    const node = new DeviceNode(description, instanceId, pdo);
    this.#added++;
    this.nodes.push(node);
    this.#byPdo.set(pdo, node);
    this.#parts.makeKey(`${ENUM}\\${node.instancePath}\\Device Parameters`);
    return node;
  }

  /** The node of a PDO, or null. */
  nodeOf(pdo: DeviceObject): DeviceNode | null {
    return this.#byPdo.get(pdo) ?? null;
  }

  /** A device's key in the registry; the driver's part of it is `Device Parameters`. */
  registryPathOf(node: DeviceNode): string {
    return `${ENUM}\\${node.instancePath}`;
  }

  /** Loads a driver: calls its DriverEntry. A driver that fails is not loaded. */
  loadDriver(name: string, entry: DriverEntry, driver: Out<DriverObject | null>): NtStatus {
    const path = this.#parts.makeKey(`${SERVICES}\\${name}`);
    const loaded = this.#parts.stack.createDriver(name, path);
    const status = entry(loaded, path);
    driver.value = ntSuccess(status) ? loaded : null;
    if (ntSuccess(status)) this.drivers.push(loaded);
    return status;
  }

  /** Says which driver a device is for; AddDevice is called when it is started. */
  bindDriver(node: DeviceNode, driver: DriverObject): void {
    node.driver = driver;
  }

  /**
   * AddDevice if the stack is not built yet, with IRP_MN_QUERY_CAPABILITIES for what the drivers
   * make of the device's abilities, then IRP_MN_START_DEVICE. A failed start is followed
   * by IRP_MN_REMOVE_DEVICE, as in Windows. STATUS_NO_SUCH_DEVICE without a driver, and when its
   * AddDevice succeeds and puts no device on the stack, so that nobody could start it;
   * STATUS_INVALID_DEVICE_STATE unless the device is present, added or stopped.
   */
  startDevice(node: DeviceNode): NtStatus {
    if (node.state === 'present') {
      const added = this.#addToStack(node);
      if (!ntSuccess(added)) return added;
      this.#queryCapabilities(node);
    }
    if (node.state !== 'added' && node.state !== 'stopped') return STATUS_INVALID_DEVICE_STATE;
    const resources: StartDeviceParameters = node.resources;
    const status = this.#send(node, codes.IRP_MN_START_DEVICE, resources);
    if (ntSuccess(status)) node.state = 'started';
    else this.#removeStack(node);
    return status;
  }

  /** IRP_MN_QUERY_STOP_DEVICE, and on a veto IRP_MN_CANCEL_STOP_DEVICE. */
  queryStop(node: DeviceNode): NtStatus {
    const { IRP_MN_QUERY_STOP_DEVICE, IRP_MN_CANCEL_STOP_DEVICE } = codes;
    return this.#query(node, 'stopPending', IRP_MN_QUERY_STOP_DEVICE, IRP_MN_CANCEL_STOP_DEVICE);
  }

  cancelStop(node: DeviceNode): NtStatus {
    return this.#cancelQuery(node, 'stopPending', codes.IRP_MN_CANCEL_STOP_DEVICE);
  }

  /** IRP_MN_STOP_DEVICE after a successful query: the device gives up its resources. */
  stop(node: DeviceNode): NtStatus {
    if (node.state !== 'stopPending') return STATUS_INVALID_DEVICE_STATE;
    const status = this.#send(node, codes.IRP_MN_STOP_DEVICE);
    node.state = 'stopped';
    return status;
  }

  /**
   * IRP_MN_QUERY_REMOVE_DEVICE, and on a veto IRP_MN_CANCEL_REMOVE_DEVICE. Open handles are a veto
   * of the manager's own: STATUS_DEVICE_BUSY, and no driver is asked.
   */
  queryRemove(node: DeviceNode): NtStatus {
    if (node.hasStack && node.pdo.openFiles > 0) return STATUS_OUTSTANDING_OPEN;
    const { IRP_MN_QUERY_REMOVE_DEVICE, IRP_MN_CANCEL_REMOVE_DEVICE } = codes;
    return this.#query(
      node,
      'removePending',
      IRP_MN_QUERY_REMOVE_DEVICE,
      IRP_MN_CANCEL_REMOVE_DEVICE,
    );
  }

  cancelRemove(node: DeviceNode): NtStatus {
    return this.#cancelQuery(node, 'removePending', codes.IRP_MN_CANCEL_REMOVE_DEVICE);
  }

  /** IRP_MN_SURPRISE_REMOVAL: the device is gone; IRP_MN_REMOVE_DEVICE follows with `remove`. */
  surpriseRemoval(node: DeviceNode): NtStatus {
    if (!node.hasStack) return STATUS_INVALID_DEVICE_STATE;
    const status = this.#send(node, codes.IRP_MN_SURPRISE_REMOVAL);
    node.state = 'surpriseRemoved';
    this.#parts.removed(node.pdo);
    return status;
  }

  /**
   * IRP_MN_REMOVE_DEVICE: takes the drivers off the device. A device that is still in the machine
   * can be started again; one that was surprise-removed leaves the machine with its PDO. While
   * handles are open it is STATUS_DEVICE_BUSY, or for a device that is gone STATUS_PENDING: that
   * one is removed when the last of them is closed. A machine that is switched off waits for none.
   */
  remove(node: DeviceNode, isSwitchOff = false): NtStatus {
    if (!node.hasStack && node.state !== 'surpriseRemoved') {
      return STATUS_INVALID_DEVICE_STATE;
    }
    const isGone = node.state === 'surpriseRemoved';
    if (node.pdo.openFiles > 0 && !isSwitchOff) {
      node.isRemovedAtLastClose = isGone;
      return isGone ? STATUS_PENDING : STATUS_OUTSTANDING_OPEN;
    }
    const status = this.#removeStack(node);
    if (isGone) this.#forget(node);
    return status;
  }

  /** A file of `device` was closed: a device that only waited for that is removed now. */
  fileClosed(device: DeviceObject): void {
    const node = this.nodeOf(device);
    if (node?.isRemovedAtLastClose !== true || device.openFiles > 0) return;
    node.isRemovedAtLastClose = false;
    this.remove(node);
  }

  /**
   * Unloads a driver that has no devices left; STATUS_INVALID_DEVICE_STATE while it has some.
   * Work items still queued for it are bug check 0xCE.
   */
  unloadDriver(driver: DriverObject): NtStatus {
    if (driver.devices.length > 0) return STATUS_INVALID_DEVICE_STATE;
    if (driver.DriverUnload !== null) driver.DriverUnload(driver);
    if (this.#parts.works.isAnyQueuedFor((device) => device.driver === driver)) {
      const code = DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS;
      this.#parts.raiser.bugCheck(code, 0, 0, 0, 0, `driver ${driver.name} has queued work items`);
    }
    this.drivers.splice(this.drivers.indexOf(driver), 1);
    for (const node of this.nodes) if (node.driver === driver) node.driver = null;
    return STATUS_SUCCESS;
  }

  /** Devices that a driver still sits on, and drivers that are still loaded. */
  outstanding(): string[] {
    return [
      ...this.nodes
        .filter((node) => node.hasStack || node.state === 'surpriseRemoved')
        .map((node) => `device node ${node.instancePath} (${node.state})`),
      ...this.drivers.map((driver) => `loaded driver ${driver.name}`),
    ];
  }

  #addToStack(node: DeviceNode): NtStatus {
    const addDevice = node.driver?.DriverExtension.AddDevice ?? null;
    if (node.driver === null || addDevice === null) return STATUS_NO_SUCH_DEVICE;
    const status = addDevice(node.driver, node.pdo);
    if (!ntSuccess(status)) return status;
    if (node.pdo.attachedDevice === null) return STATUS_NO_SUCH_DEVICE;
    node.state = 'added';
    return status;
  }

  /** Drivers add what they know to a copy of what the bus says. */
  #queryCapabilities(node: DeviceNode): void {
    const { deviceState, ...rest } = node.capabilities;
    const capabilities = { deviceState: [...deviceState], ...rest };
    const parameters: QueryCapabilitiesParameters = { capabilities };
    this.#send(node, codes.IRP_MN_QUERY_CAPABILITIES, parameters);
  }

  #removeStack(node: DeviceNode): NtStatus {
    const status = this.#send(node, codes.IRP_MN_REMOVE_DEVICE);
    node.state = 'present';
    this.#parts.removed(node.pdo);
    return status;
  }

  #forget(node: DeviceNode): void {
    node.state = 'removed';
    this.nodes.splice(this.nodes.indexOf(node), 1);
    this.#byPdo.delete(node.pdo);
    this.#parts.stack.IoDetachDevice(node.pdo);
    this.#parts.stack.IoDeleteDevice(node.pdo);
  }

  #query(node: DeviceNode, pending: NodeState, minor: number, cancel: number): NtStatus {
    if (node.state !== 'started' && !(pending === 'removePending' && node.hasStack)) {
      return STATUS_INVALID_DEVICE_STATE;
    }
    const status = this.#send(node, minor);
    if (ntSuccess(status)) {
      node.stateBeforeQuery = node.state;
      node.state = pending;
    } else {
      this.#send(node, cancel);
    }
    return status;
  }

  #cancelQuery(node: DeviceNode, pending: NodeState, minor: number): NtStatus {
    if (node.state !== pending) return STATUS_INVALID_DEVICE_STATE;
    const status = this.#send(node, minor);
    node.state = node.stateBeforeQuery;
    return status;
  }

  #send(node: DeviceNode, minor: number, parameters: unknown = null): NtStatus {
    return sendPnpRequest(this.#parts.io, this.#parts.trace, node, minor, parameters);
  }
}
