/**
 * PortCls of one machine: the functions it exports to drivers, the dispatch routines it installs
 * in their driver objects, and the guard through which both sides call each other.
 */
import { assert, defined } from '../base/assert.ts';
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import { Out } from '../base/out.ts';
import { readU64 } from '../base/struct.ts';
import { DRIVER_IRQL_NOT_LESS_OR_EQUAL } from '../kernel/bug-check.ts';
import type { KernelDdi } from '../kernel/ddi/index.ts';
import type {
  AddDeviceRoutine,
  DeviceObject,
  DispatchRoutine,
  DriverObject,
} from '../kernel/io/device.ts';
import {
  FILE_DEVICE_KS,
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_PNP,
  IRP_MJ_POWER,
  IRP_MJ_QUERY_SECURITY,
  IRP_MJ_READ,
  IRP_MJ_SET_SECURITY,
  IRP_MJ_SYSTEM_CONTROL,
  IRP_MJ_WRITE,
} from '../kernel/io/io-codes.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { readDeviceProperty } from '../kernel/pnp/device-properties.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { AdapterDevice } from './adapter-device.ts';
import { AdapterDispatch } from './adapter-dispatch.ts';
import { irpFunctions } from './adapter-irp.ts';
import { AdapterPnp } from './adapter-pnp.ts';
import { PropertyRequestRecord } from './automation.ts';
import type { InterfaceId, Since } from './ddi/declare.ts';
import type { Wdk } from './ddi/driver.ts';
import {
  DRIVER_EXTENSION_WORDS,
  PORT_CLASS_DEVICE_EXTENSION_SIZE,
  PORT_CLASS_DEVICE_EXTENSION_WORDS,
  type PortClsDdi,
  portClsFunctions,
  type StartDeviceRoutine,
} from './ddi/functions.ts';
import {
  IID_IInterruptSync,
  IID_IPort,
  IID_IRegistryKey,
  IID_IResourceList,
  IID_IServiceGroup,
  type IPort,
} from './ddi/port.ts';
import type { PcPropertyRequest } from './ddi/property-request.ts';
import type { IUnknown } from './ddi/unknown.ts';
import { DdiGuard } from './ddi-guard.ts';
import { Findings } from './findings.ts';
import { pcNewInterruptSync } from './interrupt-sync.ts';
import { ioTimeoutRoutines } from './io-timeout-functions.ts';
import { KsDispatch } from './ks-dispatch.ts';
import type { KsFile } from './ks-file.ts';
import { newDmaChannel } from './new-dma-channel.ts';
import { newPort } from './new-port.ts';
import { adviseChange } from './packet-size-advice.ts';
import type { ConnectionEnd } from './physical-connections.ts';
import { PortObject } from './port-object.ts';
import { powerFunctions } from './power-functions.ts';
import { pcNewRegistryKey } from './registry-key.ts';
import { pcNewResourceList, pcNewResourceSublist } from './resource-list.ts';
import { pcNewServiceGroup } from './service-group.ts';
import { StreamResources } from './stream-resources.ts';
import { defaultWavePciSettings, type WavePciSettings } from './wavepci/settings.ts';
import { hasSince, LATEST_WINDOWS } from './windows-version.ts';

const EXTENSION_TAG = 'PcDx';
const NONPAGED_POOL = 0;
const NO_BYTES = new Uint8Array(0);
/** The pages give no status for an unknown class. */
const STATUS_UNKNOWN_PORT_CLASS = STATUS_NOT_SUPPORTED;

export class PortClass {
  readonly kernel: Kernel;
  readonly windows: Since;
  readonly guard: DdiGuard;
  readonly findings: Findings;
  readonly streamResources: StreamResources;
  /** What WavePci ports are that are made from now on. */
  readonly wavePci: WavePciSettings = defaultWavePciSettings();
  /** Pins that are open, for whoever looks at a running machine. */
  readonly openPins = new Set<KsFile>();
  readonly #files: KsDispatch;
  readonly #pnp: AdapterPnp;
  readonly #dispatch: AdapterDispatch;
  /** PortCls' own dispatch routines, which a driver may put its own before. */
  readonly #handlers: ReadonlyMap<number, DispatchRoutine>;
  readonly #adapters = new WeakMap<DeviceObject, AdapterDevice>();

