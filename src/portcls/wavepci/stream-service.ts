/**
 * When a WavePci stream is served: each time its service group is notified, or every 20 ms by a
 * timer of the port's where the miniport gave no group. Served means Service of the miniport
 * stream, and then the events that are due. Source: IMiniportWavePci::NewStream, "Performance
 * Issues for a WavePci Miniport Driver".
 */
import { Kdpc } from '../../kernel/dispatch/dpc.ts';
import type { Ktimer } from '../../kernel/dispatch/timer.ts';
import { DISPATCH_LEVEL } from '../../kernel/irql.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { IID_IServiceSink, type IServiceGroup, type IServiceSink } from '../ddi/port.ts';
import { ComObject } from '../ddi/unknown.ts';
import type { PortClass } from '../port-class.ts';

/** The page calls it the current value. */
export const PORT_TIMER_MS = 20;
const TICKS_PER_MS = 10_000;

/** A sink that does one thing at DISPATCH_LEVEL, whatever the level it is asked at below that. */
class RoutineSink extends ComObject implements IServiceSink {
  readonly #kernel: Kernel;
  readonly #routine: () => void;

  constructor(kernel: Kernel, name: string, routine: () => void) {
    super(kernel, 'portcls', name, [IID_IServiceSink]);
    this.#kernel = kernel;
    this.#routine = routine;
  }

  requestService(): void {
    const { irql } = this.#kernel;
    const old = irql.raise(DISPATCH_LEVEL);
    this.#routine();
    irql.lower(old);
  }
}

/** A routine's place in the group of a miniport. The group's reference came with it. */
export class GroupMember {
  readonly #group: IServiceGroup;
  readonly #sink: IServiceSink;

  constructor(portClass: PortClass, group: IServiceGroup, name: string, routine: () => void) {
    this.#group = group;
    const sink = new RoutineSink(portClass.kernel, name, routine);
    this.#sink = portClass.guard.guard(IID_IServiceSink, sink as IServiceSink);
    group.addMember(this.#sink);
  }

  leave(): void {
    this.#group.removeMember(this.#sink);
    this.#sink.release();
    this.#group.release();
  }
}

/** The port's own timer, for a stream that has no group. */
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
