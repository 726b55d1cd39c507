/**
 * A packet as the WavePci port hands it out: cut into mappings, each one run of bytes that is
 * contiguous on the bus and lies within one buffer of the packet. A looped packet is cut round and
 * round, and within its allocator frames. Source: IPortWavePciStream::GetMapping, "Wave Latency".
 */
import { physical, virtual } from '../../base/brand.ts';
import { StreamPacket } from '../../ks/stream-packet.ts';

const NOT_CLOSED = -1;

export class MappedPacket extends StreamPacket {
  /** Played or filled again and again, until the pin stops. */
  isLoop = false;
  openMappings = 0;
  /** Bytes of mappings that came back, over all laps. */
  returnedBytes = 0;
  /** The mapping that `cut` made last. */
  cutPhysical = physical(0);
  cutVirtual = virtual(0);
  /** It ends the packet, or a lap of it. */
  isCutLast = false;
  #cutBytes = 0;
  #laps = 0;
  #closedBytes = NOT_CLOSED;
  #frameBytes = 0;

  /** The packet joins the queue. A loop is cut at multiples of `frameBytes`, unless that is 0. */
  begin(isLoop: boolean, frameBytes: number): void {
    this.isLoop = isLoop;
    this.openMappings = 0;
    this.returnedBytes = 0;
    this.#cutBytes = 0;
    this.#laps = 0;
    this.#closedBytes = NOT_CLOSED;
    this.#frameBytes = isLoop ? frameBytes : 0;
  }

  /** Whether a mapping was made of it. */
  get isBegun(): boolean {
    return this.#cutBytes > 0 || this.#laps > 0;
  }

  /** Closed before its end: no mapping is made of it any more, and `movedBytes` stands. */
  get isClosed(): boolean {
    return this.#closedBytes !== NOT_CLOSED;
  }

  /** Nothing is left to hand out. */
  get isCut(): boolean {
    return this.isClosed || (!this.isLoop && this.#cutBytes === this.byteCount);
  }

  /** Nothing is left to hand out or to wait for. */
  get isDone(): boolean {
    return this.isCut && this.openMappings === 0;
  }

  /** Bytes that the device has done with, as far as mappings that came back tell. */
  get movedBytes(): number {
    return this.isClosed ? Math.min(this.returnedBytes, this.#closedBytes) : this.returnedBytes;
  }

  /** Bytes that the packet has in the stream, once the device is through with it. */
  get streamBytes(): number {
    return this.isClosed ? this.#closedBytes : this.byteCount;
  }

  /** Ends the packet with what the device filled so far, which is no more than it was given. */
  close(filledBytes: number): void {
    const givenBytes = this.#laps > 0 ? this.byteCount : this.#cutBytes;
    this.#closedBytes = Math.max(0, Math.min(filledBytes, givenBytes));
  }

  /** Makes the next mapping, of at most `mostPages` pages; its bytes. Allocates nothing. */
  cut(mostPages: number): number {
    const { buffer, firstByte } = this.headerOf(this.#cutBytes);
    const into = this.#cutBytes - firstByte;
    let bytes = buffer.contiguousBytes(into, mostPages);
    if (this.#frameBytes > 0) {
      bytes = Math.min(bytes, this.#frameBytes - (this.#cutBytes % this.#frameBytes));
    }
    this.cutPhysical = buffer.physicalAt(into);
    this.cutVirtual = virtual(buffer.address + into);
    this.#cutBytes += bytes;
    this.isCutLast = this.#cutBytes === this.byteCount;
    if (this.isLoop && this.isCutLast) {
      this.#cutBytes = 0;
      this.#laps++;
    }
    return bytes;
  }

  /** The next lap of a loop that nobody has begun starts at this byte. */
  beginAt(byte: number): void {
    this.#cutBytes = byte;
  }
}
