/**
 * What a target knows, by set and id: the lookup that properties and events share, and its two
 * failures. A set that nobody has is STATUS_PROPSET_NOT_FOUND, for events too; an id that a known
 * set lacks is STATUS_NOT_FOUND. Source: KsPropertyHandler, KsEnableEvent.
 */
import { GUID_BYTES, type Guid, writeGuid } from '../base/guid.ts';
import { GUID_NULL } from '../standards/ks/guids.ts';
import {
  type NtStatus,
  STATUS_NOT_FOUND,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { KsRequest } from './request.ts';

export interface SetOf<I> {
  readonly set: Guid;
  readonly items: readonly I[];
}

/** Items by set and id; the same set may come in several parts, and the last of an id counts. */
export class SetTable<I extends { readonly id: number }> {
  readonly #sets = new Map<Guid, Map<number, I>>();

  constructor(sets: readonly SetOf<I>[]) {
    for (const { set, items } of sets) {
      const known = this.#sets.get(set) ?? new Map<number, I>();
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

  find(set: Guid, id: number): I | null {
    return this.#sets.get(set)?.get(id) ?? null;
  }
}

/** What answers support queries needs of a table. */
export type SetNames = Pick<SetTable<{ readonly id: number }>, 'hasSet' | 'sets'>;

/** The item of the first table that has it, or null. */
export function findItem<I extends { readonly id: number }>(
  tables: readonly SetTable<I>[],
  set: Guid,
  id: number,
): I | null {
  for (const table of tables) {
    const item = table.find(set, id);
    if (item !== null) return item;
  }
  return null;
}

/** Why no table has the item. */
export function missingItem(tables: readonly SetNames[], set: Guid): NtStatus {
  const isSetKnown = tables.some((table) => table.hasSet(set));
  return isSetKnown ? STATUS_NOT_FOUND : STATUS_PROPSET_NOT_FOUND;
}

/** SETSUPPORT names a set, or asks with the null GUID for the list of all sets. */
export function answerSetSupport(request: KsRequest, tables: readonly SetNames[]): NtStatus {
  if (request.set !== GUID_NULL) {
    const isKnown = tables.some((table) => table.hasSet(request.set));
    return isKnown ? STATUS_SUCCESS : STATUS_PROPSET_NOT_FOUND;
  }
  const sets = new Set<Guid>();
  for (const table of tables) for (const set of table.sets) sets.add(set);
  const status = request.answer(sets.size * GUID_BYTES);
  if (status !== STATUS_SUCCESS) return status;
  let at = request.valueAt;
  for (const set of sets) {
    writeGuid(request.view, at, set);
    at += GUID_BYTES;
  }
  return STATUS_SUCCESS;
}
