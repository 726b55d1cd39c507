/**
 * The port's own timer, which serves a WavePci stream every 20 ms while it runs, if its miniport
 * gave no service group. Source: IMiniportWavePci::NewStream, "Performance Issues for a WavePci
 * Miniport Driver".
 */
import { Kdpc } from '../../kernel/dispatch/dpc.ts';
import type { Ktimer } from '../../kernel/dispatch/timer.ts';
import type { Kernel } from '../../kernel/kernel.ts';

/** The page calls it the current value. */
export const PORT_TIMER_MS = 20;
const TICKS_PER_MS = 10_000;

export class ServiceTimer {
  readonly #timer: Ktimer;
  readonly #dpc: Kdpc;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, routine: () => void) {
    this.#kernel = kernel;
    this.#timer = kernel.createTimer('WavePci stream service', 'notification');
    this.#dpc = new Kdpc(kernel.trace, 'WavePci stream service', () => routine(), null);
  }

  start(): void {
    this.#timer.set(-PORT_TIMER_MS * TICKS_PER_MS, PORT_TIMER_MS, this.#dpc);
  }

  stop(): void {
    this.#timer.cancel();
    this.#kernel.dpcs.remove(this.#dpc);
  }
}
