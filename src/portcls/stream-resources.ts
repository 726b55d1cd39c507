/**
 * The stream resources that drivers told of, by device. PortCls keeps the list and hands out
 * handles; what is still on it when its device stops, or was destroyed before it was taken off, is
 * noted. Source: IPortClsStreamResourceManager, PcAddStreamResource, PcRemoveStreamResource.
 */
import type { Out } from '../base/out.ts';
import { Kinterrupt } from '../kernel/interrupt-vector.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import {
  PCSTREAMRESOURCE_DESCRIPTOR,
  type PcStreamResource,
  type PcStreamResourceDescriptor,
  PcStreamResourceType,
} from './ddi/stream-resources.ts';
import type { Findings } from './findings.ts';

/** A driver compiled for 32 bits has the narrow struct. */
const SIZES: readonly number[] = [
  PCSTREAMRESOURCE_DESCRIPTOR.size,
  PCSTREAMRESOURCE_DESCRIPTOR.layout(4).size,
];

interface Registered extends PcStreamResource {
  readonly physicalDeviceObject: DeviceObject;
}

export class StreamResources {
  readonly #findings: Findings;
  readonly #list = new Set<PcStreamResource>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Every resource of every device, in the order they were added. */
  get list(): readonly PcStreamResource[] {
    return [...this.#list];
  }

  /** STATUS_INVALID_PARAMETER for a descriptor that breaks a rule. PASSIVE_LEVEL. */
  add(
    physicalDeviceObject: DeviceObject,
    resourceSet: unknown,
    descriptor: PcStreamResourceDescriptor,
    handle: Out<PcStreamResource | null>,
  ): NtStatus {
    handle.value = null;
    const isWell =
      SIZES.includes(descriptor.size) && descriptor.flags === 0 && resourceSet === null;
    const resource = isWell ? resourceOf(descriptor) : null;
    if (resource === null) return STATUS_INVALID_PARAMETER;
    if (this.list.some((known) => resourceOf(known.descriptor) === resource)) {
      this.#findings.report('a stream resource was added that is registered already');
    }
    const registered: Registered = { descriptor: { ...descriptor }, physicalDeviceObject };
    this.#checkAlive(registered, 'added');
    this.#list.add(registered);
    handle.value = registered;
    return STATUS_SUCCESS;
  }

  remove(handle: PcStreamResource): NtStatus {
    if (!this.#list.delete(handle)) {
      this.#findings.report('a stream resource was removed that is not registered');
      return STATUS_INVALID_PARAMETER;
    }
    this.#checkAlive(handle, 'removed');
    return STATUS_SUCCESS;
  }

  /** Whatever a device has left on the list when it stops, a driver forgot. */
  deviceStopped(physicalDeviceObject: DeviceObject): void {
    for (const resource of this.#list) {
      if ((resource as Registered).physicalDeviceObject !== physicalDeviceObject) continue;
      this.#list.delete(resource);
      this.#findings.report(`the device stopped with a ${nameOf(resource)} registered`);
    }
  }

  #checkAlive(resource: PcStreamResource, action: 'added' | 'removed'): void {
    if (isAlive(resource.descriptor)) return;
    this.#findings.report(`a ${nameOf(resource)} was ${action} after its end`);
  }
}

/** The object that the descriptor names; null when it names none. */
function resourceOf(descriptor: PcStreamResourceDescriptor): unknown {
  switch (descriptor.type) {
    case PcStreamResourceType.Interrupt:
      return descriptor.interrupt?.generic ?? null;
    case PcStreamResourceType.Thread:
      return descriptor.thread ?? null;
    case PcStreamResourceType.Set:
      return descriptor.resourceSet ?? null;
    default:
      return null;
  }
}

function isAlive({ interrupt, thread }: PcStreamResourceDescriptor): boolean {
  const connected = interrupt?.generic;
  if (connected instanceof Kinterrupt) return connected.vector.chain.includes(connected);
  return thread?.state !== 'terminated';
}

function nameOf({ descriptor }: PcStreamResource): string {
  const thread = descriptor.thread;
  if (thread !== undefined && thread !== null) return `stream thread (${thread.name})`;
  return descriptor.interrupt === undefined ? 'stream resource set' : 'stream interrupt';
}
