/**
 * The events of one WavePci pin: the end of the stream, and up to Server 2003 positions in a loop,
 * which are checked each time the stream is served, so they are as precise as that is frequent.
 * Source: KSEVENT_CONNECTION_ENDOFSTREAM, KSEVENT_LOOPEDSTREAMING_POSITION.
 */
import { readU64 } from '../../base/struct.ts';
import { type EventEntry, type EventItem, EventTable } from '../../ks/event-table.ts';
import { KSEVENTSETID_Connection, KSEVENTSETID_LoopedStreaming } from '../../standards/ks/guids.ts';
import {
  KSEVENT_CONNECTION,
  KSEVENT_LOOPEDSTREAMING_POSITION,
  KSEVENT_TYPE_ENABLE,
  KSEVENT_TYPE_ONESHOT,
  LOOPEDSTREAMING_POSITION_EVENT_DATA,
} from '../../standards/ks/requests.ts';
import {
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { WavePciPin } from './wavepci-pin.ts';

const FLAGS = KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_ONESHOT;

interface PositionEvent {
  readonly entry: EventEntry;
  readonly byte: number;
  /** Up to here the stream's bytes have been looked through for it. */
  checkedBytes: number;
}

export class PinEvents {
  readonly table: EventTable;
  readonly #pin: WavePciPin;
  readonly #ends: EventEntry[] = [];
  readonly #positions: PositionEvent[] = [];

  constructor(pin: WavePciPin, hasPositions: boolean) {
    this.#pin = pin;
    const ends = { set: KSEVENTSETID_Connection, items: [this.#endItem()] };
    const positions = { set: KSEVENTSETID_LoopedStreaming, items: [this.#positionItem()] };
    this.table = new EventTable(hasPositions ? [ends, positions] : [ends]);
  }

  #endItem(): EventItem {
    return {
      id: KSEVENT_CONNECTION.ENDOFSTREAM,
      flags: FLAGS,
      namesPin: false,
      support: () => STATUS_SUCCESS,
      add: (entry) => {
        this.#pin.events.add(entry);
        this.#ends.push(entry);
        return STATUS_SUCCESS;
      },
      removed: (entry) => {
        const index = this.#ends.indexOf(entry);
        if (index >= 0) this.#ends.splice(index, 1);
      },
    };
  }

  /** Only a loop has positions, and only those in its buffer. */
  #positionItem(): EventItem {
    return {
      id: KSEVENT_LOOPEDSTREAMING_POSITION,
      flags: FLAGS,
      namesPin: false,
      support: () => (this.#pin.parts.isLooped ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER),
      add: (entry, request) => {
        const layout = LOOPEDSTREAMING_POSITION_EVENT_DATA.layout(request.pointerBytes);
        if (request.valueBytes < layout.size) return STATUS_INVALID_BUFFER_SIZE;
        const byte = readU64(request.view, request.valueAt + layout.offsets.Position);
        const { loopBytes } = this.#pin.mappings;
        const isInside = loopBytes === 0 || byte < loopBytes;
        if (!this.#pin.parts.isLooped || !isInside) return STATUS_INVALID_PARAMETER;
        // What was passed before is not asked for.
        const checkedBytes = this.#pin.position.streamBytes() ?? 0;
        this.#pin.events.add(entry);
        this.#positions.push({ entry, byte, checkedBytes });
        return STATUS_SUCCESS;
      },
      removed: (entry) => {
        const index = this.#positions.findIndex((event) => event.entry === entry);
        if (index >= 0) this.#positions.splice(index, 1);
      },
    };
  }

  /** The last packet of the stream is over. IRQL <= DISPATCH_LEVEL. */
  endOfStream(): void {
    for (const entry of [...this.#ends]) this.#signal(entry);
  }

  /** Signals the positions that were passed since the last check. IRQL <= DISPATCH_LEVEL. */
  check(): void {
    if (this.#positions.length === 0) return;
    const { mappings, position } = this.#pin;
    const { loopBytes } = mappings;
    const streamBytes = position.streamBytes();
    if (streamBytes === null || loopBytes === 0) return;
    const to = position.loopBytesPassed(streamBytes);
    for (const event of [...this.#positions]) {
      const { byte, entry } = event;
      const from = position.loopBytesPassed(event.checkedBytes);
      event.checkedBytes = streamBytes;
      // The last time up to here that the byte was passed: by the lap that began before it.
      const passedAt = byte + Math.floor((to - byte) / loopBytes) * loopBytes;
      if (passedAt > from && passedAt <= to) this.#signal(entry);
    }
  }

  /** The stream stopped: its bytes count from 0 again. */
  reset(): void {
    for (const event of this.#positions) event.checkedBytes = 0;
  }

  #signal(entry: EventEntry): void {
    entry.parts.event.set();
    if (entry.parts.isOneShot) this.#pin.events.remove(entry);
  }
}
