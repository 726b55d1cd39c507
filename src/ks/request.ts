/**
 * One kernel streaming request, captured: the identifier and the buffers are copied from the
 * caller into a system buffer in nonpaged pool before anybody looks at them, so that a caller
 * cannot change them under a handler, and bytes go back to the caller only when it is done.
 * Source: KsPropertyHandler, METHOD_NEITHER requests.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import { type Guid, readGuid } from '../base/guid.ts';
import { type PointerBytes, roundUp } from '../base/struct.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Pool } from '../kernel/memory/pool.ts';
import { GUID_NULL } from '../standards/ks/guids.ts';
import {
  KSEVENT_TYPE_SETSUPPORT,
  KSFILTER_NODE,
  KSIDENTIFIER,
  KSNODEPROPERTY,
  KSPROPERTY_TYPE_TOPOLOGY,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_ACCESS_VIOLATION,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';

const POOL_TAG = 'KsRq';
const NONPAGED_POOL = 0;
/** Nothing in kernel streaming is longer; a larger length is a caller's mistake. */
const LARGEST_BUFFER = 1 << 20;
/** Pool does not hand out nothing, and a request may be without any buffer. */
const LEAST_ALLOCATION = 8;

export class KsRequest {
  readonly kernel: Kernel;
  irp: Irp | null = null;
  set: Guid = GUID_NULL;
  id = 0;
  /** Verb bits without the topology bit. */
  verb = 0;
  /** Node that is asked, or 0xFFFFFFFF. */
  node = KSFILTER_NODE;
  pointerBytes: PointerBytes = 8;
  /** Where the captured request starts, and its length. */
  requestAt = 0;
  requestBytes = 0;
  /** The bytes behind the identifier (behind the node id when a node is asked). */
  instanceAt = 0;
  instanceBytes = 0;
  /** The value: the caller's output buffer. */
  valueAt = 0;
  valueBytes = 0;
  /** Bytes produced, or needed when the status is STATUS_BUFFER_OVERFLOW. */
  information = 0;
  /** Whoever holds a pending request keeps what it needs to complete it here. */
  context: unknown = null;
  #systemBuffer: VirtualAddress = virtual(0);
  /** A buffer that stays with this object, for requests that fit; none at 0 bytes. */
  #kept: VirtualAddress = virtual(0);
  #keptBytes = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Keeps a buffer of `bytes` from now on, as a lookaside list would. False when pool is short. */
  keepBuffer(bytes: number): boolean {
    const buffer = allocate(this.kernel.memory.pool, bytes);
    if (buffer === null) return false;
    this.#kept = buffer;
    this.#keptBytes = bytes;
    return true;
  }

  /** Gives the kept buffer back: at once, or when the request that is in it is finished. */
  dropBuffer(): void {
    if (this.#keptBytes === 0) return;
    const isInUse = this.irp !== null && this.#systemBuffer === this.#kept;
    if (!isInUse) this.#free(this.#kept);
    this.#kept = virtual(0);
    this.#keptBytes = 0;
  }

  #free(buffer: VirtualAddress): void {
    this.kernel.memory.pool.ExFreePoolWithTag(buffer, POOL_TAG);
  }

  get view(): DataView {
    return this.kernel.memory.ram.view;
  }

