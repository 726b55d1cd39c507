/**
 * The port's own clock for a stream whose miniport gave no service group to be notified through:
 * it serves the stream as often as notifications would have come.
 */
import { Kdpc } from '../../kernel/dispatch/dpc.ts';
import type { Ktimer } from '../../kernel/dispatch/timer.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NOTIFICATION_INTERVAL_MS } from './cyclic-buffer.ts';

const TICKS_PER_MS = 10_000;

export class NotificationTimer {
  readonly #kernel: Kernel;
  readonly #timer: Ktimer;
  readonly #dpc: Kdpc;

  /** `serve` runs at DISPATCH_LEVEL. */
  constructor(kernel: Kernel, serve: () => void) {
    this.#kernel = kernel;
    this.#timer = kernel.createTimer('WaveCyclic stream', 'notification');
    this.#dpc = new Kdpc(kernel.trace, 'WaveCyclic stream', () => serve(), null);
  }

  start(): void {
    const due = -NOTIFICATION_INTERVAL_MS * TICKS_PER_MS;
    this.#timer.set(due, NOTIFICATION_INTERVAL_MS, this.#dpc);
  }

  stop(): void {
    this.#timer.cancel();
    this.#kernel.dpcs.remove(this.#dpc);
  }
}
