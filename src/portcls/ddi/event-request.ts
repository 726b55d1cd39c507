/**
 * PCEVENT_REQUEST and PCMETHOD_REQUEST: what a miniport's event and method handlers are given.
 * Source: the PCEVENT_REQUEST, PCEVENT_ITEM and PCMETHOD_REQUEST pages; portcls.h for the verbs.
 */
import type { Irp } from '../../kernel/ddi/index.ts';
import type { PcEventItem, PcMethodItem } from './descriptors.ts';
import type { IUnknown } from './unknown.ts';

/** Flags of a PCEVENT_ITEM, which are the KSEVENT_TYPE bits. */
export const PCEVENT_ITEM_FLAG_ENABLE = 0x00000001;
export const PCEVENT_ITEM_FLAG_ONESHOT = 0x00000002;
export const PCEVENT_ITEM_FLAG_BASICSUPPORT = 0x00000200;

/** What an event handler is asked to do. */
export const PCEVENT_VERB_NONE = 0;
/** Check the request, then call AddEventToEventList with its entry. */
export const PCEVENT_VERB_ADD = 1;
/** Take note that the entry leaves the list. */
export const PCEVENT_VERB_REMOVE = 2;
/** Succeed when the target has the event. */
export const PCEVENT_VERB_SUPPORT = 4;

/** Flags of a PCMETHOD_ITEM: how the method uses its parameter buffer. */
export const PCMETHOD_ITEM_FLAG_NONE = 0x00000000;
export const PCMETHOD_ITEM_FLAG_READ = 0x00000001;
export const PCMETHOD_ITEM_FLAG_WRITE = 0x00000002;
export const PCMETHOD_ITEM_FLAG_MODIFY = 0x00000003;
export const PCMETHOD_ITEM_FLAG_SOURCE = 0x00000004;

/** PKSEVENT_ENTRY: a driver hands it to AddEventToEventList and does not look inside. */
export type KsEventEntry = object;

export interface PcEventRequest {
  /** The miniport that was given to IPort::Init. */
  readonly majorTarget: IUnknown;
  /** The stream of the pin that is asked, or null when a filter is asked. */
  readonly minorTarget: IUnknown | null;
  /** The node that is asked, or 0xFFFFFFFF. */
  readonly node: number;
  readonly eventItem: PcEventItem;
  /** Null in a query for support. */
  readonly eventEntry: KsEventEntry | null;
  /** One of PCEVENT_VERB_*. */
  readonly verb: number;
  /** The request; null when an entry goes because its handle was closed. */
  readonly irp: Irp | null;
}

export interface PcMethodRequest {
  readonly majorTarget: IUnknown;
  readonly minorTarget: IUnknown | null;
  readonly node: number;
  readonly methodItem: PcMethodItem;
  readonly verb: number;
}
