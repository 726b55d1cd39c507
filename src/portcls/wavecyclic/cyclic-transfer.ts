/**
 * What render and capture have in common: the client's packets in their order, the device's way
 * through the cyclic buffer, and moving what can be moved, whenever the stream is served or a
 * packet comes. A packet is completed when all of its bytes are copied. Source: "WaveCyclic
 * Latency", "Audio Position Property", IOCTL_KS_WRITE_STREAM, IOCTL_KS_READ_STREAM.
 */
import type { Irp } from '../../kernel/io/irp.ts';
import { DISPATCH_LEVEL } from '../../kernel/irql.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { StreamRate } from '../../ks/capture-times.ts';
import { StreamQueue, type StreamQueueOwner } from '../../ks/stream-queue.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { StreamCounts } from '../stream-counts.ts';
import type { CyclicBuffer } from './cyclic-buffer.ts';
import { CyclicPacket } from './cyclic-packet.ts';

const { FLUSHONPAUSE, LOOPEDDATA, TYPECHANGED } = KSSTREAM_HEADER_OPTIONSF;
/** A loop plays one buffer; no page says what a second one gets. */
const STATUS_LOOP_IS_TAKEN = STATUS_INVALID_DEVICE_REQUEST;

export interface CyclicTransferParts {
  readonly kernel: Kernel;
  readonly buffer: CyclicBuffer;
  readonly isRender: boolean;
  /** Opened with KSINTERFACE_STANDARD_LOOPED_STREAMING. */
  readonly isLooped: boolean;
  readonly report: (text: string) => void;
  /** Whether the stream takes packets in its state. */
  readonly admit: () => NtStatus;
  /** A packet brought a new format instead of sound. */
  readonly changeFormat: (address: number, bytes: number) => NtStatus;
  /** The end of the stream has been heard. */
  readonly endOfStream: () => void;
  /** So many bytes of silence go before the next byte of a client that came too late. */
  readonly starved: (bytes: number) => void;
  /** So many bytes were overwritten behind the `copied` first ones of the client. */
  readonly lost: (copied: number, bytes: number) => void;
}

export abstract class CyclicTransfer implements StreamQueueOwner<CyclicPacket> {
  protected readonly parts: CyclicTransferParts;
  protected readonly packets: StreamQueue<CyclicPacket>;
  /** Bytes of the client's packets that were copied since STOP. */
  protected copiedBytes = 0;
  /** Bytes by which the device has gone through the buffer since STOP. */
  protected passedBytes = 0;
  /** The device has been set going since STOP. */
  protected hasRun = false;
  protected frameBytes = 1;
  /** How often the device went past the client's sound, or over what it had not read. */
  protected starvations = 0;
  #isMoving = false;

  constructor(parts: CyclicTransferParts) {
    this.parts = parts;
    const { isRender, kernel } = parts;
    this.packets = new StreamQueue(kernel, isRender, () => new CyclicPacket(kernel), this);
  }

  /** Moves what can be moved between packets and buffer. DISPATCH_LEVEL. */
  protected abstract move(): void;
  /** The client's byte that is at the converter. */
  protected abstract get converterBytes(): number;
  /** What a packet gets that the stop of the stream finds in the queue; null when it is cancelled. */
  protected abstract bytesAtStop(packet: CyclicPacket): number | null;

  get counts(): StreamCounts {
    const { cancelled, completed } = this.packets;
    return { completed, cancelled, starvations: this.starvations, mappings: null };
  }

  /** Stream-relative offsets, or those in a looped buffer, as of the last `serve`. */
  get playOffset(): number {
    return this.#inLoop(this.converterBytes);
  }

  get writeOffset(): number {
    return this.#inLoop(this.copiedBytes);
  }

  /** IOCTL_KS_WRITE_STREAM or IOCTL_KS_READ_STREAM. */
  submit(irp: Irp): NtStatus {
    return this.packets.submit(irp);
  }