  /** @param windows of which PortCls is */
  constructor(kernel: Kernel, windows: Since = LATEST_WINDOWS) {
    this.kernel = kernel;
    this.windows = windows;
    this.guard = new DdiGuard(kernel, windows);
    this.findings = new Findings(kernel.trace, () => kernel.clock.now);
    kernel.interfaces.propertyListener = (changed, key) =>
      adviseChange(changed, key, this.findings);
    this.streamResources = new StreamResources(this.findings);
    this.#files = new KsDispatch(kernel, (device) => this.adapterOf(device));
    this.#pnp = new AdapterPnp(this, (adapter) => this.#forget(adapter));
    this.#dispatch = new AdapterDispatch(this, this.#files);
    this.#handlers = this.#makeHandlers();
  }

  /** What a driver imports: the kernel's functions, and PortCls' with their IRQL checked. */
  wdk(kernelFunctions: KernelDdi): Wdk {
    const checked = { ...this.#functions() } as Record<string, unknown>;
    for (const [name, declaration] of Object.entries(portClsFunctions)) {
      const call = checked[name] as (...args: unknown[]) => unknown;
      // Windows would not load a driver that imports what it has not.
      const isThere = hasSince(this.windows, declaration.since);
      checked[name] = (...args: unknown[]): unknown => {
        if (!isThere) throw new Error(`${name} is newer than ${this.windows}: set windows`);
        this.#checkIrql(name, declaration.maxIrql);
        return call(...args);
      };
    }
    const kernel = this.kernel;
    return {
      ...kernelFunctions,
      ...(checked as unknown as PortClsDdi),
      objects: kernel.objects,
      bugCheck: (code, p1, p2, p3, p4, detail) => kernel.bugCheck(code, p1, p2, p3, p4, detail),
    };
  }

  /** The adapter whose functional device this is. */
  adapterOf(device: DeviceObject): AdapterDevice {
    return defined(this.#adapters.get(device), `adapter of ${device.name}`);
  }

  /** The same for a device that a driver names, which may be any. */
  findAdapter(device: DeviceObject): AdapterDevice | null {
    return this.#adapters.get(device) ?? null;
  }

  #checkIrql(name: string, maxIrql: number): void {
    const irql = this.kernel.irql.current;
    if (irql <= maxIrql) return;
    const detail = `${name} may be called up to IRQL ${maxIrql}, and was called at ${irql}`;
    this.kernel.bugCheck(DRIVER_IRQL_NOT_LESS_OR_EQUAL, 0, irql, 0, 0, detail);
  }

  #functions(): PortClsDdi {
    const { kernel } = this;
    return {
      PcInitializeAdapterDriver: (driver, _path, addDevice) =>
        this.#initializeDriver(driver, addDevice),
      PcAddAdapterDevice: (driver, pdo, startDevice, maxObjects, extensionSize) =>
        this.#addDevice(driver, pdo, startDevice, maxObjects, extensionSize),
      PcNewPort: (out, classId) => this.#newPort(out, classId),
      PcRegisterSubdevice: (device, name, unknown) => {
        const port = this.#portOf(unknown);
        const adapter = this.findAdapter(device);
        if (port === null || adapter === null) return STATUS_INVALID_PARAMETER;
        return adapter.registerSubdevice(name, port);
      },
      PcRegisterPhysicalConnection: (device, from, fromPin, to, toPin) =>
        this.connect(device, from, fromPin, to, toPin, 'connect'),
      PcRegisterPhysicalConnectionToExternal: (device, from, fromPin, to, toPin) =>
        this.connect(device, from, fromPin, to, toPin, 'connect'),
      PcRegisterPhysicalConnectionFromExternal: (device, from, fromPin, to, toPin) =>
        this.connect(device, from, fromPin, to, toPin, 'connect'),
      PcNewResourceList: (out, ...rest) =>
        this.#guarded(IID_IResourceList, out, pcNewResourceList(kernel, out, ...rest)),
      PcNewResourceSublist: (out, ...rest) =>
        this.#guarded(IID_IResourceList, out, pcNewResourceSublist(kernel, out, ...rest)),
      PcNewInterruptSync: (out, ...rest) =>
        this.#guarded(IID_IInterruptSync, out, pcNewInterruptSync(kernel, kernel, out, ...rest)),
      PcNewServiceGroup: (out, ...rest) =>
        this.#guarded(IID_IServiceGroup, out, pcNewServiceGroup(kernel, kernel, out, ...rest)),
      PcNewRegistryKey: (out, ...rest) =>
        this.#guarded(IID_IRegistryKey, out, pcNewRegistryKey(kernel, kernel, out, ...rest)),
      PcGetDeviceProperty: (device, property, length, buffer, resultLength) =>
        this.getDeviceProperty(device, property, length, buffer, resultLength),
      PcAddStreamResource: (device, ...rest) => this.streamResources.add(device, ...rest),
      PcRemoveStreamResource: (handle) => this.streamResources.remove(handle),
      PcCompletePendingPropertyRequest: (request, status) => this.#completePending(request, status),
      ...irpFunctions(this, this.#pnp, this.#handlers),
      ...powerFunctions(this),
      ...ioTimeoutRoutines(this),
      PcNewDmaChannel: (out, outerUnknown, poolType, description, device) =>
        newDmaChannel(this, device, out, outerUnknown, poolType, description),
    };
  }

  /** A driver gets our objects behind a guard, so that its calls are checked too. */
  #guarded<T extends object>(iid: InterfaceId<T>, out: Out<T | null>, status: NtStatus): NtStatus {
    if (out.value !== null) out.value = this.guard.guard(iid, out.value);
    return status;
  }

