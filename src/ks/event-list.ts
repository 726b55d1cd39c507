/**
 * The enabled events of one filter factory. Generating an event signals every entry that matches,
 * in the order they were enabled; a one-shot entry leaves the list when it is signalled. Source:
 * KsGenerateEvents, KsDisableEvent, IPortEvents::GenerateEventList.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import type { EventEntry } from './event-table.ts';

export class EventList {
  readonly #entries: EventEntry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** False when the entry is on the list already. */
  add(entry: EventEntry): boolean {
    if (entry.isListed) return false;
    entry.isListed = true;
    this.#entries.push(entry);
    return true;
  }

  /** The entry that a file enabled with the KSEVENTDATA at this address, or null. */
  find(file: object, dataAddress: VirtualAddress): EventEntry | null {
    for (const entry of this.#entries) {
      if (entry.parts.file === file && entry.parts.dataAddress === dataAddress) return entry;
    }
    return null;
  }

  /** Takes an entry off, tells its owner and gives the event object back. */
  remove(entry: EventEntry): void {
    if (!this.#take(entry)) return;
    entry.parts.item.removed(entry);
    entry.release();
  }

  /** Removes all that a file enabled. */
  removeAll(file: object): void {
    for (const entry of [...this.#entries]) if (entry.parts.file === file) this.remove(entry);
  }

  /** Signals what matches; null stands for any set, pin or node. IRQL <= DISPATCH_LEVEL. */
  generate(set: Guid | null, id: number, pinId: number | null, node: number | null): void {
    for (let index = 0; index < this.#entries.length; index++) {
      const entry = this.#entries[index] as EventEntry;
      const { parts } = entry;
      if (entry.id !== id || (set !== null && parts.set !== set)) continue;
      if (pinId !== null && parts.pinId !== pinId) continue;
      if (node !== null && parts.node !== node) continue;
      parts.event.set();
      if (!parts.isOneShot) continue;
      this.#take(entry);
      entry.release();
      index--;
    }
  }

  #take(entry: EventEntry): boolean {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    entry.isListed = false;
    return true;
  }
}
