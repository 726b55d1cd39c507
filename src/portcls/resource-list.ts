/**
 * IResourceList: the hardware resources of a device, or the share of them that an adapter cut out
 * for one subdevice. Two parallel arrays hold each resource as the processor sees it (translated)
 * and as the bus does (untranslated); an entry has the same type and the same index in both.
 * Source: IResourceList, PcNewResourceList, PcNewResourceSublist, "Resource List Objects".
 */
import type { Out } from '../base/out.ts';
import type { ResourceDescriptor } from '../kernel/pnp/resources.ts';
import {
  type NtStatus,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { IID_IResourceList, type IResourceList, type IResourceListBase } from './ddi/port.ts';
import { ComObject, type IUnknown, type ObjectHome } from './ddi/unknown.ts';

/** All methods at PASSIVE_LEVEL. Descriptors stay valid as long as the list. */
export class ResourceList extends ComObject implements IResourceList {
  readonly #translated: ResourceDescriptor[] = [];
  readonly #untranslated: ResourceDescriptor[] = [];
  readonly #maximumEntries: number;

  constructor(home: ObjectHome, maximumEntries: number) {
    super(home, 'portcls', 'resource list', [IID_IResourceList]);
    this.#maximumEntries = maximumEntries;
  }

  numberOfEntries(): number {
    return this.#translated.length;
  }

  /** Valid indices for the type are 0 to one less. */
  numberOfEntriesOfType(type: number): number {
    let count = 0;
    for (const descriptor of this.#translated) if (descriptor.type === type) count++;
    return count;
  }

  /** The `index`-th entry among those of the type, or null. */
  findTranslatedEntry(type: number, index: number): ResourceDescriptor | null {
    return find(this.#translated, type, index);
  }

  /** The untranslated form of what FindTranslatedEntry gives for the same type and index. */
  findUntranslatedEntry(type: number, index: number): ResourceDescriptor | null {
    return find(this.#untranslated, type, index);
  }

  /**
   * Adds one resource in both its forms. STATUS_INSUFFICIENT_RESOURCES when the list is full,
   * which one made from the system's lists always is; STATUS_INVALID_PARAMETER when a form is
   * missing, or the two differ in type and so would part the indices of the lists.
   */
  addEntry(
    translated: ResourceDescriptor | null,
    untranslated: ResourceDescriptor | null,
  ): NtStatus {
    if (translated === null || untranslated === null) return STATUS_INVALID_PARAMETER;
    if (translated.type !== untranslated.type) return STATUS_INVALID_PARAMETER;
    if (this.#translated.length >= this.#maximumEntries) return STATUS_INSUFFICIENT_RESOURCES;
    this.#translated.push(translated);
    this.#untranslated.push(untranslated);
    return STATUS_SUCCESS;
  }

  /**
   * Copies both forms of a parent's entry. STATUS_INVALID_PARAMETER when the parent has no such
   * entry, STATUS_INSUFFICIENT_RESOURCES when the list is full.
   */
  addEntryFromParent(parent: IResourceListBase, type: number, index: number): NtStatus {
    return this.addEntry(
      parent.findTranslatedEntry(type, index),
      parent.findUntranslatedEntry(type, index),
    );
  }

  translatedList(): readonly ResourceDescriptor[] {
    return this.#translated;
  }

  untranslatedList(): readonly ResourceDescriptor[] {
    return this.#untranslated;
  }
}

function find(
  list: readonly ResourceDescriptor[],
  type: number,
  index: number,
): ResourceDescriptor | null {
  let left = index;
  for (const descriptor of list) {
    if (descriptor.type !== type) continue;
    if (left === 0) return descriptor;
    left--;
  }
  return null;
}

/**
 * A full list of the resources in two CM_RESOURCE_LISTs, or null when these are not parallel. The
 * reference belongs to the caller.
 */
export function newResourceList(
  home: ObjectHome,
  translated: readonly ResourceDescriptor[],
  untranslated: readonly ResourceDescriptor[],
): ResourceList | null {
  const isParallel =
    translated.length === untranslated.length &&
    translated.every((descriptor, index) => descriptor.type === untranslated[index]?.type);
  if (!isParallel) return null;
  const list = new ResourceList(home, translated.length);
  translated.forEach((descriptor, index) => {
    list.addEntry(descriptor, untranslated[index] ?? null);
  });
  return list;
}

/**
 * An empty list with room for `maximumEntries`. It keeps no reference on `parent`: entries are
 * copied, and AddEntryFromParent is told its parent at each call, so the child never needs the
 * parent later, and an adapter may release the two in any order.
 */
export function newResourceSublist(
  home: ObjectHome,
  _parent: IResourceListBase,
  maximumEntries: number,
): ResourceList {
  return new ResourceList(home, maximumEntries);
}

/**
 * PcNewResourceList. STATUS_INVALID_PARAMETER when the lists are not parallel. PortCls' objects
 * cannot be aggregated here: an outer unknown gives STATUS_NOT_SUPPORTED. The pool type is not
 * looked at, because the object does not lie in the machine's memory. PASSIVE_LEVEL.
 */
export function pcNewResourceList(
  home: ObjectHome,
  outResourceList: Out<IResourceList | null>,
  outerUnknown: IUnknown | null,
  _poolType: number,
  translated: readonly ResourceDescriptor[],
  untranslated: readonly ResourceDescriptor[],
): NtStatus {
  outResourceList.value = null;
  if (outerUnknown !== null) return STATUS_NOT_SUPPORTED;
  outResourceList.value = newResourceList(home, translated, untranslated);
  return outResourceList.value === null ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/** PcNewResourceSublist. Statuses, pool type and IRQL as for PcNewResourceList. */
export function pcNewResourceSublist(
  home: ObjectHome,
  outResourceList: Out<IResourceList | null>,
  outerUnknown: IUnknown | null,
  _poolType: number,
  parentList: IResourceListBase,
  maximumEntries: number,
): NtStatus {
  outResourceList.value = null;
  if (outerUnknown !== null) return STATUS_NOT_SUPPORTED;
  outResourceList.value = newResourceSublist(home, parentList, maximumEntries);
  return STATUS_SUCCESS;
}