  #initializeDriver(driver: DriverObject, addDevice: AddDeviceRoutine): NtStatus {
    driver.DriverExtension.AddDevice = addDevice;
    for (const [major, routine] of this.#handlers) driver.MajorFunction[major] = routine;
    return STATUS_SUCCESS;
  }

  #makeHandlers(): Map<number, DispatchRoutine> {
    const completeWith =
      (status: NtStatus): DispatchRoutine =>
      (_device, irp) =>
        this.#pnp.complete(irp, status);
    const dispatch = this.#dispatch;
    const pnp: DispatchRoutine = (device, irp) => this.#pnp.dispatch(device, irp);
    const power: DispatchRoutine = (device, irp) => this.#pnp.power(device, irp);
    const unsupported = completeWith(STATUS_INVALID_DEVICE_REQUEST);
    return new Map<number, DispatchRoutine>([
      [IRP_MJ_CREATE, (device, irp) => dispatch.create(device, irp)],
      [IRP_MJ_CLOSE, (device, irp) => dispatch.close(device, irp)],
      [IRP_MJ_DEVICE_CONTROL, (device, irp) => dispatch.control(device, irp)],
      [IRP_MJ_PNP, (device, irp) => this.adapterOf(device).lock.dispatch(pnp, device, irp)],
      [IRP_MJ_POWER, (device, irp) => this.adapterOf(device).lock.dispatch(power, device, irp)],
      [IRP_MJ_SYSTEM_CONTROL, (device, irp) => this.#pnp.passDown(device, irp)],
      [IRP_MJ_CLEANUP, (device, irp) => dispatch.cleanup(device, irp)],
      [IRP_MJ_READ, unsupported],
      [IRP_MJ_WRITE, unsupported],
      [IRP_MJ_FLUSH_BUFFERS, unsupported],
      [IRP_MJ_QUERY_SECURITY, unsupported],
      [IRP_MJ_SET_SECURITY, unsupported],
    ]);
  }

  /** Cancels what a device's clients have asked and nobody has answered. */
  cancelPending(device: DeviceObject): void {
    const { io } = this.kernel;
    const isPending = (irp: Irp): boolean => {
      if (irp.cancel || irp.isCompleted || irp.currentLocation >= irp.stackCount) return false;
      const { deviceObject, isPending: isMarked, majorFunction } = irp.current;
      return deviceObject === device && isMarked && majorFunction === IRP_MJ_DEVICE_CONTROL;
    };
    for (let irp = io.findInFlight(isPending); irp !== null; irp = io.findInFlight(isPending)) {
      io.IoCancelIrp(irp);
    }
  }

