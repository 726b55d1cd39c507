/**
 * IPortEvents of one port: the list of enabled events, and their generation from any IRQL. Above
 * DISPATCH_LEVEL a DPC does it, which has room for the parameters of one call: a second call
 * before it ran is lost. Source: IPortEvents::GenerateEventList.
 */
import type { Guid } from '../base/guid.ts';
import { Kdpc } from '../kernel/dispatch/dpc.ts';
import { DISPATCH_LEVEL } from '../kernel/irql.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { EventList } from '../ks/event-list.ts';
import { EventEntry } from '../ks/event-table.ts';
import { traceKind } from '../sim/trace.ts';
import type { KsEventEntry } from './ddi/event-request.ts';
import type { Findings } from './findings.ts';

const GENERATED = traceKind('ks event', 'id:dec', 'pin:dec', 'node:dec', 'deferred:dec');
const LOST = traceKind('ks event lost', 'id:dec');
/** Stands for any pin or node in a row. */
const ANY = -1;

export class PortEvents {
  readonly list = new EventList();
  readonly #kernel: Kernel;
  readonly #findings: Findings;
  readonly #dpc: Kdpc;
  #set: Guid | null = null;
  #id = 0;
  #pinId: number | null = null;
  #node: number | null = null;

  constructor(kernel: Kernel, findings: Findings, portName: string) {
    this.#kernel = kernel;
    this.#findings = findings;
    this.#dpc = new Kdpc(kernel.trace, `events of the ${portName}`, () => this.#signal(), null);
  }

  add(entry: KsEventEntry): void {
    const isNew = entry instanceof EventEntry && this.list.add(entry);
    if (!isNew) this.#findings.report('AddEventToEventList was given no entry of a new request');
  }

  /** Null stands for any set, pin or node. Any IRQL. */
  generate(set: Guid | null, id: number, pinId: number | null, node: number | null): void {
    const { dpcs, irql, trace } = this.#kernel;
    const isDeferred = irql.current > DISPATCH_LEVEL;
    if (isDeferred && this.#dpc.isQueued) {
      trace.write(LOST, id);
      return;
    }
    trace.write(GENERATED, id, pinId ?? ANY, node ?? ANY, isDeferred ? 1 : 0);
    if (!isDeferred) {
      this.list.generate(set, id, pinId, node);
      return;
    }
    this.#set = set;
    this.#id = id;
    this.#pinId = pinId;
    this.#node = node;
    dpcs.insert(this.#dpc);
  }

  /** The port goes away: a queued DPC has nothing to run for. */
  stop(): void {
    this.#kernel.dpcs.remove(this.#dpc);
  }

  #signal(): void {
    this.list.generate(this.#set, this.#id, this.#pinId, this.#node);
  }
}
