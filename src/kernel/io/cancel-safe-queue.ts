/**
 * A queue of requests that a driver keeps for later, and that may be cancelled while they wait
 * (Microsoft: "Cancel-safe IRP queues", IoCsqInsertIrp and IoCsqRemoveNextIrp). A request in the
 * queue is pending; a cancelled one leaves it and is completed with STATUS_CANCELLED.
 */
import { STATUS_CANCELLED } from '../../standards/nt/ntstatus.ts';
import type { IoManager } from './io-manager.ts';
import type { Irp } from './irp.ts';

/** A packet that waits, and what its driver wants to know when it goes on. */
export interface QueuedIrp<C> {
  readonly irp: Irp;
  readonly context: C;
}

export class CancelSafeQueue<C> {
  readonly #io: IoManager;
  readonly #waiting: QueuedIrp<C>[] = [];

  constructor(io: IoManager) {
    this.#io = io;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * Marks the packet pending; the dispatch routine returns STATUS_PENDING. One that was cancelled
   * before it came is completed at once, as nobody would cancel it again.
   */
  insert(irp: Irp, context: C): void {
    irp.markPending();
    if (irp.cancel) {
      this.#completeCancelled(irp);
      return;
    }
    irp.setCancelRoutine((_device, cancelled) => {
      const index = this.#waiting.findIndex((queued) => queued.irp === cancelled);
      if (index >= 0) this.#waiting.splice(index, 1);
      this.#completeCancelled(cancelled);
    });
    this.#waiting.push({ irp, context });
  }

  /** The oldest packet, which can no longer be cancelled here; null when none waits. */
  removeNext(): QueuedIrp<C> | null {
    const next = this.#waiting.shift() ?? null;
    next?.irp.setCancelRoutine(null);
    return next;
  }

  #completeCancelled(irp: Irp): void {
    irp.ioStatus.status = STATUS_CANCELLED;
    irp.ioStatus.information = 0;
    this.#io.IoCompleteRequest(irp);
  }
}
