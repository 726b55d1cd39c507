/**
 * The stream packets of one pin, sent in turn: which of them are under way, which came back, and
 * which of those were looked at. Each that comes back sets the event of whoever serves the pin.
 * In steady state nothing is allocated. Source: IOCTL_KS_WRITE_STREAM, IOCTL_KS_READ_STREAM.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { StreamPacket } from '../client/stream-packet.ts';
import type { StreamPin } from '../client/stream-pin.ts';
import type { Kevent } from '../kernel/dispatch/event.ts';
import { type NtStatus, ntSuccess, STATUS_SUCCESS } from '../standards/nt/ntstatus.ts';

export class PacketsUnderWay {
  /** Set whenever a packet comes back. */
  event: Kevent | null = null;
  readonly #pin: StreamPin;
  readonly #packets: readonly StreamPacket[];
  readonly #packetBytes: number;
  #sentCount = 0;
  #returnedCount = 0;
  #collectedCount = 0;
  /** What a packet came back with that was not played or filled. */
  #failure: NtStatus = STATUS_SUCCESS;

  /** `count` packets, one behind the other from `ringAt` on, or each in memory of its own. */
  constructor(pin: StreamPin, count: number, packetBytes: number, ringAt: VirtualAddress | null) {
    this.#pin = pin;
    this.#packetBytes = packetBytes;
    const returned = (packet: StreamPacket): void => this.#returned(packet);
    this.#packets = Array.from({ length: count }, (_, slot) =>
      ringAt === null
        ? pin.packet(packetBytes, returned)
        : pin.packetAt(virtual(ringAt + slot * packetBytes), packetBytes, returned),
    );
  }

  /** Packets that were sent since the stream began. */
  get sentCount(): number {
    return this.#sentCount;
  }

  get returnedCount(): number {
    return this.#returnedCount;
  }

  get isAllBack(): boolean {
    return this.#returnedCount === this.#sentCount;
  }

  /** Bytes in packets that came back and were not collected, and room in those under way. */
  get uncollectedBytes(): number {
    let bytes = (this.#sentCount - this.#returnedCount) * this.#packetBytes;
    for (let count = this.#collectedCount; count < this.#returnedCount; count++) {
      bytes += this.#packet(count).usedBytes;
    }
    return bytes;
  }

  /** Writes full packets until `count` are sent. */
  writeUntil(count: number, options: number): void {
    while (this.#sentCount < count) {
      this.#packet(this.#sentCount++).write(this.#packetBytes, options);
    }
  }

  /** Sends every packet to be filled that was collected, or never sent. */
  readAll(): void {
    while (this.#sentCount - this.#collectedCount < this.#packets.length) {
      this.#packet(this.#sentCount++).read();
    }
  }

  /** The oldest packet that came back filled and was not collected; null when there is none. */
  collect(): StreamPacket | null {
    if (this.#collectedCount === this.#returnedCount) return null;
    return this.#packet(this.#collectedCount++);
  }

  /** @throws KsError when a packet came back unplayed or unfilled */
  check(): void {
    this.#pin.check('stream packet', this.#failure);
  }

  /** The stream has stopped: what a driver that could not stop still has is cancelled. */
  restart(): void {
    for (const packet of this.#packets) if (packet.isSent) packet.cancel();
    this.#sentCount = 0;
    this.#returnedCount = 0;
    this.#collectedCount = 0;
    this.#failure = STATUS_SUCCESS;
  }

  /** @throws Error while one is under way */
  free(): void {
    for (const packet of this.#packets) packet.free();
  }

  #returned(packet: StreamPacket): void {
    this.#returnedCount++;
    if (!ntSuccess(packet.request.status)) this.#failure = packet.request.status;
    this.event?.set();
  }

  #packet(count: number): StreamPacket {
    return this.#packets[count % this.#packets.length] as StreamPacket;
  }
}
