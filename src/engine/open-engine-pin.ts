/**
 * Opening a pin for the engine in the way that its filter asks for: a WaveRT filter lends its
 * cyclic buffer, any other takes stream packets. Source: "Device Interfaces for Audio Drivers",
 * KSCATEGORY_REALTIME.
 */
import type { FilterFacts } from '../client/endpoints.ts';
import type { ClientHome } from '../client/ks-object.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { CyclicPin } from './cyclic-pin.ts';
import type { EnginePin, EnginePinRequest } from './engine-pin.ts';
import { PacketPin } from './packet-pin.ts';

/** Whether pins of the filter have a cyclic buffer that the client maps. */
export const hasCyclicBuffer = ({ portDriver }: Pick<FilterFacts, 'portDriver'>): boolean =>
  portDriver === 'WaveRT';

/** @throws KsError when the driver stack refuses, SmallBufferError for the buffer that it gives */
export function openEnginePin(
  kernel: Kernel,
  home: ClientHome,
  request: EnginePinRequest,
): EnginePin {
  return request.takesPackets === true
    ? PacketPin.open(kernel, home, request)
    : CyclicPin.open(kernel, home, request);
}
