/**
 * The routines that a driver wants called about once a second while its device is started. Each
 * registration is a triple of device, routine and context; the routines run one after another, in
 * the order they were registered, from one timer of the device. Source: PcRegisterIoTimeout,
 * PcUnregisterIoTimeout, PcGetTimeInterval.
 */

import type { VirtualAddress } from '../base/brand.ts';
import { Kdpc } from '../kernel/dispatch/dpc.ts';
import type { Ktimer } from '../kernel/dispatch/timer.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { NonPagedPoolNx } from '../kernel/memory/pool.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../standards/nt/ntstatus.ts';
import type { IoTimerRoutine } from './ddi/io-timeout.ts';
import type { Findings } from './findings.ts';

const TIMEOUT_TAG = 'PcTo';
/** What a registration takes: a list entry and the three pointers of the triple. */
const REGISTRATION_BYTES = 40;
const PERIOD_MS = 1000;
const PERIOD_100NS = 10_000_000;

interface Registration {
  readonly routine: IoTimerRoutine;
  readonly context: unknown;
  readonly pool: VirtualAddress;
}

export class IoTimeouts {
  readonly #kernel: Kernel;
  readonly #findings: Findings;
  readonly #device: DeviceObject;
  readonly #timer: Ktimer;
  readonly #dpc: Kdpc;
  readonly #registrations: Registration[] = [];
  #isStarted = false;

  constructor(kernel: Kernel, findings: Findings, device: DeviceObject) {
    this.#kernel = kernel;
    this.#findings = findings;
    this.#device = device;
    this.#timer = kernel.createTimer(`I/O timeouts of ${device.name}`, 'notification');
    this.#dpc = new Kdpc(kernel.trace, 'I/O timeouts', () => this.#expire(), null);
  }

  /** The device is started: from now on a second passes between calls. */
  start(): void {
    this.#isStarted = true;
    this.#run();
  }

  /** The device is stopped: no routine runs until it is started again. */
  stop(): void {
    this.#isStarted = false;
    this.#timer.cancel();
    this.#kernel.dpcs.remove(this.#dpc);
  }

  /** STATUS_UNSUCCESSFUL when the pair is registered, STATUS_INSUFFICIENT_RESOURCES without pool. */
  register(routine: IoTimerRoutine, context: unknown): NtStatus {
    if (this.#indexOf(routine, context) >= 0) return STATUS_UNSUCCESSFUL;
    const { pool } = this.#kernel;
    const at = pool.ExAllocatePoolWithTag(NonPagedPoolNx, REGISTRATION_BYTES, TIMEOUT_TAG);
    if (at === null) return STATUS_INSUFFICIENT_RESOURCES;
    this.#registrations.push({ routine, context, pool: at });
    this.#run();
    return STATUS_SUCCESS;
  }

  /** STATUS_NOT_FOUND when the pair is not registered. */
  unregister(routine: IoTimerRoutine, context: unknown): NtStatus {
    const index = this.#indexOf(routine, context);
    const [registration] = index < 0 ? [] : this.#registrations.splice(index, 1);
    if (registration === undefined) return STATUS_NOT_FOUND;
    this.#kernel.pool.ExFreePoolWithTag(registration.pool, TIMEOUT_TAG);
    if (this.#registrations.length === 0) this.#timer.cancel();
    return STATUS_SUCCESS;
  }

  /** The device is gone; what its driver left registered is noted and let go. */
  forget(): void {
    this.stop();
    for (const { pool } of this.#registrations.splice(0)) {
      this.#findings.report('a routine of PcRegisterIoTimeout was never unregistered');
      this.#kernel.pool.ExFreePoolWithTag(pool, TIMEOUT_TAG);
    }
  }

  #indexOf(routine: IoTimerRoutine, context: unknown): number {
    return this.#registrations.findIndex(
      (each) => each.routine === routine && each.context === context,
    );
  }

  #run(): void {
    if (!this.#isStarted || this.#registrations.length === 0 || this.#timer.isSet) return;
    this.#timer.set(-PERIOD_100NS, PERIOD_MS, this.#dpc);
  }

  /** At DISPATCH_LEVEL, where nobody can register or unregister. */
  #expire(): void {
    for (const { routine, context } of this.#registrations) routine(this.#device, context);
  }
}

/** Units of 100 ns since `since`, which is 0 or an earlier answer: since 1601 for 0. */
export function timeInterval(kernel: Kernel, since: number): number {
  const { interruptTime100ns, performanceCounter, systemTime100ns } = kernel.time;
  // The system time is as old as the last tick; the performance counter is not.
  return systemTime100ns - interruptTime100ns + performanceCounter - since;
}
