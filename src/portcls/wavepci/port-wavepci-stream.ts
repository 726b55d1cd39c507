/**
 * IPortWavePciStream, and IPreFetchOffset with it: what a miniport stream is given to get its
 * mappings from. It checks what the documents ask of the caller and leaves the rest to the queue.
 * GetMapping, ReleaseMapping and TerminatePacket at IRQL <= DISPATCH_LEVEL, with no spin lock held.
 */
import type { PhysicalAddress, VirtualAddress } from '../../base/brand.ts';
import type { Out } from '../../base/out.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { InterfaceId } from '../ddi/declare.ts';
import { ComObject } from '../ddi/unknown.ts';
import {
  IID_IPortWavePciStream,
  IID_IPreFetchOffset,
  type IPortWavePciStream,
  type IPreFetchOffset,
} from '../ddi/wavepci.ts';
import type { PortClass } from '../port-class.ts';
import type { MappingQueue } from './mapping-queue.ts';

/** GetMapping's Flags on the mapping that ends a packet. */
const LAST_OF_PACKET = 1;

export class PortWavePciStream extends ComObject implements IPortWavePciStream, IPreFetchOffset {
  readonly mappings: MappingQueue;
  /** Null until the miniport sets one. */
  preFetchOffset: number | null = null;
  readonly #portClass: PortClass;

  constructor(portClass: PortClass, mappings: MappingQueue, hasPreFetchOffset: boolean) {
    const further = hasPreFetchOffset ? [IID_IPreFetchOffset as InterfaceId<unknown>] : [];
    super(portClass.kernel, 'portcls', 'WavePci port stream', [IID_IPortWavePciStream, ...further]);
    this.#portClass = portClass;
    this.mappings = mappings;
  }

  getMapping(
    tag: unknown,
    physicalAddress: Out<PhysicalAddress>,
    virtualAddress: Out<VirtualAddress>,
    byteCount: Out<number>,
    flags: Out<number>,
  ): NtStatus {
    this.#checkLocks('GetMapping');
    const canAnswer =
      isThere(physicalAddress) && isThere(virtualAddress) && isThere(byteCount) && isThere(flags);
    if (!canAnswer) {
      this.#portClass.findings.report('GetMapping was given NULL for an output');
      return STATUS_INVALID_PARAMETER;
    }
    const { mappings } = this;
    const packet = mappings.get(tag);
    if (packet === null) return STATUS_NOT_FOUND;
    physicalAddress.value = packet.cutPhysical;
    virtualAddress.value = packet.cutVirtual;
    byteCount.value = mappings.newestBytes;
    flags.value = packet.isCutLast ? LAST_OF_PACKET : 0;
    return STATUS_SUCCESS;
  }

  releaseMapping(tag: unknown): NtStatus {
    this.#checkLocks('ReleaseMapping');
    return this.mappings.release(tag);
  }

  terminatePacket(): NtStatus {
    return this.mappings.terminate();
  }

  setPreFetchOffset(preFetchOffset: number): void {
    this.preFetchOffset = preFetchOffset;
  }

  /** Whoever completes or revokes from within such a call may come back for the lock. */
  #checkLocks(method: string): void {
    if (this.#portClass.kernel.spinLocks.ownedCount === 0) return;
    this.#portClass.findings.report(`${method} was called with a spin lock held`);
  }
}

/** A driver in TypeScript cannot give NULL, one in C can. */
function isThere(output: Out<unknown> | null): boolean {
  return output !== null;
}
