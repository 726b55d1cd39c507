/**
 * The heart of a WavePci stream: packets come in, mappings go out, oldest first, and a packet is
 * completed when the last of its mappings came back. A miniport that found the queue empty is told
 * once when it is not any more; a cancelled packet's mappings are revoked before its pages go.
 * Source: IPortWavePciStream, IMiniportWavePciStream::RevokeMappings and MappingAvailable.
 */
import { Out } from '../../base/out.ts';
import { Kdpc } from '../../kernel/dispatch/dpc.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import { DISPATCH_LEVEL } from '../../kernel/irql.ts';
import { CaptureTimes, type StreamRate } from '../../ks/capture-times.ts';
import { StreamQueue, type StreamQueueOwner } from '../../ks/stream-queue.ts';
import { traceKind } from '../../sim/trace.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { StreamCounts } from '../stream-counts.ts';
import { MappedPacket } from './mapped-packet.ts';
import { MappingMeter } from './mapping-meter.ts';
import type { MappingQueueParts, MappingUser } from './mapping-queue-parts.ts';
import { MappingRevocation } from './mapping-revocation.ts';
import { OpenMappings } from './open-mappings.ts';

/** The page gives no status for TerminatePacket where no packet is being filled. */
export const STATUS_NO_PACKET = STATUS_UNSUCCESSFUL;
/** The pages give no status for a second buffer on a pin that loops over one. */
export const STATUS_LOOP_IS_TAKEN = STATUS_INVALID_DEVICE_REQUEST;

const GIVEN = traceKind('mapping', 'tag:hex', 'address:hex', 'bytes:dec', 'last:dec');
const RELEASED = traceKind('mapping back', 'tag:hex', 'bytes:dec');
const NO_RATE: StreamRate = { frameBytes: 1, bytesPerSecond: 0 };
const { ENDOFSTREAM, FLUSHONPAUSE, LOOPEDDATA, TYPECHANGED } = KSSTREAM_HEADER_OPTIONSF;

export class MappingQueue implements StreamQueueOwner<MappedPacket> {
  readonly open = new OpenMappings();
  readonly #meter = new MappingMeter();
  readonly #parts: MappingQueueParts;
  readonly #packets: StreamQueue<MappedPacket>;
  readonly #availableDpc: Kdpc;
  readonly #position = new Out(0);
  readonly #revocation: MappingRevocation;
  readonly #times: CaptureTimes;
  #user: MappingUser | null = null;
  /** The packet that the next mapping comes from; null when all are handed out. */
  #cutting: MappedPacket | null = null;
  /** GetMapping was refused, and MappingAvailable has not been called since. */
  #isRefused = false;
  /** The miniport is inside GetMapping, ReleaseMapping or TerminatePacket. */
  #isCalled = false;
  #frameBytes = 0;
  #acquiredBytes = 0;
  /** Bytes that packets which left the queue have in the stream. */
  #passedBytes = 0;

  constructor(parts: MappingQueueParts) {
    const { isRender, kernel } = parts;
    this.#parts = parts;
    this.#times = new CaptureTimes(kernel.clock);
    this.#revocation = new MappingRevocation(kernel.trace, this.open, this.#meter, parts.report);
    this.#packets = new StreamQueue(kernel, isRender, () => new MappedPacket(kernel), this);
    const available = (): void => this.#tellAvailable();
    this.#availableDpc = new Kdpc(kernel.trace, 'mapping available', available, null);
  }

  /** NewStream returned the stream; its allocator frames are `frameBytes` long, or any at 0. */
  connect(user: MappingUser, frameBytes: number): void {
    this.#user = user;
    this.#frameBytes = frameBytes;
  }

  /** Bytes of all mappings handed out since STOP. */
  get acquiredBytes(): number {
    return this.#acquiredBytes;
  }

  /** Bytes of the stream in mappings that came back, as far as they were filled. */
  get returnedBytes(): number {
    return this.#passedBytes + (this.#packets.first?.movedBytes ?? 0);
  }

  /** Bytes of the looped buffer; 0 without one. */
  get loopBytes(): number {
    const { first } = this.#packets;
    return first?.isLoop === true ? first.byteCount : 0;
  }

