/**
 * The device lock of an adapter: one request at a time is inside the miniports of a device, also
 * while a driver's routine waits. The same thread may come again; an overlapped request that comes
 * meanwhile is queued, and the threads of processes, which would block, do not run (UsePositionLock,
 * "Implement PnP Rebalance for PortCls Audio Drivers").
 */

import type { Kthread } from '../kernel/dispatch/thread.ts';
import { DelayedWorkQueue, type WorkItem } from '../kernel/dispatch/work-item.ts';
import { CancelSafeQueue } from '../kernel/io/cancel-safe-queue.ts';
import type { DeviceObject, DispatchRoutine } from '../kernel/io/device.ts';
import type { Irp } from '../kernel/io/irp.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type NtStatus, STATUS_PENDING } from '../standards/nt/ntstatus.ts';

export class AdapterLock {
  readonly #kernel: Kernel;
  readonly #name: string;
  /** A thread of a process that comes to the lock in vain would block: it is not let run. */
  readonly #holdsThreads: boolean;
  /** Packets that wait, with the routine that each is for. */
  readonly #requests: CancelSafeQueue<DispatchRoutine>;
  readonly #afterwards: (() => void)[] = [];
  #depth = 0;
  #owner: Kthread | null = null;
  #worker: WorkItem | null = null;

  constructor(kernel: Kernel, name: string, holdsThreads: boolean) {
    this.#kernel = kernel;
    this.#name = name;
    this.#holdsThreads = holdsThreads;
    this.#requests = new CancelSafeQueue(kernel.io);
  }

  get isTaken(): boolean {
    return this.#depth > 0;
  }

  /**
   * Runs a dispatch routine alone: at once when the lock is free or the caller's own, or else
   * later, and then the answer is STATUS_PENDING.
   * @throws Error for a request that cannot wait, because who holds the lock waits for it
   */
  dispatch(routine: DispatchRoutine, device: DeviceObject, irp: Irp): NtStatus {
    if (!this.#canEnter()) return this.#wait(routine, irp);
    this.#enter();
    try {
      return routine(device, irp);
    } finally {
      this.#leave();
    }
  }

  /** Runs a routine alone: at once where `dispatch` would, or else when the lock is free. */
  runSoon(routine: () => void): void {
    if (this.#canEnter()) this.#runAlone(routine);
    else this.#afterwards.push(routine);
  }

  /** Runs a routine without the lock that the caller holds once, and takes the lock again. */
  runOutside(routine: () => void): void {
    const depth = this.#depth;
    const owner = this.#owner;
    this.#depth = 0;
    if (this.#holdsThreads) this.#kernel.dispatcher.letProcessThreadsRun();
    try {
      routine();
    } finally {
      this.#depth = depth;
      this.#owner = owner;
      if (this.#holdsThreads) this.#kernel.dispatcher.holdProcessThreads();
    }
  }

  #canEnter(): boolean {
    return this.#depth === 0
      ? this.#worker === null
      : this.#owner === this.#kernel.dispatcher.currentThread;
  }

  #enter(): void {
    if (this.#depth === 0) {
      this.#owner = this.#kernel.dispatcher.currentThread;
      if (this.#holdsThreads) this.#kernel.dispatcher.holdProcessThreads();
    }
    this.#depth++;
  }

  #leave(): void {
    this.#depth--;
    if (this.#depth > 0) return;
    this.#owner = null;
    if (this.#holdsThreads) this.#kernel.dispatcher.letProcessThreadsRun();
    this.#callWorker();
  }

  #runAlone(routine: () => void): void {
    this.#enter();
    try {
      routine();
    } finally {
      this.#leave();
    }
  }

  /** Who sends and waits stands above the holder, which cannot go on before the sender does. */
  #wait(routine: DispatchRoutine, irp: Irp): NtStatus {
    if (this.#depth > 0 && irp.completed === null) {
      throw new Error(
        `a request needs the ${this.#name} of a device while a driver's routine waits in it: ` +
          'send it from a thread, or overlapped with deviceIoControlAsync',
      );
    }
    this.#requests.insert(irp, routine);
    return STATUS_PENDING;
  }

  /** A system thread takes the lock next, for those that came meanwhile. */
  #callWorker(): void {
    const isWanted = this.#afterwards.length > 0 || !this.#requests.isEmpty;
    if (!isWanted || this.#worker !== null) return;
    const { works } = this.#kernel;
    this.#worker = works.allocate(null);
    works.queue(this.#worker, () => this.#work(), DelayedWorkQueue, null);
  }

  /** Closes first, then requests in the order in which they came; who comes now queues as well. */
  #work(): void {
    while (this.#afterwards.length > 0 || !this.#requests.isEmpty) {
      const routine = this.#afterwards.shift();
      if (routine === undefined) this.#workRequest();
      else this.#runAlone(routine);
    }
    const worker = this.#worker;
    this.#worker = null;
    if (worker !== null) this.#kernel.works.free(worker);
  }

  #workRequest(): void {
    const next = this.#requests.removeNext();
    if (next === null) return;
    const { context: routine, irp } = next;
    const device = irp.current.deviceObject;
    if (device !== null) this.#runAlone(() => routine(device, irp));
  }
}
