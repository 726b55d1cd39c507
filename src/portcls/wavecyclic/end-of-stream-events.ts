/**
 * KSEVENT_CONNECTION_ENDOFSTREAM of one WaveCyclic pin: signalled when the last byte of a packet
 * that carries the end-of-stream mark has been at the converter. Source:
 * KSEVENT_CONNECTION_ENDOFSTREAM, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM.
 */
import type { EventList } from '../../ks/event-list.ts';
import { type EventEntry, EventTable } from '../../ks/event-table.ts';
import { KSEVENTSETID_Connection } from '../../standards/ks/guids.ts';
import {
  KSEVENT_CONNECTION,
  KSEVENT_TYPE_ENABLE,
  KSEVENT_TYPE_ONESHOT,
} from '../../standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';

export class EndOfStreamEvents {
  readonly table: EventTable;
  readonly #list: EventList;
  readonly #entries: EventEntry[] = [];

  constructor(list: EventList) {
    this.#list = list;
    const item = {
      id: KSEVENT_CONNECTION.ENDOFSTREAM,
      flags: KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT,
      namesPin: false,
      support: () => STATUS_SUCCESS,
      add: (entry: EventEntry) => {
        this.#list.add(entry);
        this.#entries.push(entry);
        return STATUS_SUCCESS;
      },
      removed: (entry: EventEntry) => {
        const index = this.#entries.indexOf(entry);
        if (index >= 0) this.#entries.splice(index, 1);
      },
    };
    this.table = new EventTable([{ set: KSEVENTSETID_Connection, items: [item] }]);
  }

  /** IRQL <= DISPATCH_LEVEL. */
  signal(): void {
    for (const entry of [...this.#entries]) {
      entry.parts.event.set();
      if (entry.parts.isOneShot) this.#list.remove(entry);
    }
  }
}
