/**
 * A control request that the client does not wait for, as one sent with an OVERLAPPED structure:
 * its status is STATUS_PENDING until the driver completes it.
 */
import type { Trace } from '../../sim/trace.ts';
import { type NtStatus, STATUS_PENDING } from '../../standards/nt/ntstatus.ts';
import { Kevent } from '../dispatch/event.ts';
import type { DeviceObject } from './device.ts';
import type { IoManager } from './io-manager.ts';
import type { Irp } from './irp.ts';

export class OverlappedRequest {
  status: NtStatus = STATUS_PENDING;
  /** Bytes returned; final when `isDone`. */
  information = 0;
  isDone = false;
  /** A notification event that is set when the request is over. */
  readonly event: Kevent;
  readonly #io: IoManager;
  readonly #onDone: ((request: OverlappedRequest) => void) | null;
  #irp: Irp | null = null;
  #isSending = false;

  constructor(io: IoManager, trace: Trace, onDone: ((request: OverlappedRequest) => void) | null) {
    this.#io = io;
    this.#onDone = onDone;
    this.event = new Kevent(trace, 'overlapped request', 'notification');
  }

  /** Ends a request that never reached a driver. */
  refuse(status: NtStatus): this {
    this.#end(status, 0);
    return this;
  }

  /** Sends the packet; `release` is called when it is over. */
  start(device: DeviceObject, irp: Irp, release: () => void): this {
    this.#irp = irp;
    this.#isSending = true;
    irp.completed = () => {
      this.#irp = null;
      const { status, information } = irp.ioStatus;
      // A packet that ends inside the call is freed after it: the sender still looks at it.
      if (!this.#isSending) this.#io.IoFreeIrp(irp);
      release();
      this.#end(status, information);
    };
    this.#io.send(device, irp);
    this.#isSending = false;
    if (this.isDone) this.#io.IoFreeIrp(irp);
    return this;
  }

  /** CancelIoEx: false when it is over or its driver takes no cancel. */
  cancel(): boolean {
    return this.#irp !== null && this.#io.IoCancelIrp(this.#irp);
  }

  #end(status: NtStatus, information: number): void {
    this.status = status;
    this.information = information;
    this.isDone = true;
    this.event.set();
    if (this.#onDone !== null) this.#onDone(this);
  }
}