  /**
   * Copies the request in. Any status but success means that nothing is held. An event request
   * `mayBeEmpty`: without an identifier it asks which event sets there are.
   */
  capture(irp: Irp, mayBeEmpty = false): NtStatus {
    const inputBytes = irp.inputBufferLength;
    const outputBytes = irp.outputBufferLength;
    const isEmpty = mayBeEmpty && inputBytes === 0;
    if (inputBytes < KSIDENTIFIER.size && !isEmpty) return STATUS_INVALID_BUFFER_SIZE;
    if (inputBytes > LARGEST_BUFFER || outputBytes > LARGEST_BUFFER) {
      return STATUS_INVALID_BUFFER_SIZE;
    }
    const isReachable =
      this.kernel.memory.isAccessible(irp.type3InputBuffer, inputBytes) &&
      this.kernel.memory.isAccessible(irp.userBuffer, outputBytes);
    if (!isReachable) return STATUS_ACCESS_VIOLATION;
    const valueRoom = roundUp(outputBytes, 8);
    const { memory } = this.kernel;
    const bytes = valueRoom + inputBytes;
    const buffer = bytes <= this.#keptBytes ? this.#kept : allocate(memory.pool, bytes);
    if (buffer === null) return STATUS_INSUFFICIENT_RESOURCES;
    memory.copy(buffer, irp.userBuffer, outputBytes);
    memory.copy(buffer + valueRoom, irp.type3InputBuffer, inputBytes);
    this.irp = irp;
    this.#systemBuffer = buffer;
    this.pointerBytes = irp.pointerBytes;
    this.valueAt = buffer;
    this.valueBytes = outputBytes;
    this.requestAt = buffer + valueRoom;
    this.requestBytes = inputBytes;
    this.information = 0;
    if (isEmpty) {
      this.#identifyAs(GUID_NULL, 0, KSEVENT_TYPE_SETSUPPORT);
      return STATUS_SUCCESS;
    }
    const identified = this.#identify();
    if (identified !== STATUS_SUCCESS) this.#release();
    return identified;
  }

  /** STATUS_INVALID_BUFFER_SIZE for a request to a node that names none. */
  #identify(): NtStatus {
    const view = this.view;
    const at = this.requestAt;
    const flags = view.getUint32(at + KSIDENTIFIER.offsets.Flags, true);
    const asksNode = (flags & KSPROPERTY_TYPE_TOPOLOGY) !== 0;
    if (asksNode && this.requestBytes < KSNODEPROPERTY.size) return STATUS_INVALID_BUFFER_SIZE;
    const id = view.getUint32(at + KSIDENTIFIER.offsets.Id, true);
    this.#identifyAs(readGuid(view, at), id, (flags & ~KSPROPERTY_TYPE_TOPOLOGY) >>> 0);
    if (asksNode) this.node = view.getUint32(at + KSNODEPROPERTY.offsets.NodeId, true);
    const headerBytes = asksNode ? KSNODEPROPERTY.size : KSIDENTIFIER.size;
    this.instanceAt = at + headerBytes;
    this.instanceBytes = this.requestBytes - headerBytes;
    return STATUS_SUCCESS;
  }

  #identifyAs(set: Guid, id: number, verb: number): void {
    this.set = set;
    this.id = id;
    this.verb = verb;
    this.node = KSFILTER_NODE;
    this.instanceAt = this.requestAt;
    this.instanceBytes = 0;
  }

  /** Copies the answer out and lets go of the buffers; the IRP is still to be completed. */
  finish(status: NtStatus): void {
    const irp = this.irp;
    if (irp === null) return;
    const mayReturnBytes = status === STATUS_SUCCESS || status === STATUS_BUFFER_OVERFLOW;
    const information = mayReturnBytes ? this.information : 0;
    const copied = Math.min(information, this.valueBytes);
    this.kernel.memory.copy(irp.userBuffer, this.valueAt, copied);
    irp.ioStatus.status = status;
    irp.ioStatus.information = information;
    this.#release();
  }

  #release(): void {
    if (this.#systemBuffer !== this.#kept) this.#free(this.#systemBuffer);
    this.irp = null;
    this.context = null;
  }

  /**
   * Makes room for an answer of `bytes`: success with `information` set when the value buffer
   * holds it; STATUS_BUFFER_OVERFLOW with the size when the caller asked for the size only;
   * STATUS_BUFFER_TOO_SMALL otherwise.
   */
  answer(bytes: number): NtStatus {
    if (this.valueBytes >= bytes) {
      this.information = bytes;
      return STATUS_SUCCESS;
    }
    if (this.valueBytes > 0) return STATUS_BUFFER_TOO_SMALL;
    this.information = bytes;
    return STATUS_BUFFER_OVERFLOW;
  }

  /** Answers with one 32-bit value. */
  answerUlong(value: number): NtStatus {
    const status = this.answer(4);
    if (status === STATUS_SUCCESS) this.view.setUint32(this.valueAt, value, true);
    return status;
  }
}

function allocate(pool: Pool, bytes: number): VirtualAddress | null {
  return pool.ExAllocatePoolWithTag(NONPAGED_POOL, Math.max(bytes, LEAST_ALLOCATION), POOL_TAG);
}
