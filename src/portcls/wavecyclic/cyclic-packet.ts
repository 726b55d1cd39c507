/** A stream request of a WaveCyclic pin, and how far its bytes have been copied. */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { type StreamHeader, StreamPacket } from '../../ks/stream-packet.ts';

export class CyclicPacket extends StreamPacket {
  /** Bytes copied so far; in a loop, of this time round. */
  movedBytes = 0;
  /** Bytes that a loop has copied in earlier rounds. */
  roundBytes = 0;
  isLoop = false;

  /** A request was captured. */
  begin(isLoop: boolean): void {
    this.movedBytes = 0;
    this.roundBytes = 0;
    this.isLoop = isLoop;
  }

  get isDone(): boolean {
    return !this.isLoop && this.movedBytes >= this.byteCount;
  }

  /** Bytes that lie together in the client's memory, from the next one on. */
  get bytesTogether(): number {
    const { firstByte, byteCount } = this.#header;
    return firstByte + byteCount - this.movedBytes;
  }

  /** Where the next byte lies. */
  get address(): VirtualAddress {
    const { buffer, firstByte } = this.#header;
    return virtual(buffer.address + this.movedBytes - firstByte);
  }

  /** So many bytes were copied; at its end a loop begins again. */
  advance(bytes: number): void {
    this.movedBytes += bytes;
    if (!this.isLoop || this.movedBytes < this.byteCount) return;
    this.roundBytes += this.byteCount;
    this.movedBytes = 0;
  }

  get #header(): StreamHeader {
    return this.headerOf(this.movedBytes);
  }
}
