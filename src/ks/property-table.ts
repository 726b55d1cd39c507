/**
 * Property tables: what a filter or a pin answers, by set and id. An item tells which verbs it
 * serves and the least sizes of a request; the dispatcher checks both before a handler runs, as
 * KsPropertyHandler does with KSPROPERTY_ITEM.
 */
import type { PointerBytes } from '../base/struct.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import type { KsRequest } from './request.ts';
import { type SetOf, SetTable } from './set-table.ts';

export type PropertyHandler = (request: KsRequest) => NtStatus;

/** Anything whose size depends on how wide the caller's pointers are; struct layouts are such. */
export interface SizedByPointer {
  layout(pointerBytes: PointerBytes): { readonly size: number };
}
export type ByteCount = number | SizedByPointer;

export const byteCount = (count: ByteCount, pointerBytes: PointerBytes): number =>
  typeof count === 'number' ? count : count.layout(pointerBytes).size;

export interface PropertyItem {
  readonly id: number;
  readonly get?: PropertyHandler;
  readonly set?: PropertyHandler;
  /** Answers BASICSUPPORT itself; without it the dispatcher answers with the access flags. */
  readonly basicSupport?: PropertyHandler;
  /** Verbs without a handler that are named somewhere: STATUS_NOT_SUPPORTED in place of refusal. */
  readonly unsupported?: number;
  /** Serves further verbs, such as default values and raw serialisation, as bits of `verbs`. */
  readonly further?: { readonly verbs: number; readonly handler: PropertyHandler };
  /** Least bytes of the request, identifier included. */
  readonly request: ByteCount;
  /** Least bytes of the value; 0 leaves the size to the handler. */
  readonly value: ByteCount;
}

export type PropertySet = SetOf<PropertyItem>;

export class PropertyTable extends SetTable<PropertyItem> {}
