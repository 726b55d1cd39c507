/**
 * What a miniport's descriptor adds to one open filter or pin: the tables of the object itself and
 * of its nodes, with the targets that handlers are to get. A request names the object, or one of
 * its nodes by the topology bit. Source: "Audio Property Handlers", "Filter, Pin, and Node
 * Properties".
 */
import type { EventTable } from '../ks/event-table.ts';
import { PropertyTable } from '../ks/property-table.ts';
import { nodeNameSet } from '../ks/topology-properties.ts';
import { KSFILTER_NODE } from '../standards/ks/requests.ts';
import { type AutomationTargets, automationTable } from './automation.ts';
import type { PcAutomationTable } from './ddi/descriptors.ts';
import type { IUnknown } from './ddi/unknown.ts';
import { type EventOwner, eventTable } from './event-automation.ts';
import type { PortObject } from './port-object.ts';

interface NodeTables {
  readonly properties: readonly PropertyTable[];
  readonly events: readonly EventTable[];
}

export class DriverTables {
  /** Null when the descriptor gives the object no table. */
  readonly properties: PropertyTable | null;
  readonly #events: readonly EventTable[];
  readonly #nodes: readonly NodeTables[];
  /** All that a node of no table answers: its name, or that it does not exist. */
  readonly #anyNode: NodeTables;

  /** `minorTarget` is the stream of a pin, as NewStream returned it, or null for a filter. */
  constructor(
    port: PortObject,
    minorTarget: IUnknown | null,
    table: PcAutomationTable | null | undefined,
    owner: EventOwner,
  ) {
    const targets: AutomationTargets = {
      majorTarget: port.miniportUnknown,
      minorTarget,
      findings: port.portClass.findings,
      events: port.events.list,
      jackTold: (pinId, isConnected) => port.jackTold(pinId, isConnected),
    };
    this.properties = automationTable(table, targets);
    this.#events = listOf(eventTable(table, targets, owner));
    const names = new PropertyTable([nodeNameSet(port.description)]);
    this.#anyNode = { properties: [names], events: [] };
    this.#nodes = port.descriptor.nodes.map((node) => ({
      properties: [names, ...listOf(automationTable(node.automationTable, targets))],
      events: listOf(eventTable(node.automationTable, targets, 'node')),
    }));
  }

  /** Ports serve one property of nodes, the name; the rest is the miniport's. */
  nodeProperties(node: number): readonly PropertyTable[] {
    return (this.#nodes[node] ?? this.#anyNode).properties;
  }

  eventsOf(node: number): readonly EventTable[] {
    return node === KSFILTER_NODE ? this.#events : (this.#nodes[node] ?? this.#anyNode).events;
  }
}

const listOf = <T>(table: T | null): T[] => (table === null ? [] : [table]);
