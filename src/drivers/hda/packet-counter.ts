/**
 * Counts the packets of a buffer that notifies. Each interrupt at a packet's end tells that at
 * least one is through memory; where the engine is tells how many, and the time since it was last
 * seen how many laps of the buffer, so that one late interrupt counts all that it stands for. For
 * capture it keeps when the first sample of each packet was taken: what the packet, the FIFO and
 * the codec's pipeline hold lies between that and its last byte's arrival.
 */
import { PERFORMANCE_FREQUENCY_HZ } from '../../kernel/ddi/index.ts';

export interface PacketLayout {
  readonly bufferBytes: number;
  /** NotificationCount; 0 for a buffer that does not notify. */
  readonly packets: number;
  readonly frameBytes: number;
  readonly rateHz: number;
  readonly fifoBytes: number;
  /** What the codec holds. */
  readonly codecBytes: number;
  readonly isCapture: boolean;
}

const NOTHING: PacketLayout = {
  bufferBytes: 0,
  packets: 0,
  frameBytes: 1,
  rateHz: 1,
  fifoBytes: 0,
  codecBytes: 0,
  isCapture: false,
};

const NO_PACKET = -1;
/** No engine has been seen: nothing can be told from the time. */
const NEVER = Number.POSITIVE_INFINITY;
/** A device may be so much of a lap behind its time without being taken for a lap ahead. */
const SLACK_LAPS = 0.25;

export class PacketCounter {
  #layout = NOTHING;
  #packetBytes = 0;
  #count = 0;
  /** When the engine was last seen in RUN, and how far it was in a packet. */
  #seenAt = NEVER;
  #seenBytes = 0;
  readonly #takenAt = new Float64Array(2);
  /** Packets, even and odd, that had begun when the engine was paused, and when they had. */
  readonly #begun = new Float64Array(2).fill(NO_PACKET);
  readonly #begunAt = new Float64Array(2);

  /** The stream stands at 0. */
  reset(layout: PacketLayout): void {
    this.#layout = layout;
    this.#packetBytes = layout.packets === 0 ? 0 : layout.bufferBytes / layout.packets;
    this.#count = 0;
    this.#seenAt = NEVER;
    this.#begun.fill(NO_PACKET);
  }

  /** Packets of the buffer; 0 when it does not notify. */
  get packets(): number {
    return this.#layout.packets;
  }

  get packetBytes(): number {
    return this.#packetBytes;
  }

  /** Packets that are through memory since the stream stood at 0. Any IRQL. */
  get count(): number {
    return this.#count;
  }

  /** When the first sample of one of the newest packets was taken, in performance counter ticks. */
  takenAt(packet: number): number {
    return this.#takenAt[packet % this.#layout.packets] ?? 0;
  }

  /**
   * The engine is about to run, and SDnLPIB reads this. A codec that records may take its time to
   * begin, so that time counts from its first packet on. Any IRQL.
   */
  running(linkPosition: number, now: number): void {
    const { isCapture, packets } = this.#layout;
    if (packets === 0) return;
    this.#seenAt = isCapture ? NEVER : now;
    this.#seenBytes = linkPosition % this.#packetBytes;
  }

  /**
   * A packet's end has interrupted, and SDnLPIB reads this. At the interrupt's level; allocates
   * nothing. @param now the performance counter
   */
  completed(linkPosition: number, now: number): void {
    const { bufferBytes, packets, isCapture, fifoBytes } = this.#layout;
    if (packets === 0) return;
    // What the engine has fetched is one FIFO ahead of what it has sent; what it has stored is
    // what it counts.
    const inMemory = (linkPosition + (isCapture ? 0 : fifoBytes)) % bufferBytes;
    const packet = Math.floor(inMemory / this.#packetBytes);
    const ahead = (packet - (this.#count % packets) + packets) % packets;
    const least = ahead === 0 ? packets : ahead;
    const beyondBytes = inMemory % this.#packetBytes;
    const passed = least + packets * this.#laps(least, beyondBytes, now);
    if (isCapture) this.#stamp(passed, beyondBytes, now);
    this.#count += passed;
    this.#seenAt = now;
    this.#seenBytes = beyondBytes;
  }

  /**
   * The engine was paused, and SDnLPIB reads this. What is in memory and FIFO by now was taken
   * before the pause, however late the rest of its packet comes. PASSIVE_LEVEL.
   */
  paused(linkPosition: number, now: number): void {
    const { bufferBytes, codecBytes, fifoBytes, isCapture, packets } = this.#layout;
    if (packets === 0 || !isCapture) return;
    const inMemory = linkPosition % bufferBytes;
    const place = Math.floor(inMemory / this.#packetBytes);
    const packet = this.#count + ((place - (this.#count % packets) + packets) % packets);
    const begunBytes = inMemory % this.#packetBytes;
    const heldBytes = fifoBytes + codecBytes;
    this.#begin(packet, now - this.#ticks(begunBytes + heldBytes));
    const toCome = this.#packetBytes - begunBytes;
    if (toCome < fifoBytes) this.#begin(packet + 1, now - this.#ticks(heldBytes - toCome));
  }

  /** Frames sent on the link since the stream stood at 0, for a reading of SDnLPIB. Any IRQL. */
  linkFrames(linkPosition: number): number {
    const { bufferBytes, fifoBytes, frameBytes } = this.#layout;
    const least = Math.max(0, this.#count * this.#packetBytes - fifoBytes);
    const laps = Math.ceil(Math.max(0, least - linkPosition) / bufferBytes);
    return (linkPosition + laps * bufferBytes) / frameBytes;
  }

  /** Whole laps that the time since the engine was last seen has room for, beside what it shows. */
  #laps(packets: number, beyondBytes: number, now: number): number {
    const shownBytes = packets * this.#packetBytes + beyondBytes - this.#seenBytes;
    const unseen = now - this.#seenAt - this.#ticks(shownBytes);
    return Math.max(0, Math.floor(unseen / this.#ticks(this.#layout.bufferBytes) + SLACK_LAPS));
  }

  /** A packet that had begun at an earlier pause keeps that time. */
  #begin(packet: number, at: number): void {
    const slot = packet % this.#begun.length;
    if (this.#begun[slot] === packet) return;
    this.#begun[slot] = packet;
    this.#begunAt[slot] = at;
  }

  #stamp(passed: number, bytesBeyond: number, now: number): void {
    const { fifoBytes, codecBytes, packets } = this.#layout;
    for (let back = passed; back > 0; back--) {
      const newest = this.#count + passed - back;
      const bytes = bytesBeyond + back * this.#packetBytes + fifoBytes + codecBytes;
      const slot = newest % this.#begun.length;
      const begunAt = this.#begun[slot] === newest ? this.#begunAt[slot] : undefined;
      this.#takenAt[newest % packets] = begunAt ?? now - this.#ticks(bytes);
    }
  }

  #ticks(bytes: number): number {
    const { frameBytes, rateHz } = this.#layout;
    return Math.round(((bytes / frameBytes) * PERFORMANCE_FREQUENCY_HZ) / rateHz);
  }
}
