/**
 * Silence behind the end of a stream. Once the client has said which packet is the last, and how
 * much of it holds sound, the rest of the buffer is zeroed: at once where the engine does not read,
 * and packet by packet behind the engine where it still does. For that, and only then, the sound
 * pages are mapped here. Source: IMiniportWaveRTOutputStream::SetWritePacket.
 */
import { type VirtualAddress, virtual } from '../../base/brand.ts';
import { type KernelDdi, type Mdl, MmWriteCombined } from '../../kernel/ddi/index.ts';
import type { IPortWaveRTStream } from '../../portcls/ddi/index.ts';
import type { PacketCounter } from './packet-counter.ts';

export class EndOfStream {
  readonly #wdk: KernelDdi;
  readonly #portStream: IPortWaveRTStream;
  readonly #packets: PacketCounter;
  #mdl: Mdl | null = null;
  #base: VirtualAddress | null = null;
  #lastPacket = 0;
  /** The next packet that is zeroed once it is through. */
  #next = 0;

  constructor(wdk: KernelDdi, portStream: IPortWaveRTStream, packets: PacketCounter) {
    this.#wdk = wdk;
    this.#portStream = portStream;
    this.#packets = packets;
  }

  /** Whether the last packet was named. */
  get isSet(): boolean {
    return this.#base !== null;
  }

  /**
   * The last packet, which the engine has not reached, and its bytes of sound. False when there is
   * no mapping to be had; then nothing has changed. The engine's position was read just before, so
   * that what it has fetched is what was there. PASSIVE_LEVEL.
   */
  set(mdl: Mdl, lastPacket: number, soundBytes: number): boolean {
    const base = this.#portStream.mapAllocatedPages(mdl, MmWriteCombined);
    if (base === null) return false;
    this.#mdl = mdl;
    this.#base = base;
    this.#lastPacket = lastPacket;
    this.#next = this.#packets.count;
    this.#silence(lastPacket, soundBytes);
    const behind = this.#packets.count + this.#packets.packets;
    for (let packet = lastPacket + 1; packet < behind; packet++) this.#silence(packet, 0);
    return true;
  }

  /** Packets went through memory: their places come round again behind the end. DISPATCH_LEVEL. */
  follow(): void {
    if (this.#base === null) return;
    for (; this.#next < this.#packets.count && this.#next <= this.#lastPacket; this.#next++) {
      this.#silence(this.#next, 0);
    }
  }

  /** The stream stopped, or its buffer goes. PASSIVE_LEVEL. */
  clear(): void {
    if (this.#base === null || this.#mdl === null) return;
    this.#portStream.unmapAllocatedPages(this.#base, this.#mdl);
    this.#base = null;
    this.#mdl = null;
  }

  #silence(packet: number, from: number): void {
    const { packetBytes, packets } = this.#packets;
    if (this.#base === null || from >= packetBytes) return;
    const at = (packet % packets) * packetBytes + from;
    this.#wdk.RtlZeroMemory(virtual(this.#base + at), packetBytes - from);
  }
}
