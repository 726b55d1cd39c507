/**
 * The adapter objects of a machine: IoGetDmaAdapter makes them, and whoever does not put one back
 * is found at the end. A subordinate device has none unless the machine has a system DMA
 * controller. Source: IoGetDmaAdapter.
 */
import type { Out } from '../../base/out.ts';
import type { DeviceObject } from '../io/device.ts';
import {
  addressBits,
  type DEVICE_DESCRIPTION,
  DEVICE_DESCRIPTION_VERSION,
  DEVICE_DESCRIPTION_VERSION3,
} from './device-description.ts';
import { DmaAdapter, type DmaParts } from './dma-adapter.ts';
import type { SystemDmaController } from './system-dma.ts';

export interface DmaConfig {
  /**
   * The most pages per device that stand in for memory it cannot reach; 64 if absent. With 0 a
   * transfer that the device cannot reach is refused.
   */
  readonly mapRegisters?: number;
}

const DEFAULT_MAP_REGISTERS = 64;

export class DmaAdapters {
  readonly #parts: DmaParts;
  readonly #adapters = new Set<DmaAdapter>();
  #systemDma: SystemDmaController | null = null;

  constructor(parts: Omit<DmaParts, 'mapRegisters'>, config: DmaConfig = {}) {
    this.#parts = { ...parts, mapRegisters: config.mapRegisters ?? DEFAULT_MAP_REGISTERS };
  }

  /** Whether pages stand in for memory that a device cannot reach. */
  get hasMapRegisters(): boolean {
    return this.#parts.mapRegisters > 0;
  }

  /** Puts a system DMA controller into the machine, which has none of its own. */
  attachSystemDma(controller: SystemDmaController): void {
    this.#systemDma = controller;
  }

  /**
   * The adapter object of a device, and how many map registers one transfer may need. Null for a
   * description that fits no device of this machine. IRQL = PASSIVE_LEVEL.
   */
  IoGetDmaAdapter(
    device: DeviceObject,
    description: DEVICE_DESCRIPTION,
    numberOfMapRegisters: Out<number>,
  ): DmaAdapter | null {
    numberOfMapRegisters.value = 0;
    if (!isSound(description)) return null;
    const system = description.master ? null : this.#systemDma;
    if (!description.master && system?.hasChannel(description.dmaChannel) !== true) return null;
    const released = (adapter: DmaAdapter): boolean => this.#adapters.delete(adapter);
    const adapter = new DmaAdapter(this.#parts, device, description, system, released);
    this.#adapters.add(adapter);
    numberOfMapRegisters.value = adapter.numberOfMapRegisters;
    return adapter;
  }

  /** Adapter objects that nobody put back. */
  outstanding(): string[] {
    return [...this.#adapters].map((adapter) => adapter.outstanding());
  }
}

/** A version that Windows knows, an address width, and a length to transfer. */
function isSound(description: DEVICE_DESCRIPTION): boolean {
  const { version, maximumLength } = description;
  const isVersion =
    Number.isInteger(version) &&
    version >= DEVICE_DESCRIPTION_VERSION &&
    version <= DEVICE_DESCRIPTION_VERSION3;
  return isVersion && maximumLength > 0 && addressBits(description) !== null;
}
