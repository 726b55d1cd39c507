/**
 * A port's routine as a member of a service group that a miniport gave it: notified, the group asks
 * the member's sink, and the routine runs at DISPATCH_LEVEL. Source: "Service Sink and Service
 * Group Objects", IMiniportWavePci::Init, IMiniportWavePci::NewStream.
 */
import { DISPATCH_LEVEL } from '../kernel/irql.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { IID_IServiceSink, type IServiceGroup, type IServiceSink } from './ddi/port.ts';
import { ComObject } from './ddi/unknown.ts';
import type { PortClass } from './port-class.ts';

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
