/**
 * Which port shows the wave filter, and what becomes of WavePci on a machine whose memory lies
 * beyond DMA's reach: the values `WavePort` and `HighMemory` of the service's `Parameters` key,
 * strings that an INF would write there. Source: "Hardware Requirements for WavePci Devices".
 */
import type { PHYSICAL_MEMORY_RANGE } from '../../kernel/ddi/index.ts';
import type { Wdk } from '../../portcls/ddi/index.ts';
import { HIGHEST_ADDRESS } from './ac97-adapter.ts';
import { OWNER } from './owner.ts';
import { readTextValue } from './text-value.ts';

const PORT_NAMES = ['wavert', 'wavepci', 'wavecyclic'] as const;
export type Ac97PortName = (typeof PORT_NAMES)[number];

export const PORT_VALUE_NAME = 'WavePort';

/**
 * `bounce` copies what DMA does not reach through memory that it does; `wavecyclic` takes the port
 * that copies everything instead; `refuse` does not start the device.
 */
const HIGH_MEMORY_CHOICES = ['bounce', 'wavecyclic', 'refuse'] as const;
export type Ac97HighMemory = (typeof HIGH_MEMORY_CHOICES)[number];

export const HIGH_MEMORY_VALUE_NAME = 'HighMemory';

/** Null when the registry names no port that there is. PASSIVE_LEVEL. */
export function readPortSetting(wdk: Wdk, registryPath: string): Ac97PortName | null {
  const text = readTextValue(wdk, registryPath, PORT_VALUE_NAME);
  return PORT_NAMES.find((name) => name === text) ?? null;
}

/** Null when the registry names no choice that there is. PASSIVE_LEVEL. */
export function readHighMemorySetting(wdk: Wdk, registryPath: string): Ac97HighMemory | null {
  const text = readTextValue(wdk, registryPath, HIGH_MEMORY_VALUE_NAME);
  return HIGH_MEMORY_CHOICES.find((name) => name === text) ?? null;
}

/**
 * The port for this machine; null when the device is not to start on it. The other ports' buffers
 * are the driver's own, so that only WavePci meets memory that DMA does not reach. PASSIVE_LEVEL.
 */
export function portForMemory(
  wdk: Wdk,
  port: Ac97PortName,
  highMemory: Ac97HighMemory,
): Ac97PortName | null {
  if (port !== 'wavepci' || wdk.MmGetPhysicalMemoryRanges().every(isReached)) return port;
  wdk.DbgPrint(`${OWNER}: DMA does not reach all memory: ${highMemory}`);
  if (highMemory === 'refuse') return null;
  return highMemory === 'bounce' ? port : highMemory;
}

const isReached = ({ BaseAddress, NumberOfBytes }: PHYSICAL_MEMORY_RANGE): boolean =>
  BaseAddress + NumberOfBytes - 1 <= HIGHEST_ADDRESS;
