/**
 * The stream requests of one pin, in the order in which they came. A request is pending for as
 * long as it is in the queue; it leaves it by being completed, or by being cancelled, which may
 * happen at any moment: then whoever uses its buffers gives them back first. Source:
 * IOCTL_KS_READ_STREAM, IOCTL_KS_WRITE_STREAM, "Cancel-safe IRP queues".
 */
import type { Irp } from '../kernel/io/irp.ts';
import { DISPATCH_LEVEL } from '../kernel/irql.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Trace, traceKind } from '../sim/trace.ts';
import { IOCTL_KS_WRITE_STREAM } from '../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_PENDING,
} from '../standards/nt/ntstatus.ts';
import type { StreamPacket } from './stream-packet.ts';

const QUEUED = traceKind('packet queued', 'bytes:dec', 'headers:dec', 'options:hex');
const COMPLETED = traceKind('packet done', 'bytes:dec', 'status:status');

const { ENDOFSTREAM } = KSSTREAM_HEADER_OPTIONSF;

/** Who moves the bytes of the packets. */
export interface StreamQueueOwner<P extends StreamPacket> {
  /** Whether the pin takes packets now; a status other than success refuses `packet`. */
  admit(packet: P): NtStatus;
  /** A packet joined the queue. IRQL <= DISPATCH_LEVEL. */
  queued(packet: P): void;
  /** A packet in the queue is cancelled: on return nobody touches its buffers. DISPATCH_LEVEL. */
  revoke(packet: P): void;
  /** A packet, the last time in the queue, is about to be completed. */
  leaving(packet: P, status: NtStatus): void;
  /** A cancelled packet is gone: those behind it may have waited for nothing else. */
  advanced(): void;
}

export class StreamQueue<P extends StreamPacket = StreamPacket> {
  readonly #kernel: Kernel;
  readonly #isRender: boolean;
  readonly #make: () => P;
  readonly #owner: StreamQueueOwner<P>;
  readonly #trace: Trace;
  readonly #spare: P[] = [];
  #first: P | null = null;
  #last: P | null = null;
  #length = 0;
  #completed = 0;
  #cancelled = 0;
  #ranDry = 0;

  /** `isRender` pins are written, others are read; `make` makes a packet of the owner's kind. */
  constructor(kernel: Kernel, isRender: boolean, make: () => P, owner: StreamQueueOwner<P>) {
    this.#kernel = kernel;
    this.#trace = kernel.trace;
    this.#isRender = isRender;
    this.#make = make;
    this.#owner = owner;
  }

  /** The oldest packet, or null. */
  get first(): P | null {
    return this.#first;
  }

  get length(): number {
    return this.#length;
  }

  /** Packets that came to their end, and those that were cancelled, since the pin was opened. */
  get completed(): number {
    return this.#completed;
  }

  get cancelled(): number {
    return this.#cancelled;
  }

  /** How often the last packet came to its end, and was not the end of the stream. */
  get ranDry(): number {
    return this.#ranDry;
  }

  /** The packet behind `packet`, or null. */
  after(packet: P): P | null {
    return packet.next as P | null;
  }

  /**
   * A stream request arrives: STATUS_PENDING when it is queued (and perhaps completed already),
   * another status when it is refused and completed with that. IRQL <= DISPATCH_LEVEL.
   */
  submit(irp: Irp): NtStatus {
    const isWrite = irp.ioControlCode === IOCTL_KS_WRITE_STREAM;
    if (isWrite !== this.#isRender) return this.#refuse(irp, STATUS_INVALID_DEVICE_REQUEST);
    const packet = this.#spare.pop() ?? this.#make();
    let status = packet.capture(irp, isWrite);
    if (!ntSuccess(status)) {
      this.#spare.push(packet);
      return this.#refuse(irp, status);
    }
    status = irp.cancel ? STATUS_CANCELLED : this.#owner.admit(packet);
    if (!ntSuccess(status)) {
      packet.release();
      this.#spare.push(packet);
      return this.#refuse(irp, status);
    }
    irp.markPending();
    irp.driverContext = packet;
    irp.setCancelRoutine(this.#cancel);
    this.#append(packet);
    this.#trace.write(QUEUED, packet.byteCount, packet.headerCount, packet.options);
    this.#owner.queued(packet);
    return STATUS_PENDING;
  }

  /** Completes a packet that is in the queue, with the bytes that were moved if it succeeds. */
  complete(packet: P, status: NtStatus, bytes: number): void {
    const { irp } = packet;
    if (irp === null) return;
    irp.setCancelRoutine(null);
    irp.driverContext = null;
    this.#owner.leaving(packet, status);
    this.#remove(packet);
    irp.ioStatus.status = status;
    if (ntSuccess(status)) packet.account(irp, bytes);
    else irp.ioStatus.information = 0;
    this.#count(packet, status);
    packet.release();
    this.#spare.push(packet);
    this.#trace.write(COMPLETED, bytes, status);
    this.#kernel.io.IoCompleteRequest(irp);
  }

  #count(packet: P, status: NtStatus): void {
    if (!ntSuccess(status)) {
      this.#cancelled++;
      return;
    }
    this.#completed++;
    if (this.#length === 0 && !packet.has(ENDOFSTREAM)) this.#ranDry++;
  }

  /** Takes a packet back from whoever uses it, and completes it as cancelled. */
  cancel(packet: P): void {
    const { irql } = this.#kernel;
    const old = irql.raise(DISPATCH_LEVEL);
    packet.irp?.setCancelRoutine(null);
    this.#owner.revoke(packet);
    this.complete(packet, STATUS_CANCELLED, 0);
    this.#owner.advanced();
    irql.lower(old);
  }

  /** Cancels all packets, oldest first, or those that `isMeant` says. */
  cancelAll(isMeant: (packet: P) => boolean = () => true): void {
    // A client that is told of one may send another, which is not meant.
    for (let left = this.#length; left > 0; left--) {
      let packet = this.#first;
      while (packet !== null && !isMeant(packet)) packet = this.after(packet);
      if (packet === null) return;
      this.cancel(packet);
    }
  }

  /** IoCancelIrp has taken the routine out of the packet's request before it calls it. */
  readonly #cancel = (_device: unknown, irp: Irp): void => this.cancel(irp.driverContext as P);

  #refuse(irp: Irp, status: NtStatus): NtStatus {
    irp.ioStatus.status = status;
    irp.ioStatus.information = 0;
    this.#kernel.io.IoCompleteRequest(irp);
    return status;
  }

  #append(packet: P): void {
    packet.previous = this.#last;
    packet.next = null;
    if (this.#last === null) this.#first = packet;
    else this.#last.next = packet;
    this.#last = packet;
    this.#length++;
  }

  #remove(packet: P): void {
    if (packet.previous === null) this.#first = packet.next as P | null;
    else packet.previous.next = packet.next;
    if (packet.next === null) this.#last = packet.previous as P | null;
    else packet.next.previous = packet.previous;
    packet.next = null;
    packet.previous = null;
    this.#length--;
  }
}
