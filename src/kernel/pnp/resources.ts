/**
 * Hardware resources in the shape of CM_PARTIAL_RESOURCE_DESCRIPTOR. A device node carries two
 * parallel lists: raw, as the bus sees them, and translated, as the processor does.
 */

export const CmResourceTypePort = 1;
export const CmResourceTypeInterrupt = 2;
export const CmResourceTypeMemory = 3;
export const CmResourceTypeDma = 4;

/** CM_SHARE_DISPOSITION. */
export const CmResourceShareDeviceExclusive = 1;
export const CmResourceShareDriverExclusive = 2;
export const CmResourceShareShared = 3;

export const CM_RESOURCE_MEMORY_READ_WRITE = 0x0;
export const CM_RESOURCE_PORT_IO = 0x1;
export const CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE = 0x0;
export const CM_RESOURCE_INTERRUPT_LATCHED = 0x1;
export const CM_RESOURCE_INTERRUPT_MESSAGE = 0x2;

export interface PortResource {
  readonly type: typeof CmResourceTypePort;
  readonly shareDisposition: number;
  readonly flags: number;
  /** Physical address of the first port. */
  readonly start: number;
  readonly length: number;
}

export interface MemoryResource {
  readonly type: typeof CmResourceTypeMemory;
  readonly shareDisposition: number;
  readonly flags: number;
  /** Physical address of the first byte. */
  readonly start: number;
  readonly length: number;
}

export interface InterruptResource {
  readonly type: typeof CmResourceTypeInterrupt;
  readonly shareDisposition: number;
  readonly flags: number;
  /** The IRQL at which the interrupt is serviced (translated), or its bus level (raw). */
  readonly level: number;
  readonly vector: number;
  /** Set of processors, one bit each. */
  readonly affinity: number;
}

export interface DmaResource {
  readonly type: typeof CmResourceTypeDma;
  readonly shareDisposition: number;
  readonly flags: number;
  readonly channel: number;
  readonly port: number;
}

export type ResourceDescriptor = PortResource | MemoryResource | InterruptResource | DmaResource;

/** Parameters.StartDevice: the i-th raw and the i-th translated descriptor are one resource. */
export interface StartDeviceParameters {
  readonly raw: readonly ResourceDescriptor[];
  readonly translated: readonly ResourceDescriptor[];
}