  #addDevice(
    driver: DriverObject,
    pdo: DeviceObject,
    startDevice: StartDeviceRoutine,
    maxObjects: number,
    extensionSize: number,
  ): NtStatus {
    if (extensionSize !== 0 && extensionSize < PORT_CLASS_DEVICE_EXTENSION_SIZE) {
      this.findings.report(`DeviceExtensionSize ${extensionSize} is not 0 and below the least`);
      return STATUS_INVALID_PARAMETER;
    }
    const bytes = Math.max(extensionSize, PORT_CLASS_DEVICE_EXTENSION_SIZE);
    const { pool } = this.kernel.memory;
    const extension = pool.ExAllocatePoolWithTag(NONPAGED_POOL, bytes, EXTENSION_TAG);
    if (extension === null) return STATUS_INSUFFICIENT_RESOURCES;
    const device = new Out<DeviceObject | null>(null);
    const status = this.kernel.devices.IoCreateDevice(driver, null, FILE_DEVICE_KS, 0, device);
    const created = device.value;
    if (!ntSuccess(status) || created === null) {
      pool.ExFreePoolWithTag(extension, EXTENSION_TAG);
      return status;
    }
    this.kernel.memory.ram.bytes.fill(0, extension, extension + bytes);
    const adapter = new AdapterDevice({
      portClass: this,
      deviceObject: created,
      physicalDeviceObject: pdo,
      startDevice,
      maxObjects,
      extension,
    });
    created.deviceExtension = adapter;
    this.#adapters.set(created, adapter);
    this.#files.adapterAdded();
    this.kernel.devices.IoAttachDeviceToDeviceStack(created, pdo);
    return STATUS_SUCCESS;
  }

  #forget(adapter: AdapterDevice): void {
    this.#checkExtension(adapter.extension);
    adapter.checkPhysicalDevice();
    adapter.ioTimeouts.forget();
    this.kernel.memory.pool.ExFreePoolWithTag(adapter.extension, EXTENSION_TAG);
    this.#adapters.delete(adapter.deviceObject);
    this.#files.adapterRemoved();
  }

  /** PortCls keeps its state elsewhere, so its part of the extension stays as it was made. */
  #checkExtension(extension: VirtualAddress): void {
    const { view } = this.kernel.memory.ram;
    const { first, last } = DRIVER_EXTENSION_WORDS;
    for (let word = 0; word < PORT_CLASS_DEVICE_EXTENSION_WORDS; word++) {
      if ((word >= first && word <= last) || readU64(view, extension + 8 * word) === 0) continue;
      this.findings.report(`a driver wrote word ${word} of PortCls' device extension`);
      return;
    }
  }

  #newPort(out: Out<IPort | null> | null, classId: Guid): NtStatus {
    // A driver in TypeScript cannot get here with NULL, one in C can.
    if (out === null) {
      this.findings.report('PcNewPort was given NULL for OutPort');
      return STATUS_INVALID_PARAMETER;
    }
    const port = newPort(this, classId);
    out.value = port === null ? null : this.guard.guard(IID_IPort, port);
    return out.value === null ? STATUS_UNKNOWN_PORT_CLASS : STATUS_SUCCESS;
  }

  /** Makes or ends a physical connection; an end is a port of the adapter or a symbolic link. */
  connect(
    device: DeviceObject,
    from: IUnknown | string,
    fromPin: number,
    to: IUnknown | string,
    toPin: number,
    action: 'connect' | 'disconnect',
  ): NtStatus {
    const adapter = this.findAdapter(device);
    const source = this.#endOf(from, fromPin);
    const sink = this.#endOf(to, toPin);
    if (adapter === null || source === null || sink === null) return STATUS_INVALID_PARAMETER;
    return action === 'connect' ? adapter.connect(source, sink) : adapter.disconnect(source, sink);
  }

  /** IUnregisterSubdevice: STATUS_INVALID_PARAMETER for what is no adapter or no port. */
  unregisterSubdevice(device: DeviceObject, unknown: IUnknown): NtStatus {
    const adapter = this.findAdapter(device);
    const port = this.#portOf(unknown);
    if (adapter === null || port === null) return STATUS_INVALID_PARAMETER;
    return adapter.unregisterSubdevice(port);
  }

  #endOf(end: IUnknown | string, pin: number): ConnectionEnd | null {
    if (typeof end === 'string') return { symbolicLink: end, pin };
    const port = this.#portOf(end);
    return port === null ? null : { port, pin };
  }

  #portOf(unknown: IUnknown): PortObject | null {
    const target: unknown = DdiGuard.target(unknown);
    return target instanceof PortObject ? target : null;
  }

  getDeviceProperty(
    device: DeviceObject,
    property: number,
    length: number,
    buffer: Uint8Array | null,
    resultLength: Out<number>,
  ): NtStatus {
    const pdo = this.findAdapter(device)?.physicalDeviceObject ?? device;
    const room = buffer === null ? NO_BYTES : buffer.subarray(0, length);
    return readDeviceProperty(this.kernel.pnp.nodeOf(pdo), property, room, resultLength);
  }

  /** The request is gone afterwards, so completing it twice is caught as a request not pending. */
  #completePending(request: PcPropertyRequest, status: NtStatus): NtStatus {
    assert(request instanceof PropertyRequestRecord, 'a property request of PortCls');
    if (status === STATUS_PENDING || !request.isPending) {
      this.findings.report(
        status === STATUS_PENDING
          ? 'PcCompletePendingPropertyRequest was given STATUS_PENDING'
          : 'PcCompletePendingPropertyRequest on a request that is not pending',
      );
      return STATUS_INVALID_PARAMETER;
    }
    request.isPending = false;
    request.answered(status);
    this.#files.completePending(request.request, status);
    return STATUS_SUCCESS;
  }
}
