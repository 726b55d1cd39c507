/**
 * The idle timer of an adapter: a device that nobody has used for the time that the driver's
 * PowerSettings name is led to a low-power state; the next access wakes it. Without these settings
 * there is no timer. Source: "Audio Device Class Inactivity Timer Implementation", "PortCls
 * Registry Power Settings", "Immediate Idle Timeout Opt-in", IPortClsPower::SetIdlePowerManagement.
 */

import type { WorkItem } from '../kernel/dispatch/work-item.ts';
import { DelayedWorkQueue } from '../kernel/dispatch/work-item.ts';
import type { Kernel } from '../kernel/kernel.ts';
import {
  type DEVICE_POWER_STATE,
  PowerDeviceD0,
  PowerDeviceD1,
  PowerDeviceD3,
} from '../kernel/power/power-codes.ts';
import { Alarm } from '../sim/clock.ts';
import type { AdapterDevice } from './adapter-device.ts';
import type { AdapterPower } from './adapter-power.ts';
import { PcExitLatencyInstant } from './ddi/power.ts';
import { readDriverSetting } from './driver-settings.ts';

export const POWER_SETTINGS_KEY = 'PowerSettings';
const NS_PER_SECOND = 1_000_000_000;
/** IdlePowerState counts device states from D0 = 0. */
const DEFAULT_IDLE_STATE = 3;

interface IdleSettings {
  readonly conservationNs: number;
  readonly performanceNs: number;
  readonly state: DEVICE_POWER_STATE;
  readonly isImmediate: boolean;
}

export class PowerIdle {
  readonly #kernel: Kernel;
  readonly #adapter: AdapterDevice;
  readonly #power: AdapterPower;
  readonly #alarm: Alarm;
  #settings: IdleSettings | null = null;
  #isEnabled = true;
  #lastAccessNs = 0;
  #item: WorkItem | null = null;
  readonly #sourceChanged = (): void => this.#wind();

  constructor(kernel: Kernel, adapter: AdapterDevice, power: AdapterPower) {
    this.#kernel = kernel;
    this.#adapter = adapter;
    this.#power = power;
    this.#alarm = new Alarm(kernel.clock, 'idle timer', () => this.#expired());
  }

  /** The device works: its settings are read anew, and the time runs from here. */
  start(): void {
    this.#settings = this.#readSettings();
    this.#kernel.power.sourceWatchers.add(this.#sourceChanged);
    this.accessed();
  }

  /** The device sleeps or goes: no time runs. */
  stop(): void {
    this.#alarm.cancel();
    this.#kernel.power.sourceWatchers.delete(this.#sourceChanged);
    this.#settings = null;
  }

  /** SetIdlePowerManagement. A driver that asked for ImmediateIdle is not asked here. */
  setEnabled(isEnabled: boolean): void {
    this.#isEnabled = isEnabled;
    this.accessed();
  }

  /** Somebody used the device: the time runs anew. Allocates nothing. */
  accessed(): void {
    if (this.#settings === null) return;
    this.#lastAccessNs = this.#kernel.clock.now;
    this.#wind();
  }

  /** An alarm that comes too soon finds out for itself; one that comes too late is moved. */
  #wind(): void {
    const timeoutNs = this.#timeoutNs();
    if (timeoutNs === null) return;
    const dueNs = this.#lastAccessNs + timeoutNs;
    if (!this.#alarm.isSet || this.#alarm.due > dueNs) this.#alarm.set(dueNs);
  }

  /** Null when the device may stay awake for ever. */
  #timeoutNs(): number | null {
    const settings = this.#settings;
    if (settings === null) return null;
    // No time at all to come back in means not to go.
    if (this.#power.exitLatencyTolerance === PcExitLatencyInstant) return null;
    if (settings.isImmediate) return 0;
    if (!this.#isEnabled) return null;
    const isOnBattery = this.#kernel.power.source === 'battery';
    const timeoutNs = isOnBattery ? settings.conservationNs : settings.performanceNs;
    return timeoutNs > 0 ? timeoutNs : null;
  }

  /** What happens now needs PASSIVE_LEVEL, so a worker does it. */
  #expired(): void {
    if (this.#item !== null) return;
    const { works } = this.#kernel;
    const item = works.allocate(null);
    this.#item = item;
    const run = (): void => {
      works.free(item);
      this.#item = null;
      this.#sleepIfIdle();
    };
    works.queue(item, run, DelayedWorkQueue, null);
  }

  #sleepIfIdle(): void {
    const settings = this.#settings;
    const timeoutNs = this.#timeoutNs();
    if (settings === null || timeoutNs === null || !this.#power.isAwake) return;
    const { now } = this.#kernel.clock;
    // A stream that is above STOP, and a request that is under way, are uses that go on.
    const isInUse = this.#power.streams.isAnyActive || this.#adapter.lock.isTaken;
    if (isInUse && !settings.isImmediate) this.#lastAccessNs = now;
    if (isInUse && settings.isImmediate) return;
    const dueNs = this.#lastAccessNs + timeoutNs;
    if (dueNs > now) this.#alarm.set(dueNs);
    else this.#power.request(settings.state);
  }

  #readSettings(): IdleSettings | null {
    const read = (name: string): number =>
      readDriverSetting(
        this.#kernel,
        this.#adapter.physicalDeviceObject,
        POWER_SETTINGS_KEY,
        name,
      ) ?? 0;
    const conservationNs = read('ConservationIdleTime') * NS_PER_SECOND;
    const performanceNs = read('PerformanceIdleTime') * NS_PER_SECOND;
    const isImmediate = read('ImmediateIdle') === 1;
    if (conservationNs === 0 && performanceNs === 0 && !isImmediate) return null;
    const wanted = PowerDeviceD0 + (read('IdlePowerState') || DEFAULT_IDLE_STATE);
    const isSleep = wanted >= PowerDeviceD1 && wanted <= PowerDeviceD3;
    const state = (isSleep ? wanted : PowerDeviceD3) as DEVICE_POWER_STATE;
    return { conservationNs, performanceNs, state, isImmediate };
  }
}
