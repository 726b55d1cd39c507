/**
 * Property tables: what a filter or a pin answers, by set and id. An item tells which verbs it
 * serves and the least sizes of a request; the dispatcher checks both before a handler runs, as
 * KsPropertyHandler does with KSPROPERTY_ITEM.
 */
import type { Guid } from '../base/guid.ts';
import type { PointerBytes } from '../base/struct.ts';
import type { NtStatus } from '../standards/nt/ntstatus.ts';
import type { KsRequest } from './request.ts';

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
  /** Least bytes of the request, identifier included. */
  readonly request: ByteCount;
  /** Least bytes of the value; 0 leaves the size to the handler. */
  readonly value: ByteCount;
}

export interface PropertySet {
  readonly set: Guid;
  readonly items: readonly PropertyItem[];
}

export class PropertyTable {
  readonly #sets = new Map<Guid, Map<number, PropertyItem>>();

  constructor(sets: readonly PropertySet[]) {
    for (const { set, items } of sets) {
      const known = this.#sets.get(set) ?? new Map<number, PropertyItem>();
      for (const item of items) known.set(item.id, item);
      this.#sets.set(set, known);
    }
  }

  get sets(): Iterable<Guid> {
    return this.#sets.keys();
  }

  hasSet(set: Guid): boolean {
    return this.#sets.has(set);
  }

  find(set: Guid, id: number): PropertyItem | null {
    return this.#sets.get(set)?.get(id) ?? null;
  }
}
