/**
 * A machine: one config in, one running machine out. It introduces a device model to the kernel
 * (registers on the bus, an interrupt line, DMA into RAM), loads the driver that matches it, and
 * starts the device as Windows' plug and play would.
 */
import { type Ns, ns } from '../base/brand.ts';
import { Out } from '../base/out.ts';
import type { DeviceModel, DeviceSlot } from '../hardware/device.ts';
import { kernelDdi } from '../kernel/ddi/kernel-routines.ts';
import type { KernelTimingConfig } from '../kernel/dispatch/timing.ts';
import type { DmaConfig } from '../kernel/dma/dma-adapters.ts';
import type { DriverObject } from '../kernel/io/device.ts';
import type { Process } from '../kernel/io/process.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { PhysicalRange } from '../kernel/memory/physical-ranges.ts';
import type { DeviceNode } from '../kernel/pnp/device-node.ts';
import {
  CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE,
  CM_RESOURCE_MEMORY_READ_WRITE,
  CmResourceShareDeviceExclusive,
  CmResourceShareShared,
  CmResourceTypeInterrupt,
  CmResourceTypeMemory,
  type ResourceDescriptor,
} from '../kernel/pnp/resources.ts';
import {
  type DEVICE_POWER_STATE,
  PowerDeviceD0,
  PowerDeviceD3,
  PowerSystemWorking,
} from '../kernel/power/power-codes.ts';
import type { Since } from '../portcls/ddi/declare.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { PortClass } from '../portcls/port-class.ts';
import type { WavePciSettings } from '../portcls/wavepci/settings.ts';
import { Clock } from '../sim/clock.ts';
import { Random } from '../sim/random.ts';
import { Trace, type TraceOptions } from '../sim/trace.ts';
import { type NtStatus, ntSuccess, statusName } from '../standards/nt/ntstatus.ts';
import { PoweredRegisters } from './powered-registers.ts';
import { endDelays } from './timing.ts';

export interface MachineConfig<D extends DeviceModel = DeviceModel> {
  /** Everything that is left to chance follows from it; 1 if absent. */
  readonly seed?: number;
  /** Builds the device in the slot it is given. */
  readonly device: (slot: DeviceSlot) => D;
  readonly driver: DriverModule;
  readonly trace?: TraceOptions;
  /** A multiple of 64 KiB; 32 MiB if absent, or what the ranges hold where that is more. */
  readonly ramBytes?: number;
  readonly ranges?: readonly PhysicalRange[];
  /** Pages that kernel mappings may cover; without limit if absent. */
  readonly mappingPages?: number;
  /** How a device is served that does not reach all memory. */
  readonly dma?: DmaConfig;
  /** Ticks and delays; without it everything happens exactly when it is due. */
  readonly timing?: KernelTimingConfig;
  /** The Windows whose PortCls it is; the latest if absent. */
  readonly windows?: Since;
  /** How WavePci ports cut mappings, and of which Windows they are. */
  readonly wavePci?: Partial<WavePciSettings>;
}

const BAR_ADDRESS = 0xfeb0_0000;
/** Distance of the BARs of a device that has several. */
const BAR_STRIDE = 0x1_0000;
const INTERRUPT_VECTOR = 0x51;
const INTERRUPT_IRQL = 5;

const DEFAULT_SEED = 1;

/** The driver or the device did not come up. */
export class StartError extends Error {
  readonly status: NtStatus;

  constructor(what: string, status: NtStatus) {
    super(`${what}: ${statusName(status)}`);
    this.status = status;
  }
}

export class Machine<D extends DeviceModel = DeviceModel> {
  readonly clock = new Clock();
  readonly trace: Trace;
  readonly kernel: Kernel;
  readonly portClass: PortClass;
  readonly device: D;
  readonly node: DeviceNode;
  readonly #driver: DriverModule;
  readonly #registers: readonly PoweredRegisters[];
  #driverObject: DriverObject | null = null;