  get counts(): StreamCounts {
    const { cancelled, completed, ranDry } = this.#packets;
    return { completed, cancelled, starvations: ranDry, mappings: this.#meter };
  }

  get packetCount(): number {
    return this.#packets.length;
  }

  /** IOCTL_KS_WRITE_STREAM or IOCTL_KS_READ_STREAM. */
  submit(irp: Irp): NtStatus {
    return this.#packets.submit(irp);
  }

  admit(packet: MappedPacket): NtStatus {
    const { isLooped, report } = this.#parts;
    const admitted = this.#parts.admit();
    if (!ntSuccess(admitted)) return admitted;
    if (packet.has(TYPECHANGED)) return this.#admitFormat(packet);
    if (isLooped) {
      if (packet.byteCount === 0) return STATUS_INVALID_PARAMETER;
      if (this.#packets.length > 0) return STATUS_LOOP_IS_TAKEN;
    } else if (packet.has(LOOPEDDATA)) {
      report('a client marked a packet LOOPEDDATA on a pin that does not loop');
    }
    packet.begin(isLooped, this.#frameBytes);
    return STATUS_SUCCESS;
  }

  /** A new format holds for what comes behind it, so nothing of the old one may be left. */
  #admitFormat(packet: MappedPacket): NtStatus {
    if (this.#packets.length > 0) return STATUS_INVALID_DEVICE_REQUEST;
    const { buffer } = packet.header(0);
    const status = this.#parts.changeFormat(buffer.address, buffer.byteCount);
    packet.begin(false, 0);
    packet.close(0);
    return status;
  }

  queued(packet: MappedPacket): void {
    this.#cutting ??= packet.isCut ? null : packet;
    this.#completeDone();
    this.#offerMapping();
  }

  /** The next mapping is `packet`'s `cut...` members; null when none is ready. */
  get(tag: unknown): MappedPacket | null {
    let packet = this.#cutting;
    while (packet?.isCut === true) packet = this.#packets.after(packet);
    this.#cutting = packet;
    if (packet === null) {
      this.#isRefused = true;
      return null;
    }
    this.#isRefused = false;
    if (!this.#parts.isRender && this.#times.goOn()) packet.markDiscontinuity(0);
    const bytes = packet.cut(this.#parts.mostPages);
    if (this.open.add(tag, packet, bytes)) {
      this.#parts.report('GetMapping: a mapping with the same tag is open');
    }
    this.#acquiredBytes += bytes;
    const number = this.open.newest?.number ?? 0;
    this.#parts.kernel.trace.write(GIVEN, number, packet.cutPhysical, bytes, +packet.isCutLast);
    this.#meter.handOut(bytes, this.open.count);
    return packet;
  }

  /** The bytes of the mapping that `get` made last. */
  get newestBytes(): number {
    return this.open.newest?.bytes ?? 0;
  }

  /** Gives back the oldest mapping, which has to be this one. */
  release(tag: unknown): NtStatus {
    let oldest = this.open.oldest;
    // What is being revoked is the miniport's no more, and in nobody's way.
    while (oldest !== null && oldest.tag !== tag && oldest.isRevoking) oldest = oldest.next;
    if (oldest === null || oldest.tag !== tag) return this.#revocation.lateRelease(tag);
    const { bytes, number, packet } = oldest;
    this.#parts.kernel.trace.write(RELEASED, number, bytes);
    this.open.remove(oldest);
    this.#meter.released++;
    if (packet === null) return STATUS_SUCCESS;
    packet.returnedBytes += bytes;
    if (this.open.count === 0) this.#times.ranDry();
    this.#isCalled = true;
    this.#completeDone();
    this.#isCalled = false;
    return STATUS_SUCCESS;
  }

  /** TerminatePacket: the packet that the device is filling ends with what is in it. */
  terminate(): NtStatus {
    const position = this.#readPosition();
    if (this.#parts.isRender || position === null) return STATUS_NO_PACKET;
    let start = this.#passedBytes;
    for (let packet = this.#packets.first; packet?.isBegun === true; ) {
      const filled = position - start;
      if (!packet.isClosed && !packet.isLoop && filled < packet.byteCount) {
        packet.close(filled);
        this.#isCalled = true;
        this.#completeDone();
        this.#isCalled = false;
        return STATUS_SUCCESS;
      }
      start += packet.streamBytes;
      packet = this.#packets.after(packet);
    }
    return STATUS_NO_PACKET;
  }

  /** The stream is about to stop: what is in capture packets by now is what they get. */
  closeCaptured(): void {
    const position = this.#parts.isRender ? null : this.#readPosition();
    if (position === null) return;
    let left = position - this.#passedBytes;
    for (let packet = this.#packets.first; packet !== null && left > 0; ) {
      if (!packet.isClosed && packet.isBegun) packet.close(left);
      left -= packet.streamBytes;
      packet = this.#packets.after(packet);
    }
  }

  /** The stream stopped: mappings are revoked, and every packet is completed. */
  stop(): void {
    const { irql } = this.#parts.kernel;
    const old = irql.raise(DISPATCH_LEVEL);
    this.#cutting = null;
    this.#revocation.revoke(this.#user, null);
    for (let left = this.#packets.length; left > 0; left--) {
      const packet = this.#packets.first;
      if (packet === null) break;
      // A loop ends here as it should, and so does a packet with something in it.
      const isWhole = packet.isLoop || (packet.isClosed && packet.streamBytes > 0);
      const bytes = packet.isLoop && this.#parts.isRender ? packet.byteCount : packet.streamBytes;
      if (isWhole) this.#packets.complete(packet, STATUS_SUCCESS, bytes);
      else this.#packets.complete(packet, STATUS_CANCELLED, 0);
    }
    irql.lower(old);
    this.#acquiredBytes = 0;
    this.#passedBytes = 0;
    this.#times.begin(NO_RATE);
  }

  /** The stream runs. */
  run(rate: StreamRate): void {
    this.#times.run(rate, this.open.count > 0);
  }

  pause(): void {
    this.#times.pause();
  }

  /** The stream pauses: packets that are not to outlive that are dropped. */
  flushOnPause(): void {
    this.#packets.cancelAll((packet) => packet.has(FLUSHONPAUSE));
  }

  cancelAll(): void {
    this.#packets.cancelAll();
  }

  /** A loop that stands at its beginning starts at `byte` instead; false when it does not stand. */
  moveLoopTo(byte: number): boolean {
    const { first } = this.#packets;
    if (first === null || !first.isLoop || this.#acquiredBytes > 0) return false;
    first.beginAt(byte);
    return true;
  }

  /** The pin closes. */
  close(): void {
    this.cancelAll();
    this.#parts.kernel.dpcs.remove(this.#availableDpc);
  }

  revoke(packet: MappedPacket): void {
    if (this.#cutting === packet) this.#cutting = this.#packets.after(packet);
    const filled = this.#parts.isRender ? null : this.#filledBytes(packet);
    this.#revocation.revoke(this.#user, packet);
    if (this.open.count === 0) this.#times.ranDry();
    packet.close(filled ?? packet.returnedBytes);
  }

  /** Bytes that the device has put into a capture packet by now; null when nobody can tell. */
  #filledBytes(packet: MappedPacket): number | null {
    const position = this.#readPosition();
    if (position === null) return null;
    let start = this.#passedBytes;
    for (let before = this.#packets.first; before !== null && before !== packet; ) {
      start += before.streamBytes;
      before = this.#packets.after(before);
    }
    return position - start;
  }

  advanced(): void {
    this.#completeDone();
  }

  leaving(packet: MappedPacket, status: NtStatus): void {
    if (this.#cutting === packet) this.#cutting = this.#packets.after(packet);
    const isRead = ntSuccess(status) && !packet.isWrite && !packet.isLoop;
    if (isRead && packet.movedBytes > 0) this.#stamp(packet);
    this.#passedBytes += packet.isLoop ? 0 : packet.streamBytes;
    if (packet.has(ENDOFSTREAM) && ntSuccess(status)) this.#parts.endOfStream();
  }

  /** The miniport knows how long the bytes before the packet sound. */
  #stamp(packet: MappedPacket): void {
    const ticks = this.#position;
    ticks.value = this.#passedBytes;
    const status = this.#user?.normalizePhysicalPosition(ticks) ?? STATUS_UNSUCCESSFUL;
    if (ntSuccess(status)) this.#times.stamp(packet, ticks.value);
  }

  /** Packets are completed in their order, each when nothing of it is out. */
  #completeDone(): void {
    for (let packet = this.#packets.first; packet?.isDone === true; ) {
      const bytes = packet.isWrite ? packet.byteCount : packet.streamBytes;
      this.#packets.complete(packet, STATUS_SUCCESS, bytes);
      packet = this.#packets.first;
    }
  }

  #offerMapping(): void {
    if (!this.#isRefused || this.#cutting === null) return;
    // A client that answers a completion with a new packet comes here from within the miniport.
    if (this.#isCalled) this.#parts.kernel.dpcs.insert(this.#availableDpc);
    else this.#tellAvailable();
  }

  #tellAvailable(): void {
    if (!this.#isRefused || this.#cutting === null) return;
    this.#isRefused = false;
    this.#user?.mappingAvailable();
  }

  #readPosition(): number | null {
    const status = this.#user?.getPosition(this.#position) ?? STATUS_UNSUCCESSFUL;
    return ntSuccess(status) ? this.#position.value : null;
  }
}