  admit(packet: CyclicPacket): NtStatus {
    const { isLooped, report } = this.parts;
    const admitted = this.parts.admit();
    if (!ntSuccess(admitted)) return admitted;
    packet.begin(false);
    if (packet.has(TYPECHANGED)) return this.#admitFormat(packet);
    if (isLooped) {
      if (packet.byteCount === 0) return STATUS_INVALID_PARAMETER;
      if (this.packets.length > 0) return STATUS_LOOP_IS_TAKEN;
    } else if (packet.has(LOOPEDDATA)) {
      report('a client marked a packet LOOPEDDATA on a pin that does not loop');
    }
    packet.begin(isLooped);
    return STATUS_SUCCESS;
  }

  /** A new format holds for what comes behind it, so nothing of the old one may be left. */
  #admitFormat(packet: CyclicPacket): NtStatus {
    if (this.packets.length > 0) return STATUS_INVALID_DEVICE_REQUEST;
    const { buffer } = packet.header(0);
    const status = this.parts.changeFormat(buffer.address, buffer.byteCount);
    packet.advance(packet.byteCount);
    return status;
  }

  queued(): void {
    this.serve();
  }

  /** Nobody but the port knows the client's buffers. */
  revoke(): void {}

  leaving(_packet: CyclicPacket, _status: NtStatus): void {}

  /** What waited behind a cancelled packet is copied when the stream is served next. */
  advanced(): void {}

  /** The stream leaves STOP: it begins at the start of an empty buffer. */
  begin({ frameBytes }: StreamRate): void {
    this.frameBytes = frameBytes;
    this.copiedBytes = 0;
    this.passedBytes = 0;
    this.hasRun = false;
    this.parts.buffer.restart();
  }

  /** The device was set going. */
  started(): void {
    this.hasRun = true;
  }

  /** Takes note of where the device is, and moves what that allows. IRQL <= DISPATCH_LEVEL. */
  serve(): void {
    const { buffer, kernel } = this.parts;
    const old = kernel.irql.raise(DISPATCH_LEVEL);
    if (!this.#isMoving) {
      this.#isMoving = true;
      if (this.hasRun) this.passedBytes += buffer.takeMoved();
      this.move();
      this.#isMoving = false;
    }
    kernel.irql.lower(old);
  }

  /** The stream stopped: every packet is completed. */
  stop(): void {
    const { irql } = this.parts.kernel;
    const old = irql.raise(DISPATCH_LEVEL);
    for (let left = this.packets.length; left > 0; left--) {
      const packet = this.packets.first;
      if (packet === null) break;
      const bytes = this.bytesAtStop(packet);
      if (bytes === null) this.packets.complete(packet, STATUS_CANCELLED, 0);
      else this.packets.complete(packet, STATUS_SUCCESS, bytes);
    }
    irql.lower(old);
    this.copiedBytes = 0;
    this.passedBytes = 0;
    this.hasRun = false;
  }

  /** The stream pauses: packets that are not to outlive that are dropped. */
  flushOnPause(): void {
    this.packets.cancelAll((packet) => packet.has(FLUSHONPAUSE));
  }

  cancelAll(): void {
    this.packets.cancelAll();
  }

  /** The oldest packet with bytes to copy; those without are completed on the way. */
  protected nextPacket(): CyclicPacket | null {
    let packet = this.packets.first;
    while (packet?.isDone === true) {
      this.packets.complete(packet, STATUS_SUCCESS, packet.byteCount);
      packet = this.packets.first;
    }
    return packet;
  }

  /** Whole frames that are no more than `bytes`. */
  protected wholeFrames(bytes: number): number {
    return bytes - (bytes % this.frameBytes);
  }

  #inLoop(bytes: number): number {
    const { first } = this.packets;
    return first?.isLoop === true ? bytes % first.byteCount : bytes;
  }
}