  constructor(config: MachineConfig<D>) {
    this.trace = new Trace(this.clock, config.trace);
    this.kernel = new Kernel({
      clock: this.clock,
      trace: this.trace,
      random: new Random(config.seed ?? DEFAULT_SEED),
      ...(config.ramBytes === undefined ? {} : { ramBytes: config.ramBytes }),
      ...(config.ranges === undefined ? {} : { ranges: config.ranges }),
      ...(config.dma === undefined ? {} : { dma: config.dma }),
      ...(config.mappingPages === undefined ? {} : { mappingPages: config.mappingPages }),
      ...(config.timing === undefined ? {} : { timing: config.timing }),
    });
    this.portClass = new PortClass(this.kernel, config.windows);
    Object.assign(this.portClass.wavePci, config.wavePci);
    this.#driver = config.driver;
    this.device = config.device({
      clock: this.clock,
      trace: this.trace,
      memory: this.kernel.memory.dmaMemory('audio device'),
      interrupt: this.kernel.interrupts.line(INTERRUPT_VECTOR, INTERRUPT_IRQL, 'audio device'),
    });
    const { identity, registers, bars = [registers] } = this.device;
    this.#registers = bars.map(
      (bar) => new PoweredRegisters(bar, (text) => this.portClass.findings.report(text)),
    );
    this.#registers.forEach((bar, index) => {
      const address = BAR_ADDRESS + index * BAR_STRIDE;
      this.kernel.ioSpace.attach(address, bar, identity.description);
    });
    const resources = resourcesOf(bars.map((bar) => bar.sizeBytes));
    this.node = this.kernel.pnp.addDevice({
      hardwareId: identity.hardwareId,
      description: identity.description,
      raw: resources,
      translated: resources,
    });
    this.node.powerChanged = (state) => this.#setPower(state);
  }

  /** Builds the machine, loads the driver and starts the device. @throws StartError */
  static boot<D extends DeviceModel>(config: MachineConfig<D>): Machine<D> {
    const machine = new Machine(config);
    try {
      machine.loadDriver();
      machine.startDevice();
    } catch (error) {
      // Nobody gets to see this machine, and its trace tells what went wrong.
      machine.trace.flush();
      throw error;
    }
    return machine;
  }

  loadDriver(): void {
    const entry = this.#driver.load(this.portClass.wdk(kernelDdi(this.kernel)));
    const out = new Out<DriverObject | null>(null);
    const status = this.kernel.pnp.loadDriver(this.#driver.name, entry, out);
    if (!ntSuccess(status) || out.value === null) {
      throw new StartError(`driver ${this.#driver.name} failed to load`, status);
    }
    this.#driverObject = out.value;
    this.kernel.pnp.bindDriver(this.node, out.value);
  }

  startDevice(): void {
    const status = this.kernel.pnp.startDevice(this.node);
    if (!ntSuccess(status)) {
      throw new StartError(`driver ${this.#driver.name} failed to start the device`, status);
    }
  }

  get now(): Ns {
    return this.clock.now;
  }

  /** Interrupts that the device's line has brought to the kernel so far. */
  get interruptsDelivered(): number {
    return this.kernel.interrupts.counters(INTERRUPT_VECTOR)?.delivered ?? 0;
  }

  openProcess(name: string): Process {
    return this.kernel.createProcess(name);
  }

  /** The bus takes a device its power in D3; it comes back as it is after a reset. */
  #setPower(state: DEVICE_POWER_STATE): void {
    this.device.settle();
    if (state === PowerDeviceD3) this.device.powerOff();
    for (const bar of this.#registers) bar.isPowered = state === PowerDeviceD0;
  }

  /** Runs for so long, then brings the device up to that moment. */
  runFor(durationNs: number): void {
    this.kernel.runFor(ns(durationNs));
    this.device.settle();
  }

  /** Ends applications that do not come to their end by themselves, as a person would. */
  killApplications(): void {
    this.kernel.dispatcher.terminateProcessThreads();
    for (const process of [...this.kernel.processes]) process.terminate();
  }

  /**
   * Closes every process, removes the device, unloads the driver and switches the device off.
   * What is left then is a leak; the lines name it.
   */
  shutDown(): string[] {
    for (const process of [...this.kernel.processes]) process.terminate();
    endDelays(this.kernel);
    this.kernel.dispatcher.runReady();
    const { pnp } = this.kernel;
    if (this.kernel.power.systemState !== PowerSystemWorking) this.kernel.power.wake();
    if (this.node.state === 'stopPending') pnp.cancelStop(this.node);
    if (this.node.state === 'started') pnp.queryRemove(this.node);
    const isLeft = this.node.state === 'present' || this.node.state === 'removed';
    if (!isLeft) pnp.remove(this.node, true);
    if (this.#driverObject !== null) pnp.unloadDriver(this.#driverObject);
    this.device.powerOff();
    this.trace.flush();
    return this.kernel.outstanding();
  }
}

function resourcesOf(barBytes: readonly number[]): ResourceDescriptor[] {
  const memory = barBytes.map(
    (length, index): ResourceDescriptor => ({
      type: CmResourceTypeMemory,
      shareDisposition: CmResourceShareDeviceExclusive,
      flags: CM_RESOURCE_MEMORY_READ_WRITE,
      start: BAR_ADDRESS + index * BAR_STRIDE,
      length,
    }),
  );
  return [
    ...memory,
    {
      type: CmResourceTypeInterrupt,
      shareDisposition: CmResourceShareShared,
      flags: CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE,
      level: INTERRUPT_IRQL,
      vector: INTERRUPT_VECTOR,
      affinity: 1,
    },
  ];
}
