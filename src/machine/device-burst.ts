/**
 * A device that takes more from memory when a stream begins than it plays in that time, for a
 * buffer of its own: a client that has less ready is late there, and no FIFO size tells it so.
 */
import type { FilterFacts } from '../client/endpoints.ts';
import { hasCyclicBuffer } from '../engine/open-engine-pin.ts';
import type { DeviceKind } from './devices.ts';

export interface DeviceBurst {
  /** Frames that it takes beyond those that it plays. */
  readonly frames: number;
  /** The shortest cyclic buffer in which a client stays ahead of it; 0 if any does. */
  leastBufferFrames(rateHz: number): number;
}

export const DEFAULT_BUFFER_MS = 20;

/** The cyclic buffer that lets a client of the device stay ahead, in whole milliseconds. */
export function ampleBufferMs({ burst }: Pick<DeviceKind, 'burst'>, rateHz: number): number {
  const frames = burst?.leastBufferFrames(rateHz) ?? 0;
  return Math.max(DEFAULT_BUFFER_MS, Math.ceil((1000 * frames) / rateHz));
}

/** What a render client asks for when nobody says how much; stream packets are the port's to lend. */
export const defaultBufferMs = (
  device: Pick<DeviceKind, 'burst'>,
  filter: FilterFacts,
  rateHz: number,
): number => (hasCyclicBuffer(filter) ? ampleBufferMs(device, rateHz) : DEFAULT_BUFFER_MS);
