/**
 * Events that a target offers, by set and id, and one enabled event. An entry carries the client's
 * event object and what tells it from others: the open file and the address of the KSEVENTDATA,
 * by which the client disables it. Source: KSEVENT_ITEM, KSEVENT_ENTRY, KsEnableEvent.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import type { Process } from '../kernel/io/process.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import type { KsRequest } from './request.ts';
import { type SetOf, SetTable } from './set-table.ts';

export interface EventItem {
  readonly id: number;
  /** KSEVENT_TYPE bits of the requests that the event takes. */
  readonly flags: number;
  /** The target is a filter, so the request names one of its pins behind the KSEVENT (KSE_PIN). */
  readonly namesPin: boolean;
  /** Answers BASICSUPPORT: STATUS_SUCCESS when the target has the event. */
  readonly support: (request: KsRequest) => NtStatus;
  /** Puts the entry on the event list, or refuses it. */
  readonly add: (entry: EventEntry, request: KsRequest) => NtStatus;
  /** The entry left the list because the client disabled it or closed the handle. */
  readonly removed: (entry: EventEntry) => void;
}

export type EventSet = SetOf<EventItem>;

export class EventTable extends SetTable<EventItem> {}

export interface EventEntryParts {
  readonly item: EventItem;
  readonly set: Guid;
  /** The node that was named, or 0xFFFFFFFF. */
  readonly node: number;
  /** The pin that was named or is the target; 0xFFFFFFFF when there is none. */
  readonly pinId: number;
  readonly isOneShot: boolean;
  /** The open file that the client enabled the event through. */
  readonly file: object;
  readonly dataAddress: VirtualAddress;
  readonly event: Kevent;
  readonly process: Process;
}

/** An enabled event. It holds a reference to the client's event object until it is released. */
export class EventEntry {
  readonly parts: EventEntryParts;
  isListed = false;
  #isReleased = false;

  constructor(parts: EventEntryParts) {
    this.parts = parts;
  }

  get id(): number {
    return this.parts.item.id;
  }

  /** Gives the reference back; a second time does nothing. IRQL <= DISPATCH_LEVEL. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.parts.process.ObDereferenceObject(this.parts.event);
  }
}
