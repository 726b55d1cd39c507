/**
 * A miniport's event items as an event table: each item's handler gets a PCEVENT_REQUEST with the
 * verb, and puts an entry on the list through IPortEvents. Methods of a table have no counterpart:
 * no client's request reaches them. Source: PCEVENT_ITEM, PCEVENT_REQUEST, PCMETHOD_ITEM.
 */
import type { Irp } from '../kernel/io/irp.ts';
import { type EventEntry, type EventItem, EventTable } from '../ks/event-table.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_PENDING,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../standards/nt/ntstatus.ts';
import type { AutomationTargets } from './automation.ts';
import type { PcAutomationTable, PcEventItem } from './ddi/descriptors.ts';
import {
  PCEVENT_ITEM_FLAG_BASICSUPPORT,
  PCEVENT_VERB_ADD,
  PCEVENT_VERB_REMOVE,
  PCEVENT_VERB_SUPPORT,
} from './ddi/event-request.ts';

/** What a table belongs to. A filter is no target of its own: its events name one of its pins. */
export type EventOwner = 'filter' | 'pin' | 'node';

/** Builds the table; null when the miniport gave no events. */
export function eventTable(
  table: PcAutomationTable | null | undefined,
  targets: AutomationTargets,
  owner: EventOwner,
): EventTable | null {
  const items = table?.events ?? [];
  if (items.length === 0) return null;
  return new EventTable(
    items.map((item) => ({ set: item.set, items: [eventItem(item, targets, owner)] })),
  );
}

function eventItem(item: PcEventItem, targets: AutomationTargets, owner: EventOwner): EventItem {
  return {
    id: item.id,
    flags: item.flags,
    namesPin: owner === 'filter',
    support: (request) =>
      (item.flags & PCEVENT_ITEM_FLAG_BASICSUPPORT) === 0
        ? STATUS_SUCCESS
        : ask(item, targets, PCEVENT_VERB_SUPPORT, request.node, null, request.irp),
    add: (entry, request) => add(item, targets, entry, request.irp),
    removed: (entry) => {
      ask(item, targets, PCEVENT_VERB_REMOVE, entry.parts.node, entry, null);
    },
  };
}

function add(
  item: PcEventItem,
  targets: AutomationTargets,
  entry: EventEntry,
  irp: Irp | null,
): NtStatus {
  const status = ask(item, targets, PCEVENT_VERB_ADD, entry.parts.node, entry, irp);
  const named = `event ${item.set.name} ${item.id}`;
  if (ntSuccess(status) && !entry.isListed) {
    targets.findings.report(`${named}: enabled without AddEventToEventList, so it never fires`);
  }
  if (!ntSuccess(status) && entry.isListed) {
    targets.findings.report(`${named}: refused after AddEventToEventList`);
    targets.events.remove(entry);
  }
  return status;
}

/** An event handler answers at once: there is no routine that would complete it later. */
function ask(
  item: PcEventItem,
  targets: AutomationTargets,
  verb: number,
  node: number,
  eventEntry: EventEntry | null,
  irp: Irp | null,
): NtStatus {
  const { majorTarget, minorTarget } = targets;
  const status = item.handler({
    majorTarget,
    minorTarget,
    node,
    eventItem: item,
    eventEntry,
    verb,
    irp,
  });
  if (status !== STATUS_PENDING) return status;
  targets.findings.report(`event ${item.set.name} ${item.id}: the handler returned STATUS_PENDING`);
  return STATUS_UNSUCCESSFUL;
}
